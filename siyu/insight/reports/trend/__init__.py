"""The same figures day by day."""
