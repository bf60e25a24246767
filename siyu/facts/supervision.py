"""Keeping the embedded Postgres running: started again when it has gone, and the process ended with an error when it cannot be."""

import asyncio
import contextlib
import time
from datetime import timedelta

from siyu.facts.lake.connection import Lake
from siyu.kit.errors import CannotStart
from siyu.kit.isolation import error_class
from siyu.kit.logs import logger
from siyu.kit.postgres import EmbeddedPostgres

log = logger("postgres")

LOOK_EVERY = timedelta(seconds=1)
TRY_EVERY = timedelta(seconds=5)
GIVE_UP_AFTER = timedelta(minutes=10)
"""So long a full disk may be cleared while Siyu waits; after it a supervisor has to know."""


async def supervise(
    postgres: EmbeddedPostgres, lake: Lake, stop: asyncio.Event, give_up_after: timedelta = GIVE_UP_AFTER
) -> None:
    """Look after the server until `stop`; raises CannotStart when it has not come back in `give_up_after`."""
    gone_since: float | None = None
    while not stop.is_set():
        if await asyncio.to_thread(postgres.runs):
            gone_since = None
        else:
            gone_since = gone_since or time.monotonic()
            log.error("postgres_gone", seconds=round(time.monotonic() - gone_since))
            if await _revive(postgres, lake):
                log.warning("postgres_back", seconds=round(time.monotonic() - gone_since))
            elif time.monotonic() - gone_since >= give_up_after.total_seconds():
                text = f"{postgres.folder}/log"
                raise CannotStart(
                    f"The embedded Postgres has gone and does not start again; its log is {text}",
                    f"内嵌的 Postgres 已停止且无法再次启动，日志在 {text}",
                )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), (TRY_EVERY if gone_since else LOOK_EVERY).total_seconds())


async def _revive(postgres: EmbeddedPostgres, lake: Lake) -> bool:
    try:
        await asyncio.to_thread(postgres.revive)
        await asyncio.to_thread(lake.reopen)
        return True
    except Exception as error:
        log.error("postgres_not_started", error=error_class(error))
        return False
