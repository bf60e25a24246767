"""Who is in a saved audience: brought up to date in one statement each way, with a fact for everybody who entered or left."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from siyu.audience import queries
from siyu.audience.models import Audience
from siyu.audience.rules.moments import local_day
from siyu.facts.actions import record_from
from siyu.facts.catalogue import AudienceEntered, AudienceLeft, Fact
from siyu.facts.lake import Lake
from siyu.facts.queries import Happened
from siyu.kit.db import Tx, copy_rows
from siyu.kit.errors import Invalid

TIME_STEP = timedelta(seconds=30)
"""Changes by time alone are gathered this long, so that a busy audience is not recounted for every fact that ages."""

FIRST, REVISED, FACTS, TIME = "first", "revised", "facts", "time"
"""Why somebody entered or left: the audience is new, its conditions changed, something happened, or time passed."""

_MOVED = """
    SELECT CAST(:workspace_id AS int), {one}.member_id, CAST(:at AS timestamptz), 'system', CAST(NULL AS text),
           jsonb_build_object('audience', CAST(:audience AS text), 'cause', CAST(:cause AS text))
    FROM {one} WHERE {which}
"""
_ENTERED = "NOT EXISTS (SELECT 1 FROM audience_member a WHERE a.audience_id = :id AND a.member_id = inside.member_id)"
_LEFT = "audience_member.audience_id = :id AND NOT EXISTS (SELECT 1 FROM inside WHERE inside.member_id = audience_member.member_id)"


async def touch(tx: Tx, batch: list[Happened], _now: datetime) -> None:
    """Mark the saved audiences that the facts of `batch` may have changed."""
    seen = sorted({(fact.workspace_id, fact.name) for fact in batch})
    await tx.execute(
        text("""
            UPDATE audience SET touched = touched + 1 WHERE id IN (
                SELECT a.id FROM unnest(CAST(:workspaces AS int[]), CAST(:names AS text[])) AS s (workspace_id, fact)
                JOIN audience_watch w ON w.fact = s.fact
                JOIN audience a ON a.id = w.audience_id AND a.workspace_id = s.workspace_id)
        """),
        {"workspaces": [one for one, _ in seen], "names": [name for _, name in seen]},
    )


async def refresh(tx: Tx, lake: Lake, audience_id: int, seen: int, now: datetime) -> tuple[int, int]:
    """Bring one audience's members up to `now`; returns how many entered and left.

    `seen` is the audience's `touched` from before the lake was brought up to date: marks made since stay to be settled.
    """
    row = await tx.get(Audience, audience_id, with_for_update=True)
    if row is None:
        return 0, 0
    cause = _cause(row, seen)
    tree = (await queries.version(tx, row.id, row.version)).tree
    row.settled, row.settled_version = seen, row.version
    try:
        parsed, words = await queries.parse(tx, row.workspace_id, tree)
    except Invalid:
        # it speaks of something that is gone (an attribute, say): its members stay, the console shows what to mend
        row.due_at = None
        return 0, 0
    ids = await queries.ids_of(lake, parsed, row.workspace_id, words.zone, now)
    entered, left = await _settle(tx, row, ids, cause, now)
    change = await queries.next_change(lake, parsed, row.workspace_id, words.zone, now)
    row.size, row.refreshed_at = len(ids), now
    row.due_at = None if change is None else max(change, now + TIME_STEP)
    await tx.flush()
    await tx.execute(
        text("""
            INSERT INTO audience_size (audience_id, day, size) VALUES (:id, :day, :size)
            ON CONFLICT (audience_id, day) DO UPDATE SET size = excluded.size
        """),
        {"id": row.id, "day": local_day(now, words.zone), "size": len(ids)},
    )
    return entered, left


def _cause(row: Audience, seen: int) -> str:
    if row.settled_version is None:
        return FIRST
    if row.settled_version != row.version:
        return REVISED
    return FACTS if seen > row.settled else TIME


async def _settle(tx: Tx, row: Audience, ids: list[int], cause: str, now: datetime) -> tuple[int, int]:
    """Compare with the members so far: facts first, then the rows."""
    await tx.execute(text("CREATE TEMP TABLE IF NOT EXISTS inside (member_id bigint PRIMARY KEY) ON COMMIT DROP"))
    await tx.execute(text("TRUNCATE inside"))
    await copy_rows(tx, "inside", ["member_id"], ((one,) for one in ids))
    params: dict[str, Any] = {
        "workspace_id": row.workspace_id,
        "id": row.id,
        "audience": row.name,
        "cause": cause,
        "at": now,
    }
    kinds: tuple[tuple[type[Fact], str, str], ...] = (
        (AudienceEntered, "inside", _ENTERED),
        (AudienceLeft, "audience_member", _LEFT),
    )
    entered, left = [
        await record_from(tx, kind, _MOVED.format(one=one, which=which), params, now) for kind, one, which in kinds
    ]
    if entered:
        await tx.execute(
            text("""
                INSERT INTO audience_member (audience_id, member_id, entered_at)
                SELECT :id, member_id, :at FROM inside ON CONFLICT DO NOTHING
            """),
            params,
        )
    if left:
        await tx.execute(text(f"DELETE FROM audience_member WHERE {_LEFT}"), params)
    return entered, left
