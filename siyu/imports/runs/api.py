"""Imports: start, progress, cancel, resume, and the rows that were refused."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from siyu.imports.files import upload as uploads
from siyu.imports.files.api import ImportIn
from siyu.imports.files.enrolments import enrolling, may_enrol
from siyu.imports.mapping.document import Mapping
from siyu.imports.mapping.reader import kind_of
from siyu.imports.models import Import
from siyu.imports.refusals import NotYourFile
from siyu.imports.runs import actions, queries, report
from siyu.imports.runs.error_file import error_file
from siyu.imports.runs.outcome import outcome, sentences
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.errors import check_expected
from siyu.kit.http import DEFAULT_LIMIT, Id, InTx, Limit, Page, cursor_of, database, read_cursor
from siyu.kit.personal_data import PersonalText, PersonalWords
from siyu.kit.text import LocalizedText
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["imports"])


class ImportOut(BaseModel):
    """An import. `outcome` is its state, of one that is done `partial` where rows were refused or cells left out; `sentences` say
    what it did, with its money held against the file's."""

    id: int
    kind: str
    fact: str | None
    file_name: PersonalText
    state: str
    outcome: str
    rows_total: int | None
    rows_done: int
    rows_refused: int
    rows_duplicate: int
    result: report.Tally
    summary: LocalizedText
    sentences: list[PersonalWords]
    trouble: PersonalWords | None
    mapping: Mapping
    started_by: str
    created_at: datetime
    changed_at: datetime


class ImportsOut(Page):
    items: list[ImportOut]


def _import(run: Import) -> ImportOut:
    mapping = Mapping.model_validate(run.mapping)
    result = report.tally(run.result)
    same = (
        *("id", "kind", "file_name", "state", "rows_total", "rows_done", "rows_refused", "rows_duplicate"),
        *("started_by", "created_at", "changed_at"),
    )
    return ImportOut(
        **{name: getattr(run, name) for name in same},
        fact=mapping.fact,
        result=result,
        outcome=outcome(run),
        summary=kind_of(mapping).sentence(result),
        sentences=sentences(run),
        trouble=None if run.trouble is None else LocalizedText(**run.trouble),
        mapping=mapping,
    )


@router.post("/imports", status_code=201)
async def start(
    body: ImportIn, request: Request, tx: InTx, caller: Annotated[Caller, allow("imports.write")]
) -> ImportOut:
    """Import an uploaded file; it runs in the background, see GET /imports/{id}."""
    upload = uploads.find(request.app.state.settings.uploads, caller.workspace_id, body.file)
    if body.expected is not None:
        kind, mapping = await actions.checked(tx, caller, body.kind, upload, body.mapping)
        journeys = await may_enrol(tx, caller.workspace_id, upload, kind, mapping, clock.now())
        check_expected(body.expected, enrolling(journeys))
    run = await actions.start(tx, caller, kind=body.kind, upload=upload, mapping=body.mapping, now=clock.now())
    return _import(run)


@router.get("/imports")
async def imports(
    tx: InTx, caller: Annotated[Caller, allow("imports.read")], cursor: str | None = None, limit: Limit = DEFAULT_LIMIT
) -> ImportsOut:
    """Imports, newest first."""
    start = read_cursor(cursor, int)
    runs, total = await queries.newest(tx, caller.workspace_id, start[0] if start else None, limit)
    return ImportsOut(
        items=[_import(run) for run in runs],
        total=total,
        next=cursor_of(runs[-1].id) if len(runs) == limit else None,
    )


@router.get("/imports/{import_id}")
async def import_run(import_id: Id, tx: InTx, caller: Annotated[Caller, allow("imports.read")]) -> ImportOut:
    """An import and how far it is."""
    return _import(await queries.import_run(tx, caller.workspace_id, import_id))


@router.post("/imports/{import_id}/cancel")
async def cancel(import_id: Id, tx: InTx, caller: Annotated[Caller, allow("imports.write")]) -> ImportOut:
    """Stop an import; what came in stays."""
    return _import(await actions.cancel(tx, caller, import_id, clock.now()))


@router.post("/imports/{import_id}/resume")
async def resume(import_id: Id, tx: InTx, caller: Annotated[Caller, allow("imports.write")]) -> ImportOut:
    """Go on where an import stopped; nothing comes in twice."""
    return _import(await actions.resume(tx, caller, import_id, clock.now()))


@router.get("/imports/{import_id}/errors.csv", response_class=Response)
async def errors(
    import_id: Id,
    tx: InTx,
    db: Annotated[Database, Depends(database)],
    caller: Annotated[Caller, allow("imports.write")],
    lang: Literal["zh", "en"] = "zh",
) -> StreamingResponse:
    """The rows that were refused or lost cells, as they stood in the file, with the reasons in a column before them.

    In the file's own coding; correct it and import it again. It shows personal data in clear, so it is for whoever brought the
    file, and for those who may see members in clear.
    """
    run = await queries.import_run(tx, caller.workspace_id, import_id)
    if run.started_by != caller.actor and not caller.may("members.reveal"):
        raise NotYourFile()
    file = error_file(run, lang)
    name = f"import-{import_id}-errors.csv"
    # starlette would add a charset of its own
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Type": f"text/csv; charset={file.charset}",
    }
    return StreamingResponse(file.blocks(db), headers=headers)
