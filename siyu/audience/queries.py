"""Questions about audiences. Trees are taken as JSON, as they were written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import func, select

from siyu.audience.language import explain as explanation
from siyu.audience.language.check import check_tree
from siyu.audience.language.evaluate import Event, MemberView, Population, ranked
from siyu.audience.language.explain import Explanation
from siyu.audience.language.schema import BUILT_IN, JOURNEY, ProfileField, Schema
from siyu.audience.language.time_dependence import fact_names
from siyu.audience.language.tree import All, Not, Tree
from siyu.audience.saved import queries as saved
from siyu.audience.sql.query import QueryBuilder, count_query, estimate_query, member_ids_query
from siyu.channels.accounts.queries import account_rows
from siyu.channels.catalogue import ADAPTERS
from siyu.contacts.attributes import queries as contact_attributes
from siyu.contacts.attributes.rules import Spec
from siyu.contacts.models import Member
from siyu.contacts.tags import queries as contact_tags
from siyu.facts.lake.connection import Lake, QueryProgress
from siyu.kit.confidence_interval import share_interval
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid, NotFound
from siyu.kit.text import same
from siyu.platform import queries as platform
from siyu.platform.uses.queries import thing_names


@dataclass(frozen=True)
class Counted:
    """How many are in, of all members. `leaves`: each condition by itself; `narrowing`: what is left after each outer one."""

    count: int
    total: int
    leaves: list[tuple[str, int]] = field(default_factory=list)
    narrowing: list[tuple[str, int]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of all members, 0 to 1."""
        return self.count / self.total if self.total else 0.0


# --- names


async def schema(tx: Tx, workspace_id: int, *, strict: bool = False) -> Schema:
    """The names that trees of a workspace may use. Unless `strict`, any tag name passes and attributes' options are not
    looked at: what was saved long ago may name a tag that is gone."""
    workspace = await platform.workspace(tx, workspace_id)
    specs = (await contact_attributes.attribute_specs(tx, workspace_id)).values()
    made = [_field(spec, strict) for spec in specs]
    names = await contact_tags.tag_names(tx, workspace_id)
    journeys = await thing_names(tx, workspace_id, JOURNEY)
    tags = frozenset(names.names.values()) if strict else None
    fields = {field.name: field for field in (*made, *BUILT_IN)}
    return Schema(
        workspace.zone, workspace.currency, fields, tags, await saved.trees(tx, workspace_id), names, journeys
    )


def _field(spec: Spec, strict: bool) -> ProfileField:
    options = spec.shown_options() if strict else None
    return ProfileField(spec.name, spec.type, same(spec.label), options, True, spec.option_keys(), spec.option_names)


async def parse(tx: Tx, workspace_id: int, tree: Any) -> tuple[Tree, Schema]:
    """The checked tree and the names it was checked with; raises Invalid."""
    names = await schema(tx, workspace_id)
    return check_tree(tree, names), names


@dataclass(frozen=True)
class Moves:
    """Whom other conditions would bring into an audience and take out of it, as trees."""

    entering: Tree
    leaving: Tree
    zone: str


async def parse_moves(tx: Tx, workspace_id: int, before: Any, after: Any) -> Moves | None:
    """The moves between two trees, None when the words of `before` have gone since; raises Invalid for `after`."""
    new, names = await parse(tx, workspace_id, after)
    try:
        old = check_tree(before, names)
    except Invalid:
        return None
    return Moves(All((new, Not(old))), All((old, Not(new))), names.zone)


# --- the lake


async def count(tx: Tx, lake: Lake, workspace_id: int, tree: Any, now: datetime) -> Counted:
    """How many members are in `tree` at `now`; raises Invalid."""
    parsed, names = await parse(tx, workspace_id, tree)
    return await counted(lake, parsed, workspace_id, names.zone, now, QueryProgress())


async def reachable(tx: Tx, lake: Lake, workspace_id: int, now: datetime, within: Any = None) -> int:
    """How many members (of the tree `within`) can receive on a channel that the brand has an account on; raises Invalid."""
    channels = {row.channel for row in await account_rows(tx, workspace_id)} & ADAPTERS.keys()
    if not channels:
        return 0
    tree: dict[str, Any] = {"any": [{"reachable": {"channel": channel}} for channel in sorted(channels)]}
    return (await count(tx, lake, workspace_id, tree if within is None else {"all": [within, tree]}, now)).count


async def counted(lake: Lake, tree: Tree, workspace_id: int, zone: str, now: datetime, watch: QueryProgress) -> Counted:
    """How many members are in a checked tree; `watch` tells how far the question is."""
    query, leaves, outer = count_query(tree, workspace_id, now, zone)
    figures = (await lake.rows_with_progress(watch, query.sql, query.params))[0]
    alone, left = figures[2 : 2 + len(leaves)], figures[2 + len(leaves) :]
    return Counted(figures[1], figures[0], list(zip(leaves, alone, strict=True)), list(zip(outer, left, strict=True)))


async def count_moves(lake: Lake, moves: Moves, workspace_id: int, now: datetime) -> tuple[int, int]:
    """How many would enter and how many would leave at `now`."""
    entering, leaving = [
        (await counted(lake, tree, workspace_id, moves.zone, now, QueryProgress())).count
        for tree in (moves.entering, moves.leaving)
    ]
    return entering, leaving


async def estimated(
    lake: Lake, tree: Tree, workspace_id: int, zone: str, now: datetime, share: int
) -> tuple[int, int, int, int] | None:
    """(likely number, least, most, all members) of a checked tree from one in `share` members; None when none can be told."""
    query = estimate_query(tree, workspace_id, now, zone, share)
    if query is None:
        return None
    everybody = "SELECT count(*) FROM lake.profiles WHERE workspace_id = $1 AND merged_into IS NULL"
    total = (await lake.rows(everybody, [workspace_id]))[0][0]
    looked_at, inside = (await lake.rows(query.sql, query.params))[0]
    return (*share_interval(inside, looked_at, total), total)


async def member_ids(tx: Tx, lake: Lake, workspace_id: int, tree: Any, now: datetime) -> list[int]:
    """The members (winners of merges) in `tree` at `now`, ascending; raises Invalid."""
    parsed, names = await parse(tx, workspace_id, tree)
    return await ids_of(lake, parsed, workspace_id, names.zone, now)


async def ids_of(lake: Lake, tree: Tree, workspace_id: int, zone: str, now: datetime) -> list[int]:
    """The members of a checked tree, ascending."""
    query = member_ids_query(tree, workspace_id, now, zone)
    ids = (await lake.columns(query.sql, query.params))["member_id"]
    ids.sort()
    return list(ids.tolist())


async def among(tx: Tx, lake: Lake, workspace_id: int, tree: Any, ids: Sequence[int], now: datetime) -> set[int]:
    """Which of `ids` are in `tree` at `now`; somebody who was merged is in when their winner is. Raises Invalid."""
    if not ids:
        return set()
    parsed, names = await parse(tx, workspace_id, tree)
    query = member_ids_query(parsed, workspace_id, now, names.zone, ids)
    return {row[0] for row in await lake.rows(query.sql, query.params)}


async def sample(lake: Lake, tree: Tree, workspace_id: int, zone: str, limit: int, now: datetime) -> list[int]:
    """Up to `limit` members of a checked tree, scattered over all of them, the same ones each time."""
    query = member_ids_query(tree, workspace_id, now, zone)
    chosen = f"SELECT member_id FROM ({query.sql}) ORDER BY hash(member_id), member_id LIMIT {int(limit)}"
    # in its turn after the count that the builder asks for with it: an estimate goes between
    rows = await lake.rows_with_progress(QueryProgress(), chosen, query.params)
    return [row[0] for row in rows]


# --- one member


async def view(lake: Lake, workspace_id: int, member_id: int, names: Sequence[str]) -> MemberView:
    """A member as the lake knows it, with its facts of these kinds; raises NotFound. A merged member's is its winner's."""
    rows = await lake.rows(
        "SELECT w.member_id, w.created_at, w.zone, w.source, w.attributes, w.identities, w.consents, w.suppressed, w.addresses "
        "FROM lake.profiles p JOIN lake.profiles w ON w.workspace_id = p.workspace_id "
        "AND w.member_id = coalesce(p.merged_into, p.member_id) WHERE p.workspace_id = $1 AND p.member_id = $2",
        [workspace_id, member_id],
    )
    if not rows:
        raise NotFound("There is no such member", "没有这位客户")
    row = rows[0]
    tags = await lake.rows(
        "SELECT tag, until FROM lake.tags WHERE workspace_id = $1 AND member_id = $2", [workspace_id, row[0]]
    )
    events = await lake.rows(
        "SELECT name, occurred_at, props FROM lake.facts WHERE workspace_id = $1 AND list_contains($3::VARCHAR[], name) "
        "AND member_id IN (SELECT member_id FROM lake.profiles WHERE workspace_id = $1 AND coalesce(merged_into, member_id) = $2) "
        "ORDER BY occurred_at",
        [workspace_id, row[0], list(names)],
    )
    return MemberView(
        id=row[0],
        created_at=row[1].replace(tzinfo=UTC),
        zone=row[2],
        source=row[3],
        attributes=orjson.loads(row[4] or "{}"),
        tags=tuple((tag, until and until.replace(tzinfo=UTC)) for tag, until in tags),
        identities=frozenset(_words(row[5])),
        consents=dict(consent.split(":", 1) for consent in _words(row[6])),
        suppressed=frozenset(_words(row[7])),
        addresses=frozenset(_words(row[8])),
        events=tuple(Event(name, at.replace(tzinfo=UTC), orjson.loads(props)) for name, at, props in events),
    )


def _words(column: str) -> list[str]:
    """The words of a lake text like `,phone,external_id,`."""
    return [word for word in column.split(",") if word]


async def explain(tx: Tx, lake: Lake, workspace_id: int, tree: Any, member_id: int, now: datetime) -> Explanation:
    """Why a member is in or out of `tree` at `now`, condition by condition; raises Invalid, NotFound."""
    parsed, names = await parse(tx, workspace_id, tree)
    member = await view(lake, workspace_id, member_id, sorted(fact_names(parsed)))
    others = await population_of(lake, parsed, workspace_id, names.zone, now)
    return explanation.explain(parsed, names, member, now, others)


async def population_of(lake: Lake, tree: Tree, workspace_id: int, zone: str, now: datetime) -> Population:
    """What a checked tree asks of everybody else at `now`: bounds of RFM scores, and who is last in each top n."""
    values = {}
    for key, condition in ranked(tree).items():
        builder = QueryBuilder(workspace_id, now, zone)
        query = builder.query(condition.cohort_query(builder))
        rows = await lake.rows(query.sql, query.params)
        value = condition.read_cohort(rows[0]) if rows else None
        if value is not None:
            values[key] = value
    return values


async def total(tx: Tx, workspace_id: int) -> int:
    """How many members there are: merged and erased ones not counted."""
    query = select(func.count()).where(
        Member.workspace_id == workspace_id, Member.merged_into.is_(None), Member.erased_at.is_(None)
    )
    return int(await tx.scalar(query) or 0)
