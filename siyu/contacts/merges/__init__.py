"""Merges of members found to be one, and their undoing."""
