"""Keeping saved audiences true: marks of what concerns them, and what a look found written down with a fact for everybody
who moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select, text

from siyu.audience import queries
from siyu.audience.language import time_dependence
from siyu.audience.language.check import check_tree
from siyu.audience.language.time_dependence import watched
from siyu.audience.language.tree import Tree, references
from siyu.audience.models import Audience, AudienceVersion
from siyu.audience.refresh.refresh_plan import FIRST, REVISED, Ids, Plan
from siyu.audience.saved import queries as saved_queries
from siyu.facts.catalogue.audience import AudienceEntered, AudienceLeft
from siyu.facts.catalogue.fact import Fact
from siyu.facts.log.actions import record_from
from siyu.facts.log.queries import SPAN, Position, span
from siyu.kit.db import Tx, copy_arrays
from siyu.kit.errors import Invalid
from siyu.kit.time import local_date

READER = "audiences"
"""The cursor of `mark_changed`."""
FACTS, TIME = "facts", "time"
CAUSES = (FIRST, REVISED, FACTS, TIME)
"""Why somebody entered or left: the audience is new, its conditions changed, something happened, or time passed."""

QUIET_MAX = 1_000
"""A look at so few members is repeated as soon as there is reason to."""
GATHER = timedelta(seconds=15)
"""After a larger look facts and time are gathered this long..."""
GATHER_WHOLE = timedelta(seconds=30)
"""...and this long after a look at everybody."""
RETRY = timedelta(seconds=60)
UNREADABLE = "unreadable"
"""The trouble of an audience whose conditions speak of something that is gone."""
FAILED = "failed"
"""The trouble of an audience whose last look did not succeed; it is repeated after RETRY."""


@dataclass(frozen=True)
class Change:
    """What a look found for one audience: who enters, who leaves, whom facts told of, how many were looked at."""

    entered: Ids
    left: Ids
    by_facts: Ids
    looked_at: int
    whole: bool
    due_at: datetime | None


async def make_plans(tx: Tx, workspace_id: int, ids: Sequence[int], now: datetime) -> list[Plan]:
    """The audiences whose turn it is at `now`. Conditions written after it wait: nobody enters before they are in force.

    One that speaks of what is gone keeps its members; the console shows what to mend.
    """
    schema = await queries.schema(tx, workspace_id)
    rows = await tx.execute(
        select(Audience, AudienceVersion.tree)
        .join(
            AudienceVersion,
            (AudienceVersion.audience_id == Audience.id) & (AudienceVersion.version == Audience.version),
        )
        .where(Audience.id.in_(ids), AudienceVersion.written_at <= now)
        .order_by(Audience.id)
    )
    plans = []
    for row, tree in rows:
        try:
            plans.append(_planned(row, check_tree(tree, schema), schema.zone))
        except Invalid:
            row.trouble, row.settled_version, row.due_at = UNREADABLE, row.version, None
            row.since_txid = row.since_seq = None
    return plans


def _planned(row: Audience, tree: Tree, zone: str) -> Plan:
    since = None if row.since_txid is None or row.since_seq is None else Position(row.since_txid, row.since_seq)
    return Plan(
        id=row.id,
        workspace_id=row.workspace_id,
        name=row.name,
        version=row.version,
        settled_version=row.settled_version,
        refreshed_at=row.refreshed_at,
        since=since,
        trouble=row.trouble,
        zone=zone,
        tree=tree,
        dependence=time_dependence.time_dependence(tree),
        kinds=frozenset(watched(tree)),
    )


async def mark_changed(tx: Tx, after: Position, upto: Position, _now: datetime) -> int:
    """Mark the saved audiences that facts in (`after`, `upto`] concern; returns how many facts there are.

    A mark is where the first unsettled fact may lie. Every one concerned is written, marked or not: a refresh that is just
    settling an earlier mark then makes this wait, and cannot lose it. A brand that is set up anew may be in another zone:
    all its audiences are looked at as if their conditions were others.
    """
    counts = await tx.execute(
        text(f"""
            WITH seen AS (
                SELECT workspace_id, name, CASE WHEN name = 'setting_changed' THEN props->>'what' END AS what,
                       count(*) AS facts
                FROM {SPAN} GROUP BY 1, 2, 3),
            marked AS (
                UPDATE audience SET
                    since_seq = CASE WHEN since_txid IS NULL THEN :b ELSE since_seq END,
                    since_txid = coalesce(since_txid, :a_number)
                FROM (SELECT DISTINCT w.audience_id, s.workspace_id FROM seen s JOIN audience_watch w ON w.fact = s.name) AS of
                WHERE audience.id = of.audience_id AND audience.workspace_id = of.workspace_id)
            SELECT coalesce(sum(facts), 0), array_agg(DISTINCT workspace_id) FILTER (WHERE what = 'workspace') FROM seen
        """),
        {**span(after, upto), "a_number": after.txid},
    )
    facts, set_up = counts.one()
    if set_up:
        await recount(tx, set_up)
    return int(facts)


async def recount(tx: Tx, workspace_ids: Sequence[int] | None = None) -> None:
    """Let every saved audience (of these workspaces) be counted from the beginning: what the lake holds is not what it was."""
    await tx.execute(
        text("""
            UPDATE audience SET settled_version = NULL
            WHERE CAST(:ids AS int[]) IS NULL OR workspace_id = ANY(CAST(:ids AS int[]))
        """),
        {"ids": None if workspace_ids is None else list(workspace_ids)},
    )


async def apply_changes(tx: Tx, plan: Plan, change: Change, now: datetime, upto: Position) -> bool:
    """Write what changed for one audience up to `now` and `upto` in the log: facts first, then the rows.

    Does nothing and returns False when the audience has changed since it was planned: its turn comes again.
    """
    row = await tx.get(Audience, plan.id, with_for_update=True, populate_existing=True)
    if row is None or not await _as_planned(tx, row, plan):
        return False
    size = (row.size or 0) + len(change.entered) - len(change.left)
    if len(change.entered) or len(change.left):
        await _move(tx, plan, change, now)
    cursor = await tx.execute(
        text("SELECT txid::text::bigint, seq FROM fact_cursor WHERE reader = :reader"), {"reader": READER}
    )
    read = Position(*(cursor.one_or_none() or (0, 0)))
    if change.whole or plan.since is not None:
        # marks of facts past `upto` stay; without a mark at the start, one made meanwhile may lie before it and stays too
        row.since_txid, row.since_seq = (upto.txid, upto.seq) if read > upto else (None, None)
    row.size, row.refreshed_at, row.settled_version, row.trouble = size, now, plan.version, None
    row.due_at, row.rests_until = change.due_at, _rest(change, now)
    await tx.flush()
    await tx.execute(
        text("""
            INSERT INTO audience_size (audience_id, day, size) VALUES (:id, :day, :size)
            ON CONFLICT (audience_id, day) DO UPDATE SET size = excluded.size
        """),
        {"id": plan.id, "day": local_date(now, plan.zone), "size": size},
    )
    return True


async def _as_planned(tx: Tx, row: Audience, plan: Plan) -> bool:
    if (row.version, row.settled_version, row.refreshed_at) != (plan.version, plan.settled_version, plan.refreshed_at):
        return False
    if not references(plan.tree):
        return True
    # an audience it refers to may have been revised while it was looked at
    schema = await queries.schema(tx, row.workspace_id)
    try:
        return check_tree((await saved_queries.version(tx, row.id, row.version)).tree, schema) == plan.tree
    except Invalid:
        return False


def _rest(change: Change, now: datetime) -> datetime | None:
    if change.looked_at <= QUIET_MAX:
        return None
    return now + (GATHER_WHOLE if change.whole else GATHER)


def _causes(plan: Plan, change: Change, members: Ids) -> np.ndarray[Any, Any]:
    """A place in CAUSES for each of `members`."""
    if plan.anew is not None:
        return np.full(len(members), CAUSES.index(plan.anew), np.int16)
    if plan.dependence.ranked and plan.since is not None:
        # the facts of others moved them as well
        return np.full(len(members), CAUSES.index(FACTS), np.int16)
    by_facts = np.isin(members, change.by_facts)
    return np.where(by_facts, CAUSES.index(FACTS), CAUSES.index(TIME)).astype(np.int16)


_MOVED = """
    SELECT CAST(:workspace_id AS int), member_id, CAST(:at AS timestamptz), 'system', CAST(NULL AS text),
           jsonb_build_object('audience', CAST(:audience AS text), 'cause', (CAST(:causes AS text[]))[cause + 1])
    FROM moved WHERE entered = {entered} ORDER BY member_id
"""


async def _move(tx: Tx, plan: Plan, change: Change, now: datetime) -> None:
    members = np.concatenate((change.entered, change.left))
    await tx.execute(text("CREATE TEMP TABLE moved (member_id bigint, entered boolean, cause smallint) ON COMMIT DROP"))
    columns = {
        "member_id": members,
        "entered": np.arange(len(members)) < len(change.entered),
        "cause": _causes(plan, change, members),
    }
    await copy_arrays(tx, "moved", columns)
    params: dict[str, Any] = {
        "workspace_id": plan.workspace_id,
        "id": plan.id,
        "audience": plan.name,
        "causes": list(CAUSES),
        "at": now,
    }
    kinds: tuple[tuple[type[Fact], str], ...] = ((AudienceEntered, "true"), (AudienceLeft, "false"))
    for kind, entered in kinds:
        await record_from(tx, kind, _MOVED.format(entered=entered), params, now)
    await tx.execute(
        text("""
            INSERT INTO audience_member (audience_id, member_id, entered_at)
            SELECT :id, member_id, :at FROM moved WHERE entered ORDER BY member_id
        """),
        params,
    )
    await tx.execute(
        text("""
            DELETE FROM audience_member a USING moved m
            WHERE a.audience_id = :id AND a.member_id = m.member_id AND NOT m.entered
        """),
        params,
    )


async def back_off(tx: Tx, audience_id: int, now: datetime) -> None:
    """A look failed: the audience keeps its members and its marks, and is counted from the beginning a little later."""
    await tx.execute(
        text("UPDATE audience SET trouble = :trouble, rests_until = :until WHERE id = :id"),
        {"id": audience_id, "trouble": FAILED, "until": now + RETRY},
    )


async def correct_clock(tx: Tx, now: datetime) -> None:
    """After the clock has been set back: what was written or looked at by the clock that was ahead is due now."""
    await tx.execute(text("UPDATE audience_version SET written_at = :now WHERE written_at > :now"), {"now": now})
    await tx.execute(text("UPDATE audience SET due_at = :now WHERE refreshed_at > :now"), {"now": now})
    await tx.execute(text("UPDATE audience SET rests_until = NULL WHERE rests_until > :now"), {"now": now})
