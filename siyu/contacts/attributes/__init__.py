"""Attributes that members of a brand may have: defined, typed, checked."""
