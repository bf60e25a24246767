"""Accounts on platforms, and the connection to them."""
