"""Reads of the content room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from siyu.content.models import Template, TemplateUse, TemplateVersion
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound


@dataclass(frozen=True)
class TemplateContent:
    """What a template says in one version."""

    template_id: int
    workspace_id: int
    name: str
    channel: str
    version: int
    body: str
    attachments: list[dict[str, Any]]
    created_by: str
    created_at: datetime
    changed_at: datetime
    retired_at: datetime | None


_CONTENT = """
    SELECT t.id AS template_id, t.workspace_id, t.name, t.channel, v.version, v.body, v.attachments, t.created_by,
           t.created_at, v.written_at AS changed_at, t.retired_at
    FROM template t JOIN template_version v ON v.template_id = t.id
"""


async def version(tx: Tx, template_id: int, version: int | None) -> TemplateContent | None:
    """What a template says in `version` (None: the current one); None when there is no such. Retired ones are still read:
    what is under way may still say it."""
    rows = await tx.execute(
        text(f"{_CONTENT} WHERE t.id = :template_id AND v.version = coalesce(CAST(:version AS int), t.version)"),
        {"template_id": template_id, "version": version},
    )
    row = rows.mappings().one_or_none()
    return TemplateContent(**row) if row else None


async def template(tx: Tx, workspace_id: int, template_id: int) -> TemplateContent:
    """The current version of a template of this workspace; raises NotFound."""
    content = await version(tx, template_id, None)
    if content is None or content.workspace_id != workspace_id:
        raise NotFound("There is no such template", "没有这个模板")
    return content


async def templates(
    tx: Tx, workspace_id: int, *, search: str | None, channel: str | None, retired: bool, before: int | None, limit: int
) -> tuple[list[TemplateContent], int]:
    """A page of templates, newest first, and how many there are in all."""
    condition = """
        t.workspace_id = :workspace_id AND v.version = t.version AND (:retired OR t.retired_at IS NULL)
        AND (CAST(:channel AS text) IS NULL OR t.channel = :channel)
        AND (CAST(:search AS text) IS NULL OR position(lower(:search) IN lower(t.name)) > 0)
    """
    params = {"workspace_id": workspace_id, "retired": retired, "channel": channel, "search": search or None}
    rows = await tx.execute(
        text(
            f"{_CONTENT} WHERE {condition} AND (CAST(:before AS int) IS NULL OR t.id < :before) ORDER BY t.id DESC LIMIT :limit"
        ),
        {**params, "before": before, "limit": limit},
    )
    total = await tx.scalar(
        text(f"SELECT count(*) FROM template t JOIN template_version v ON v.template_id = t.id WHERE {condition}"),
        params,
    )
    return [TemplateContent(**row) for row in rows.mappings()], int(total or 0)


async def versions(tx: Tx, template_id: int) -> Sequence[TemplateVersion]:
    """Every version of a template, newest first."""
    rows = await tx.scalars(
        select(TemplateVersion)
        .where(TemplateVersion.template_id == template_id)
        .order_by(TemplateVersion.version.desc())
    )
    return rows.all()


async def by_name(tx: Tx, workspace_id: int, name: str) -> Template | None:
    """The template of this name, retired or not."""
    return await tx.scalar(select(Template).where(Template.workspace_id == workspace_id, Template.name == name))


async def uses(tx: Tx, template_id: int) -> Sequence[TemplateUse]:
    """Who sends by a template, in the order of their names."""
    rows = await tx.scalars(
        select(TemplateUse)
        .where(TemplateUse.template_id == template_id)
        .order_by(TemplateUse.label, TemplateUse.used_by)
    )
    return rows.all()
