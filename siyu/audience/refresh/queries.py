"""Of whom the truth may have changed, who is in an audience now and who was when it was last refreshed, and when it is due again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import text

from siyu.audience.language import time_dependence
from siyu.audience.language.time_dependence import ExpiringFact
from siyu.audience.refresh.refresh_plan import Candidates, Ids, Plan
from siyu.audience.sql import crossings
from siyu.audience.sql.query import members_query
from siyu.facts.lake.connection import Lake
from siyu.facts.log.queries import Position
from siyu.kit.db import Tx, copy_arrays, read_arrays

DUE_SOON = timedelta(hours=1)


async def await_profiles(tx: Tx) -> None:
    """Wait for whoever is making marked profiles anew in another process."""
    await tx.execute(text("SELECT FROM profile_due FOR SHARE"))


async def total(lake: Lake, workspace_id: int) -> int:
    """How many members the lake knows: merged and erased ones not counted."""
    rows = await lake.rows(
        "SELECT count(*) FROM lake.profiles WHERE workspace_id = $1 AND merged_into IS NULL", [workspace_id]
    )
    return int(rows[0][0])


async def find_candidates(lake: Lake, plans: Sequence[Plan], now: datetime, upto: Position) -> Candidates:
    """Whose truth may have changed for any of `plans` (which are not new) since they were last looked at."""
    kinds = tuple(sorted(frozenset().union(*(plan.kinds for plan in plans if plan.since is not None))))
    marks = [plan.since for plan in plans if plan.since is not None]
    since: dict[ExpiringFact, datetime] = {}
    for plan in plans:
        if plan.refreshed_at is not None and plan.refreshed_at < now:
            for item in plan.dependence.expiring:
                since[item] = min(plan.refreshed_at, since.get(item, plan.refreshed_at))
    workspace_id = plans[0].workspace_id if plans else 0
    parts, params = [], ()
    if marks:
        first = min(marks)
        parts.append(crossings.changed_members(workspace_id, kinds, (first.txid, first.seq), (upto.txid, upto.seq)))
    if since:
        turned = crossings.crossed(since, workspace_id, now)
        parts.append(f"SELECT 0 AS kind, member_id FROM ({turned.sql})")
        params = turned.params
    if not parts:
        none = np.empty(0, np.int64)
        return Candidates(kinds, none, none, none.astype(bool))
    moved = await lake.columns(crossings.resolve_merges(workspace_id, " UNION ALL ".join(parts)), params)
    return Candidates(kinds, moved["kind"], moved["member_id"], moved["stands"])


async def current_members(lake: Lake, plans: Sequence[Plan], now: datetime, only: Ids | None) -> list[Ids]:
    """Who (of `only`, who stand for themselves) is in each of `plans`, which are of one workspace."""
    if not plans or (only is not None and len(only) == 0):
        return [np.empty(0, np.int64) for _ in plans]
    only_ids = None if only is None else only.tolist()
    query = members_query([plan.tree for plan in plans], plans[0].workspace_id, now, plans[0].zone, only_ids)
    columns = await lake.columns(query.sql, query.params)
    places, members = np.asarray(columns["k"]), np.asarray(columns["member_id"], np.int64)
    return [np.unique(members[places == k]) for k in range(len(plans))]


async def recorded_members(tx: Tx, plans: Sequence[Plan], among: Ids | None) -> list[Ids]:
    """Who (of `among`) is in each of `plans` as of its last refresh."""
    chosen = ", ".join(str(plan.id) for plan in plans)
    source = f"SELECT audience_id, member_id FROM audience_member WHERE audience_id IN ({chosen})"
    if among is not None:
        await tx.execute(text("CREATE TEMP TABLE candidate (member_id bigint) ON COMMIT DROP"))
        await copy_arrays(tx, "candidate", {"member_id": among})
        await tx.execute(text("ANALYZE candidate"))
        source = f"SELECT a.audience_id, a.member_id FROM candidate JOIN audience_member a USING (member_id) WHERE a.audience_id IN ({chosen})"
    recorded = await read_arrays(tx, source, {"audience_id": "i4", "member_id": "i8"})
    return [np.unique(recorded["member_id"][recorded["audience_id"] == plan.id]) for plan in plans]


async def next_due(lake: Lake, plans: Sequence[Plan], now: datetime) -> list[datetime | None]:
    """When time alone may next change each of `plans`; None: never.

    What turns within DUE_SOON is looked for first: in a busy brand something always does, and the rest of the facts need
    not be read.
    """
    soon = now + DUE_SOON
    crossing_at = await _turns(lake, {a for plan in plans for a in plan.dependence.expiring}, plans, now, soon)
    still = [plan for plan in plans if not any(a in crossing_at for a in plan.dependence.expiring)]
    crossing_at |= await _turns(lake, {a for plan in still for a in plan.dependence.expiring}, plans, now, None)
    dues = []
    for plan in plans:
        moments = time_dependence.next_days(plan.dependence, now, plan.zone)
        moments += [crossing_at[a] for a in plan.dependence.expiring if a in crossing_at]
        dues.append(min(moments, default=None))
    return dues


async def _turns(
    lake: Lake, expiring: set[ExpiringFact], plans: Sequence[Plan], now: datetime, until: datetime | None
) -> dict[ExpiringFact, datetime]:
    if not expiring:
        return {}
    ordered = sorted(expiring)
    query = crossings.next_crossings(ordered, plans[0].workspace_id, now, until)
    rows = await lake.rows(query.sql, query.params)
    return {ordered[place]: at.replace(tzinfo=UTC) for place, at in rows if at is not None}
