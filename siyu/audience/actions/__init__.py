"""The verbs of the audience room. None commits: the edge does."""

from siyu.audience.actions.profiles import mark_profiles, rebuild_profiles, refresh_profiles
from siyu.audience.actions.refreshing import mark, recount, settle, stumble
from siyu.audience.actions.saving import drop, release, revise, save, use

__all__ = [
    "drop",
    "mark",
    "mark_profiles",
    "rebuild_profiles",
    "recount",
    "refresh_profiles",
    "release",
    "revise",
    "save",
    "settle",
    "stumble",
    "use",
]
