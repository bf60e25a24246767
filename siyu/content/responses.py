"""How templates are written in requests, and how they are answered."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from siyu.content.queries import TemplateContent
from siyu.content.rules import sandbox

Attachments = Annotated[list[dict[str, Any]], Field(max_length=9)]
LiquidText = Annotated[str, Field(max_length=sandbox.BODY_CHARS_MAX)]


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


def template_out(content: TemplateContent) -> TemplateOut:
    """A template as it is answered."""
    return TemplateOut(
        id=content.template_id,
        variables=sandbox.variables(content.body),
        **{name: getattr(content, name) for name in TemplateOut.model_fields if name not in ("id", "variables")},
    )
