"""What can be imported, files in, and what a mapping would make of one."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from siyu.imports import actions
from siyu.imports.files import upload as uploads
from siyu.imports.files.chunks import FaultOfRow
from siyu.imports.files.preview import preview as look
from siyu.imports.files.upload import Upload
from siyu.imports.rules import guess
from siyu.imports.rules.kinds import CHANNELS, IDENTITIES, KINDS_OF_IMPORT, ImportKind
from siyu.imports.rules.mapping import Mapping
from siyu.imports.rules.refusals import reason
from siyu.kit.errors import Fault, Invalid, TooLarge
from siyu.kit.http import InTx
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter()

FORM_BYTES_MAX = 64 * 1024
"""What a multipart body may have beside its file."""


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
    """A file taken in. `file` names it in the requests that follow.

    `suggestions` has a mapping for every kind, best first, `suggested` the first of them.
    """

    file: str
    name: str
    shape: str
    rows: int
    columns: list[ColumnOut]
    suggested: SuggestedOut
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
    source = upload.source_name()
    found = [
        SuggestedOut(
            kind=kind.kind,
            fact=kind.fact,
            mapping=Mapping(kind=kind.kind, fact=kind.fact, source=source, zone=zone, columns=dict(columns)),
        )
        for kind, columns in guess.suggestions(looks, upload.name)
    ]
    return UploadOut(
        file=upload.file,
        name=upload.name,
        shape=upload.shape,
        rows=upload.rows,
        columns=[ColumnOut(name=c.name, type=c.type, sample=c.sample) for c in upload.columns],
        suggested=found[0],
        suggestions=found,
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
    judge = await actions.judge(tx, caller.workspace_id, mapping)
    seen = await asyncio.to_thread(look, upload, mapping, judge)
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
