"""The verbs of the channels room, by subject; what other rooms call is here."""

from siyu.channels.actions.planning import Intent, Planned, plan

__all__ = ["Intent", "Planned", "plan"]
