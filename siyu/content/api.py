"""HTTP of the content room. It stands on the same floor as contacts: what it needs of members is handed in by the app."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.content import actions, queries, rules
from siyu.content.queries import Said
from siyu.kit import clock
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Refusal
from siyu.kit.http import DEFAULT_LIMIT, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform import queries as platform
from siyu.platform.access import allow
from siyu.platform.queries import Caller

Attributes = Callable[[Tx, int], Awaitable[Collection[str]]]
"""(tx, workspace) -> the attributes a template may name."""
About = Callable[[Tx, Caller, int], Awaitable[Mapping[str, Any]]]
"""(tx, caller, member) -> {name, attributes, tags} of a member, masked unless the caller may see; raises NotFound."""

PREVIEW_LINK = "https://…/p/preferences/…"
"""A preview must not hand out a member's own opt-out link."""

Attachments = Annotated[list[dict[str, Any]], Field(max_length=9)]
Body = Annotated[str, Field(max_length=rules.BODY_CHARS_MAX)]
Reads = Annotated[Caller, allow("templates.read")]
Writes = Annotated[Caller, allow("templates.write")]


class TemplateOut(BaseModel):
    id: int
    name: str
    channel: str
    version: int
    body: str
    attachments: list[dict[str, Any]]
    variables: list[str]
    created_by: str
    created_at: datetime
    changed_at: datetime
    retired_at: datetime | None


class TemplatesOut(Page):
    items: list[TemplateOut]


class TemplateIn(BaseModel):
    name: str = Field(max_length=NAME_CHARS_MAX)
    channel: str = Field(max_length=40)
    body: Body = ""
    attachments: Attachments = []


class RevisionIn(BaseModel):
    name: str = Field(max_length=NAME_CHARS_MAX)
    body: Body = ""
    attachments: Attachments = []


class VersionOut(BaseModel):
    version: int
    body: str
    attachments: list[dict[str, Any]]
    written_by: str
    written_at: datetime


class VersionsOut(Page):
    items: list[VersionOut]


class PreviewIn(BaseModel):
    body: Body = ""
    attachments: Attachments = []
    member_id: int | None = None


class FaultOut(BaseModel):
    path: str
    reason: str
    reason_zh: str
    expected: str | None


class PreviewOut(BaseModel):
    """`text` and `attachments` as the member would get them; None while there are `errors`."""

    text: str | None
    attachments: list[dict[str, Any]]
    errors: list[FaultOut]


class NamedOut(BaseModel):
    name: str
    zh: str
    en: str


class LanguageOut(BaseModel):
    variables: list[str]
    filters: list[NamedOut]
    tags: list[str]
    body_chars_max: int


def _out(said: Said) -> TemplateOut:
    return TemplateOut(
        id=said.template_id,
        variables=rules.variables(said.body),
        **{name: getattr(said, name) for name in TemplateOut.model_fields if name not in ("id", "variables")},
    )


def routes(attributes: Attributes, about: About) -> APIRouter:
    """The routes of this room; `attributes` and `about` say what there is to know of members."""
    router = APIRouter(prefix="/api/v1", tags=["content"])
    _read(router, attributes)
    _write(router, attributes)

    @router.post("/templates/preview")
    async def preview(body: PreviewIn, tx: InTx, caller: Reads) -> PreviewOut:
        """What a member would get, or everything wrong with it. Phone numbers and addresses in values are masked unless the
        caller may see them."""
        known = await attributes(tx, caller.workspace_id)
        errors = rules.check(body.body, known) + rules.check_attachments(body.attachments, known)
        if errors or body.member_id is None:
            return PreviewOut(text=None, attachments=[], errors=[FaultOut(**asdict(error)) for error in errors])
        shop = (await platform.workspace(tx, caller.workspace_id)).name
        member = await about(tx, caller, body.member_id)
        values = rules.values(**member, shop=shop, preferences=PREVIEW_LINK)
        try:
            text = rules.render(body.body, values)
            return PreviewOut(text=text, attachments=rules.render_attachments(body.attachments, values), errors=[])
        except Refusal as refusal:
            fault = Fault("body", refusal.detail, refusal.detail_zh)
            return PreviewOut(text=None, attachments=[], errors=[FaultOut(**asdict(fault))])

    return router


def _read(router: APIRouter, attributes: Attributes) -> None:
    @router.get("/templates")
    async def templates(
        tx: InTx,
        caller: Reads,
        search: str | None = None,
        channel: str | None = None,
        retired: bool = False,
        cursor: str | None = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> TemplatesOut:
        """Templates in use, newest first; `retired` shows the others too."""
        start = read_cursor(cursor or None, 1)
        found, total = await queries.templates(
            tx,
            caller.workspace_id,
            search=search,
            channel=channel,
            retired=retired,
            before=start[0] if start else None,
            limit=limit,
        )
        following = cursor_of(found[-1].template_id) if len(found) == limit else None
        return TemplatesOut(items=[_out(said) for said in found], total=total, next=following)

    @router.get("/template-language")
    async def language(tx: InTx, caller: Reads) -> LanguageOut:
        """What a template may say: variables, filters, tags."""
        return LanguageOut(
            variables=rules.known_variables(await attributes(tx, caller.workspace_id)),
            filters=[NamedOut(name=name, zh=zh, en=en) for name, (zh, en) in rules.FILTERS.items()],
            tags=["if", "unless", "case", "for", "assign", "comment"],
            body_chars_max=rules.BODY_CHARS_MAX,
        )

    @router.get("/templates/{template_id}")
    async def template(template_id: int, tx: InTx, caller: Reads) -> TemplateOut:
        """What a template says now."""
        return _out(await queries.template(tx, caller.workspace_id, template_id))

    @router.get("/templates/{template_id}/versions")
    async def versions(template_id: int, tx: InTx, caller: Reads) -> VersionsOut:
        """What a template has said."""
        await queries.template(tx, caller.workspace_id, template_id)
        found = await queries.versions(tx, template_id)
        items = [VersionOut(**{name: getattr(row, name) for name in VersionOut.model_fields}) for row in found]
        return VersionsOut(items=items, total=len(items))


def _write(router: APIRouter, attributes: Attributes) -> None:
    @router.post("/templates", status_code=201)
    async def write(body: TemplateIn, tx: InTx, caller: Writes) -> TemplateOut:
        """A new template."""
        known = await attributes(tx, caller.workspace_id)
        said = await actions.write(
            tx,
            caller,
            name=body.name,
            channel=body.channel,
            body=body.body,
            attachments=body.attachments,
            attributes=known,
            now=clock.now(),
        )
        return _out(said)

    @router.put("/templates/{template_id}")
    async def revise(template_id: int, body: RevisionIn, tx: InTx, caller: Writes) -> TemplateOut:
        """Say something else from now on; what was said stays readable under its version."""
        known = await attributes(tx, caller.workspace_id)
        said = await actions.revise(
            tx,
            caller,
            template_id,
            name=body.name,
            body=body.body,
            attachments=body.attachments,
            attributes=known,
            now=clock.now(),
        )
        return _out(said)

    @router.delete("/templates/{template_id}", status_code=204)
    async def retire(template_id: int, tx: InTx, caller: Writes) -> None:
        """Take a template out of use."""
        await actions.retire(tx, caller, template_id, clock.now())
