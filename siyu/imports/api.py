"""HTTP of the imports room: what can be imported, files in, mapping, preview, progress and refused rows."""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from siyu.imports import actions, queries
from siyu.imports.files import upload as uploads
from siyu.imports.files.chunks import FaultOfRow
from siyu.imports.files.preview import preview as look
from siyu.imports.files.upload import Upload
from siyu.imports.models import Import
from siyu.imports.rules import guess, report
from siyu.imports.rules.kinds import CHANNELS, IDENTITIES, KINDS_OF_IMPORT, ImportKind
from siyu.imports.rules.mapping import Mapping
from siyu.imports.rules.refusals import reason
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.errors import Fault, Invalid, TooLarge
from siyu.kit.http import DEFAULT_LIMIT, InTx, Limit, Page, cursor_of, database, read_cursor
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["imports"])

FORM_BYTES_MAX = 64 * 1024
"""What a multipart body may have beside its file."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet."""


class TargetOut(BaseModel):
    name: str
    zh: str
    en: str
    type: str
    required: bool


class RuleOut(BaseModel):
    name: str
    zh: str
    en: str
    options: list[str]
    default: str


class IdentityOut(BaseModel):
    kind: str
    zh: str
    en: str


class KindOut(BaseModel):
    """One thing a file can become. `fact` is set for kind `facts`; `rules` are the choices of its mapping."""

    kind: str
    fact: str | None
    zh: str
    en: str
    targets: list[TargetOut]
    rules: list[RuleOut]
    needs_one_of: list[list[str]]


class KindsOut(BaseModel):
    items: list[KindOut]
    identities: list[IdentityOut]
    channels: list[IdentityOut]


RULES = {
    "duplicates": RuleOut(
        name="duplicates", zh="完全相同的行", en="Lines equal in every column", options=["keep", "drop"], default="keep"
    ),
    "unknown_members": RuleOut(
        name="unknown_members",
        zh="未知客户",
        en="Customers nobody knows",
        options=["create", "refuse"],
        default="create",
    ),
    "incomplete": RuleOut(
        name="incomplete",
        zh="有一行无法读取的订单",
        en="Orders with a line that cannot be read",
        options=["refuse", "keep"],
        default="refuse",
    ),
}
RULES_OF = {"members": (), "orders": ("duplicates", "unknown_members", "incomplete"), "facts": ("unknown_members",)}
NEEDS_ONE_OF = {"members": [list(IDENTITIES)], "orders": [["amount", "price"]], "facts": []}


@router.get("/import-kinds")
async def kinds(caller: Annotated[Caller, allow("imports.read")]) -> KindsOut:
    """What a file can become, and the targets its columns can be mapped to."""
    return KindsOut(
        items=[_kind(kind) for kind in KINDS_OF_IMPORT],
        identities=[IdentityOut(kind=kind, zh=zh, en=en) for kind, (zh, en) in IDENTITIES.items()],
        channels=[IdentityOut(kind=kind, zh=zh, en=en) for kind, (zh, en) in CHANNELS.items()],
    )


def _kind(kind: ImportKind) -> KindOut:
    return KindOut(
        kind=kind.kind,
        fact=kind.fact,
        zh=kind.zh,
        en=kind.en,
        targets=[TargetOut(name=t.name, zh=t.zh, en=t.en, type=t.type, required=t.required) for t in kind.targets],
        rules=[RULES[name] for name in RULES_OF[kind.kind]],
        needs_one_of=NEEDS_ONE_OF[kind.kind],
    )


class ColumnOut(BaseModel):
    name: str
    type: str
    sample: list[str]


class SuggestedOut(BaseModel):
    kind: str
    fact: str | None
    mapping: Mapping


class UploadOut(BaseModel):
    """A file taken in. `file` names it in the requests that follow."""

    file: str
    name: str
    shape: str
    rows: int
    columns: list[ColumnOut]
    suggested: SuggestedOut


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
async def take_upload(request: Request, caller: Annotated[Caller, allow("imports.write")]) -> UploadOut:
    """Take a CSV, Excel or Parquet file in and say what it looks like; nothing is imported yet."""
    settings = request.app.state.settings
    bytes_max = settings.upload_mb_max << 20
    part = await _received(request, bytes_max)
    try:
        name = part.filename or "file"
        upload = await asyncio.to_thread(
            uploads.bring_in, settings.uploads, caller.workspace_id, part.file, name, bytes_max
        )
    finally:
        await part.close()
    return _upload(upload, caller.zone)


async def _received(request: Request, bytes_max: int) -> UploadFile:
    """The one file of a multipart body, spooled to disk; raises TooLarge while it is still coming in, Invalid."""
    too_large = TooLarge(f"Files may have {bytes_max >> 20} MiB", f"文件不能超过 {bytes_max >> 20} MiB")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > bytes_max + FORM_BYTES_MAX:
        raise too_large
    missing = Invalid(
        errors=[Fault("file", "send one file as multipart/form-data", "请以 multipart/form-data 上传一个文件")]
    )
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise missing

    async def counted() -> AsyncGenerator[bytes, None]:
        size = 0
        async for block in request.stream():
            size += len(block)
            if size > bytes_max + FORM_BYTES_MAX:
                raise too_large
            yield block

    try:
        form = await MultiPartParser(request.headers, counted(), max_files=1, max_fields=8).parse()
    except (MultiPartException, KeyError) as error:
        raise missing from error
    part = form.get("file")
    if not isinstance(part, UploadFile):
        raise missing
    return part


def _upload(upload: Upload, zone: str) -> UploadOut:
    looks = [guess.Look(column.name, column.type) for column in upload.columns]
    kind, columns = guess.suggest(looks, upload.name)
    mapping = Mapping(kind=kind.kind, fact=kind.fact, source=upload.source_name(), zone=zone, columns=dict(columns))
    return UploadOut(
        file=upload.file,
        name=upload.name,
        shape=upload.shape,
        rows=upload.rows,
        columns=[ColumnOut(name=c.name, type=c.type, sample=c.sample) for c in upload.columns],
        suggested=SuggestedOut(kind=kind.kind, fact=kind.fact, mapping=mapping),
    )


class ImportIn(BaseModel):
    file: str = Field(max_length=64)
    kind: str = Field(max_length=40)
    mapping: Mapping


class FaultOut(BaseModel):
    row: int
    column: str
    value: str | None
    reason: str
    reason_zh: str


class PreviewRowOut(BaseModel):
    """A row as it would come in: {target: value}; with faults it would be refused."""

    row: int
    values: dict[str, str | bool | list[str] | None]
    faults: list[FaultOut]


class PreviewOut(BaseModel):
    """The first rows, and of the first `checked` rows of the file how many would be refused or are exact duplicates."""

    rows: list[PreviewRowOut]
    total: int
    checked: int
    refused: int
    duplicates: int
    faults: list[FaultOut]


def _fault(fault: FaultOfRow) -> FaultOut:
    en, zh = reason(fault.code)
    return FaultOut(row=fault.row, column=fault.column, value=fault.value, reason=en, reason_zh=zh)


@router.post("/imports/preview")
async def preview(
    body: ImportIn, request: Request, tx: InTx, caller: Annotated[Caller, allow("imports.write")]
) -> PreviewOut:
    """What a mapping would make of an uploaded file; nothing is written."""
    upload = uploads.find(request.app.state.settings.uploads, caller.workspace_id, body.file)
    mapping = await actions.checked(tx, caller, body.kind, upload, body.mapping)
    seen = await asyncio.to_thread(look, upload, mapping)
    return PreviewOut(
        rows=[
            PreviewRowOut(row=row.row, values=row.values, faults=[_fault(fault) for fault in row.faults])
            for row in seen.rows
        ],
        total=upload.rows,
        checked=seen.checked,
        refused=seen.refused,
        duplicates=seen.duplicates,
        faults=[_fault(fault) for fault in seen.faults],
    )


class ResultOut(BaseModel):
    """What came in so far. Decimals are yuan as text, exact; `_fen` and counts are integers.

    Every row is one of order_lines, refund_lines, rows_new, rows_known, rows_refused, rows_dropped.
    """

    rows_new: int = 0
    rows_known: int = 0
    rows_refused: int = 0
    rows_dropped: int = 0
    rows_held_back: int = 0
    order_lines: int = 0
    refund_lines: int = 0
    lines_without_member: int = 0
    orders: int = 0
    refunds: int = 0
    corrections: int = 0
    documents_known: int = 0
    documents_different: int = 0
    members_created: int = 0
    members_known: int = 0
    identities_elsewhere: int = 0
    facts: int = 0
    source_total: str = "0"
    left_out_total: str = "0"
    total_fen: int = 0
    rounding_difference: str = "0"
    changed: bool = False


class SentenceOut(BaseModel):
    zh: str
    en: str


class ImportOut(BaseModel):
    id: int
    kind: str
    fact: str | None
    file_name: str
    state: str
    rows_total: int | None
    rows_done: int
    rows_refused: int
    rows_duplicate: int
    result: ResultOut
    summary: SentenceOut
    trouble: str | None
    mapping: Mapping
    started_by: str
    created_at: datetime
    changed_at: datetime


class ImportsOut(Page):
    items: list[ImportOut]


def _import(run: Import) -> ImportOut:
    en, zh = report.sentence(run.kind, report.tally(run.result))
    mapping = Mapping.model_validate(run.mapping)
    same = (
        *("id", "kind", "file_name", "state", "rows_total", "rows_done", "rows_refused", "rows_duplicate"),
        *("trouble", "started_by", "created_at", "changed_at"),
    )
    return ImportOut(
        **{name: getattr(run, name) for name in same},
        fact=mapping.fact,
        result=ResultOut(**run.result),
        summary=SentenceOut(zh=zh, en=en),
        mapping=mapping,
    )


@router.post("/imports", status_code=201)
async def start(
    body: ImportIn, request: Request, tx: InTx, caller: Annotated[Caller, allow("imports.write")]
) -> ImportOut:
    """Import an uploaded file; it runs in the background, see GET /imports/{id}."""
    upload = uploads.find(request.app.state.settings.uploads, caller.workspace_id, body.file)
    run = await actions.start(tx, caller, kind=body.kind, upload=upload, mapping=body.mapping, now=clock.now())
    return _import(run)


@router.get("/imports")
async def imports(
    tx: InTx, caller: Annotated[Caller, allow("imports.read")], cursor: str | None = None, limit: Limit = DEFAULT_LIMIT
) -> ImportsOut:
    """Imports, newest first."""
    start = read_cursor(cursor, 1)
    found, total = await queries.newest(tx, caller.workspace_id, int(start[0]) if start else None, limit)
    return ImportsOut(
        items=[_import(run) for run in found],
        total=total,
        next=cursor_of(found[-1].id) if len(found) == limit else None,
    )


@router.get("/imports/{import_id}")
async def one(import_id: int, tx: InTx, caller: Annotated[Caller, allow("imports.read")]) -> ImportOut:
    """An import and how far it is."""
    return _import(await queries.one(tx, caller.workspace_id, import_id))


@router.post("/imports/{import_id}/cancel")
async def cancel(import_id: int, tx: InTx, caller: Annotated[Caller, allow("imports.write")]) -> ImportOut:
    """Stop an import; what came in stays."""
    return _import(await actions.cancel(tx, caller, import_id, clock.now()))


@router.post("/imports/{import_id}/resume")
async def resume(import_id: int, tx: InTx, caller: Annotated[Caller, allow("imports.write")]) -> ImportOut:
    """Go on where an import stopped; nothing comes in twice."""
    return _import(await actions.resume(tx, caller, import_id, clock.now()))


@router.get("/imports/{import_id}/errors.csv", response_class=Response)
async def errors(
    import_id: int,
    tx: InTx,
    db: Annotated[Database, Depends(database)],
    caller: Annotated[Caller, allow("imports.read")],
) -> StreamingResponse:
    """Every refused cell: row, column, value and reason, for a spreadsheet."""
    run = await queries.one(tx, caller.workspace_id, import_id)
    name = f"import-{run.id}-errors.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(db, run.id), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(db: Database, import_id: int) -> AsyncIterator[str]:
    # the mark makes Excel read UTF-8
    yield "\ufeff" + _csv(["row", "column", "value", "reason", "reason_zh"])
    after = (-1, 0)
    while True:
        async with db.transaction() as tx:
            page = await queries.faults(tx, import_id, after)
        if not page:
            return
        yield "".join(
            _csv([fault.row, fault.column, fault.value or "", fault.reason, fault.reason_zh]) for fault in page
        )
        after = (page[-1].row, page[-1].id)


def _csv(cells: list[Any]) -> str:
    """One CSV line; a cell that a spreadsheet would compute is made text by an apostrophe."""
    line = io.StringIO()
    texts = [str(cell) for cell in cells]
    csv.writer(line).writerow([f"'{text}" if text.startswith(FORMULA) else text for text in texts])
    return line.getvalue()
