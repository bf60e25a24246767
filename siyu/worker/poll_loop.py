"""The worker's endless loop: rounds, with jobs beside them, until told to stop."""

import asyncio
import contextlib
import time
from datetime import timedelta

import procrastinate

from siyu.facts.lake import relay as facts
from siyu.facts.lake.connection import Lake
from siyu.facts.operation import actions as operation
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.isolation import error_class
from siyu.kit.jobs import QUEUE
from siyu.kit.logs import logger
from siyu.kit.process_life import living
from siyu.worker.poll import JOBS_AT_ONCE, Poller, Registry, job_queue, rescue

log = logger("worker")

IDLE_SECONDS = 1.0
JOBS_AGAIN = timedelta(seconds=2)
RESCUE_EVERY = timedelta(seconds=10)
TRIM_EVERY = timedelta(hours=1)


async def work(registry: Registry, db: Database, lake: Lake, fact_days: int, stop: asyncio.Event) -> None:
    """Work until `stop` is set; a round in progress is finished first."""
    app = job_queue(registry, db, lake)
    async with living(db), app.open_async():
        rounds = [asyncio.create_task(_poll_loop(registry, db, lake, fact_days, stop))]
        jobs = []
        if registry.jobs:
            rounds.append(asyncio.create_task(_rescues(app, db, stop)))
            jobs.append(asyncio.create_task(_jobs(app, stop)))
        stopping = asyncio.create_task(stop.wait())
        # a loop ends by itself only when something is wrong that the process has to end with
        await asyncio.wait([stopping, *rounds, *jobs], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        for task in jobs:
            task.cancel()
        outcomes = await asyncio.gather(*rounds, *jobs, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


async def _jobs(app: procrastinate.App, stop: asyncio.Event) -> None:
    """Do jobs; begun again when a fault of ours (the database was away) has ended it."""
    while not stop.is_set():
        try:
            await app.run_worker_async(
                queues=[QUEUE], concurrency=JOBS_AT_ONCE, install_signal_handlers=False, shutdown_graceful_timeout=5
            )
        except Exception as error:
            log.error("jobs_stopped", error=error_class(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), JOBS_AGAIN.total_seconds())


async def _poll_loop(registry: Registry, db: Database, lake: Lake, fact_days: int, stop: asyncio.Event) -> None:
    poller = Poller(registry, db, lake)
    trimmed = time.monotonic()
    while not stop.is_set():
        now = clock.now()
        moved = await poller.poll(now)
        if time.monotonic() - trimmed >= TRIM_EVERY.total_seconds():
            trimmed = time.monotonic()
            await poller.part("trim", facts.trim_log(db, lake, now, fact_days))
        if moved == 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), IDLE_SECONDS)


async def _rescues(app: procrastinate.App, db: Database, stop: asyncio.Event) -> None:
    """Jobs whose worker died are queued again, those that failed for good set aside. A fault of ours waits for the next time."""
    while not stop.is_set():
        try:
            rescued = await rescue(app)
            if rescued:
                log.warning("jobs_rescued", count=rescued)
            async with db.transaction() as tx:
                await operation.retry_jobs(tx)
                await operation.set_failed_jobs_aside(tx, clock.now())
        except Exception as error:
            log.error("rescue_failed", error=error_class(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RESCUE_EVERY.total_seconds())
