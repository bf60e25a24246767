"""Files in: taken, read as they were found or as somebody chose, with a mapping proposed for every kind."""

import asyncio
from collections.abc import Container, Sequence
from collections.abc import Mapping as SpecsBy
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from siyu.contacts.attributes.queries import attribute_specs
from siyu.contacts.attributes.rules import Spec
from siyu.imports.files import upload as uploads
from siyu.imports.files.encodings import ENCODINGS
from siyu.imports.files.layout import LayoutChoice
from siyu.imports.files.original_rows import is_reason
from siyu.imports.files.profile import Profile
from siyu.imports.files.upload import Heading, Upload
from siyu.imports.kind import AnyKind
from siyu.imports.mapping.document import ATTRIBUTE, Column, Mapping
from siyu.imports.mapping.reader import kind_named
from siyu.imports.mapping.suggestions import masked, suggestions
from siyu.imports.members.suggestions import attribute_columns, customer_column
from siyu.imports.runs.queries import Sources, sources
from siyu.imports.shops.catalogue import recognised
from siyu.imports.shops.shop_file import ShopFile
from siyu.kit.db import Database
from siyu.kit.errors import Fault, Invalid
from siyu.kit.http import Body, database
from siyu.kit.text import LocalizedText
from siyu.platform.access import allow
from siyu.platform.queries import Caller

SpecsByName = SpecsBy[str, Spec]
router = APIRouter(prefix="/api/v1", tags=["imports"])


class ColumnOut(BaseModel):
    name: str
    type: str
    sample: list[str]


class SuggestedOut(BaseModel):
    kind: str
    fact: str | None
    mapping: Mapping


class ReadyOut(SuggestedOut):
    """The mapping of a shop's own export, and the headings of the file by which it is known to be one."""

    name: str
    label: LocalizedText
    recognised_by: list[str]


class HeadRowOut(BaseModel):
    row: int
    cells: list[str]


class EncodingOut(BaseModel):
    name: str
    zh: str
    en: str


class LayoutOut(BaseModel):
    """How the table was found: the row of its heading among the first rows (`head`), a text's encoding, a workbook's sheet.

    `totals` rows of sums (合计) were left out. POST /uploads/{file}/layout reads the file otherwise; nothing of a Parquet file can be chosen.
    """

    heading_row: int
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: list[str]
    encodings: list[EncodingOut]
    head: list[HeadRowOut]
    totals: int


class UploadOut(BaseModel):
    """A file taken in. `file` names it in the requests that follow.

    `ready` are mappings of shops whose export it is. `suggestions` has a mapping for every kind by headings alone, best first.
    `suggested` is the first of both.
    `sources` are the names under which files have come in so far, the last one first.
    """

    file: str
    name: str
    shape: str
    rows: int
    layout: LayoutOut
    columns: list[ColumnOut]
    sources: list[str]
    suggested: SuggestedOut
    ready: list[ReadyOut]
    suggestions: list[SuggestedOut]


_MULTIPART = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.post("/uploads", status_code=201, openapi_extra=_MULTIPART)
async def take_upload(
    request: Request,
    db: Annotated[Database, Depends(database)],
    caller: Annotated[Caller, allow("imports.write")],
) -> UploadOut:
    """Take a CSV, Excel or Parquet file in and say what it looks like; nothing is imported yet."""
    settings = request.app.state.settings
    bytes_max = settings.upload_mb_max << 20
    part = await _received(request)
    try:
        name = part.filename or "file"
        upload = await asyncio.to_thread(
            uploads.bring_in, settings.uploads, caller.workspace_id, part.file, name, bytes_max
        )
    finally:
        await part.close()
    async with db.transaction() as tx:
        known, specs = await sources(tx, caller.workspace_id), await attribute_specs(tx, caller.workspace_id)
    return _upload(upload, caller.zone, known, specs)


class LayoutIn(Body):
    """What to read otherwise than it was found; what is left out is found again."""

    encoding: str | None = Field(None, max_length=40)
    sheet: str | None = Field(None, max_length=200)
    heading_row: int | None = Field(None, ge=1, le=1_000_000)


@router.post("/uploads/{file}/layout", status_code=201)
async def choose_layout(
    file: str,
    body: LayoutIn,
    request: Request,
    db: Annotated[Database, Depends(database)],
    caller: Annotated[Caller, allow("imports.write")],
) -> UploadOut:
    """Read an uploaded file again with another encoding, sheet or heading; it becomes an upload of its own."""
    if body.encoding is not None and body.encoding not in ENCODINGS:
        raise Invalid(errors=[Fault("encoding", "no such encoding", "没有这种编码", " | ".join(ENCODINGS))])
    place = request.app.state.settings.uploads
    choice = LayoutChoice(body.encoding, body.sheet, body.heading_row)
    upload = uploads.find(place, caller.workspace_id, file)
    again = await asyncio.to_thread(uploads.read_again, place, caller.workspace_id, upload, choice)
    async with db.transaction() as tx:
        known, specs = await sources(tx, caller.workspace_id), await attribute_specs(tx, caller.workspace_id)
    return _upload(again, caller.zone, known, specs)


async def _received(request: Request) -> UploadFile:
    """The one file of a multipart body, spooled to disk; raises Invalid. How large it may be and how slow, the web door decides."""
    missing = Invalid(
        errors=[Fault("file", "send one file as multipart/form-data", "请以 multipart/form-data 上传一个文件")]
    )
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise missing
    try:
        form = await MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=8).parse()
    except (MultiPartException, KeyError, UnicodeError) as error:
        raise missing from error
    part = form.get("file")
    if not isinstance(part, UploadFile):
        raise missing
    return part


def _ready(shop_file: ShopFile, recognised_by: list[str], columns: list[Profile], zone: str) -> ReadyOut:
    """A shop's mapping for the columns that the file has; of customers without those that name nobody."""
    mapped = shop_file.mapped(
        [column.name for column in columns], {column.name for column in columns if masked(column)}
    )
    return ReadyOut(
        kind=shop_file.kind,
        fact=None,
        mapping=Mapping(
            kind=shop_file.kind,
            source=shop_file.source,
            zone=zone,
            columns=mapped,
            attributes={name: spec for name, spec in shop_file.attributes.items() if f"{ATTRIBUTE}{name}" in mapped},
            rules={**kind_named(shop_file.kind).rules_model().model_dump(mode="json"), **shop_file.rules},
        ),
        name=shop_file.name,
        label=shop_file.label,
        recognised_by=recognised_by,
    )


def _upload(upload: Upload, zone: str, known: Sources, specs: SpecsByName) -> UploadOut:
    columns_of = [column for column in upload.columns if not is_reason(column.name)]
    profiles = [Profile(column.name, column.type, column.sample) for column in columns_of]
    remembered = {kind: last for kind, last in known.last.items() if _fits(last, profiles)}
    ready = [_ready(shop_file, by, profiles, zone) for shop_file, by in recognised([c.name for c in columns_of])]
    suggested = [
        SuggestedOut(
            kind=kind.name,
            fact=kind.fact,
            mapping=remembered.get((kind.name, kind.fact))
            or Mapping(
                kind=kind.name,
                fact=kind.fact,
                source=known.default(kind.name, kind.fact),
                zone=zone,
                **_completed(kind, columns, columns_of, specs),
                rules=kind.rules_model().model_dump(mode="json"),
            ),
        )
        for kind, columns in suggestions(profiles, upload.name)
    ]
    # a file that an earlier mapping fits is most likely another one of the same
    suggested.sort(key=lambda item: (item.kind, item.fact) not in remembered)
    return UploadOut(
        file=upload.file,
        name=upload.name,
        shape=upload.shape,
        rows=upload.rows,
        layout=_layout(upload),
        columns=[ColumnOut(name=c.name, type=c.type, sample=c.sample) for c in columns_of],
        sources=known.names,
        suggested=_best(ready, suggested, remembered),
        ready=ready,
        suggestions=suggested,
    )


def _completed(
    kind: AnyKind, columns: dict[str, str], headings: Sequence[Heading], specs: SpecsByName
) -> dict[str, Any]:
    """The proposed columns of a kind, with whom its rows name and the attributes they hold, as `columns` and `attributes`."""
    filled: dict[str, str | Column] = {**columns}
    if "member" in {field.name for field in kind.fields} - columns.keys():
        customer = customer_column(headings, set(columns.values()))
        filled |= {"member": customer} if customer else {}
    if not kind.takes_attributes:
        return {"columns": filled}
    attributes, made = attribute_columns(headings, set(columns.values()), specs)
    return {"columns": {**filled, **attributes}, "attributes": made}


def _best(
    ready: list[ReadyOut], suggested: list[SuggestedOut], remembered: Container[tuple[str, str | None]]
) -> SuggestedOut:
    """A shop's own mapping, unless people have corrected it for the same source before; else the best by headings."""
    if not ready:
        return suggested[0]
    corrected = (item for item in suggested if (item.kind, item.fact) in remembered)
    same_source = (item for item in corrected if item.mapping.source == ready[0].mapping.source)
    return next((item for item in same_source if item.kind == ready[0].kind), ready[0])


def _fits(mapping: Mapping, profiles: Sequence[Profile]) -> bool:
    """Whether a file has every column that an earlier mapping reads."""
    named = {spec.column for spec in map(mapping.column, mapping.columns) if spec and spec.column}
    return len(named) > 1 and named <= {profile.name for profile in profiles}


def _layout(upload: Upload) -> LayoutOut:
    layout = upload.layout
    encodings = ENCODINGS.items() if upload.shape == "text" else ()
    return LayoutOut(
        heading_row=layout.heading_row,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        sheet=layout.sheet,
        sheets=list(layout.sheets),
        encodings=[EncodingOut(name=name, zh=label.zh, en=label.en) for name, label in encodings],
        head=[HeadRowOut(row=row.row, cells=row.cells) for row in layout.head],
        totals=layout.totals,
    )
