"""Drawing a ready SOP: its tags, its templates, and a draft."""

import copy
from datetime import datetime

from siyu.contacts.attributes import queries as contact_queries
from siyu.contacts.tags import actions as contacts
from siyu.contacts.tags import queries as contact_tags
from siyu.content import actions as content
from siyu.journeys.actions.authoring import create
from siyu.journeys.models import Journey
from siyu.journeys.steps import queries as references
from siyu.journeys.templates.catalogue import TEMPLATES
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.platform.queries import Caller

TAG_GROUP = "旅程"


async def create_from_template(
    tx: Tx, caller: Caller, kit_name: str, name: str | None, audience: str | None, now: datetime
) -> Journey:
    """Draw the kit `kit_name` as a journey called `name` (by default as the kit is). Templates and tags that exist by name
    are used as they are. Raises NotFound, JourneyNameTaken."""
    kit = TEMPLATES.get(kit_name)
    if kit is None:
        raise NotFound("There is no such kit", "没有这个现成方案")
    await _tags(tx, caller, kit.tags, now)
    existing = await references.template_channels(tx, caller.workspace_id)
    attributes = await contact_queries.attribute_specs(tx, caller.workspace_id)
    for message in kit.message_templates:
        if message.name not in existing:
            await content.write(
                tx,
                caller,
                name=message.name,
                channel=message.channel,
                body=message.body,
                attributes=attributes.keys(),
                now=now,
            )
    graph = copy.deepcopy(dict(kit.graph))
    if kit.audience is not None:
        audience_name = audience or kit.audience
        graph["trigger"]["audience"] = (
            audience_name if audience_name in await references.audience_names(tx, caller.workspace_id) else ""
        )
    return await create(tx, caller, name or kit.title.zh, graph, now)


async def _tags(tx: Tx, caller: Caller, names: tuple[str, ...], now: datetime) -> None:
    missing = sorted(set(names) - (await contact_tags.tag_names(tx, caller.workspace_id)).keys.keys())
    if not missing:
        return
    group_id = await references.tag_group(tx, caller.workspace_id, TAG_GROUP)
    if group_id is None:
        group = await contacts.add_group(
            tx, caller, name=TAG_GROUP, kind="rule", owner="", exclusive=False, days=None, now=now
        )
        group_id = group.id
    await contacts.add_tags(tx, caller, group_id, missing, now)
