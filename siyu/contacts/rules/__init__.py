"""The pure decisions of the contacts room, by subject."""
