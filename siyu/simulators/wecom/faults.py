"""Failures on request: an errcode, an HTTP status, a delay or a lost connection, before or after the call is obeyed.

"after" is the hard one: the platform did what it was asked and the caller never learns. A rate is decided by a hash
of (seed, fault, how many calls it has seen): a script gives the same failures each time.
"""

import fnmatch
import hashlib
import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One hit of a scripted fault. `after`: the call is carried out first. `delay_s` comes with any of the others."""

    after: bool
    errcode: int | None
    http_status: int | None
    delay_s: float
    drop: bool


def chance(seed: int, fault_id: int, seen: int) -> float:
    """In [0, 1), the same for the same arguments."""
    digest = hashlib.sha256(f"{seed}:{fault_id}:{seen}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def pick(db: sqlite3.Connection, path: str) -> Fault | None:
    """The first scripted fault that hits this path now; counts it as seen, and as hit."""
    for row in db.execute("SELECT * FROM faults WHERE times IS NULL OR hit < times ORDER BY id").fetchall():
        if not fnmatch.fnmatchcase(path, row["path"]):
            continue
        struck = chance(row["seed"], row["id"], row["seen"]) < row["rate"]
        db.execute("UPDATE faults SET seen = seen + 1, hit = hit + ? WHERE id = ?", (int(struck), row["id"]))
        if struck:
            return Fault(
                row["timing"] == "after", row["errcode"], row["http_status"], row["delay_s"], bool(row["dropped"])
            )
    return None
