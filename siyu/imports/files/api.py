"""What can be imported, files in, and what a mapping would make of one."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from siyu.imports.files import preview as previews
from siyu.imports.files import upload as uploads
from siyu.imports.files.chunks import FaultOfRow
from siyu.imports.files.enrolments import enrolling, may_enrol
from siyu.imports.kind import AnyKind, RuleLabel
from siyu.imports.kinds import KINDS
from siyu.imports.mapping.document import Mapping
from siyu.imports.mapping.fields import IMPORTED_IDENTITIES
from siyu.imports.refusals import reason
from siyu.imports.runs import actions
from siyu.kit import clock
from siyu.kit.http import Body, InTx, Number
from siyu.kit.text import LocalizedText
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["imports"])


class TargetOut(BaseModel):
    name: str
    zh: str
    en: str
    type: str
    required: bool


class MappingRuleOut(BaseModel):
    """A choice of the mapping's `rules`. With options one of them, worded by `labels`; without, a text.

    `name` is where it stands in the rules: `refund.prefix`. `target`: it matters only where that target is mapped.
    """

    name: str
    zh: str
    en: str
    options: list[str]
    default: str | None
    labels: dict[str, LocalizedText]
    hint: LocalizedText | None
    target: str | None


class IdentityKindOut(BaseModel):
    kind: str
    zh: str
    en: str


class KindOut(BaseModel):
    """One thing a file can become. `fact` tells kinds of one name apart; `rules` are the choices of its mapping.

    `takes_attributes`: columns may become attributes of members (`attribute.<name>`).
    """

    kind: str
    fact: str | None
    zh: str
    en: str
    targets: list[TargetOut]
    rules: list[MappingRuleOut]
    needs_one_of: list[list[str]]
    takes_attributes: bool


class KindsOut(BaseModel):
    items: list[KindOut]
    identities: list[IdentityKindOut]


@router.get("/import-kinds")
async def kinds(caller: Annotated[Caller, allow("imports.read")]) -> KindsOut:
    """What a file can become, and the targets its columns can be mapped to."""
    return KindsOut(
        items=[_kind(kind) for kind in KINDS],
        identities=[
            IdentityKindOut(kind=kind, zh=label.zh, en=label.en) for kind, label in IMPORTED_IDENTITIES.items()
        ],
    )


def _kind(kind: AnyKind) -> KindOut:
    return KindOut(
        kind=kind.name,
        fact=kind.fact,
        zh=kind.label.zh,
        en=kind.label.en,
        targets=[
            TargetOut(name=f.name, zh=f.label.zh, en=f.label.en, type=f.type, required=f.required) for f in kind.fields
        ],
        rules=_rules(kind),
        needs_one_of=[list(group.fields) for group in kind.needs_one_of],
        takes_attributes=kind.takes_attributes,
    )


def _rules(kind: AnyKind) -> list[MappingRuleOut]:
    """The rules of the kind's model that are labelled."""
    shown = []
    for name, field in kind.rules_model.model_fields.items():
        for rule in field.metadata:
            if isinstance(rule, RuleLabel):
                options = dict(rule.options or {})
                shown.append(
                    MappingRuleOut(
                        name=f"{name}.{rule.path}" if rule.path else name,
                        zh=rule.label.zh,
                        en=rule.label.en,
                        options=list(options),
                        default=field.default,
                        labels=options,
                        hint=rule.hint,
                        target=rule.field,
                    )
                )
    return shown


class ImportIn(Body):
    file: str = Field(max_length=64)
    kind: str = Field(max_length=40)
    mapping: Mapping
    expected: Number | None = None
    """How many may enter journeys, as the preview said (`enrolling`); starting is refused when it is another number by now."""


class MayEnrolOut(BaseModel):
    """A live journey that the import may let members into, in words; `rows`: at most so many, null where nobody can tell."""

    journey_id: int
    name: str
    rows: int | None
    text: LocalizedText


class RowFaultOut(BaseModel):
    row: int
    column: str
    value: str | None
    reason: str
    reason_zh: str
    kept: bool


class PreviewRowOut(BaseModel):
    """A row as it would come in: {target: value}; with faults it would be refused, or lose only the cells that are `kept`."""

    row: int
    values: dict[str, str | bool | list[str] | None]
    faults: list[RowFaultOut]


class StatedWordOut(BaseModel):
    word: str
    meaning: str | None
    rows: int


class ImportPreviewOut(BaseModel):
    """The first rows, and of the first `checked` rows of the file how many would be refused, how many cells would be left out
    of the others, how many rows are no sale and left out, and how many are exact duplicates. Values are as they would be stored.

    `stated_words`: what the file's words of an order's state mean; `rules.statuses` of the mapping changes it. `notes` say how
    much is here already.
    """

    rows: list[PreviewRowOut]
    total: int
    checked: int
    refused: int
    cells_left_out: int
    rows_left_out: int
    duplicates: int
    notes: list[LocalizedText]
    stated_words: list[StatedWordOut]
    faults: list[RowFaultOut]
    enrolling: int
    journeys: list[MayEnrolOut]


def _fault(fault: FaultOfRow) -> RowFaultOut:
    why = reason(fault.code, kept=fault.kept)
    return RowFaultOut(
        row=fault.row, column=fault.column, value=fault.value, reason=why.en, reason_zh=why.zh, kept=fault.kept
    )


@router.post("/imports/preview")
async def preview(
    body: ImportIn, request: Request, tx: InTx, caller: Annotated[Caller, allow("imports.write")]
) -> ImportPreviewOut:
    """What a mapping would make of an uploaded file; nothing is written."""
    upload = uploads.find(request.app.state.settings.uploads, caller.workspace_id, body.file)
    kind, mapping = await actions.checked(tx, caller, body.kind, upload, body.mapping)
    match = await kind.match_preview(tx, caller.workspace_id, mapping)
    file_preview = await asyncio.to_thread(previews.preview, upload, kind, mapping, match)
    notes = await kind.preview_notes(tx, caller.workspace_id, mapping, file_preview.values)
    journeys = await may_enrol(tx, caller.workspace_id, upload, kind, mapping, clock.now())
    return ImportPreviewOut(
        rows=[
            PreviewRowOut(row=row.row, values=row.values, faults=[_fault(fault) for fault in row.faults])
            for row in file_preview.rows
        ],
        total=upload.rows,
        checked=file_preview.checked,
        refused=file_preview.refused,
        cells_left_out=file_preview.cells_left_out,
        rows_left_out=file_preview.rows_left_out,
        stated_words=[
            StatedWordOut(word=word.word, meaning=word.meaning, rows=word.rows) for word in file_preview.stated_words
        ],
        duplicates=file_preview.duplicates,
        notes=notes,
        faults=[_fault(fault) for fault in file_preview.faults],
        enrolling=enrolling(journeys),
        journeys=[MayEnrolOut(**vars(journey)) for journey in journeys],
    )
