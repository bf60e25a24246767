"""What the other rooms have that a journey may name."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from siyu.audience import queries as audience
from siyu.audience.language.check import check_tree
from siyu.audience.language.schema import Schema
from siyu.channels.catalogue import ADAPTERS
from siyu.contacts.models import TagGroup
from siyu.contacts.tags import queries as contact_tags
from siyu.content import queries as content
from siyu.journeys.steps.names import Names
from siyu.journeys.steps.step import References
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Invalid

SUBSCRIBER = "journeys"
"""Under this name journeys consume facts."""

_TEMPLATES = text("""
    SELECT id, name, channel FROM template WHERE workspace_id = :workspace_id
      AND (CAST(:names AS text[]) IS NULL OR name = ANY(CAST(:names AS text[])) OR CAST(id AS text) = ANY(CAST(:names AS text[])))
      AND (:retired OR retired_at IS NULL)
""")


async def template_ids(tx: Tx, workspace_id: int, names: Iterable[str]) -> dict[str, int]:
    """Templates by name or by id as text; retired ones too: what is planned with one is withheld, and says so."""
    params = {"workspace_id": workspace_id, "names": sorted(names), "retired": True}
    ids: dict[str, int] = {}
    for row in await tx.execute(_TEMPLATES, params):
        ids[str(row.id)] = row.id
        ids[row.name] = row.id
    return ids


async def template_names(tx: Tx, workspace_id: int) -> dict[str, str]:
    """What templates are called, retired ones too, by their id as text."""
    params = {"workspace_id": workspace_id, "names": None, "retired": True}
    return {str(row.id): row.name for row in await tx.execute(_TEMPLATES, params)}


async def named_things(tx: Tx, workspace_id: int) -> tuple[Schema, dict[str, str]]:
    """What a brand calls the things that graphs refer to: the names of trees, and templates by their id as text."""
    return await audience.schema(tx, workspace_id), await template_names(tx, workspace_id)


async def template_texts(tx: Tx, workspace_id: int, graph: Mapping[str, Any], at: datetime | None) -> dict[str, str]:
    """What the templates that a graph names said at a moment (None: say now), by the name the graph uses."""
    nodes = graph.get("nodes")
    steps = nodes.values() if isinstance(nodes, dict) else ()
    named = {str(step["template"]) for step in steps if isinstance(step, dict) and step.get("template")}
    ids = await template_ids(tx, workspace_id, named)
    bodies = await content.bodies_at(tx, {ids[name] for name in named if name in ids}, at)
    return {name: bodies[ids[name]] for name in named if name in ids and ids[name] in bodies}


async def template_channels(tx: Tx, workspace_id: int) -> dict[str, str]:
    """The channel of each live template, by name and by id as text."""
    rows = (await tx.execute(_TEMPLATES, {"workspace_id": workspace_id, "names": None, "retired": False})).all()
    return {str(row.id): row.channel for row in rows} | {row.name: row.channel for row in rows}


_AUDIENCES = text("SELECT name FROM audience WHERE workspace_id = :workspace_id")


async def audience_names(tx: Tx, workspace_id: int) -> frozenset[str]:
    """The saved audiences of a brand."""
    return frozenset((await tx.scalars(_AUDIENCES, {"workspace_id": workspace_id})).all())


_TAGS = text("""
    SELECT t.key, CASE WHEN g.exclusive THEN g.id END AS one_of FROM tag t JOIN tag_group g ON g.id = t.group_id
    WHERE t.workspace_id = :workspace_id
""")


async def tags(tx: Tx, workspace_id: int) -> dict[str, int | None]:
    """The keys of a brand's tags, each with its group if that is exclusive."""
    return {row.key: row.one_of for row in await tx.execute(_TAGS, {"workspace_id": workspace_id})}


async def tag_group(tx: Tx, workspace_id: int, name: str) -> int | None:
    """The tag group of this name."""
    group_id = await tx.scalar(select(TagGroup.id).where(TagGroup.workspace_id == workspace_id, TagGroup.name == name))
    return int(group_id) if group_id is not None else None


_NAMES = text("""
    SELECT 'template' AS kind, CAST(id AS text) AS code, name AS label FROM template WHERE workspace_id = :workspace_id
    UNION ALL SELECT 'audience', name, label FROM audience WHERE workspace_id = :workspace_id
""")


async def names(tx: Tx, workspace_id: int) -> Names:
    """What templates (retired ones too) and audiences of a brand are called."""
    rows = (await tx.execute(_NAMES, {"workspace_id": workspace_id})).all()
    templates = {row.code: row.label for row in rows if row.kind == "template"}
    audiences = {row.code: row.label for row in rows if row.kind == "audience"}
    tag_names = (await contact_tags.tag_names(tx, workspace_id)).names
    return Names(templates | {name: name for name in templates.values()}, audiences, tag_names)


async def load(tx: Tx, workspace_id: int) -> References:
    """What `check` needs to know of a brand."""
    schema = await audience.schema(tx, workspace_id, strict=True)

    def tree_faults(tree: Any) -> list[Fault]:
        try:
            check_tree(tree, schema)
        except Invalid as refusal:
            return refusal.errors
        return []

    return References(
        templates=await template_channels(tx, workspace_id),
        audiences=await audience_names(tx, workspace_id),
        tags=await tags(tx, workspace_id),
        channels=frozenset(ADAPTERS),
        tree=tree_faults,
    )
