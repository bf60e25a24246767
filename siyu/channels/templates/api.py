"""What needs to know channels and messages about a template: making one, and who is touched by changing it. All else is content's."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.channels.catalogue import check_channel
from siyu.channels.messages import queries as messages
from siyu.contacts.attributes.queries import attribute_names
from siyu.content import actions, queries
from siyu.content.responses import Attachments, LiquidText, TemplateOut, template_out
from siyu.content.rules.templates import check_template
from siyu.kit import clock
from siyu.kit.errors import Invalid
from siyu.kit.http import Body, Id, InTx
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(tags=["content"])


class TemplateIn(Body):
    name: str = Field(max_length=NAME_CHARS_MAX)
    channel: str = Field(max_length=40)
    body: LiquidText = ""
    attachments: Attachments = []


@router.post("/templates", status_code=201)
async def write(body: TemplateIn, tx: InTx, caller: Annotated[Caller, allow("templates.write")]) -> TemplateOut:
    """A new template."""
    attributes = await attribute_names(tx, caller.workspace_id)
    faults = check_channel(body.channel)
    if faults:
        raise Invalid(errors=faults + check_template(body.name, body.body, body.attachments, attributes))
    content = await actions.write(
        tx,
        caller,
        name=body.name,
        channel=body.channel,
        body=body.body,
        attachments=body.attachments,
        attributes=attributes,
        now=clock.now(),
    )
    return template_out(content)


class TemplateUserOut(BaseModel):
    """Who sends by it: `kind` journey, `id` its number."""

    kind: str
    id: int
    name: str


class TemplateUseOut(BaseModel):
    """Who sends by a template, and how many planned messages wait that will say what it says when they go out."""

    users: list[TemplateUserOut]
    waiting: int


@router.get("/templates/{template_id}/use")
async def use(template_id: Id, tx: InTx, caller: Annotated[Caller, allow("templates.read")]) -> TemplateUseOut:
    """Whom changing a template touches: an edit, or taking it out of use, reaches what waits from that moment on."""
    await queries.template(tx, caller.workspace_id, template_id)
    users = [
        TemplateUserOut(kind=user.kind, id=int(user.id), name=user.label)
        for user in await queries.uses(tx, caller.workspace_id, template_id)
    ]
    waiting = await messages.waiting_of_template(tx, caller.workspace_id, template_id)
    return TemplateUseOut(users=users, waiting=waiting)
