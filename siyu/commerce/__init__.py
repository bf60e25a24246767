"""Orders: what members bought and gave back, whoever sold it.

Verbs: import_orders, import_refunds, and import_staged_* of the same by the thousand (actions, staging).
Records order_paid, order_refunded.
"""
