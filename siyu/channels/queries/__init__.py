"""Reads of the channels room, by subject."""
