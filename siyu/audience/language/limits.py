"""How much a tree may hold. Everything has a limit; these are the language's."""

DEPTH_MAX = 8
"""Groups inside groups."""
WIDTH_MAX = 50
"""Conditions in one group."""
CONDITIONS_MAX = 200
"""Conditions in a tree, those of referenced audiences included."""
REFERENCE_DEPTH_MAX = 5
LIST_VALUES_MAX = 1_000
WHERE_MAX = 10
"""Tests of properties that one condition may make of a fact."""
STEPS_MAX = 5
TEXT_CHARS_MAX = 200
NUMBER_MAX = 10**15
TOP_MEMBERS_MAX = 10_000_000
PERCENT_MIN = 0.0001
ANNIVERSARY_DAYS_MAX = 366
