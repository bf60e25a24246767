"""Members: people by their identities, each row checked by the rules of the contacts room, then handed over as one set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import text

from siyu.contacts.attributes import rules as attribute_rules
from siyu.contacts.attributes.actions import define_attribute
from siyu.contacts.attributes.queries import attribute_specs
from siyu.contacts.identities.rules import veiled
from siyu.contacts.members.actions import upsert_prepared
from siyu.contacts.members.prepare import PreparedRows, prepare
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.tags.actions import ensure_tags
from siyu.contacts.tags.queries import tag_names
from siyu.imports.files.chunks import Chunk, FaultOfRow
from siyu.imports.files.duckdb_session import literal
from siyu.imports.files.expressions import FieldSql, alias
from siyu.imports.files.faults import fault
from siyu.imports.files.prepared import arranged_by_key
from siyu.imports.kind import Fetch, ImportKind, OneOf, PreviewMatch, RuleLabel, Rules
from siyu.imports.mapping.document import ATTRIBUTE, AttributeSpec, Text
from siyu.imports.mapping.document import Mapping as MappingDocument
from siyu.imports.mapping.fields import IMPORTED_IDENTITIES, Field
from siyu.imports.members.fields import ATTRIBUTE_TYPES, CONSENT, FIELDS
from siyu.imports.members.preview_notes import known_people, people_note, possible_tags, tags_note
from siyu.imports.models import Import
from siyu.imports.runs.refused_rows import keep_faults
from siyu.imports.runs.report import Tally
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid
from siyu.kit.text import LocalizedText, same
from siyu.platform.queries import Caller

IMPORTED_TAGS = "导入的标签"
"""The group of tags that an import makes, where none is named."""


@dataclass(frozen=True)
class People:
    """A chunk's people: `numbers[i]` is where row i of `rows` stands in the file."""

    rows: PreparedRows
    numbers: Sequence[int]
    faults: list[FaultOfRow]
    refused: int

    @property
    def cells_left_out(self) -> int:
        """Cells of these people that could not be taken."""
        return sum(fault.kept for fault in self.faults)

    def without(self, cells: Mapping[int, "Lightened"]) -> "People":
        """These people, some of them without cells that cannot be taken; `cells` by their place."""
        if not cells:
            return self
        rows = [cells[place].row if place in cells else row for place, row in enumerate(self.rows.rows)]
        faults = [*self.faults, *chain.from_iterable(lightened.faults for lightened in cells.values())]
        return replace(self, rows=replace(self.rows, rows=rows), faults=faults)


@dataclass(frozen=True)
class Lightened:
    """A person without the cells that cannot be taken, and what is wrong with those."""

    row: MemberRow
    faults: list[FaultOfRow]


@dataclass(frozen=True)
class Allowed:
    """What the shop allows: its attributes, and its tags (None: no column has tags)."""

    specs: Mapping[str, attribute_rules.Spec]
    tags: frozenset[str] | None


class MemberRules(Rules):
    """Tags that the shop does not have."""

    unknown_tags: Annotated[
        Literal["leave_out", "create"],
        RuleLabel(
            LocalizedText("没有的标签", "Tags that do not exist"),
            {"leave_out": LocalizedText("略过", "Leave out"), "create": LocalizedText("新建", "Make")},
            field="tags",
        ),
    ] = "leave_out"
    tag_group: Annotated[
        Text | None,
        RuleLabel(
            LocalizedText("新标签放进的标签组", "Group of new tags"),
            hint=LocalizedText(
                f"没有这个组就新建。留空为“{IMPORTED_TAGS}”。", f"Made if there is none. Left empty: “{IMPORTED_TAGS}”."
            ),
            field="tags",
        ),
    ] = None


class Members(ImportKind[MemberRules]):
    """People, made or completed."""

    name = "members"
    label = LocalizedText("客户", "Members")
    fields = FIELDS
    rules_model = MemberRules
    needs_one_of = (OneOf(tuple(IMPORTED_IDENTITIES)),)
    records = (
        "member_created",
        "member_updated",
        "identity_linked",
        "tagged",
        "untagged",
        "consent_given",
        "consent_withdrawn",
    )
    takes_attributes = True
    chunk_as_csv = False
    file_words = ("member", "客户")

    def fields_of(self, mapping: MappingDocument) -> Sequence[Field]:
        """The fields, and the attributes that columns become."""
        return (*FIELDS, *(_attribute_field(mapping, name) for name in _attributes(mapping)))

    def row_checks(self, mapping: MappingDocument, fields: Sequence[FieldSql]) -> list[tuple[str, str]]:
        """A row without any identity that can be read is nobody."""
        identities = [field for field in fields if field.name in IMPORTED_IDENTITIES]
        empty = " AND ".join(f"{alias(field.name)} IS NULL" for field in identities)
        return [(empty, fault(literal(identities[0].heading), "NULL::VARCHAR", "who"))]

    def arrange(self, mapping: MappingDocument) -> str:
        """Rows as they stand; one with the strongest identity of an earlier one is a duplicate."""
        return arranged_by_key(f"coalesce({_strongest(mapping)}, chr(1) || row)")

    def chunk_selects(self, mapping: MappingDocument, columns: set[str]) -> Mapping[str, str]:
        """People, one a row: its number, then the value of each mapped field; times as UTC without a zone."""
        values = [
            f"CAST({alias(field.name)} AS TIMESTAMP)" if field.type == "time" else alias(field.name)
            for field in self._mapped(mapping)
        ]
        return {self.name: f"SELECT row, {', '.join(values)} FROM good ORDER BY pos"}

    def _mapped(self, mapping: MappingDocument) -> list[Field]:
        return [field for field in self.fields_of(mapping) if field.name in mapping.columns]

    def prepare(self, workspace_id: int, mapping: MappingDocument, chunk: Chunk) -> People:
        """The chunk's rows read by the rules of the contacts room."""
        return self._people(workspace_id, mapping, chunk.rows[self.name])

    def _people(self, workspace_id: int, mapping: MappingDocument, rows: Sequence[tuple[Any, ...]]) -> People:
        member = _reader(mapping, [field.name for field in self._mapped(mapping)])
        numbers = [row[0] for row in rows]
        prepared, wrong = prepare(workspace_id, [member(row) for row in rows])
        faults = []
        for place, kind in wrong:
            value = prepared.rows[place].identities[kind]
            code = "veiled" if veiled(value) else "identity"
            faults.append(
                FaultOfRow(numbers[place], mapping.heading(kind), value, code, kept=bool(prepared.keys[place]))
            )
        good = [place for place, keys in enumerate(prepared.keys) if keys] if wrong else range(len(numbers))
        people = People(prepared.only(good), [numbers[place] for place in good], faults, len(numbers) - len(good))
        return people.without(_too_long(mapping, people))

    async def match_preview(self, tx: Tx, workspace_id: int, mapping: MappingDocument) -> PreviewMatch:
        """Identities, tags and attributes as the import holds them; attributes that it would define count as known."""
        allowed = await _allowed(tx, workspace_id, mapping)
        allowed = replace(allowed, specs={**_defined(mapping), **allowed.specs})

        def match(fetch: Fetch, columns: set[str]) -> list[FaultOfRow]:
            people = self._people(workspace_id, mapping, fetch(self.chunk_selects(mapping, columns)[self.name]))
            made = possible_tags(_tags_of(people)) if self.rules(mapping).unknown_tags == "create" else set()
            held = replace(allowed, tags=(allowed.tags or frozenset()) | made)
            return people.without(_not_allowed(mapping, people, held)).faults

        return match

    def preview_selects(self, mapping: MappingDocument) -> Mapping[str, str]:
        """The people by their strongest identity, and their tags."""
        people = f"SELECT DISTINCT coalesce({_strongest(mapping)}) AS person FROM good WHERE person IS NOT NULL"
        if "tags" not in mapping.columns:
            return {"people": people}
        return {"people": people, "tags": f"SELECT DISTINCT unnest({alias('tags')}) FROM good"}

    async def preview_notes(
        self, tx: Tx, workspace_id: int, mapping: MappingDocument, values: Mapping[str, Sequence[str]]
    ) -> list[LocalizedText]:
        """How many of the people are members already, and which tags would be made."""
        rules = self.rules(mapping)
        known, people = await known_people(tx, workspace_id, values["people"])
        missing = possible_tags(set(values.get("tags", ())) - (await tag_names(tx, workspace_id)).keys.keys())
        group = (rules.tag_group or IMPORTED_TAGS) if rules.unknown_tags == "create" else None
        return [people_note(known, people), *tags_note(missing, group)]

    async def complete(self, tx: Tx, workspace_id: int, mapping: MappingDocument) -> MappingDocument:
        """The mapping with the shop's own definition of each attribute it fills."""
        known = await attribute_specs(tx, workspace_id)
        specs = dict(mapping.attributes)
        for name in _attributes(mapping):
            if name in known:
                options = list(known[name].options or ()) or None
                definition = {"label": known[name].label, "type": known[name].type, "options": options}
                specs[name] = AttributeSpec.model_validate(definition)
            elif name not in specs:
                path = f"mapping.columns.{ATTRIBUTE}{name}"
                raise Invalid(errors=[Fault(path, "no such attribute; define it first", "没有这个属性，请先定义")])
        return mapping.model_copy(update={"attributes": specs})

    async def define(self, tx: Tx, caller: Caller, mapping: MappingDocument, now: datetime) -> None:
        """Define the attributes that the shop lacks; raises Invalid where tags are to be made and the caller may not."""
        if self.rules(mapping).unknown_tags == "create" and not caller.may("tags.write"):
            reason = "making tags needs the permission to keep the tag norms"
            raise Invalid(errors=[Fault("mapping.rules.unknown_tags", reason, "新建标签需要“维护标签体系”的权限")])
        known = await attribute_specs(tx, caller.workspace_id)
        for name in _attributes(mapping):
            if name not in known:
                spec = mapping.attributes[name]
                await define_attribute(
                    tx, caller, name=name, label=spec.label, type=spec.type, options=spec.options, now=now
                )

    async def write(self, tx: Tx, run: Import, mapping: MappingDocument, chunk: Chunk, now: datetime) -> Tally:
        """Make or complete the chunk's members."""
        people = chunk.prepared
        assert isinstance(people, People)
        if "tags" in mapping.columns and self.rules(mapping).unknown_tags == "create":
            await self._make_tags(tx, run, mapping, people, now)
        if "tags" in mapping.columns or _attributes(mapping):
            people = people.without(_not_allowed(mapping, people, await _allowed(tx, run.workspace_id, mapping)))
        rows = people.rows
        await keep_faults(tx, run, sorted(people.faults, key=lambda fault: fault.row))
        source = f"import:{mapping.source}"
        upserted = await upsert_prepared(tx, run.workspace_id, rows, source=source, actor=run.started_by, now=now)
        created = sum(row.created for row in upserted)
        persons = len({row.member_id for row in upserted})
        # no fact of this transaction means that nothing has changed
        facts = await tx.scalar(text("SELECT count(*) FROM fact WHERE txid = pg_current_xact_id()"))
        return Tally(
            rows_new=created,
            rows_known=len(rows.rows) - created,
            rows_refused=chunk.refused + people.refused,
            cells_left_out=people.cells_left_out,
            members_created=created,
            members_known=persons - created,
            identities_elsewhere=sum(len(row.unattached) for row in upserted),
            facts=int(facts or 0),
        )

    async def _make_tags(self, tx: Tx, run: Import, mapping: MappingDocument, people: People, now: datetime) -> None:
        """Make the tags of these people that the shop lacks; those that cannot be a tag's name are left out as ever."""
        missing = possible_tags(_tags_of(people) - (await tag_names(tx, run.workspace_id)).keys.keys())
        if missing:
            importer = Caller(run.workspace_id, mapping.zone, run.started_by, frozenset())
            await ensure_tags(tx, importer, self.rules(mapping).tag_group or IMPORTED_TAGS, missing, now)

    def summary(self, tally: Tally) -> LocalizedText:
        """Members that are new, and those that were known."""
        return LocalizedText(
            f"新增客户 {tally.members_created:,} 位，已有 {tally.members_known:,} 位；拒绝 {tally.rows_refused:,} 行。",
            f"{tally.members_created:,} members are new, {tally.members_known:,} were known; "
            f"{tally.rows_refused:,} rows were refused.",
        )


def _tags_of(people: People) -> set[str]:
    return set(chain.from_iterable(row.tags for row in people.rows.rows))


def _strongest(mapping: MappingDocument) -> str:
    """SQL of what a row names its person by, the strongest identity first: `kind`, U+0001, value."""
    mapped = [kind for kind in IMPORTED_IDENTITIES if kind in mapping.columns]
    return ", ".join(f"'{kind}' || chr(1) || {alias(kind)}" for kind in mapped)


def _attributes(mapping: MappingDocument) -> list[str]:
    """The names of the attributes that columns become."""
    return [name.removeprefix(ATTRIBUTE) for name in mapping.columns if name.startswith(ATTRIBUTE)]


def _attribute_field(mapping: MappingDocument, name: str) -> Field:
    spec, field = mapping.attributes.get(name), f"{ATTRIBUTE}{name}"
    return Field(field, same(spec.label if spec else field), ATTRIBUTE_TYPES.get(spec.type if spec else "text", "text"))


async def _allowed(tx: Tx, workspace_id: int, mapping: MappingDocument) -> Allowed:
    """The attributes and tags that rows of `mapping` are held against, as they are now."""
    tags = frozenset((await tag_names(tx, workspace_id)).keys) if "tags" in mapping.columns else None
    return Allowed(await attribute_specs(tx, workspace_id), tags)


def _defined(mapping: MappingDocument) -> dict[str, attribute_rules.Spec]:
    """The attributes that a mapping would define."""
    return {
        name: attribute_rules.Spec(name, spec.label, spec.type, tuple(spec.options) if spec.options else None)
        for name, spec in mapping.attributes.items()
    }


def _too_long(mapping: MappingDocument, people: People) -> dict[int, Lightened]:
    """{place: the person without the name} where the name is longer than names may be."""
    heading = mapping.heading("name")
    return {
        place: Lightened(row._replace(name=None), [FaultOfRow(number, heading, row.name, "text", kept=True)])
        for place, (number, row) in enumerate(zip(people.numbers, people.rows.rows, strict=True))
        if attribute_rules.check_name(row.name)
    }


def _not_allowed(mapping: MappingDocument, people: People, allowed: Allowed) -> dict[int, Lightened]:
    """{place: the person without them} of the people who have attributes or tags that the shop does not allow."""
    lightened = (
        (place, _lightened(mapping, row, allowed, number))
        for place, (number, row) in enumerate(zip(people.numbers, people.rows.rows, strict=True))
        if row.attributes or row.tags
    )
    return {place: person for place, person in lightened if person.faults}


def _lightened(mapping: MappingDocument, member: MemberRow, allowed: Allowed, row: int) -> Lightened:
    faults: list[FaultOfRow] = []
    attributes = dict(member.attributes)
    for wrong in attribute_rules.check_values(allowed.specs, member.attributes, ""):
        name = wrong.path.lstrip(".")
        heading, value = mapping.heading(ATTRIBUTE + name), str(attributes.pop(name))
        faults.append(FaultOfRow(row, heading, value, "choice", kept=True))
    known = allowed.tags or ()
    missing = [tag for tag in member.tags if tag not in known]
    if missing:
        faults.append(FaultOfRow(row, mapping.heading("tags"), "、".join(missing), "tag", kept=True))
    tags = tuple(tag for tag in member.tags if tag in known) if missing else member.tags
    return Lightened(member._replace(attributes=attributes, tags=tags), faults)


def _reader(mapping: MappingDocument, fields: Sequence[str]) -> Callable[[Sequence[Any]], MemberRow]:
    """How a row (its number, then these fields) becomes a member's: where each stands is looked up once a chunk."""
    place = {name: number for number, name in enumerate(fields, 1)}
    identities = [(kind, place[kind]) for kind in IMPORTED_IDENTITIES if kind in place]
    attributes = [(name.removeprefix(ATTRIBUTE), at) for name, at in place.items() if name.startswith(ATTRIBUTE)]
    consents = [(name.removeprefix(CONSENT), at) for name, at in place.items() if name.startswith(CONSENT)]
    name, zone, tags, joined = (place.get(field) for field in ("name", "zone", "tags", "joined_at"))

    def member(row: Sequence[Any]) -> MemberRow:
        since = row[joined] if joined else None
        return MemberRow(
            identities={kind: row[at] for kind, at in identities if row[at] is not None},
            name=row[name] if name else None,
            zone=row[zone] if zone else None,
            attributes={own: _attribute(mapping, own, row[at]) for own, at in attributes if row[at] is not None},
            tags=tuple(row[tags] or ()) if tags else (),
            consents={channel: row[at] for channel, at in consents if row[at] is not None},
            created_at=since.replace(tzinfo=UTC) if since is not None else None,
        )

    return member


def _attribute(mapping: MappingDocument, name: str, value: Any) -> Any:
    """A value as attributes keep it: money in fen, a date as the day it was in the file's zone."""
    kind = mapping.attributes[name].type
    if kind == "money":
        return int((value * 100).to_integral_value())
    if kind == "number":
        return int(value) if value == value.to_integral_value() else float(value)
    if kind == "date":
        return value.replace(tzinfo=UTC).astimezone(ZoneInfo(mapping.zone)).date().isoformat()
    return value


KIND = Members()
