"""Orders: what members bought and gave back, whoever sold it.

Verbs: import_orders, import_refunds, import_staged_* of the same by the thousand, and of what an order says was given back (actions, staging).
Records order_paid, order_refunded.
"""
