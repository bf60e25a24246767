"""Making a template: it is written for a channel, and channels are known here. All else about templates is content's."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from siyu.channels.catalogue import check_channel
from siyu.contacts.attributes.queries import attribute_names
from siyu.content import actions
from siyu.content.responses import Attachments, LiquidText, TemplateOut, template_out
from siyu.content.rules.templates import check_template
from siyu.kit import clock
from siyu.kit.errors import Invalid
from siyu.kit.http import Body, InTx
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
