"""Orders: what members bought and gave back, whoever sold it.

Verbs: take_orders, take_refunds (actions, set-based).
Records order_paid, order_refunded.
"""
