"""Attributes over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.contacts.attributes import actions, queries
from siyu.contacts.attributes.rules import OPTIONS_MAX
from siyu.contacts.models import Attribute
from siyu.kit import clock
from siyu.kit.http import Body, InTx, Page
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["contacts"])

Keeps = Annotated[Caller, allow("tags.write")]
Options = Annotated[list[str], Field(max_length=OPTIONS_MAX)]


class AttributeOut(BaseModel):
    name: str
    label: str
    type: str
    options: list[str] | None
    created_at: datetime


class AttributesOut(Page):
    items: list[AttributeOut]


class AttributeIn(Body):
    name: str = Field(max_length=NAME_CHARS_MAX)
    label: str = Field(max_length=NAME_CHARS_MAX)
    type: Literal["text", "number", "money", "boolean", "date", "choice", "list"]
    options: Options | None = None


class AttributeChange(Body):
    label: str | None = Field(None, max_length=NAME_CHARS_MAX)
    options: Options | None = None


class OptionRename(Body):
    """What an option is called, and what it is called from now on."""

    option: str = Field(max_length=NAME_CHARS_MAX)
    name: str = Field(max_length=NAME_CHARS_MAX)


def _out(row: Attribute) -> AttributeOut:
    options = None if row.options is None else [row.option_names.get(key, key) for key in row.options]
    return AttributeOut(name=row.name, label=row.label, type=row.type, options=options, created_at=row.created_at)


@router.get("/attributes")
async def attributes(tx: InTx, caller: Annotated[Caller, allow("members.read")]) -> AttributesOut:
    """The attributes members may have."""
    items = [_out(row) for row in await queries.attributes(tx, caller.workspace_id)]
    return AttributesOut(items=items, total=len(items))


@router.post("/attributes", status_code=201)
async def define(body: AttributeIn, tx: InTx, caller: Keeps) -> AttributeOut:
    """A new attribute; its name and type stay."""
    return _out(await actions.define_attribute(tx, caller, **body.model_dump(), now=clock.now()))


@router.patch("/attributes/{name}")
async def change(name: str, body: AttributeChange, tx: InTx, caller: Keeps) -> AttributeOut:
    """Change what an attribute is called, or which options it has; to call one otherwise, rename it."""
    row = await actions.change_attribute(tx, caller, name, label=body.label, options=body.options, now=clock.now())
    return _out(row)


@router.post("/attributes/{name}/rename-option")
async def rename_option(name: str, body: OptionRename, tx: InTx, caller: Keeps) -> AttributeOut:
    """Call an option otherwise: members, audiences and journeys that have it go on having it."""
    row = await actions.rename_option(tx, caller, name, before=body.option, to=body.name, now=clock.now())
    return _out(row)


@router.delete("/attributes/{name}", status_code=204)
async def drop(name: str, tx: InTx, caller: Keeps) -> None:
    """Delete an attribute nobody has a value of and nothing refers to."""
    await actions.drop_attribute(tx, caller, name, clock.now())
