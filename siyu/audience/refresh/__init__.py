"""Saved audiences kept true: who may have changed, who moved, and the lake's profiles they are read from."""
