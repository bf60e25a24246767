"""The audience room's ears and clockwork: profiles kept fresh, saved audiences kept true."""

from datetime import datetime, timedelta

from siyu.audience import actions, queries
from siyu.audience.rules.horizon import PROFILE_FACTS
from siyu.facts import jobs as facts
from siyu.facts import upkeep
from siyu.facts.catalogue import KINDS
from siyu.facts.jobs import Reader
from siyu.facts.lake import Lake
from siyu.kit.db import Database
from siyu.kit.jobs import Timer
from siyu.kit.logs import logger

log = logger("audience")

REFRESH_EVERY = timedelta(seconds=5)
PROFILES_EVERY = timedelta(seconds=1)

PROFILES = Reader("profiles", PROFILE_FACTS, actions.mark_profiles)
"""Marks whose profiles have changed."""

TOUCHED = Reader("audiences", frozenset(name for name, kind in KINDS.items() if kind.about == "member"), actions.touch)
"""Marks which saved audiences may have changed."""


async def freshen(db: Database, lake: Lake, now: datetime) -> None:
    """Bring the lake up to all that is recorded: facts, then the profiles they changed.

    After it a question to the lake sees what was committed before it began (unless another process is relaying right now).
    """
    await facts.relay(db, lake)
    await facts.read_on(db, PROFILES, now)
    await write_profiles(db, lake, now)


async def write_profiles(db: Database, lake: Lake, _now: datetime) -> None:
    """Make all marked profiles anew, a batch a transaction."""
    while True:
        async with db.transaction() as tx:
            if await actions.refresh_profiles(tx, lake) == 0:
                return


async def rebuild_profiles(db: Database, lake: Lake) -> int:
    """Make all profiles anew from Postgres; returns how many there are."""
    async with db.transaction() as tx:
        return await actions.rebuild_profiles(tx, lake)


async def refresh(db: Database, lake: Lake, now: datetime) -> None:
    """Bring every saved audience that may have changed up to date, each in its own transaction.

    One that fails keeps its place and does not hold up the others; the first failure is raised at the end.
    """
    async with db.transaction() as tx:
        due = await queries.due(tx, now)
    if not due:
        return
    await freshen(db, lake, now)
    if not await upkeep.caught_up(db, lake, TOUCHED.name):
        return
    troubles: list[Exception] = []
    for audience_id, seen in due:
        try:
            async with db.transaction() as tx:
                entered, left = await actions.refresh(tx, lake, audience_id, seen, now)
            log.info("audience_refreshed", audience_id=audience_id, entered=entered, left=left)
        except Exception as trouble:
            log.error(
                "audience_stuck", audience_id=audience_id, error=type(trouble).__name__, detail=str(trouble)[:500]
            )
            troubles.append(trouble)
    if troubles:
        raise troubles[0]


READERS = (PROFILES, TOUCHED)
TIMERS = (
    Timer("audience.profiles", PROFILES_EVERY, write_profiles),
    Timer("audience.refresh", REFRESH_EVERY, refresh),
)
