"""Journeys, their versions and their graphs."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import func, select

from siyu.audience.saved import queries as saved_audiences
from siyu.journeys.graph.references import things_in_graph
from siyu.journeys.graph.structure import Graph, parse_graph
from siyu.journeys.models import Enrolment, Journey, JourneyVersion
from siyu.journeys.refusals import NotPublished
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.platform import queries as platform
from siyu.platform.uses.rules import Thing


async def zone(tx: Tx, workspace_id: int) -> str:
    """The brand's zone."""
    return (await platform.workspace(tx, workspace_id)).zone


async def journey(tx: Tx, workspace_id: int, journey_id: int) -> Journey:
    """The journey; raises NotFound."""
    row = await tx.get(Journey, journey_id)
    if row is None or row.workspace_id != workspace_id:
        raise NotFound("There is no such journey", "没有这个旅程")
    return row


async def names_of(tx: Tx, workspace_id: int, ids: Collection[int]) -> dict[int, str]:
    """What these journeys are called; unknown ids are left out."""
    if not ids:
        return {}
    rows = await tx.execute(
        select(Journey.id, Journey.name).where(Journey.workspace_id == workspace_id, Journey.id.in_(ids))
    )
    return {row.id: row.name for row in rows}


async def locked(tx: Tx, workspace_id: int, journey_id: int) -> Journey:
    """The journey, locked against ticks and other changes; raises NotFound."""
    row = await tx.get(Journey, journey_id, with_for_update=True, populate_existing=True)
    if row is None or row.workspace_id != workspace_id:
        raise NotFound("There is no such journey", "没有这个旅程")
    return row


async def live_or_none(tx: Tx, journey_id: int) -> Journey | None:
    """The journey if it is live, shared by ticks and entries until they commit: a pause waits for them."""
    return await tx.scalar(
        select(Journey)
        .where(Journey.id == journey_id, Journey.state == "live")
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )


async def live(tx: Tx, workspace_id: int, journey_id: int) -> Journey:
    """The journey if it is live; raises NotFound, NotPublished."""
    await journey(tx, workspace_id, journey_id)
    row = await live_or_none(tx, journey_id)
    if row is None:
        raise NotPublished()
    return row


async def versions(tx: Tx, journey_id: int) -> list[tuple[JourneyVersion, int]]:
    """The published versions, newest first, each with how many are on it now."""
    running = await tx.execute(
        select(Enrolment.version, func.count())
        .where(Enrolment.journey_id == journey_id, Enrolment.state == "active")
        .group_by(Enrolment.version)
    )
    numbers = {row[0]: row[1] for row in running}
    rows = await tx.scalars(
        select(JourneyVersion).where(JourneyVersion.journey_id == journey_id).order_by(JourneyVersion.version.desc())
    )
    return [(version, numbers.get(version.version, 0)) for version in rows]


async def things_used(tx: Tx, journey: Journey) -> set[Thing]:
    """What the draft and the versions of a journey refer to."""
    versions = await tx.scalars(select(JourneyVersion.graph).where(JourneyVersion.journey_id == journey.id))
    things = {thing for graph in (journey.draft, *versions) for thing in things_in_graph(graph)}
    return await saved_audiences.by_number(tx, journey.workspace_id, things)


async def version(tx: Tx, journey_id: int, number: int) -> JourneyVersion:
    """One published version; raises NotFound."""
    row = await tx.get(JourneyVersion, (journey_id, number))
    if row is None:
        raise NotFound("There is no such version", "没有这个版本")
    return row


async def raw_graphs(tx: Tx, journey_id: int, version_numbers: Sequence[int]) -> list[dict[str, Any] | None]:
    """The graphs of versions as they were published, in the order asked for."""
    rows = await tx.scalars(
        select(JourneyVersion).where(
            JourneyVersion.journey_id == journey_id, JourneyVersion.version.in_(version_numbers)
        )
    )
    by_version = {version.version: version.graph for version in rows}
    return [by_version.get(version) for version in version_numbers]


async def graphs(tx: Tx, journey_id: int, version_numbers: Iterable[int]) -> dict[int, Graph]:
    """The parsed graphs of these versions."""
    order = sorted(version_numbers)
    raw = await raw_graphs(tx, journey_id, order)
    return {
        version: parse_graph(graph, journey_id) for version, graph in zip(order, raw, strict=True) if graph is not None
    }


async def graph(tx: Tx, journey_id: int, version: int) -> Graph:
    """The parsed graph of one version; raises NotFound."""
    parsed = (await graphs(tx, journey_id, [version])).get(version)
    if parsed is None:
        raise NotFound("There is no such version", "没有这个版本")
    return parsed


async def all_names(tx: Tx, workspace_id: int) -> dict[int, str]:
    """What a brand calls each of its journeys."""
    rows = await tx.execute(select(Journey.id, Journey.name).where(Journey.workspace_id == workspace_id))
    return {row.id: row.name for row in rows}


async def names_by_key(tx: Tx, workspace_id: int) -> dict[str, str]:
    """What a brand calls its journeys, by what facts call them."""
    rows = await tx.execute(select(Journey.key, Journey.name).where(Journey.workspace_id == workspace_id))
    return {row.key: row.name for row in rows}


async def with_goal(tx: Tx, workspace_id: int) -> list[str]:
    """The keys of a brand's journeys of which a published version has a goal."""
    rows = await tx.scalars(
        select(Journey.key)
        .distinct()
        .join(JourneyVersion, JourneyVersion.journey_id == Journey.id)
        .where(Journey.workspace_id == workspace_id, func.jsonb_typeof(JourneyVersion.graph["goal"]) == "object")
    )
    return list(rows.all())
