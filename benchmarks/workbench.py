"""What a workload is measured on: a throw-away installation, progress on stderr, and a stopwatch."""

import asyncio
import os
import platform
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import duckdb
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from siyu.facts.installation import installation
from siyu.facts.lake.connection import Lake
from siyu.kit.db import Database
from siyu.kit.settings import Settings
from siyu.platform import actions, queries
from siyu.platform.models import Workspace
from siyu.platform.queries import Caller

T = TypeVar("T")

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
"""When every workload happens: Wednesday noon in Shanghai."""
ZONE = "Asia/Shanghai"
PASSWORD = "not-a-secret-of-a-bench"
REPEATS = 3

err = Console(stderr=True)


class WrongAnswer(Exception):
    """An answer differs from the hand-written one: there is no figure for a wrong answer."""


class RunRefused(Exception):
    """The home, or the size, is not one that this can be run on."""


@dataclass(frozen=True)
class Workbench:
    """An installation of its own with one brand; `folder` is for what the workload writes besides, `memory` and `threads`
    are the lake's. `kept`: the installation was given and stays; otherwise it is thrown away with its folder."""

    db: Database
    lake: Lake
    caller: Caller
    url: str
    folder: Path
    memory: str
    threads: int
    kept: bool = False

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
async def workbench(home: Path | None = None) -> AsyncIterator[Workbench]:
    """The installation in `home`, made when it is empty; without one a fresh one in a temporary folder, gone at the end.

    SIYU_HOME and the like are not looked at, so that no bench ever writes into somebody's own installation.
    """
    folder = home or Path(tempfile.mkdtemp(prefix="siyu-bench-"))
    settings = Settings(home=folder, database_url=None, lake=None, key=None, now=None, log_level="ERROR")
    try:
        async with installation(settings) as opened:
            caller = actions.system(await _brand(opened.db))
            beside = folder / "bench"
            beside.mkdir(exist_ok=True)
            yield Workbench(
                opened.db,
                opened.lake,
                caller,
                opened.database_url,
                beside,
                settings.lake_memory,
                settings.lake_threads,
                home is not None,
            )
    finally:
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _brand(db: Database) -> Workspace:
    """The first brand, founded when there is none."""
    async with db.transaction() as tx:
        for known in await queries.workspaces(tx):
            return known
        made, _ = await actions.create_workspace(
            tx,
            name="Bench",
            zone=ZONE,
            locale="zh",
            email="bench@siyu.test",
            person="Bench",
            password=PASSWORD,
            now=NOW,
        )
        return made


class Rate(ProgressColumn):
    """How much is done a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def stage(caption: str, total: int | None = None, *, rate: bool = False) -> Iterator[Callable[[int], None]]:
    """Show that something is going on; call what it gives with how much more is done."""
    columns: list[ProgressColumn] = [SpinnerColumn(), TextColumn(f"{caption:<44}"), BarColumn(24), MofNCompleteColumn()]
    columns += [Rate()] if rate else []
    columns.append(TimeElapsedColumn())
    with Progress(*columns, console=err, transient=err.is_terminal) as bar:
        task = bar.add_task(caption, total=total)
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
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def load() -> dict[str, Any]:
    """The machine: its cores and memory, and how busy it is (runnable tasks in the last minute)."""
    described = {"cores": os.cpu_count() or 1, "load": round(os.getloadavg()[0], 2), "system": platform.platform()}
    memory = Path("/proc/meminfo")
    if memory.exists():
        described["memory_mb"] = round(int(memory.read_text().split()[1]) * 1024 / 1e6)
        models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        described["cpu"] = models[0].partition(":")[2].strip() if models else ""
    return described


def disk_mb(folder: Path) -> float:
    """What the files under `folder` hold, in MB; files that go away meanwhile are not counted."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_size
    return total / 1e6
