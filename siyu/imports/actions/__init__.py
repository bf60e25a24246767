"""The verbs of the imports room. Doors and jobs use what is listed here."""

from siyu.imports.actions.looking import judge
from siyu.imports.actions.starting import (
    FILES_KEPT,
    JOB,
    begin,
    cancel,
    checked,
    fail,
    finish,
    forget,
    resume,
    start,
    start_file,
)
from siyu.imports.actions.taking import read, take

__all__ = [
    "FILES_KEPT",
    "JOB",
    "begin",
    "cancel",
    "checked",
    "fail",
    "finish",
    "forget",
    "judge",
    "read",
    "resume",
    "start",
    "start_file",
    "take",
]
