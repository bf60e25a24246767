"""Members upserted by the hundred thousand (one statement a table, whatever the number of rows), changed and erased one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from psycopg.errors import UniqueViolation
from sqlalchemy import text

from siyu.contacts.attributes import rules as attribute_rules
from siyu.contacts.attributes.queries import attribute_specs
from siyu.contacts.consents import actions as consents
from siyu.contacts.identities.queries import keys_of_members, owners
from siyu.contacts.identities.queries import resolve as resolve_values
from siyu.contacts.identities.resolution import Key, Resolution, resolve
from siyu.contacts.identities.rules import normalise
from siyu.contacts.members.prepare import EncryptedIdentity, PreparedRows, check, prepare
from siyu.contacts.members.queries import LockedMember, lock_members, lock_one
from siyu.contacts.members.rules import MemberRow, Upserted, combine
from siyu.contacts.merges.actions import Pair, merge_pairs
from siyu.contacts.merges.queries import family, merged_with
from siyu.contacts.refusals import IdentityTaken
from siyu.contacts.tags import actions as tags
from siyu.facts.catalogue.contacts import IdentityLinked, MemberCreated, MemberErased, MemberUpdated
from siyu.facts.log import actions as facts
from siyu.facts.log.actions import Entry, record, record_from
from siyu.kit.db import Tx, copied, copy_text
from siyu.kit.errors import Conflict, Fault, Invalid

UPSERT_ROWS_MAX = 100_000
RACES_MAX = 5
"""Times an upsert starts over because another one took an identity in between."""
CONSENT_PURPOSE = "marketing"
ERASED = "erased"
"""The reason of the suppression an erased member keeps."""


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
    specs = await attribute_specs(tx, workspace_id)
    prepared, wrong = prepare(workspace_id, rows)
    check(prepared, wrong, specs)
    return await upsert_prepared(tx, workspace_id, prepared, source=source, actor=actor, now=now)


async def upsert_prepared(
    tx: Tx, workspace_id: int, prepared: PreparedRows, *, source: str, actor: str, now: datetime
) -> list[Upserted]:
    """`upsert` of rows that are prepared and whose values the caller has checked (`attributes.rules`)."""
    if not prepared.rows:
        return []
    tag_ids = await tags.tag_ids(tx, workspace_id, {tag for row in prepared.rows for tag in row.tags}, "rows.tags")
    prepared = await _with_option_keys(tx, workspace_id, prepared)
    for _ in range(RACES_MAX):
        try:
            async with tx.begin_nested():
                return await _write_rows(tx, workspace_id, prepared, tag_ids, source, actor, now)
        except _LostRace:
            continue
    raise Conflict("Too many changes to the same members at once; try again", "同一批客户正在被其他操作修改，请重试")


async def _with_option_keys(tx: Tx, workspace_id: int, prepared: PreparedRows) -> PreparedRows:
    """The rows with options by key: people and files give what they are called."""
    if not any(row.attributes for row in prepared.rows):
        return prepared
    specs = await attribute_specs(tx, workspace_id)
    if not any(spec.option_names for spec in specs.values()):
        return prepared
    rows = [row._replace(attributes=attribute_rules.kept_values(specs, row.attributes)) for row in prepared.rows]
    return replace(prepared, rows=rows)


async def _write_rows(
    tx: Tx,
    workspace_id: int,
    prepared: PreparedRows,
    tag_ids: Mapping[str, int],
    source: str,
    actor: str,
    now: datetime,
) -> list[Upserted]:
    known = await _lock_owners(tx, workspace_id, prepared)
    members = sorted(set(known.values()))
    resolution = resolve(prepared.keys, known, await keys_of_members(tx, members))
    pairs = [Pair(u.winner, u.loser, f"auto:{u.kinds[0]}+{u.kinds[1]}") for u in resolution.unions]
    await merge_pairs(tx, workspace_id, pairs, actor=actor, now=now)
    by_member = _by_member(resolution.homes, prepared.rows)
    ids = await _create(tx, workspace_id, by_member, source, actor, now)
    if ids:
        resolution = replace(
            resolution,
            homes=[ids.get(home, home) for home in resolution.homes],
            attached={key: ids.get(home, home) for key, home in resolution.attached.items()},
        )
    news = set(ids.values())
    await _attach(tx, workspace_id, resolution.attached, prepared.identities, news, actor, now)
    existing = {home: row for home, row in by_member.items() if home > 0}
    await _change(tx, workspace_id, existing, actor, now)
    final = {ids.get(home, home): row for home, row in by_member.items()}
    await _tags_and_consents(tx, workspace_id, final, tag_ids, source, actor, now)
    return _answers(resolution, news)


def _by_member(homes: Sequence[int], rows: Sequence[MemberRow]) -> dict[int, MemberRow]:
    by_home: dict[int, list[MemberRow]] = {}
    for home, row in zip(homes, rows, strict=True):
        if home in by_home:
            by_home[home].append(row)
        else:
            by_home[home] = [row]
    return {home: combine(rows_of_one) for home, rows_of_one in by_home.items()}


async def _lock_owners(tx: Tx, workspace_id: int, prepared: PreparedRows) -> dict[Key, int]:
    """Whose the known identities are, with these members locked: nobody can attach, move or merge them any more."""
    locked: set[int] = set()
    while True:
        known = await owners(tx, workspace_id, prepared.identities)
        missing = set(known.values()) - locked
        if not missing:
            return known
        locked |= (await lock_members(tx, workspace_id, missing)).keys()


async def _create(
    tx: Tx, workspace_id: int, by_member: Mapping[int, MemberRow], source: str, actor: str, now: datetime
) -> dict[int, int]:
    """Make the new members; returns {negative number: id}."""
    news = [home for home in by_member if home < 0]
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
            f"{ids[home]}\t{workspace_id}\t{copied(row.created_at) if row.created_at else at}\t{copied(row.name)}\t"
            f"{copied(row.zone)}\t{copied(orjson.dumps(row.attributes).decode()) if row.attributes else '{}'}\t{written}"
            for home, row in by_member.items()
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
    identities: Mapping[Key, EncryptedIdentity],
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
                f"{begins}{attached[key]}\t{key[0]}\t\\\\x{identities[key][0].hex()}\t\\\\x{key[1].hex()}\t{identities[key][1]}\t{at}\n"
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


async def _change(tx: Tx, workspace_id: int, rows: Mapping[int, MemberRow], actor: str, now: datetime) -> None:
    """Write what is new in the rows of existing members (already locked)."""
    current = await lock_members(tx, workspace_id, rows)
    changes = {member: _news(current[member], row) for member, row in rows.items()}
    await write_profiles(tx, workspace_id, {m: change for m, change in changes.items() if change}, actor, now)


def _news(member: LockedMember, row: MemberRow) -> dict[str, Any]:
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
    rows: Mapping[int, MemberRow],
    tag_ids: Mapping[str, int],
    source: str,
    actor: str,
    now: datetime,
) -> None:
    pairs = [(member, tag_ids[name]) for member, row in rows.items() for name in row.tags]
    await tags.put(tx, workspace_id, pairs, source=source, actor=actor, now=now)
    choices = [
        (member, channel, opted_in) for member, row in rows.items() for channel, opted_in in row.consents.items()
    ]
    await consents.write(
        tx, workspace_id, choices, purpose=CONSENT_PURPOSE, source=source, actor=actor, now=now, revive=False
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


async def create(tx: Tx, workspace_id: int, row: MemberRow, *, source: str, actor: str, now: datetime) -> int:
    """A new member; raises IdentityTaken when one of the identities is somebody's, Invalid naming the field."""
    for kind, value in row.identities.items():
        normalised = normalise(kind, value, f"identities.{kind}")
        known = await resolve_values(tx, workspace_id, kind, [normalised])
        if known:
            raise IdentityTaken(f"identities.{kind}", known[normalised])
    try:
        (made,) = await upsert(tx, workspace_id, [row], source=source, actor=actor, now=now)
    except Invalid as error:
        # said of a list of one; here there is no list
        own = [replace(f, path=f.path.removeprefix("rows[0].").removeprefix("rows.")) for f in error.errors]
        raise Invalid(error.detail, error.detail_zh, own) from error
    return made.member_id


async def update(
    tx: Tx, workspace_id: int, member_id: int, changes: Mapping[str, Any], *, actor: str, now: datetime
) -> None:
    """Change `name`, `zone` and single `attributes` (None takes the value away).

    Raises NoSuchMember, AlreadyMerged, AlreadyErased, Invalid naming the field.
    """
    locked = await lock_one(tx, workspace_id, member_id)
    values: Mapping[str, Any] = changes.get("attributes") or {}
    specs = await attribute_specs(tx, workspace_id)
    faults = attribute_rules.check_values(specs, values, "attributes")
    faults += attribute_rules.check_zone(changes.get("zone")) + attribute_rules.check_name(changes.get("name"))
    if faults:
        raise Invalid(errors=faults)
    change: dict[str, Any] = {
        field: changes[field]
        for field in ("name", "zone")
        if field in changes and changes[field] != getattr(locked, field)
    }
    values = attribute_rules.kept_values(specs, values)
    differing = [key for key, value in values.items() if locked.attributes.get(key) != value]
    if differing:
        merged = {**locked.attributes, **values}
        change["attributes"] = {key: value for key, value in merged.items() if value is not None}
        change["fields"] = sorted(differing)
    if change:
        await write_profiles(tx, workspace_id, {member_id: change}, actor, now)


async def erase(tx: Tx, workspace_id: int, member_id: int, *, actor: str, now: datetime) -> None:
    """Erase all personal data of a member and of those merged into it, for good, and never contact it again.

    Their facts become nobody's: what was sold stays, to whom does not. Rooms above erase their own columns when they read
    member_erased (one fact for each of the family).
    """
    await lock_one(tx, workspace_id, member_id)
    erased = sorted(await lock_members(tx, workspace_id, await family(tx, member_id)))
    ids = {"ids": erased, "now": now, "reason": ERASED}
    for statement in _ERASE:
        await tx.execute(text(statement), ids)
    await facts.erase(tx, workspace_id, erased, await merged_with(tx, erased), now)
    await record(tx, [Entry(workspace_id, MemberErased(), now, member, actor) for member in erased], now)


_OF = "ANY(CAST(:ids AS bigint[]))"
_ERASE = (
    f"""INSERT INTO erased_identity (workspace_id, kind, value, erased_at)
        SELECT workspace_id, kind, value, :now FROM identity WHERE member_id = {_OF}""",
    f"DELETE FROM identity WHERE member_id = {_OF}",
    f"DELETE FROM member_tag WHERE member_id = {_OF}",
    f"DELETE FROM consent WHERE member_id = {_OF}",
    f"UPDATE merge SET moved = '{{}}', reason = 'erased' WHERE winner_id = {_OF} OR loser_id = {_OF}",
    f"""UPDATE member SET name = NULL, zone = NULL, attributes = '{{}}', erased_at = :now, updated_at = :now
        WHERE id = {_OF}""",
    f"DELETE FROM suppression WHERE member_id = {_OF}",
    """INSERT INTO suppression (member_id, channel, reason, since)
        SELECT m, '*', :reason, :now FROM unnest(CAST(:ids AS bigint[])) AS m""",
)
