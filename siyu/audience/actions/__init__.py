"""The verbs of the audience room. None commits: the edge does."""

from siyu.audience.actions.profiles import mark_profiles, rebuild_profiles, refresh_profiles
from siyu.audience.actions.refreshing import refresh, touch
from siyu.audience.actions.saving import drop, release, revise, save, use

__all__ = [
    "drop",
    "mark_profiles",
    "rebuild_profiles",
    "refresh",
    "refresh_profiles",
    "release",
    "revise",
    "save",
    "touch",
    "use",
]
