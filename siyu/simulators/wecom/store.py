"""The simulator's state: one SQLite file (or ":memory:"), and the clock.

Every change is committed before it is answered, so a process killed at any moment has kept what it promised, and a
second start on the same file goes on from there.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from siyu.simulators.wecom.limits import LIMITS
from siyu.simulators.wecom.schema import SCHEMA

CHINA = timezone(timedelta(hours=8), "CST")
CHINA_S = 8 * 3_600
"""The platform counts days and months in China Standard Time, which has had no summer time since 1991."""

ROOT_DEPARTMENT = "INSERT OR IGNORE INTO departments VALUES (1, '公司', 0)"


class Store:
    """One connection behind one lock: WeCom's answers are short, and SQLite has one writer anyway."""

    def __init__(self, path: str | Path = ":memory:", wall: Callable[[], float] = time.time) -> None:
        self.path = str(path)
        self._wall = wall
        self._lock = threading.RLock()
        self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000;")
        self._db.executescript(SCHEMA)
        with self.transaction() as db:
            db.execute(ROOT_DEPARTMENT)
            clock = read_meta(db, "clock") or {}
            self._limits = {row["name"]: int(row["value"]) for row in db.execute("SELECT * FROM limits")}
        self._pin: float | None = clock.get("pin")
        self._offset: float = clock.get("offset", 0.0)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection inside one transaction: committed at the end, rolled back on any exception."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file; the store is of no use afterwards."""
        with self._lock:
            self._db.close()

    def reset(self) -> None:
        """Forget everything, back to an empty corp: people, sends, counts, failures, limits and the clock."""
        with self.transaction() as db:
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                db.execute(f"DELETE FROM {row['name']}")
            db.execute(ROOT_DEPARTMENT)
        self._pin, self._offset = None, 0.0
        self._limits.clear()

    # -- the clock -------------------------------------------------------------------------------------------------
    def now(self) -> float:
        """Epoch seconds of the simulated clock: pinned, or the wall's plus what it was moved by."""
        return self._pin if self._pin is not None else self._wall() + self._offset

    def pin(self, at: float) -> None:
        """Stop the clock at an epoch second."""
        self._set_clock(pin=at, offset=0.0)

    def move(self, seconds: float) -> None:
        """Move the clock, pinned or running, by `seconds` (may be negative)."""
        if self._pin is not None:
            self._set_clock(pin=self._pin + seconds, offset=0.0)
        else:
            self._set_clock(pin=None, offset=self._offset + seconds)

    def run_clock(self) -> None:
        """Back to the wall's time."""
        self._set_clock(pin=None, offset=0.0)

    def _set_clock(self, pin: float | None, offset: float) -> None:
        with self.transaction() as db:
            write_meta(db, "clock", {"pin": pin, "offset": offset})
        self._pin, self._offset = pin, offset

    @property
    def pinned(self) -> bool:
        return self._pin is not None

    # -- limits ----------------------------------------------------------------------------------------------------
    def limit(self, name: str) -> int:
        """The limit in force, in the unit of the table."""
        return self._limits.get(name, LIMITS[name].value)

    def set_limits(self, values: Mapping[str, int]) -> None:
        """Change limits by name; raises KeyError for a name the table does not have, changing none."""
        for name in values:
            if name not in LIMITS:
                raise KeyError(name)
        with self.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO limits VALUES (?, ?)", list(values.items()))
        self._limits.update(values)


def read_meta(db: sqlite3.Connection, key: str) -> Any:
    """A JSON value kept under a name, or None."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else json.loads(row["value"])


def write_meta(db: sqlite3.Connection, key: str, value: Any) -> None:
    """Keep a JSON value under a name."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value, ensure_ascii=False)))


def china(at: float) -> datetime:
    """An epoch second as the platform's own date and time."""
    return datetime.fromtimestamp(at, CHINA)
