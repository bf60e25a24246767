"""Taking members in, many at a time: one statement a table, whatever the number of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from psycopg.errors import UniqueViolation
from sqlalchemy import text

from siyu.contacts import queries
from siyu.contacts.actions import consenting, tagging
from siyu.contacts.actions.locking import Held, hold
from siyu.contacts.actions.merging import Pair, merge_pairs
from siyu.contacts.actions.reading import Ready, Sealed, check, ready
from siyu.contacts.queries.finding import held as held_identities
from siyu.contacts.rules.resolution import Key, Resolution, resolve
from siyu.contacts.rules.rows import MemberRow, Upserted, fold
from siyu.facts.catalogue.contacts import IdentityLinked, MemberCreated, MemberUpdated
from siyu.facts.log.actions import Entry, record, record_from
from siyu.kit.db import Tx, copied, copy_text
from siyu.kit.errors import Conflict, Fault, Invalid

UPSERT_ROWS_MAX = 100_000
RACES_MAX = 5
"""Times an upsert starts over because another one took an identity in between."""
CONSENT_PURPOSE = "marketing"


class _LostRace(Exception):
    """Another transaction took one of the identities between our look and our write."""


async def upsert(
    tx: Tx, workspace_id: int, rows: Sequence[MemberRow], *, source: str, actor: str, now: datetime
) -> list[Upserted]:
    """Make each row's person a member, or add to the member they are; answers in the order of `rows`.

    Rows are taken in order: two rows of one person in one call make one member. Raises Invalid naming every wrong field
    as `rows[i].identities.phone`, and then nothing was written.
    """
    if not rows:
        return []
    if len(rows) > UPSERT_ROWS_MAX:
        raise Invalid(errors=[Fault("rows", f"at most {UPSERT_ROWS_MAX} at a time", f"一次最多 {UPSERT_ROWS_MAX} 行")])
    specs = await queries.attribute_specs(tx, workspace_id)
    given, wrong = ready(workspace_id, rows)
    check(given, wrong, specs)
    return await upsert_ready(tx, workspace_id, given, source=source, actor=actor, now=now)


async def upsert_ready(
    tx: Tx, workspace_id: int, given: Ready, *, source: str, actor: str, now: datetime
) -> list[Upserted]:
    """`upsert` of rows that are read and whose values the caller has checked (`rules.attributes`)."""
    if not given.rows:
        return []
    tag_ids = await tagging.tag_ids(tx, workspace_id, {tag for row in given.rows for tag in row.tags}, "rows.tags")
    for _ in range(RACES_MAX):
        try:
            async with tx.begin_nested():
                return await _take_in(tx, workspace_id, given, tag_ids, source, actor, now)
        except _LostRace:
            continue
    raise Conflict("Too many changes to the same members at once; try again", "同一批客户正在被其他操作修改，请重试")


async def _take_in(
    tx: Tx, workspace_id: int, given: Ready, tag_ids: Mapping[str, int], source: str, actor: str, now: datetime
) -> list[Upserted]:
    known = await _hold_owners(tx, workspace_id, given)
    members = sorted(set(known.values()))
    resolution = resolve(given.keys, known, await held_identities(tx, members))
    pairs = [Pair(u.winner, u.loser, f"auto:{u.kinds[0]}+{u.kinds[1]}") for u in resolution.unions]
    await merge_pairs(tx, workspace_id, pairs, actor=actor, now=now)
    folded = _folded(resolution.homes, given.rows)
    ids = await _create(tx, workspace_id, folded, source, actor, now)
    if ids:
        resolution = replace(
            resolution,
            homes=[ids.get(home, home) for home in resolution.homes],
            attached={key: ids.get(home, home) for key, home in resolution.attached.items()},
        )
    news = set(ids.values())
    await _attach(tx, workspace_id, resolution.attached, given.sealed, news, actor, now)
    existing = {home: said for home, said in folded.items() if home > 0}
    await _change(tx, workspace_id, existing, actor, now)
    final = {ids.get(home, home): said for home, said in folded.items()}
    await _tags_and_consents(tx, workspace_id, final, tag_ids, source, actor, now)
    return _answers(resolution, news)


def _folded(homes: Sequence[int], rows: Sequence[MemberRow]) -> dict[int, MemberRow]:
    by_home: dict[int, list[MemberRow]] = {}
    for home, row in zip(homes, rows, strict=True):
        if home in by_home:
            by_home[home].append(row)
        else:
            by_home[home] = [row]
    return {home: fold(its) for home, its in by_home.items()}


async def _hold_owners(tx: Tx, workspace_id: int, given: Ready) -> dict[Key, int]:
    """Whose the known identities are, with these members locked: nobody can attach, move or merge them any more."""
    locked: set[int] = set()
    while True:
        known = await queries.owners(tx, workspace_id, given.sealed)
        missing = set(known.values()) - locked
        if not missing:
            return known
        locked |= (await hold(tx, workspace_id, missing)).keys()


async def _create(
    tx: Tx, workspace_id: int, folded: Mapping[int, MemberRow], source: str, actor: str, now: datetime
) -> dict[int, int]:
    """Make the new members; returns {negative number: id}."""
    news = [home for home in folded if home < 0]
    if not news:
        return {}
    drawn = await tx.scalars(
        text("""
            SELECT nextval((SELECT CAST(pg_get_serial_sequence('member', 'id') AS regclass))) FROM generate_series(1, :count)
        """),
        {"count": len(news)},
    )
    ids = dict(zip(news, sorted(drawn), strict=True))
    at, written = copied(now), f"{copied(source)}\t{copied(now)}\n"
    await copy_text(
        tx,
        "member",
        ("id", "workspace_id", "created_at", "name", "zone", "attributes", "source", "updated_at"),
        (
            f"{ids[home]}\t{workspace_id}\t{copied(said.created_at) if said.created_at else at}\t{copied(said.name)}\t"
            f"{copied(said.zone)}\t{copied(orjson.dumps(said.attributes).decode()) if said.attributes else '{}'}\t{written}"
            for home, said in folded.items()
            if home < 0
        ),
    )
    await record_from(
        tx,
        MemberCreated,
        """
            SELECT m.workspace_id, m.id, m.created_at, :actor, NULL, jsonb_build_object('source', m.source)
            FROM unnest(CAST(CAST(:ids AS text) AS bigint[])) AS n (id) JOIN member m ON m.id = n.id
        """,
        {"ids": f"{{{','.join(map(str, ids.values()))}}}", "actor": actor},
        now,
        keyed=False,
    )
    return ids


async def _attach(
    tx: Tx,
    workspace_id: int,
    attached: Mapping[Key, int],
    sealed: Mapping[Key, Sealed],
    news: set[int],
    actor: str,
    now: datetime,
) -> None:
    """Write the new identities; raises _LostRace when somebody else has just written one of them."""
    if not attached:
        return
    at = copied(now)
    begins = f"{workspace_id}\t"
    # one order for everybody: two upserts that meet wait for each other instead of for ever
    ordered = sorted(attached)
    try:
        await copy_text(
            tx,
            "identity",
            ("workspace_id", "member_id", "kind", "value", "value_hash", "masked", "created_at"),
            (
                f"{begins}{attached[key]}\t{key[0]}\t\\\\x{sealed[key][0].hex()}\t\\\\x{key[1].hex()}\t{sealed[key][1]}\t{at}\n"
                for key in ordered
            ),
        )
    except UniqueViolation as error:
        raise _LostRace from error
    entries = (
        Entry(workspace_id, IdentityLinked(kind=key[0]), now, attached[key], actor)
        for key in ordered
        if attached[key] not in news
    )
    await record(tx, entries, now)


async def _change(tx: Tx, workspace_id: int, said: Mapping[int, MemberRow], actor: str, now: datetime) -> None:
    """Write what is new in the rows of existing members (already locked)."""
    current = await hold(tx, workspace_id, said)
    changes = {member: _news(current[member], row) for member, row in said.items()}
    await write_profiles(tx, workspace_id, {m: change for m, change in changes.items() if change}, actor, now)


def _news(member: Held, row: MemberRow) -> dict[str, Any]:
    change: dict[str, Any] = {}
    if row.name is not None and row.name != member.name:
        change["name"] = row.name
    if row.zone is not None and row.zone != member.zone:
        change["zone"] = row.zone
    differing = {key: value for key, value in row.attributes.items() if member.attributes.get(key) != value}
    if differing:
        change["attributes"] = {**member.attributes, **differing}
        change["fields"] = sorted(differing)
    return change


async def write_profiles(
    tx: Tx, workspace_id: int, changes: Mapping[int, dict[str, Any]], actor: str, now: datetime
) -> None:
    """Write {member: {name?, zone?, attributes?, fields?}} and record who changed; `fields` names changed attributes."""
    if not changes:
        return
    await tx.execute(
        text("""
            UPDATE member m SET
                name = CASE WHEN r.change ? 'name' THEN r.change->>'name' ELSE m.name END,
                zone = CASE WHEN r.change ? 'zone' THEN r.change->>'zone' ELSE m.zone END,
                attributes = coalesce(r.change->'attributes', m.attributes),
                updated_at = :now
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id bigint, change jsonb)
            WHERE m.id = r.id AND m.workspace_id = :workspace_id
        """),
        {
            "workspace_id": workspace_id,
            "now": now,
            "rows": orjson.dumps([{"id": member, "change": change} for member, change in changes.items()]).decode(),
        },
    )
    entries = (
        Entry(workspace_id, MemberUpdated(fields=_fields(change)), now, member, actor)
        for member, change in changes.items()
    )
    await record(tx, entries, now)


def _fields(change: Mapping[str, Any]) -> list[str]:
    return [name for name in ("name", "zone") if name in change] + [f"attributes.{f}" for f in change.get("fields", [])]


async def _tags_and_consents(
    tx: Tx,
    workspace_id: int,
    said: Mapping[int, MemberRow],
    tag_ids: Mapping[str, int],
    source: str,
    actor: str,
    now: datetime,
) -> None:
    pairs = [(member, tag_ids[name]) for member, row in said.items() for name in row.tags]
    await tagging.put(tx, workspace_id, pairs, source=source, actor=actor, now=now)
    words = [(member, channel, given) for member, row in said.items() for channel, given in row.consents.items()]
    await consenting.write(
        tx, workspace_id, words, purpose=CONSENT_PURPOSE, source=source, actor=actor, now=now, revive=False
    )


def _answers(resolution: Resolution, news: set[int]) -> list[Upserted]:
    merged: dict[int, list[int]] = {}
    for union in resolution.unions:
        merged.setdefault(union.row, []).append(union.loser)
    answers = []
    for number, home in enumerate(resolution.homes):
        created = home in news
        news.discard(home)
        answers.append(Upserted(home, created, tuple(merged.get(number, ())), resolution.unattached[number]))
    return answers
