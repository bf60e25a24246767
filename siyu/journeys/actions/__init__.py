"""The verbs of the journeys room."""

from siyu.journeys.actions.drawing import Moved, discard, draw, end, move, pause, publish, redraw, resume
from siyu.journeys.actions.entering import ENROL_MEMBERS_MAX, Enrolled, enrol, enrol_audience, enter, fire, take_in
from siyu.journeys.actions.kits import draw_kit
from siyu.journeys.actions.leaving import drain, leave
from siyu.journeys.actions.listening import hear
from siyu.journeys.actions.moving import Ticked, tick

__all__ = [
    "ENROL_MEMBERS_MAX",
    "Enrolled",
    "Moved",
    "Ticked",
    "discard",
    "drain",
    "draw",
    "draw_kit",
    "end",
    "enrol",
    "enrol_audience",
    "enter",
    "fire",
    "hear",
    "leave",
    "move",
    "pause",
    "publish",
    "redraw",
    "resume",
    "take_in",
    "tick",
]
