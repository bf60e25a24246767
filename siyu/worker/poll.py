"""One round of the worker: relay, subscribers, jobs, timers, in that order. Tests and the demo move the clock between rounds."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import procrastinate
from procrastinate.psycopg_connector import PsycopgConnector
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from siyu.facts.lake.connection import Lake
from siyu.facts.lake.relay import relay
from siyu.facts.log import subscribers
from siyu.facts.log.subscribers import AnySubscriber
from siyu.facts.operation import actions as operation
from siyu.facts.operation import queries as operation_queries
from siyu.facts.operation.actions import Outcome
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.isolation import error_class
from siyu.kit.jobs import QUEUE, ClockCorrection, Job, Timer
from siyu.kit.locks import locked, timer_lock
from siyu.kit.logs import logger, unforeseen

log = logger("worker")

ROUND_SECONDS = Histogram("siyu_round_seconds", "Seconds a part of the worker's round took", ["part"])
PART_FAILURES = Counter("siyu_worker_troubles", "Parts of a round that failed and stay to be done again", ["part"])
RELAYED = Counter("siyu_facts_relayed", "Facts appended to the lake")
LAST_ROUND = Gauge("siyu_last_round_timestamp_seconds", "When the worker last finished a round")
JOBS_AT_ONCE = 2
POLLING_EVERY_MAX = timedelta(minutes=1)
"""Timers at least as frequent watch for work; the rarer ones (compaction, retention) follow the clock alone."""
JOB_STALLED_SECONDS = 30
"""A worker tells that it lives every ten seconds."""
CLOCK_TOLERANCE = timedelta(seconds=10)
"""Clocks of several machines differ by less."""
FAILED_AGAIN = timedelta(seconds=10)
REPORT_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Registry:
    """What a worker works on: the explicit lists of siyu/app.py."""

    subscribers: Sequence[AnySubscriber] = ()
    jobs: Sequence[Job] = ()
    timers: Sequence[Timer] = ()
    clock_corrections: Sequence[ClockCorrection] = ()


@dataclass
class Poller:
    """Polls one installation; remembers when each timer last ran."""

    registry: Registry
    db: Database
    lake: Lake
    last: dict[str, datetime] = field(default_factory=dict)
    latest: datetime | None = None
    """The moment of the last round; before the first one what was last heard of any worker."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    """How each part fared in this round."""
    reported: dict[str, Outcome] = field(default_factory=dict)
    """What is written down about each part."""
    failing: dict[str, str] = field(default_factory=dict)
    """The error that each part has failed with since it last went well, as far as the log has told it."""
    strict: bool = False
    """True in tests and the unattended demo: a failing part raises instead of waiting for its next round."""

    async def poll(self, now: datetime) -> int:
        """One round at `now`; returns how many facts moved and timers left something, so that a caller can go on until nothing does."""
        await self.part("clock", self._look_at_clock(now))
        moved = await self._relay()
        for subscriber in self.registry.subscribers:
            moved += await self.part(f"reader:{subscriber.name}", subscribers.consume_new(self.db, subscriber, now))
        for timer in self.registry.timers:
            last = self.last.get(timer.name)
            if clock.is_over(last, timer.every, now):
                self.last[timer.name] = now
                moved += await self.part(f"timer:{timer.name}", self._tick(timer, now))
                if self.outcomes[f"timer:{timer.name}"].error is not None:
                    # a rare one would be shown as failing for hours after what was in its way is gone
                    self.last[timer.name] = now - timer.every + min(timer.every, FAILED_AGAIN)
        LAST_ROUND.set_to_current_time()
        await self._report(now)
        return moved

    async def run_until_idle(self, now: datetime, rounds_max: int = 20) -> None:
        """Poll at one moment until nothing moves any more, jobs drained; timers that watch for work run in each of them."""
        polling = [timer.name for timer in self.registry.timers if timer.every <= POLLING_EVERY_MAX]
        for _ in range(rounds_max):
            for name in polling:
                self.last.pop(name, None)
            await drain(self.registry, self.db, self.lake)
            if await self.poll(now) == 0:
                return

    async def _relay(self) -> int:
        count = await self.part("relay", relay(self.db, self.lake))
        RELAYED.inc(count)
        return count

    async def _tick(self, timer: Timer, now: datetime) -> int:
        """Run `timer` unless another process is at it; returns 1 when it has left something, else 0."""
        async with locked(self.db, timer_lock(timer.name), wait=False) as held:
            return int(bool(held and await timer.run(self.db, self.lake, now)))

    async def part(self, name: str, work: Awaitable[int]) -> int:
        """A part that fails is logged and tried again next round: it must not keep the others from working."""
        with ROUND_SECONDS.labels(name).time():
            try:
                count = await work
                self.outcomes[name] = Outcome(clock.now(), None)
                self.failing.pop(name, None)
                return count
            except Exception as error:
                if self.strict:
                    raise
                self.outcomes[name] = Outcome(clock.now(), error_class(error))
                PART_FAILURES.labels(name).inc()
                self._log_failure(name, error)
                return 0

    def _log_failure(self, name: str, error: Exception) -> None:
        """Where it happened is told once: an outage of minutes fails every part every second."""
        if self.failing.get(name) == error_class(error):
            log.error("part_still_failing", part=name, error=error_class(error))
        else:
            unforeseen(log, "part_failed", error, part=name)
        self.failing[name] = error_class(error)

    async def _look_at_clock(self, now: datetime) -> int:
        """Correct once what was written by a clock that has been set back since; returns how many rooms did."""
        if self.latest is not None and self.latest - now <= CLOCK_TOLERANCE:
            self.latest = now
            return 0
        count = 0
        async with self.db.transaction() as tx:
            latest = self.latest or await operation_queries.last_heard(tx)
            if latest is not None and latest - now > CLOCK_TOLERANCE:
                log.warning("clock_set_back", seconds=round((latest - now).total_seconds()))
                for correction in self.registry.clock_corrections:
                    await correction.run(tx, now)
                    count += 1
        self.latest = now
        return count

    async def _report(self, now: datetime) -> None:
        """Write down how the parts fared: a change at once, that all is as it was now and then."""
        news = {
            part: outcome
            for part, outcome in self.outcomes.items()
            if (last := self.reported.get(part)) is None
            or last.error != outcome.error
            or clock.is_over(last.at, REPORT_EVERY, now)
        }
        try:
            async with self.db.transaction() as tx:
                if news:
                    await operation.report(tx, news)
                if self.strict and await operation_queries.waiting_count(tx):
                    raise AssertionError("something was set aside: see the log")
            self.reported |= news
        except (SQLAlchemyError, OSError) as error:
            if self.strict:
                raise
            log.error("status_not_written", error=error_class(error))


def job_queue(registry: Registry, db: Database, lake: Lake) -> procrastinate.App:
    """Procrastinate over our jobs; open it before use."""
    app = procrastinate.App(connector=PsycopgConnector(conninfo=db.url, min_size=1, max_size=4))
    for job in registry.jobs:
        _register(app, job, db, lake)
    return app


def _register(app: procrastinate.App, job: Job, db: Database, lake: Lake) -> None:
    retry = procrastinate.RetryStrategy(max_attempts=job.attempts_max, exponential_wait=3)

    @app.task(name=job.name, queue=QUEUE, retry=retry)
    async def run(**args: object) -> None:
        try:
            await job.run(db, lake, **args)
        except Exception as error:
            unforeseen(log, "job_failed", error, job=job.name)
            raise


async def drain(registry: Registry, db: Database, lake: Lake) -> None:
    """Do every job that waits, then return."""
    async with db.transaction() as tx:
        waiting = await tx.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"))
    if not waiting:
        return
    app = job_queue(registry, db, lake)
    async with app.open_async():
        await app.run_worker_async(
            queues=[QUEUE], wait=False, listen_notify=False, install_signal_handlers=False, concurrency=1
        )


async def rescue(app: procrastinate.App) -> int:
    """Queue again the jobs whose worker died; returns how many."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=JOB_STALLED_SECONDS)
    count = 0
    for job in stalled:
        await app.job_manager.retry_job(job)
        count += 1
    return count
