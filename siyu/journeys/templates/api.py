"""Routes of the ready journeys."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.journeys.access import Reading, Writing
from siyu.journeys.responses import JourneyDetail, Name, detail_of
from siyu.journeys.templates import actions
from siyu.journeys.templates.catalogue import TEMPLATES
from siyu.kit import clock
from siyu.kit.http import Body, InTx, Page
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText

router = APIRouter()


class JourneyTemplateOut(BaseModel):
    name: str
    title: LocalizedText
    about: LocalizedText
    graph: dict[str, Any]


class JourneyTemplatesOut(Page):
    items: list[JourneyTemplateOut]


@router.get("/journey-kits")
async def list_templates(caller: Reading) -> JourneyTemplatesOut:
    """Ready SOPs."""
    items = [
        JourneyTemplateOut(
            name=template.name,
            title=template.title,
            about=template.about,
            graph=dict(template.graph),
        )
        for template in TEMPLATES.values()
    ]
    return JourneyTemplatesOut(items=items, total=len(items))


class FromTemplateIn(Body):
    name: Name | None = None
    audience: str | None = Field(None, max_length=NAME_CHARS_MAX)


@router.post("/journey-kits/{kit}", status_code=201)
async def create_from_template(kit: str, body: FromTemplateIn, tx: InTx, caller: Writing) -> JourneyDetail:
    """Draw a ready SOP: its templates and a draft to look over before publishing."""
    journey = await actions.create_from_template(tx, caller, kit, body.name, body.audience, clock.now())
    return await detail_of(tx, journey)
