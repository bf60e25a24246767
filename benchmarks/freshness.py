"""Freshness: twenty saved audiences kept true by the product's own worker, under new facts and under time alone.

Facts go through the product's own log at so many a second while the worker relays them and refreshes audiences. The lag
of a second's facts is from their commit until every audience has settled them; the lag of time is from the moment at which
an audience is due. At the end every audience is compared with a count from the beginning.
"""

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy import text

from benchmarks import world, world_setup
from benchmarks.audiences import TWENTY
from benchmarks.figures import Figure, WorkloadResult
from benchmarks.workbench import NOW, Workbench, WrongAnswer, forget_peak, peak_mb, stage, timed
from benchmarks.world import Size
from siyu.audience import queries
from siyu.audience.language.check import check_tree
from siyu.audience.refresh import actions as refresh
from siyu.audience.refresh import jobs
from siyu.audience.saved import actions as saved
from siyu.audience.saved import queries as saved_queries
from siyu.audience.sql.query import member_ids_query
from siyu.facts.catalogue import channels, commerce, journeys
from siyu.facts.catalogue.fact import Fact
from siyu.facts.log.actions import record_from
from siyu.facts.log.queries import Position
from siyu.kit.db import Database
from siyu.kit.jobs import Timer
from siyu.worker.poll import Poller, Registry

NAME = "freshness"
SIZES = {"small": world.size(200_000), "full": world.size(20_000_000)}
RATE_MOST = 10_000
"""Facts a second; of a small world a two hundredth of its members, so that no more than a large one's share has new ones."""
LOAD_SECONDS = {True: 60, False: 30}
TIME_SECONDS = {True: 60, False: 30}
"""How long facts come, and how long only time passes; longer for a large world."""
IDLE_SECONDS = 15
LARGE = 1_000_000
SAMPLE_SECONDS = 0.2
LAG_MOST = 60.0
IDLE_MOST = 3.0
"""CPU seconds of an idle minute, of the worker and its Postgres together: a twentieth of one core."""

MIXED = "(hashint8extended(i, {salt})::numeric + 9223372036854775808) / 18446744073709551616"
PROPS: dict[type[Fact], tuple[float, str]] = {
    commerce.OrderPaid: (0.28, "'order', 'F' || i, 'amount', 500 + i % 9000, 'lines', 1 + i % 5, 'store', 's' || i % 40, 'source', 'bench'"),
    channels.MessageSent: (0.25, "'message_id', i, 'channel', 'wecom', 'source', 'journey:' || i % 6"),
    channels.MessageDelivered: (0.25, "'message_id', i, 'channel', 'wecom', 'source', 'journey:' || i % 6"),
    commerce.CampaignSent: (0.06, "'campaign', 'c' || i % 8, 'kind', 'A'"),
    channels.MessageReceived: (0.06, "'channel', 'wecom'"),
    journeys.JourneyEntered: (0.04, "'journey', 'j' || i % 6, 'version', 1, 'entry', 1"),
    commerce.CouponRedeemed: (0.04, "'coupon', 'q' || i % 50, 'campaign', 'c' || i % 8"),
    commerce.OrderRefunded: (0.02, "'order', 'F' || i, 'amount', 100 + i % 900, 'source', 'bench'"),
}  # fmt: skip
"""What happens, with its share and properties as SQL of the fact's number."""


@dataclass
class Watch:
    """What is seen from outside while the worker works. Times are the machine's, in seconds."""

    begun: float = field(default_factory=time.perf_counter)
    waiting: list[tuple[float, Position]] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    overdue: dict[int, tuple[datetime, float]] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """The world's clock: it goes as the machine's does."""
        return NOW + timedelta(seconds=time.perf_counter() - self.begun)


def rate(of: Size) -> int:
    """Facts a second for a world of this size."""
    return min(RATE_MOST, of.members // 200)


# --- the load


async def happen(bench: Workbench, of: Size, low: int, count: int, now: datetime) -> Position:
    """Record `count` facts numbered from `low` in one transaction; returns where in the log they end."""
    async with bench.db.transaction() as tx:
        for kind, (share, props) in PROPS.items():
            high = low + round(count * share)
            select = f"""
                SELECT CAST(:workspace_id AS int), 1 + CAST(floor(power({MIXED.format(salt=1)}, 2) * :members) AS bigint),
                       CAST(:now AS timestamptz), 'bench', CAST(NULL AS text), jsonb_build_object({props})
                FROM generate_series(CAST(:low AS bigint), CAST(:high AS bigint) - 1) AS i
            """
            params = {"workspace_id": bench.workspace_id, "members": of.members, "now": now, "low": low, "high": high}
            await record_from(tx, kind, select, params, now)
            low = high
    async with bench.db.transaction() as tx:
        rows = await tx.execute(
            text("SELECT txid::text::bigint, seq FROM fact f ORDER BY f.txid DESC, f.seq DESC LIMIT 1")
        )
        return Position(*rows.one())


async def rain(bench: Workbench, of: Size, watch: Watch, seconds: int, done: Callable[[int], None]) -> None:
    """`rate` facts each second; a second that takes longer is followed at once by the next."""
    begun, each = time.perf_counter(), rate(of)
    for second in range(seconds):
        await asyncio.sleep(max(0.0, begun + second - time.perf_counter()))
        end = await happen(bench, of, 1 + second * each, each, watch.now())
        watch.waiting.append((time.perf_counter(), end))
        done(each)


# --- watching


async def look(db: Database, watch: Watch) -> None:
    """Note what has been settled, and what is overdue."""
    async with db.transaction() as tx:
        cursor = await tx.execute(text("SELECT txid::text::bigint, seq FROM fact_cursor WHERE reader = 'audiences'"))
        rows = (await tx.execute(text("SELECT id, since_txid, since_seq, due_at FROM audience"))).all()
    read = Position(*(cursor.one_or_none() or (0, 0)))
    settled = min([read, *(Position(row.since_txid, row.since_seq) for row in rows if row.since_txid is not None)])
    at, now = time.perf_counter(), watch.now()
    watch.lags += [at - begun for begun, end in watch.waiting if end <= settled]
    watch.waiting = [entry for entry in watch.waiting if entry[1] > settled]
    for row in rows:
        before = watch.overdue.get(row.id)
        if before is not None and before[0] != row.due_at:
            watch.late.append(before[1])
            del watch.overdue[row.id]
        if row.due_at is not None and row.due_at <= now:
            watch.overdue[row.id] = (row.due_at, (now - row.due_at).total_seconds())


@asynccontextmanager
async def watched(bench: Workbench, watch: Watch) -> AsyncIterator[None]:
    """The worker at work, and somebody looking on."""
    stop = asyncio.Event()

    async def refresh(db: Database, lake: Any, now: datetime) -> bool:
        async with db.transaction() as tx:
            due = await saved_queries.due(tx, now)
        seconds, left = await timed(lambda: jobs.refresh(db, lake, now))
        if due:
            watch.rounds.append(seconds)
        return left

    timers = tuple(
        Timer(timer.name, timer.every, refresh if timer.name == "audience.refresh" else timer.run)
        for timer in jobs.TIMERS
    )
    rounds = Poller(Registry(jobs.SUBSCRIBERS, (), timers), bench.db, bench.lake, strict=True)

    async def work() -> None:
        while not stop.is_set():
            if await rounds.poll(watch.now()) == 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 1.0)

    async def see() -> None:
        while not stop.is_set():
            await look(bench.db, watch)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), SAMPLE_SECONDS)

    tasks = [asyncio.create_task(work()), asyncio.create_task(see())]
    try:
        yield
        stop.set()
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def settled(bench: Workbench, watch: Watch) -> None:
    """Until no fact waits any more."""
    while watch.waiting:
        await asyncio.sleep(SAMPLE_SECONDS)


def cpu_seconds(postmaster: int) -> float:
    """CPU used so far by this process and, where /proc tells, by its Postgres."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    total = used.ru_utime + used.ru_stime
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            number, rest = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
            if number == postmaster or int(rest[1]) == postmaster:
                own = int(rest[11]) + int(rest[12])
                # the postmaster's count of its children that have ended
                ended = int(rest[13]) + int(rest[14]) if number == postmaster else 0
                total += (own + ended) / 100
    return total


async def postmaster(db: Database) -> int:
    """The process of which every connection's is a child."""
    async with db.transaction() as tx:
        backend = await tx.scalar(text("SELECT pg_backend_pid()"))
    stat = Path(f"/proc/{backend}/stat")
    return int(stat.read_text().rpartition(")")[2].split()[1]) if stat.exists() else 0


async def idle(bench: Workbench, watch: Watch) -> float:
    """CPU seconds a minute while nothing is due: audiences have nothing to do, and the worker goes on asking."""
    async with bench.db.transaction() as tx:
        await tx.execute(text("UPDATE audience SET rests_until = now() + interval '1000 years'"))
    parent = await postmaster(bench.db)
    rounds = Poller(Registry(jobs.SUBSCRIBERS, (), jobs.TIMERS), bench.db, bench.lake, strict=True)
    await rounds.poll(watch.now())
    before, begun = cpu_seconds(parent), time.perf_counter()
    while time.perf_counter() - begun < IDLE_SECONDS:
        await rounds.poll(watch.now())
        await asyncio.sleep(1.0)
    used = (cpu_seconds(parent) - before) * 60 / (time.perf_counter() - begun)
    async with bench.db.transaction() as tx:
        await tx.execute(text("UPDATE audience SET rests_until = NULL"))
    return used


# --- comparing


async def wrong_members(bench: Workbench, now: datetime) -> tuple[int, int]:
    """Members of the twenty, and how many of those that an audience has at `now` or ought to have are wrong."""
    async with bench.db.transaction() as tx:
        schema = await queries.schema(tx, bench.workspace_id)
        trees = [(name, check_tree(saved.tree, schema)) for name, saved in sorted(schema.audiences.items())]
        ids = await saved_queries.numbers_of(tx, bench.workspace_id, [name for name, _ in trees])
    members = wrong = 0
    for name, tree in trees:
        query = member_ids_query(tree, bench.workspace_id, now, schema.zone)
        expected = np.sort((await bench.lake.columns(query.sql, query.params))["member_id"])
        async with bench.db.transaction() as tx:
            rows = await tx.scalars(
                text("SELECT member_id FROM audience_member WHERE audience_id = :id ORDER BY 1"), {"id": ids[name]}
            )
            held = np.fromiter(rows, np.int64)
        members += len(held)
        wrong += len(np.setxor1d(expected, held))
    return members, wrong


async def caught_up(bench: Workbench, watch: Watch) -> datetime:
    """Refresh until nothing is due at some moment, which is returned."""
    while True:
        async with bench.db.transaction() as tx:
            await tx.execute(text("UPDATE audience SET rests_until = NULL"))
        now = watch.now()
        rounds = Poller(Registry(jobs.SUBSCRIBERS, (), jobs.TIMERS), bench.db, bench.lake, strict=True)
        await rounds.run_until_idle(now)
        async with bench.db.transaction() as tx:
            if not await saved_queries.due(tx, now):
                return now


# --- the workload


async def save(bench: Workbench) -> None:
    """The twenty audiences, saved."""
    async with bench.db.transaction() as tx:
        for n, (what, tree, _) in enumerate(TWENTY):
            await saved.save(tx, bench.caller, name=f"freshness_{n:02}", label=what, tree=tree, now=NOW)


async def clear(bench: Workbench) -> None:
    """Take away what the workload added, so that a kept world is as it was."""
    async with bench.db.transaction() as tx:
        known = await saved_queries.trees(tx, bench.workspace_id)
        names = sorted(name for name in known if name.startswith("freshness_"))
        ids = await saved_queries.numbers_of(tx, bench.workspace_id, names)
        for audience_id in sorted(ids.values(), reverse=True):
            await saved.drop(tx, bench.caller, audience_id, NOW)
        await tx.execute(text("UPDATE audience SET settled_version = NULL, refreshed_at = NULL, size = NULL"))
        await tx.execute(text("DELETE FROM audience_member"))
        await tx.execute(text("DELETE FROM fact"))
    # the world's own facts are numbered below zero
    await bench.lake.run(lambda cursor: cursor.execute("DELETE FROM lake.facts WHERE seq > 0").fetchall())


async def measure(bench: Workbench, of: Size) -> WorkloadResult:
    """Fill, load, let time pass, idle, recount, compare; raises Wrong."""
    large = of.members >= LARGE
    watch = Watch()
    with stage("filling twenty audiences"):
        first, _ = await timed(lambda: caught_up(bench, watch))
    seconds = LOAD_SECONDS[large]
    forget_peak()
    watch = Watch(begun=watch.begun)
    with stage(f"{rate(of):,} facts a second", seconds * rate(of)) as done:
        async with watched(bench, watch):
            await rain(bench, of, watch, seconds, done)
            await settled(bench, watch)
    under = Watch(begun=watch.begun)
    with stage("time alone", TIME_SECONDS[large]) as done:
        async with watched(bench, under):
            for _ in range(TIME_SECONDS[large]):
                await asyncio.sleep(1)
                done(1)
    peak = peak_mb()
    with stage("idle"):
        resting = await idle(bench, under)
    with stage("a count from the beginning"):
        await caught_up(bench, under)
        whole = await recounted(bench, under.now())
    with stage("comparing"):
        now = await caught_up(bench, under)
        members, wrong = await wrong_members(bench, now)
    if wrong or not members:
        raise WrongAnswer(f"{wrong:,} wrong members of {members:,}")
    return tell(of, Measured(first, watch, under, resting, whole, members, peak))


async def recounted(bench: Workbench, now: datetime) -> float:
    """Seconds that a refresh of everybody in all twenty takes."""
    async with bench.db.transaction() as tx:
        await refresh.recount(tx)
        await tx.execute(text("UPDATE audience SET rests_until = NULL"))

    async def work() -> None:
        while await jobs.refresh(bench.db, bench.lake, now):
            pass

    return (await timed(work))[0]


@dataclass(frozen=True)
class Measured:
    """All that was measured; seconds, and megabytes."""

    first: float
    load: Watch
    time: Watch
    idle: float
    whole: float
    members: int
    peak: float


def tell(of: Size, measured: Measured) -> WorkloadResult:
    lags, rounds = measured.load.lags, measured.load.rounds
    late = [*measured.time.late, *(seconds for _, seconds in measured.time.overdue.values())] or [0.0]
    usual = median(rounds)
    figures = [
        Figure("first fill of the twenty", "s", measured.first),
        Figure("lag of a fact, worst", "s", max(lags), LAG_MOST, max(lags), most=LAG_MOST, note="the limit is the bar"),
        Figure("lag of a fact, usual", "s", median(lags)),
        Figure("lag of time alone, worst", "s", max(late), LAG_MOST, max(late), most=LAG_MOST),
        Figure(
            "a refresh under load, usual", "s", usual, measured.whole, usual / measured.whole, note="limit: everybody"
        ),
        Figure("CPU of an idle minute", "s", measured.idle, IDLE_MOST, measured.idle, most=IDLE_MOST),
        Figure("largest resident size", "MB", measured.peak),
    ]
    return WorkloadResult(
        NAME,
        f"{of.caption}; {rate(of):,} facts a second for {LOAD_SECONDS[of.members >= LARGE]} s",
        f"20 audiences, {measured.members:,} members in them, 0 wrong",
        figures,
        {
            "members": of.members,
            "facts": of.facts,
            "rate": rate(of),
            "wrong_members": 0,
            "first_fill_s": measured.first,
            "lag": {"worst_s": max(lags), "usual_s": median(lags)},
            "time_lag": {"worst_s": max(late), "usual_s": median(late), "turns": len(late)},
            "refresh": {"ours_s": usual, "everybody_s": measured.whole, "ratio": usual / measured.whole},
            "idle_cpu_s_a_minute": measured.idle,
            "peak_rss_mb": measured.peak,
        },
    )


async def run(bench: Workbench, of: Size) -> WorkloadResult:
    """Make the world, keep its audiences, compare and measure; raises Wrong."""
    await world_setup.ready(bench, of)
    # a run that was killed has left its own
    await clear(bench)
    await save(bench)
    try:
        return await measure(bench, of)
    finally:
        await clear(bench)
