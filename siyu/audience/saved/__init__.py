"""Saved audiences: kept, revised, dropped; who is in them and who was."""
