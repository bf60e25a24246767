"""HTTP of the content room: templates, their versions, previews. One is made (`POST /templates`) where channels are known."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from siyu.contacts.attributes.queries import attribute_names
from siyu.contacts.hosts.queries import check_served
from siyu.contacts.members.queries import visible_profile
from siyu.content import actions, queries
from siyu.content.responses import Attachments, LiquidText, TemplateOut, template_out
from siyu.content.rules import sandbox
from siyu.content.rules.attachments import check_attachments, render_attachments
from siyu.content.rules.templates import render_values
from siyu.kit import clock
from siyu.kit.errors import Fault, Refusal
from siyu.kit.http import DEFAULT_LIMIT, BigId, Body, Id, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform import queries as platform
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["content"])

PREVIEW_LINK = "https://…/p/preferences/…"
"""A preview must not hand out a member's own opt-out link."""

Reads = Annotated[Caller, allow("templates.read")]
Writes = Annotated[Caller, allow("templates.write")]


class TemplatesOut(Page):
    items: list[TemplateOut]


class RevisionIn(Body):
    name: str = Field(max_length=NAME_CHARS_MAX)
    body: LiquidText = ""
    attachments: Attachments = []


class TemplateVersionOut(BaseModel):
    version: int
    body: str
    attachments: list[dict[str, Any]]
    written_by: str
    written_at: datetime


class VersionsOut(Page):
    items: list[TemplateVersionOut]


class PreviewIn(Body):
    body: LiquidText = ""
    attachments: Attachments = []
    member_id: BigId | None = None


class TemplateFaultOut(BaseModel):
    path: str
    reason: str
    reason_zh: str
    expected: str | None


class TemplatePreviewOut(BaseModel):
    """`text` and `attachments` as the member would get them; None while there are `errors`."""

    text: str | None
    attachments: list[dict[str, Any]]
    errors: list[TemplateFaultOut]


class NamedOut(BaseModel):
    name: str
    zh: str
    en: str


class TemplateLanguageOut(BaseModel):
    variables: list[str]
    filters: list[NamedOut]
    tags: list[str]
    body_chars_max: int


@router.get("/templates")
async def templates(
    tx: InTx,
    caller: Reads,
    search: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    retired: bool = False,
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> TemplatesOut:
    """Templates in use, newest first; `retired` shows the others too."""
    start = read_cursor(cursor, int)
    page, total = await queries.templates(
        tx,
        caller.workspace_id,
        search=search,
        channel=channel,
        retired=retired,
        before=start[0] if start else None,
        limit=limit,
    )
    following = cursor_of(page[-1].template_id) if len(page) == limit else None
    return TemplatesOut(items=[template_out(content) for content in page], total=total, next=following)


@router.get("/template-language")
async def language(tx: InTx, caller: Reads) -> TemplateLanguageOut:
    """What a template may say: variables, filters, tags."""
    return TemplateLanguageOut(
        variables=sandbox.known_variables(await attribute_names(tx, caller.workspace_id)),
        filters=[NamedOut(name=name, zh=label.zh, en=label.en) for name, label in sandbox.FILTER_LABELS.items()],
        tags=["if", "unless", "case", "for", "assign", "comment"],
        body_chars_max=sandbox.BODY_CHARS_MAX,
    )


@router.get("/templates/{template_id}")
async def template(template_id: Id, tx: InTx, caller: Reads) -> TemplateOut:
    """What a template says now."""
    return template_out(await queries.template(tx, caller.workspace_id, template_id))


@router.get("/templates/{template_id}/versions")
async def versions(template_id: Id, tx: InTx, caller: Reads) -> VersionsOut:
    """What a template has said."""
    await queries.template(tx, caller.workspace_id, template_id)
    rows = await queries.versions(tx, caller.workspace_id, template_id)
    items = [
        TemplateVersionOut(**{name: getattr(row, name) for name in TemplateVersionOut.model_fields}) for row in rows
    ]
    return VersionsOut(items=items, total=len(items))


@router.post("/templates/preview")
async def preview(body: PreviewIn, tx: InTx, caller: Reads) -> TemplatePreviewOut:
    """What a member would get, or everything wrong with it. Phone numbers and addresses in values are masked unless the
    caller may see them."""
    attributes = await attribute_names(tx, caller.workspace_id)
    errors = sandbox.check(body.body, attributes) + check_attachments(body.attachments, attributes)
    if errors or body.member_id is None:
        return TemplatePreviewOut(
            text=None, attachments=[], errors=[TemplateFaultOut(**asdict(error)) for error in errors]
        )
    shop = (await platform.workspace(tx, caller.workspace_id)).name
    await check_served(tx, caller, [body.member_id])
    profile = await visible_profile(tx, caller.workspace_id, body.member_id)
    values = render_values(**profile, shop=shop, preferences=PREVIEW_LINK)
    try:
        text = sandbox.render(body.body, values)
        return TemplatePreviewOut(text=text, attachments=render_attachments(body.attachments, values), errors=[])
    except Refusal as refusal:
        fault = Fault("body", refusal.detail, refusal.detail_zh)
        return TemplatePreviewOut(text=None, attachments=[], errors=[TemplateFaultOut(**asdict(fault))])


@router.put("/templates/{template_id}")
async def revise(template_id: Id, body: RevisionIn, tx: InTx, caller: Writes) -> TemplateOut:
    """Say something else from now on; what was said stays readable under its version."""
    content = await actions.revise(
        tx,
        caller,
        template_id,
        name=body.name,
        body=body.body,
        attachments=body.attachments,
        attributes=await attribute_names(tx, caller.workspace_id),
        now=clock.now(),
    )
    return template_out(content)


@router.delete("/templates/{template_id}", status_code=204)
async def retire(template_id: Id, tx: InTx, caller: Writes) -> None:
    """Take a template out of use."""
    await actions.retire(tx, caller, template_id, clock.now())
