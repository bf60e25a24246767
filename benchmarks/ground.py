"""The ground a workload stands on: a throw-away installation, progress on stderr, and a stopwatch."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TypeVar

import duckdb
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from siyu.facts.installation import installation
from siyu.facts.lake import Lake
from siyu.kit.db import Database
from siyu.kit.settings import Settings
from siyu.platform import actions
from siyu.platform.queries import Caller

T = TypeVar("T")

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
"""When every workload happens: Wednesday noon in Shanghai."""
ZONE = "Asia/Shanghai"
PASSWORD = "not-a-secret-of-a-bench"
REPEATS = 3

err = Console(stderr=True)


class Wrong(Exception):
    """An answer differs from the hand-written one: there is no figure for a wrong answer."""


@dataclass(frozen=True)
class Ground:
    """An installation of its own with one brand; `folder` is thrown away with it, `memory` and `threads` are the lake's."""

    db: Database
    lake: Lake
    caller: Caller
    url: str
    folder: Path
    memory: str
    threads: int

    @property
    def workspace_id(self) -> int:
        return self.caller.workspace_id

    def native(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB file of native tables with the memory and the threads that the lake has."""
        connection = duckdb.connect(
            str(self.folder / "native.duckdb"), config={"memory_limit": self.memory, "threads": str(self.threads)}
        )
        connection.execute("SET TimeZone = 'UTC'")
        return connection


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """A fresh installation in a temporary folder, whatever SIYU_HOME says; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="siyu-bench-"))
    settings = Settings(home=folder, database_url=None, lake=None, key=None, now=None, log_level="ERROR")
    try:
        async with installation(settings) as home:
            async with home.db.transaction() as tx:
                brand, _ = await actions.found(
                    tx,
                    name="Bench",
                    zone=ZONE,
                    locale="zh",
                    email="bench@siyu.test",
                    person="Bench",
                    password=PASSWORD,
                    now=NOW,
                )
            caller = actions.system(brand)
            yield Ground(
                home.db,
                home.lake,
                caller,
                home.database_url,
                folder,
                settings.lake_memory,
                settings.lake_threads,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stage(words: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show that something is going on; call what it gives with how much more is done."""
    columns = (SpinnerColumn(), TextColumn(f"{words:<44}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=err.is_terminal) as bar:
        task = bar.add_task(words, total=total)
        yield lambda more: bar.update(task, advance=more)
        bar.update(task, total=total or 1, completed=total or 1)


async def timed(work: Callable[[], Awaitable[T]]) -> tuple[float, T]:
    """Seconds of one run, and its answer."""
    begun = time.perf_counter()
    answer = await work()
    return time.perf_counter() - begun, answer


async def usual(work: Callable[[], Awaitable[T]], repeats: int = REPEATS) -> tuple[float, T]:
    """The middle one of some runs after one that warms up, and the last answer."""
    answer = await work()
    seconds = []
    for _ in range(repeats):
        took, answer = await timed(work)
        seconds.append(took)
    return median(seconds), answer


def in_thread(work: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    """`work` as `usual` takes it."""
    return lambda: asyncio.to_thread(work)


# --- memory and load


def forget_peak() -> None:
    """Let `peak_mb` begin at what is resident now (Linux; elsewhere it is the peak of the whole run)."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")


def peak_mb() -> float:
    """The largest resident size of this process since `forget_peak`, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def load() -> dict[str, float]:
    """How busy the machine is: runnable tasks in the last minute, and how many cores there are."""
    return {"cores": os.cpu_count() or 1, "load": round(os.getloadavg()[0], 2)}
