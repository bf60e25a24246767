"""A chunk of people: each row checked by the rules of the contacts room, then handed over as one set."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from siyu.contacts.attributes import queries as contact_attributes
from siyu.contacts.attributes import rules as attribute_rules
from siyu.contacts.members import actions as contacts
from siyu.contacts.members.prepare import PreparedRows, prepare
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.tags import queries as contact_tags
from siyu.imports.actions.staging import keep_faults
from siyu.imports.files.chunks import Chunk, FaultOfRow, member_select
from siyu.imports.models import Import
from siyu.imports.rules.kinds import IDENTITIES
from siyu.imports.rules.mapping import ATTRIBUTE, Mapping, targets
from siyu.imports.rules.report import Tally
from siyu.kit.db import Tx

CONSENT = "consent."


def selects_of(mapping: Mapping, columns: set[str]) -> tuple[str, ...]:
    """SQL of the people of a chunk: row, then a value for each target in `_targets`."""
    return (member_select([(name, _types(mapping)[name]) for name in _targets(mapping)]),)


def _targets(mapping: Mapping) -> list[str]:
    return [target.name for target in targets(mapping) if target.name in mapping.columns]


def _types(mapping: Mapping) -> dict[str, str]:
    return {target.name: target.type for target in targets(mapping)}


@dataclass(frozen=True)
class People:
    """A chunk's people, read: `rows[i]` is where row i of `prepared` stands in the file."""

    prepared: PreparedRows
    rows: Sequence[int]
    faults: list[FaultOfRow]
    refused: int


def read(workspace_id: int, mapping: Mapping, chunk: Chunk) -> People:
    """Everything of a chunk that needs no database, so that it is done while the chunk before is written."""
    return read_rows(workspace_id, mapping, chunk.rows)


def read_rows(workspace_id: int, mapping: Mapping, rows: Sequence[tuple[Any, ...]]) -> People:
    """Rows of `selects_of`, read by the rules of the contacts room."""
    member = _reader(mapping)
    numbers = [row[0] for row in rows]
    given, wrong = prepare(workspace_id, [member(row) for row in rows])
    faults = [
        FaultOfRow(numbers[place], _heading(mapping, kind), given.rows[place].identities[kind], "identity")
        for place, kind in wrong
    ]
    bad = {place for place, _ in wrong}
    for place, row in enumerate(given.rows):
        if attribute_rules.check_name(row.name):
            faults.append(FaultOfRow(numbers[place], _heading(mapping, "name"), row.name, "text"))
            bad.add(place)
    if not bad:
        return People(given, numbers, [], 0)
    good = [place for place in range(len(numbers)) if place not in bad]
    return People(given.only(good), [numbers[place] for place in good], faults, len(bad))


@dataclass(frozen=True)
class Words:
    """What the shop allows: its attributes, and its tags (None: no column has tags)."""

    specs: Dict[str, attribute_rules.Spec]
    tags: frozenset[str] | None


async def words(tx: Tx, workspace_id: int, mapping: Mapping) -> Words:
    """The attributes and tags that rows of `mapping` are held against, as they are now."""
    specs = await contact_attributes.attribute_specs(tx, workspace_id)
    names = await contact_tags.tag_names(tx, workspace_id) if "tags" in mapping.columns else None
    return Words(specs, None if names is None else frozenset(names))


def defined(mapping: Mapping) -> dict[str, attribute_rules.Spec]:
    """The attributes that a mapping would define."""
    return {
        name: attribute_rules.Spec(name, spec.label, spec.type, tuple(spec.options) if spec.options else None)
        for name, spec in mapping.attributes.items()
    }


def wrong_words(mapping: Mapping, people: People, allowed: Words) -> dict[int, list[FaultOfRow]]:
    """{place: faults} of the people whose attributes or tags the shop does not allow."""
    found: dict[int, list[FaultOfRow]] = {}
    for place, (number, member) in enumerate(zip(people.rows, people.prepared.rows, strict=True)):
        if member.attributes or member.tags:
            faults = _faults(mapping, member, allowed, number)
            if faults:
                found[place] = faults
    return found


async def take(tx: Tx, run: Import, mapping: Mapping, chunk: Chunk, now: datetime) -> Tally:
    """Make or complete the chunk's members; returns its counters."""
    assert isinstance(chunk.ready, People)
    people = chunk.ready
    given, faults, bad = people.prepared, people.faults, dict[int, list[FaultOfRow]]()
    if any(name.startswith(ATTRIBUTE) or name == "tags" for name in mapping.columns):
        bad = wrong_words(mapping, people, await words(tx, run.workspace_id, mapping))
    if bad:
        given = given.only([place for place in range(len(given.rows)) if place not in bad])
        faults = [*faults, *chain.from_iterable(bad.values())]
    await keep_faults(tx, run, sorted(faults, key=lambda fault: fault.row))
    source = f"import:{mapping.source}"
    made = await contacts.upsert_prepared(tx, run.workspace_id, given, source=source, actor=run.started_by, now=now)
    created = sum(upserted.created for upserted in made)
    persons = len({upserted.member_id for upserted in made})
    refused = people.refused + len(bad)
    return Tally(
        rows_new=created,
        rows_known=len(given.rows) - created,
        rows_refused=chunk.refused + refused,
        members_created=created,
        members_known=persons - created,
        identities_elsewhere=sum(len(upserted.unattached) for upserted in made),
        facts=await _recorded(tx),
    )


async def _recorded(tx: Tx) -> int:
    """How many facts this transaction has told: none means that nothing has changed."""
    return int(await tx.scalar(text("SELECT count(*) FROM fact WHERE txid = pg_current_xact_id()")) or 0)


def _reader(mapping: Mapping) -> Callable[[Sequence[Any]], MemberRow]:
    """How a row of `selects_of` becomes a member's: where each kind of target stands in it is looked up once a chunk."""
    place = {name: number for number, name in enumerate(_targets(mapping), 1)}
    identities = [(kind, place[kind]) for kind in IDENTITIES if kind in place]
    attributes = [(name.removeprefix(ATTRIBUTE), name, at) for name, at in place.items() if name.startswith(ATTRIBUTE)]
    consents = [(name.removeprefix(CONSENT), at) for name, at in place.items() if name.startswith(CONSENT)]
    name, zone, tags, joined = (place.get(target) for target in ("name", "zone", "tags", "joined_at"))

    def member(row: Sequence[Any]) -> MemberRow:
        since = row[joined] if joined else None
        return MemberRow(
            identities={kind: row[at] for kind, at in identities if row[at] is not None},
            name=row[name] if name else None,
            zone=row[zone] if zone else None,
            attributes={own: _attribute(mapping, full, row[at]) for own, full, at in attributes if row[at] is not None},
            tags=tuple(row[tags] or ()) if tags else (),
            consents={channel: row[at] for channel, at in consents if row[at] is not None},
            created_at=since.replace(tzinfo=UTC) if since is not None else None,
        )

    return member


def _attribute(mapping: Mapping, name: str, value: Any) -> Any:
    """A value as attributes keep it: money in fen, a date as the day it was in the file's zone."""
    kind = mapping.attributes[name.removeprefix(ATTRIBUTE)].type
    if kind == "money":
        return int((value * 100).to_integral_value())
    if kind == "number":
        return int(value) if value == value.to_integral_value() else float(value)
    if kind == "date":
        return value.replace(tzinfo=UTC).astimezone(ZoneInfo(mapping.zone)).date().isoformat()
    return value


def _faults(mapping: Mapping, member: MemberRow, allowed: Words, row: int) -> list[FaultOfRow]:
    faults: list[FaultOfRow] = []
    for fault in attribute_rules.check_values(allowed.specs, member.attributes, ""):
        name = fault.path.lstrip(".")
        faults.append(FaultOfRow(row, _heading(mapping, ATTRIBUTE + name), str(member.attributes[name]), "choice"))
    missing = [tag for tag in member.tags if tag not in (allowed.tags or ())]
    if missing:
        faults.append(FaultOfRow(row, _heading(mapping, "tags"), "、".join(missing), "tag"))
    return faults


def _heading(mapping: Mapping, target: str) -> str:
    spec = mapping.spec(target)
    return (spec.column if spec else None) or target
