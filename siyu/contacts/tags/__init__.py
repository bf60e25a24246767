"""Tags, their groups and their norms."""
