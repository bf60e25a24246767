"""Work outside the request: jobs (Procrastinate, deferred inside the caller's transaction) and timers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text

from siyu.kit.db import Database, Tx

QUEUE = "siyu"


@dataclass(frozen=True)
class Job:
    """A named piece of work: `run(*bag, **args)`; it must be safe to run again from the start."""

    name: str
    run: Callable[..., Awaitable[None]]
    attempts_max: int = 5


@dataclass(frozen=True)
class Timer:
    """Something done every so often by one process at a time; `run(db, lake, now)` may answer True: there is more to do."""

    name: str
    every: timedelta
    run: Callable[[Database, Any, datetime], Awaitable[bool | None]]


@dataclass(frozen=True)
class ClockCorrection:
    """What a room does once when the clock has been set back: what it wrote with the clock that was ahead is brought to `now`,
    so that nothing waits until the clock is there again. Lengths of waits stay what they were."""

    name: str
    run: Callable[[Tx, datetime], Awaitable[None]]


async def defer(tx: Tx, job: str, **args: Any) -> int:
    """Queue `job` in `tx`: it exists if and only if the transaction commits. Returns the job's id."""
    result = await tx.execute(
        text(
            "SELECT (unnest(procrastinate_defer_jobs_v1(ARRAY["
            "ROW(:queue, :job, 0, NULL, NULL, CAST(:args AS jsonb), NULL)::procrastinate_job_to_defer_v1])))"
        ),
        {"queue": QUEUE, "job": job, "args": orjson.dumps(args).decode()},
    )
    return int(result.scalar_one())
