"""Reads of journeys: the rows, what they may name of other rooms, and the counts."""
