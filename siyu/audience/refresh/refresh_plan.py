"""Whose truth may have changed since a saved audience was last looked at, and who is in it now.

It can only have changed for members with new facts of the kinds it watches and for members of whom something came of
age; all others stay as they are without being asked about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import select, text

from siyu.audience import queries
from siyu.audience.language import time_dependence
from siyu.audience.language.check import check_tree
from siyu.audience.language.time_dependence import ExpiringFact, TimeDependence, watched
from siyu.audience.language.tree import Tree
from siyu.audience.models import Audience, AudienceVersion
from siyu.audience.sql import crossings
from siyu.audience.sql.query import members_query
from siyu.facts.lake.connection import Lake
from siyu.facts.log.queries import Position
from siyu.kit.db import Tx, copy_arrays, read_arrays
from siyu.kit.errors import Invalid

Ids = np.ndarray[Any, np.dtype[np.int64]]
"""Members, ascending, each once."""

FIRST, REVISED = "first", "revised"
"""Why everybody who enters or leaves does: the audience is new, or its conditions changed."""
STALE = timedelta(days=1)
"""After so long the log may have been cut; whoever has new facts then is found by looking at everybody."""
CANDIDATES_ALWAYS, CANDIDATES_MAX, CANDIDATES_SHARE = 10_000, 2_000_000, 1 / 3
"""So few candidates are looked at by themselves whatever the size of the brand; of more than MAX, or than SHARE of all
members, a look at everybody is cheaper."""
WHOLE_MEMBERS_MAX = 60_000_000
"""Audiences are filled together as long as their number times the brand's members stays under this: all is in memory."""
DUE_SOON = timedelta(hours=1)
UNREADABLE = "unreadable"
"""The trouble of an audience whose conditions speak of something that is gone."""


@dataclass(frozen=True)
class Plan:
    """A saved audience as it stood when its turn came."""

    id: int
    workspace_id: int
    name: str
    version: int
    settled_version: int | None
    refreshed_at: datetime | None
    since: Position | None
    trouble: str | None
    zone: str
    tree: Tree
    found: TimeDependence
    kinds: frozenset[str]

    @property
    def anew(self) -> str | None:
        """The cause that everybody who moves shares, when the conditions are new."""
        if self.refreshed_at is None:
            return FIRST
        return REVISED if self.settled_version != self.version else None

    @property
    def waits_since(self) -> datetime:
        """When it was last looked at; a new one has waited longest."""
        return self.refreshed_at or datetime.min.replace(tzinfo=UTC)

    def whole(self, now: datetime) -> bool:
        """Whether everybody must be looked at."""
        if self.anew is not None or self.trouble is not None or self.found.ranked or self.refreshed_at is None:
            return True
        if now < self.refreshed_at or not time_dependence.same_days(self.found, self.refreshed_at, now, self.zone):
            return True
        return self.since is not None and now - self.refreshed_at > STALE


@dataclass(frozen=True)
class Candidates:
    """Members whose truth may have changed. `kinds` are those of the facts; `kind` is a place in it (1 the first), 0: time."""

    kinds: tuple[str, ...]
    kind: np.ndarray[Any, Any]
    member: np.ndarray[Any, Any]
    stands: np.ndarray[Any, Any]

    @cached_property
    def candidates(self) -> Ids:
        """All of them, those that are merged into others too."""
        return np.unique(self.member)

    @cached_property
    def scope(self) -> Ids:
        """Those that stand for themselves."""
        return np.unique(self.member[self.stands])

    def told(self, kinds: frozenset[str]) -> Ids:
        """Those with a fact of `kinds`."""
        places = [place for place, name in enumerate(self.kinds, 1) if name in kinds]
        return np.unique(self.member[np.isin(self.kind, places)])


async def plan(tx: Tx, workspace_id: int, ids: Sequence[int], now: datetime) -> list[Plan]:
    """The audiences whose turn it is at `now`. Conditions written after it wait: nobody enters before they are in force.

    One that speaks of what is gone keeps its members; the console shows what to mend.
    """
    words = await queries.schema(tx, workspace_id)
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
            plans.append(_planned(row, check_tree(tree, words), words.zone))
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
        found=time_dependence.time_dependence(tree),
        kinds=frozenset(watched(tree)),
    )


def batches(plans: Sequence[Plan], members: int) -> Iterator[list[Plan]]:
    """Groups of looks at everybody that fit into memory at once, in a brand of so many members."""
    at_once = max(1, WHOLE_MEMBERS_MAX // max(members, 1))
    for low in range(0, len(plans), at_once):
        yield list(plans[low : low + at_once])


def too_many(moved: Candidates, members: int) -> bool:
    """Whether a look at everybody in a brand of so many members is cheaper than one at the candidates."""
    number = len(moved.candidates)
    return number > CANDIDATES_ALWAYS and number > min(CANDIDATES_MAX, members * CANDIDATES_SHARE)


# --- the lake


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
    kinds = tuple(sorted(frozenset().union(*(one.kinds for one in plans if one.since is not None))))
    marks = [one.since for one in plans if one.since is not None]
    since: dict[ExpiringFact, datetime] = {}
    for one in plans:
        if one.refreshed_at is not None and one.refreshed_at < now:
            for item in one.found.expiring:
                since[item] = min(one.refreshed_at, since.get(item, one.refreshed_at))
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
    found = await lake.columns(crossings.resolve_merges(workspace_id, " UNION ALL ".join(parts)), params)
    return Candidates(kinds, found["kind"], found["member_id"], found["stands"])


async def current_members(lake: Lake, plans: Sequence[Plan], now: datetime, only: Ids | None) -> list[Ids]:
    """Who (of `only`, who stand for themselves) is in each of `plans`, which are of one workspace."""
    if not plans or (only is not None and len(only) == 0):
        return [np.empty(0, np.int64) for _ in plans]
    asked = None if only is None else only.tolist()
    query = members_query([one.tree for one in plans], plans[0].workspace_id, now, plans[0].zone, asked)
    found = await lake.columns(query.sql, query.params)
    places, members = np.asarray(found["k"]), np.asarray(found["member_id"], np.int64)
    return [np.unique(members[places == k]) for k in range(len(plans))]


async def recorded_members(tx: Tx, plans: Sequence[Plan], among: Ids | None) -> list[Ids]:
    """Who (of `among`) is in each of `plans` as of its last refresh."""
    chosen = ", ".join(str(one.id) for one in plans)
    source = f"SELECT audience_id, member_id FROM audience_member WHERE audience_id IN ({chosen})"
    if among is not None:
        await tx.execute(text("CREATE TEMP TABLE candidate (member_id bigint) ON COMMIT DROP"))
        await copy_arrays(tx, "candidate", {"member_id": among})
        await tx.execute(text("ANALYZE candidate"))
        source = f"SELECT a.audience_id, a.member_id FROM candidate JOIN audience_member a USING (member_id) WHERE a.audience_id IN ({chosen})"
    found = await read_arrays(tx, source, {"audience_id": "i4", "member_id": "i8"})
    return [np.unique(found["member_id"][found["audience_id"] == one.id]) for one in plans]


async def next_due(lake: Lake, plans: Sequence[Plan], now: datetime) -> list[datetime | None]:
    """When time alone may next change each of `plans`; None: never.

    What turns within DUE_SOON is looked for first: in a busy brand something always does, and the rest of the facts need
    not be read.
    """
    soon = now + DUE_SOON
    found = await _turns(lake, {a for one in plans for a in one.found.expiring}, plans, now, soon)
    still = [one for one in plans if not any(a in found for a in one.found.expiring)]
    found |= await _turns(lake, {a for one in still for a in one.found.expiring}, plans, now, None)
    dues = []
    for one in plans:
        moments = time_dependence.next_days(one.found, now, one.zone)
        moments += [found[a] for a in one.found.expiring if a in found]
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
