"""Reads of the content room."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from siyu.contacts.attributes.queries import attribute_specs
from siyu.contacts.tags.queries import tag_names
from siyu.content.models import Template, TemplateVersion
from siyu.content.rules.references import TAGS, Visit, compares, map_attachments, map_body
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.platform.uses.queries import users_of
from siyu.platform.uses.rules import User


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


@dataclass(frozen=True)
class VersionContent:
    """What a template said from one edit to the next."""

    version: int
    body: str
    attachments: list[dict[str, Any]]
    written_by: str
    written_at: datetime


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
    return await _shown(tx, TemplateContent(**row)) if row else None


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
    page = [await _shown(tx, TemplateContent(**row)) for row in rows.mappings().all()]
    return page, int(total or 0)


async def versions(tx: Tx, workspace_id: int, template_id: int) -> list[VersionContent]:
    """Every version of a template, newest first, in the names of today."""
    rows = await tx.scalars(
        select(TemplateVersion)
        .where(TemplateVersion.template_id == template_id)
        .order_by(TemplateVersion.version.desc())
    )
    _, show = await names_for(tx, workspace_id)
    return [
        VersionContent(
            row.version,
            map_body(row.body, show),
            map_attachments(row.attachments, show),
            row.written_by,
            row.written_at,
        )
        for row in rows
    ]


async def by_name(tx: Tx, workspace_id: int, name: str) -> Template | None:
    """The template of this name, retired or not."""
    return await tx.scalar(select(Template).where(Template.workspace_id == workspace_id, Template.name == name))


async def names_for(tx: Tx, workspace_id: int) -> tuple[Visit, Visit]:
    """How texts that templates compare with are kept, and how they are shown."""
    tags = await tag_names(tx, workspace_id)
    specs = await attribute_specs(tx, workspace_id)

    def keep(field: str, text: str) -> str:
        if field == TAGS:
            return tags.keys.get(text, text)
        return str(specs[field].kept(text)) if field in specs else text

    def show(field: str, text: str) -> str:
        if field == TAGS:
            return tags.shown(text)
        return str(specs[field].shown(text)) if field in specs else text

    return keep, show


async def _shown(tx: Tx, content: TemplateContent) -> TemplateContent:
    """The template as people read it, and as it is rendered: members' tags and options come by name."""
    if not compares(content.body, content.attachments):
        return content
    _, show = await names_for(tx, content.workspace_id)
    return replace(content, body=map_body(content.body, show), attachments=map_attachments(content.attachments, show))


async def uses(tx: Tx, workspace_id: int, template_id: int) -> list[User]:
    """Who sends by a template, in the order of their names."""
    return (await users_of(tx, workspace_id, "template", [str(template_id)]))[str(template_id)]


async def bodies_at(tx: Tx, template_ids: Collection[int], at: datetime | None) -> dict[int, str]:
    """What each of these templates said at a moment (None: says now); those that did not exist yet are left out."""
    rows = await tx.execute(
        text(f"""
            SELECT DISTINCT ON (c.template_id) c.* FROM ({_CONTENT}) AS c
            WHERE c.template_id = ANY(CAST(:ids AS int[])) AND (CAST(:at AS timestamptz) IS NULL OR c.changed_at <= :at)
            ORDER BY c.template_id, c.version DESC
        """),
        {"ids": sorted(template_ids), "at": at},
    )
    contents = [await _shown(tx, TemplateContent(**row)) for row in rows.mappings().all()]
    return {content.template_id: content.body for content in contents}
