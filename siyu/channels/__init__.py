"""Reaching members, calmly: accounts, outgoing messages, consent, caps, quiet hours, receipts and callbacks.

Verbs: plan, dispatch, settle, resolve, connect, receive (actions). Adapters are folders listed in ADAPTERS.
Records message_*, friend_added, friend_removed, setting_changed.
"""
