"""Identities: how each is written, shown and trusted, and whose a row of them is."""
