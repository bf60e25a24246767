"""A chunk of people: each row checked by the rules of the contacts room, then handed over as one set."""

from collections.abc import Mapping as Dict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from siyu.contacts import actions as contacts
from siyu.contacts import queries as contact_queries
from siyu.contacts.actions import MemberRow
from siyu.contacts.rules import attributes as attribute_rules
from siyu.contacts.rules.identities import normalise
from siyu.imports.actions.staging import keep_faults
from siyu.imports.files.chunks import Chunk, FaultOfRow, member_select
from siyu.imports.models import Import
from siyu.imports.rules.kinds import IDENTITIES
from siyu.imports.rules.mapping import ATTRIBUTE, Mapping, targets
from siyu.imports.rules.report import Tally
from siyu.kit.db import Tx
from siyu.kit.errors import Invalid

CONSENT = "consent."


def select_of(mapping: Mapping, columns: set[str]) -> str:
    """SQL of the people of a chunk: row, then a value for each target in `_targets`."""
    return member_select([(name, _types(mapping)[name]) for name in _targets(mapping)])


def _targets(mapping: Mapping) -> list[str]:
    return [target.name for target in targets(mapping) if target.name in mapping.columns]


def _types(mapping: Mapping) -> dict[str, str]:
    return {target.name: target.type for target in targets(mapping)}


async def take(tx: Tx, run: Import, mapping: Mapping, chunk: Chunk, now: datetime) -> Tally:
    """Make or complete the chunk's members; returns its counters."""
    specs = await contact_queries.attribute_specs(tx, run.workspace_id)
    tags = set(await contact_queries.tag_names(tx, run.workspace_id)) if "tags" in mapping.columns else set()
    names = _targets(mapping)
    good: list[MemberRow] = []
    faults: list[FaultOfRow] = []
    for row, *values in chunk.rows:
        member = _member(mapping, dict(zip(names, values, strict=True)))
        wrong = _faults(mapping, member, specs, tags, row)
        if wrong:
            faults += wrong
        else:
            good.append(member)
    await keep_faults(tx, run, faults)
    source = f"import:{mapping.source}"
    made = await contacts.upsert(tx, run.workspace_id, good, source=source, actor=run.started_by, now=now)
    created = sum(upserted.created for upserted in made)
    persons = len({upserted.member_id for upserted in made})
    refused = len({fault.row for fault in faults})
    return Tally(
        rows_new=created,
        rows_known=len(good) - created,
        rows_refused=chunk.refused + refused,
        members_created=created,
        members_known=persons - created,
        identities_elsewhere=sum(len(upserted.unattached) for upserted in made),
        facts=await _recorded(tx),
    )


async def _recorded(tx: Tx) -> int:
    """How many facts this transaction has told: none means that nothing has changed."""
    return int(await tx.scalar(text("SELECT count(*) FROM fact WHERE txid = pg_current_xact_id()")) or 0)


def _member(mapping: Mapping, values: Dict[str, Any]) -> MemberRow:
    filled = {name: value for name, value in values.items() if value is not None}
    joined = filled.get("joined_at")
    return MemberRow(
        identities={kind: filled[kind] for kind in IDENTITIES if kind in filled},
        name=filled.get("name"),
        zone=filled.get("zone"),
        attributes={
            n.removeprefix(ATTRIBUTE): _attribute(mapping, n, v) for n, v in filled.items() if n.startswith(ATTRIBUTE)
        },
        tags=tuple(filled.get("tags", ())),
        consents={n.removeprefix(CONSENT): v for n, v in filled.items() if n.startswith(CONSENT)},
        created_at=joined.replace(tzinfo=UTC) if joined is not None else None,
    )


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


def _faults(
    mapping: Mapping, member: MemberRow, specs: Dict[str, attribute_rules.Spec], tags: set[str], row: int
) -> list[FaultOfRow]:
    faults: list[FaultOfRow] = []
    for kind, value in member.identities.items():
        try:
            normalise(kind, value, kind)
        except Invalid:
            faults.append(FaultOfRow(row, _heading(mapping, kind), value, "identity"))
    for fault in attribute_rules.check_values(specs, member.attributes, ""):
        name = fault.path.lstrip(".")
        faults.append(FaultOfRow(row, _heading(mapping, ATTRIBUTE + name), str(member.attributes[name]), "choice"))
    missing = [tag for tag in member.tags if tag not in tags]
    if missing:
        faults.append(FaultOfRow(row, _heading(mapping, "tags"), "、".join(missing), "tag"))
    if attribute_rules.check_name(member.name):
        faults.append(FaultOfRow(row, _heading(mapping, "name"), member.name, "text"))
    return faults


def _heading(mapping: Mapping, target: str) -> str:
    spec = mapping.spec(target)
    return (spec.column if spec else None) or target
