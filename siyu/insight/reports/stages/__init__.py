"""Lifecycle stages and the moves between them."""
