"""Members, templates and clockwork for tests of journeys, in the named shop."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.contacts.tags import actions as contact_tags
from siyu.content import actions as content
from siyu.facts.lake.relay import relay
from siyu.facts.log.subscribers import consume_new
from siyu.journeys import jobs
from siyu.journeys.actions import authoring
from siyu.journeys.enrolments.actions import enrolment
from siyu.journeys.models import Journey
from siyu.journeys.steps import queries as references
from siyu.journeys.steps.step import References
from siyu.kit.db import Tx
from tests.world import NOON, Shop

MORE = frozenset({"a", "b"})
END = {"kind": "exit", "reason": "完成"}


def graph(trigger: dict[str, Any] | None = None, reentry: dict[str, Any] | None = None, **nodes: Any) -> dict[str, Any]:
    """A graph of these steps, the first of them the start."""
    return {
        "trigger": trigger or {"kind": "manual"},
        "start": next(iter(nodes)),
        "nodes": nodes | {"end": END},
        "reentry": reentry or {"kind": "never"},
    }


def send(target: str = "end", **other: Any) -> dict[str, Any]:
    """A send step all of whose exits lead to `target`, unless said otherwise."""
    ways = {"sent": target, "withheld": target, "failed": target} | other.pop("next", {})
    return {"kind": "send", "channel": "webhook", "template": "你好", "next": ways} | other


def wait(seconds: int, target: str = "end") -> dict[str, Any]:
    return {"kind": "wait", "seconds": seconds, "next": {"done": target}}


def wait_until(fact: str, timeout: int, happened: str, late: str, **other: Any) -> dict[str, Any]:
    return {
        "kind": "wait_until",
        "fact": fact,
        "timeout": timeout,
        "next": {"happened": happened, "timeout": late},
    } | other


def tag(name: str, target: str = "end") -> dict[str, Any]:
    return {"kind": "tag", "add": [name], "next": {"done": target}}


async def furnish(shop: Shop, *tags: str) -> None:
    """A template 你好, a webhook account, and tags."""
    async with shop.db.transaction() as tx:
        await content.write(
            tx,
            shop.caller,
            name="你好",
            channel="webhook",
            body="{{ member.name }}，你好。",
            attributes=[],
            now=NOON,
        )
        await account(tx, shop)
        if tags:
            group = await contact_tags.add_group(
                tx, shop.caller, name="测试", kind="manual", owner="", exclusive=False, days=None, now=NOON
            )
            await contact_tags.add_tags(tx, shop.caller, group.id, tags, NOON)


async def account(tx: Tx, shop: Shop) -> None:
    """A webhook account."""
    from siyu.channels.accounts.models import ChannelAccount

    tx.add(
        ChannelAccount(
            workspace_id=shop.workspace_id,
            channel="webhook",
            name="测试",
            key="test-webhook",
            config={"url": "http://127.0.0.1:9/hook"},
            secrets="{}",
            created_at=NOON,
        )
    )
    await tx.flush()


async def live(
    shop: Shop, drawn: dict[str, Any], known: References, name: str = "旅程", now: datetime = NOON
) -> Journey:
    """A published journey; it may name what the shop has and what is `known` besides."""
    async with shop.db.transaction() as tx:
        journey = await authoring.create(tx, shop.caller, name, drawn, now)
        own = await references.load(tx, shop.workspace_id)
        existing = replace(known, templates={**known.templates, **own.templates}, tags={**known.tags, **own.tags})
        return await authoring.publish(tx, shop.caller, journey.id, existing, now)


async def enrol(shop: Shop, journey: Journey, ids: Sequence[int], now: datetime = NOON) -> int:
    async with shop.db.transaction() as tx:
        return (await enrolment.enrol(tx, shop.caller, journey.id, ids, now)).entered


async def round_at(shop: Shop, now: datetime) -> None:
    """What the worker does for journeys in a round."""
    await relay(shop.db, shop.lake)
    await consume_new(shop.db, jobs.TRIGGERS, now)
    await jobs.tick(shop.db, shop.lake, now)


async def rows(shop: Shop, sql: str, **params: Any) -> list[tuple[Any, ...]]:
    async with shop.db.transaction() as tx:
        return [tuple(row) for row in await tx.execute(text(sql), params)]


async def places(shop: Shop, journey: Journey) -> dict[str, int]:
    """How many runs stand at each step, and how many ended for what reason."""
    events = await rows(
        shop,
        "SELECT CASE state WHEN 'active' THEN node ELSE state || ':' || ended_why END, count(*) FROM enrolment "
        "WHERE journey_id = :id GROUP BY 1",
        id=journey.id,
    )
    return {row[0]: row[1] for row in events}
