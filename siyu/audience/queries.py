"""Questions about audiences. Trees are taken as JSON, as they were written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import func, or_, select, text

from siyu.audience import rules
from siyu.audience.models import Audience, AudienceMember, AudienceSize, AudienceUse, AudienceVersion
from siyu.audience.rules import history, horizon, population
from siyu.audience.rules.sentence import Teller
from siyu.audience.rules.told import told
from siyu.audience.rules.vocabulary import BUILT_IN
from siyu.contacts.attributes import queries as contact_attributes
from siyu.contacts.merges import queries as contact_merges
from siyu.contacts.models import Member, Tag
from siyu.facts.catalogue import KINDS
from siyu.facts.lake.connection import Lake, QueryProgress
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.platform import queries as platform


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


@dataclass(frozen=True)
class Reason:
    """One condition for one member: its words, truth and value, and when it turns by time alone."""

    path: str
    matched: bool
    words: dict[str, str]
    value: Any
    changes_at: datetime | None


@dataclass(frozen=True)
class Explained:
    """Why a member is in or out, and when that turns by time alone unless one of the facts called `unless` comes first."""

    matched: bool
    reasons: list[Reason]
    changes_at: datetime | None
    unless: dict[str, str]


# --- names


async def vocabulary(tx: Tx, workspace_id: int, *, strict: bool = False) -> rules.Vocabulary:
    """The names that trees of a workspace may use. Unless `strict`, any tag name passes and attributes' options are not
    looked at: what was saved must go on being read after a tag is gone."""
    workspace = await platform.workspace(tx, workspace_id)
    specs = (await contact_attributes.attribute_specs(tx, workspace_id)).values()
    made = [rules.Field(s.name, s.type, s.label, s.label, s.options if strict else None, True) for s in specs]
    tags = None
    if strict:
        tags = frozenset((await tx.scalars(select(Tag.name).where(Tag.workspace_id == workspace_id))).all())
    fields = {one.name: one for one in (*made, *BUILT_IN)}
    return rules.Vocabulary(workspace.zone, workspace.currency, fields, tags, await saved(tx, workspace_id))


async def saved(tx: Tx, workspace_id: int) -> dict[str, rules.Saved]:
    """All saved audiences by name, with their current trees."""
    rows = await tx.execute(
        select(Audience.name, Audience.label, AudienceVersion.tree)
        .join(
            AudienceVersion,
            (AudienceVersion.audience_id == Audience.id) & (AudienceVersion.version == Audience.version),
        )
        .where(Audience.workspace_id == workspace_id)
        .order_by(Audience.name)
    )
    return {name: rules.Saved(label, tree) for name, label, tree in rows}


async def parse(tx: Tx, workspace_id: int, tree: Any) -> tuple[rules.Tree, rules.Vocabulary]:
    """The checked tree and the names it was checked with; raises Invalid."""
    words = await vocabulary(tx, workspace_id)
    return rules.check(tree, words), words


# --- the lake


async def count(tx: Tx, lake: Lake, workspace_id: int, tree: Any, now: datetime) -> Counted:
    """How many members are in `tree` at `now`; raises Invalid."""
    parsed, words = await parse(tx, workspace_id, tree)
    return await counted(lake, parsed, workspace_id, words.zone, now, QueryProgress())


async def counted(
    lake: Lake, tree: rules.Tree, workspace_id: int, zone: str, now: datetime, watch: QueryProgress
) -> Counted:
    """How many members are in a checked tree; `watch` tells how far the question is."""
    query, leaves, outer = rules.counts(tree, workspace_id, now, zone)
    figures = (await lake.rows_with_progress(watch, query.sql, query.params))[0]
    alone, left = figures[2 : 2 + len(leaves)], figures[2 + len(leaves) :]
    return Counted(figures[1], figures[0], list(zip(leaves, alone, strict=True)), list(zip(outer, left, strict=True)))


async def estimated(
    lake: Lake, tree: rules.Tree, workspace_id: int, zone: str, now: datetime, share: int
) -> tuple[int, int, int, int] | None:
    """(likely number, least, most, all members) of a checked tree from one in `share` members; None when none can be told."""
    query = rules.estimate(tree, workspace_id, now, zone, share)
    if query is None:
        return None
    everybody = "SELECT count(*) FROM lake.profiles WHERE workspace_id = $1 AND merged_into IS NULL"
    total = (await lake.rows(everybody, [workspace_id]))[0][0]
    looked_at, inside = (await lake.rows(query.sql, query.params))[0]
    return (*rules.interval(inside, looked_at, total), total)


async def member_ids(tx: Tx, lake: Lake, workspace_id: int, tree: Any, now: datetime) -> list[int]:
    """The members (winners of merges) in `tree` at `now`, ascending; raises Invalid."""
    parsed, words = await parse(tx, workspace_id, tree)
    return await ids_of(lake, parsed, workspace_id, words.zone, now)


async def ids_of(lake: Lake, tree: rules.Tree, workspace_id: int, zone: str, now: datetime) -> list[int]:
    """The members of a checked tree, ascending."""
    query = rules.member_ids(tree, workspace_id, now, zone)
    found = (await lake.columns(query.sql, query.params))["member_id"]
    found.sort()
    return list(found.tolist())


async def among(tx: Tx, lake: Lake, workspace_id: int, tree: Any, ids: Sequence[int], now: datetime) -> set[int]:
    """Which of `ids` are in `tree` at `now`; somebody who was merged is in when their winner is. Raises Invalid."""
    if not ids:
        return set()
    parsed, words = await parse(tx, workspace_id, tree)
    query = rules.member_ids(parsed, workspace_id, now, words.zone, ids)
    return {row[0] for row in await lake.rows(query.sql, query.params)}


async def sample(lake: Lake, tree: rules.Tree, workspace_id: int, zone: str, limit: int, now: datetime) -> list[int]:
    """Up to `limit` members of a checked tree, scattered over all of them, the same ones each time."""
    query = rules.member_ids(tree, workspace_id, now, zone)
    chosen = f"SELECT member_id FROM ({query.sql}) ORDER BY hash(member_id), member_id LIMIT {int(limit)}"
    # in its turn after the count that the builder asks for with it: an estimate goes between
    found = await lake.rows_with_progress(QueryProgress(), chosen, query.params)
    return [row[0] for row in found]


# --- one member


async def view(lake: Lake, workspace_id: int, member_id: int, names: Sequence[str]) -> rules.MemberView:
    """A member as the lake knows it, with its facts of these kinds; raises NotFound. A merged member's is its winner's."""
    rows = await lake.rows(
        "SELECT w.member_id, w.created_at, w.zone, w.source, w.attributes, w.identities, w.consents, w.suppressed "
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
    return rules.MemberView(
        id=row[0],
        created_at=row[1].replace(tzinfo=UTC),
        zone=row[2],
        source=row[3],
        attributes=orjson.loads(row[4] or "{}"),
        tags=tuple((tag, until and until.replace(tzinfo=UTC)) for tag, until in tags),
        identities=frozenset(_words(row[5])),
        consents=dict(said.split(":", 1) for said in _words(row[6])),
        suppressed=frozenset(_words(row[7])),
        events=tuple(rules.Event(name, at.replace(tzinfo=UTC), orjson.loads(props)) for name, at, props in events),
    )


def _words(column: str) -> list[str]:
    """The words of a lake text like `,phone,external_id,`."""
    return [word for word in column.split(",") if word]


async def explain(tx: Tx, lake: Lake, workspace_id: int, tree: Any, member_id: int, now: datetime) -> Explained:
    """Why a member is in or out of `tree` at `now`, condition by condition; raises Invalid, NotFound."""
    parsed, words = await parse(tx, workspace_id, tree)
    member = await view(lake, workspace_id, member_id, sorted(horizon.fact_names(parsed)))
    others = await population_of(lake, parsed, workspace_id, words.zone, now)
    tellers = {lang: Teller(words, lang) for lang in ("zh", "en")}
    reasons = []
    for path, leaf in rules.walk(parsed):
        value, added = told(leaf, member, now, words.zone)
        said = {lang: teller.leaf(leaf) + added.get(lang, "") for lang, teller in tellers.items()}
        turns = horizon.changes_at(leaf, member, now, words.zone, others)
        reasons.append(Reason(path, rules.evaluate(leaf, member, now, words.zone, others), said, value, turns))
    kinds = [KINDS[name] for name in sorted(horizon.fact_names(parsed))]
    return Explained(
        rules.evaluate(parsed, member, now, words.zone, others),
        reasons,
        horizon.changes_at(parsed, member, now, words.zone, others),
        {"zh": "、".join(kind.zh for kind in kinds), "en": ", ".join(kind.en for kind in kinds)},
    )


async def population_of(lake: Lake, tree: rules.Tree, workspace_id: int, zone: str, now: datetime) -> rules.Population:
    """What a checked tree asks of everybody else at `now`: bounds of RFM scores, and who is last in each top n."""
    cuts = None
    rfm = population.rfm_query(tree, workspace_id, now, zone)
    if rfm is not None:
        row = (await lake.rows(rfm.sql, rfm.params))[0]
        cuts = population.rfm_cuts(row)
    tops = {}
    for leaf, query in population.top_queries(tree, workspace_id, now, zone):
        found = await lake.rows(query.sql, query.params)
        if found:
            tops[leaf] = (found[0][0], found[0][1])
    return rules.Population(cuts, tops)


# --- saved audiences


async def audience(tx: Tx, workspace_id: int, audience_id: int) -> Audience:
    """A saved audience; raises NotFound."""
    found = await tx.get(Audience, audience_id)
    if found is None or found.workspace_id != workspace_id:
        raise NotFound("There is no such audience", "没有这个人群")
    return found


async def version(tx: Tx, audience_id: int, number: int) -> AudienceVersion:
    """One version of a saved audience; raises NotFound."""
    found = await tx.get(AudienceVersion, (audience_id, number))
    if found is None:
        raise NotFound("There is no such version", "没有这个版本")
    return found


async def versions(tx: Tx, audience_id: int) -> list[AudienceVersion]:
    """All versions, newest first."""
    query = select(AudienceVersion).where(AudienceVersion.audience_id == audience_id)
    return list(await tx.scalars(query.order_by(AudienceVersion.version.desc())))


async def page(
    tx: Tx, workspace_id: int, search: str | None, after: str | None, limit: int
) -> tuple[list[Audience], int]:
    """Saved audiences by name after `after`, and how many there are in all."""
    query = select(Audience).where(Audience.workspace_id == workspace_id)
    if search:
        like = f"%{search.replace(chr(92), chr(92) * 2).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%"
        query = query.where(or_(Audience.name.ilike(like), Audience.label.ilike(like)))
    total = await tx.scalar(select(func.count()).select_from(query.subquery()))
    if after is not None:
        query = query.where(Audience.name > after)
    return list(await tx.scalars(query.order_by(Audience.name).limit(limit))), int(total or 0)


async def uses(tx: Tx, audience_ids: Sequence[int]) -> dict[int, list[AudienceUse]]:
    """Who uses each of these audiences."""
    found: dict[int, list[AudienceUse]] = {one: [] for one in audience_ids}
    query = select(AudienceUse).where(AudienceUse.audience_id.in_(audience_ids))
    for use in await tx.scalars(query.order_by(AudienceUse.kind, AudienceUse.label)):
        found[use.audience_id].append(use)
    return found


async def sizes(tx: Tx, audience_id: int, days: int) -> list[AudienceSize]:
    """The size at the end of each of the last `days` days there is one of, oldest first."""
    query = select(AudienceSize).where(AudienceSize.audience_id == audience_id)
    return list(reversed(list(await tx.scalars(query.order_by(AudienceSize.day.desc()).limit(days)))))


async def members(
    tx: Tx, audience_id: int, after: int | None, limit: int
) -> tuple[list[tuple[int, str | None, datetime]], int]:
    """(id, name, entered at) of those in a saved audience after member `after`, and how many there are in all."""
    rows = await tx.execute(
        select(AudienceMember.member_id, Member.name, AudienceMember.entered_at)
        .join(Member, Member.id == AudienceMember.member_id)
        .where(AudienceMember.audience_id == audience_id, AudienceMember.member_id > (after or 0))
        .order_by(AudienceMember.member_id)
        .limit(limit)
    )
    total = await tx.scalar(select(func.count()).where(AudienceMember.audience_id == audience_id))
    return [(row[0], row[1], row[2]) for row in rows], int(total or 0)


async def version_at(tx: Tx, audience_id: int, at: datetime) -> int | None:
    """The number of the version that was in force at `at`; None before there was any."""
    query = select(func.max(AudienceVersion.version)).where(
        AudienceVersion.audience_id == audience_id, AudienceVersion.written_at <= at
    )
    return await tx.scalar(query)


async def members_at(
    tx: Tx, lake: Lake, row: Audience, at: datetime, after: int | None, limit: int
) -> tuple[list[tuple[int, str | None, datetime]], int]:
    """As `members`, of those who were in at `at`."""
    query = history.members_at(row.workspace_id, row.name, row.created_at, at)
    total = (await lake.rows(f"SELECT count(*) FROM ({query.sql})", query.params))[0][0]
    page = f"SELECT * FROM ({query.sql}) WHERE member_id > {int(after or 0)} ORDER BY member_id LIMIT {int(limit)}"
    rows = await lake.rows(page, query.params)
    names = await names_of(tx, row.workspace_id, [one[0] for one in rows])
    return [(one, names.get(one), entered.replace(tzinfo=UTC)) for one, entered in rows], int(total)


async def were_in(lake: Lake, row: Audience, ids: Sequence[int], at: datetime) -> set[int]:
    """Which of `ids` were in an audience at `at`."""
    query = history.members_at(row.workspace_id, row.name, row.created_at, at, ids)
    return {one[0] for one in await lake.rows(query.sql, query.params)}


async def audiences_of(
    tx: Tx, lake: Lake, workspace_id: int, member_id: int, at: datetime | None
) -> list[tuple[Audience, datetime]]:
    """The saved audiences that a member is in as of their last refresh, or was in at `at`, with when it entered."""
    member_id = (await contact_merges.canonical(tx, [member_id])).get(member_id, member_id)
    if at is None:
        query = (
            select(Audience, AudienceMember.entered_at)
            .join(AudienceMember, AudienceMember.audience_id == Audience.id)
            .where(Audience.workspace_id == workspace_id, AudienceMember.member_id == member_id)
        )
        return [(row, entered) for row, entered in await tx.execute(query.order_by(Audience.label, Audience.id))]
    asked = history.audiences_at(workspace_id, member_id, at)
    entered = {name: when.replace(tzinfo=UTC) for name, when in await lake.rows(asked.sql, asked.params)}
    rows = await tx.scalars(
        select(Audience)
        .where(Audience.workspace_id == workspace_id, Audience.name.in_(entered))
        .order_by(Audience.label, Audience.id)
    )
    # one of the same name that was deleted is not this one
    return [(row, entered[row.name]) for row in rows if entered[row.name] >= row.created_at]


async def names_of(tx: Tx, workspace_id: int, ids: Sequence[int]) -> dict[int, str | None]:
    """What these members are called."""
    rows = await tx.execute(
        select(Member.id, Member.name).where(Member.workspace_id == workspace_id, Member.id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}


async def due(tx: Tx, now: datetime) -> dict[int, list[int]]:
    """The saved audiences whose members may have changed and that do not rest, by workspace: first the one that waits longest."""
    rows = await tx.execute(
        text("""
            SELECT workspace_id, id FROM audience
            WHERE (settled_version IS DISTINCT FROM version OR since_txid IS NOT NULL OR due_at <= :now)
              AND (rests_until IS NULL OR rests_until <= :now)
            ORDER BY min(coalesce(refreshed_at, '-infinity')) OVER (PARTITION BY workspace_id), workspace_id, id
        """),
        {"now": now},
    )
    found: dict[int, list[int]] = {}
    for workspace_id, audience_id in rows:
        found.setdefault(workspace_id, []).append(audience_id)
    return found


async def sharers(tx: Tx, workspace_id: int, names: Sequence[str]) -> dict[str, int]:
    """The ids of the saved audiences with these names; raises NotFound for a name there is none of."""
    query = select(Audience.name, Audience.id).where(Audience.workspace_id == workspace_id, Audience.name.in_(names))
    found = {row[0]: row[1] for row in await tx.execute(query)}
    for name in names:
        if name not in found:
            raise NotFound(f"There is no audience {name}", f"没有名为“{name}”的人群")
    return found


async def total(tx: Tx, workspace_id: int) -> int:
    """How many members there are: merged and erased ones not counted."""
    query = select(func.count()).where(
        Member.workspace_id == workspace_id, Member.merged_into.is_(None), Member.erased_at.is_(None)
    )
    return int(await tx.scalar(query) or 0)
