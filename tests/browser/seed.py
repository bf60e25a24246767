"""A shop with members, orders, an audience, journeys and withheld messages, brought in over the product's own API."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from siyu.demo import shop
from siyu.demo.api_client import ApiClient
from siyu.demo.world import CUSTOMERS, GOODS, STORES

REGULARS, OCCASIONAL, SILENT = 8, 6, 6
"""The first eight come every few weeks, six came once or twice lately, six not for months; the last four never bought."""
QUIET: dict[str, Any] = {
    "name": "沉默六十天",
    "label": "60 天未下单",
    "tree": shop.AUDIENCES["silent_60d"][1],
}
REGULAR_TREE = shop.AUDIENCES["regulars_90d"][1]
POLL_SECONDS = 0.3
PATIENCE_SECONDS = 120
"""How long a condition may take on a busy machine before it counts as never."""


@dataclass(frozen=True)
class Seeded:
    """What the stories find in the shop; ids are the API's."""

    member: int
    silent_member: int
    audience: int
    draft: int
    live: int
    template: int
    imported: int


async def until(ask: Callable[[], Awaitable[Any]], good: Callable[[Any], bool]) -> Any:
    """The first answer of `ask` that is `good`; raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not good(answer := await ask()):
            await asyncio.sleep(POLL_SECONDS)
    return answer


def table(heading: str, rows: Iterable[Iterable[Any]]) -> str:
    """A CSV as a shop's till writes it; `heading` is comma separated."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heading.split(","))
    writer.writerows(rows)
    return text.getvalue()


def days_ago(days: int) -> str:
    """A time of that day as a till prints it."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%d 10:30")


def members_csv() -> str:
    """The shop's customer list."""
    heading = "会员号,姓名,手机号,邮箱,企业微信id,注册时间,同意企业微信"
    rows = (
        (guest.code, guest.name, guest.phone, guest.email, guest.external_userid, days_ago(300 - guest.number), "是")
        for guest in CUSTOMERS
    )
    return table(heading, rows)


def _order_days(member: int) -> tuple[int, ...]:
    """How many days ago the n-th member bought."""
    if member <= REGULARS:
        return (3 + member, 24 + member, 45 + member, 66 + member, 130)
    if member <= REGULARS + OCCASIONAL:
        return (10 + member,) if member % 2 else (10 + member, 40 + member)
    return (115, 150) if member <= REGULARS + OCCASIONAL + SILENT else ()


def orders_csv() -> str:
    """Their order lines, one of them unreadable, one without a customer."""
    rows: list[tuple[Any, ...]] = []
    for guest in CUSTOMERS:
        for index, days in enumerate(_order_days(guest.number)):
            for sold in GOODS[: 1 + (guest.number + index) % 3]:
                number = f"D{guest.number:03d}{index}"
                amount = (sold.sku, sold.title, 1 + guest.number % 2, sold.price)
                rows.append((number, guest.code, days_ago(days), STORES[0], *amount))
    first, till = GOODS[0], (days_ago(5), STORES[0])
    rows.append(("D9990", "", *till, first.sku, first.title, 1, first.price))
    rows.append(("D9991", CUSTOMERS[0].code, *till, first.sku, first.title, "一份", first.price))
    return table("订单号,会员号,支付时间,门店,商品编码,商品名称,数量,单价", rows)


async def bring_in(desk: ApiClient, name: str, text: str, **columns: str) -> dict[str, Any]:
    """Upload a file, take the suggested mapping with `columns` over it, and wait until it is in."""
    answer = await desk.http.post("/api/v1/uploads", files={"file": (name, text.encode(), "text/csv")})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    suggested = body["suggested"]
    mapping = suggested["mapping"] | {"columns": suggested["mapping"]["columns"] | columns}
    run = await desk.post("/imports", {"file": body["file"], "kind": suggested["kind"], "mapping": mapping})
    done = await until(lambda: desk.get(f"/imports/{run['id']}"), lambda it: it["state"] not in ("waiting", "running"))
    assert done["state"] == "done", done
    return dict(done)


async def member_id(desk: ApiClient, number: int) -> int:
    """The id of the n-th member of the customer list."""
    page = await desk.get("/members", search=CUSTOMERS[number - 1].code)
    return int(page["items"][0]["id"])


async def seed(desk: ApiClient) -> Seeded:
    """Everything; done when counts over the lake are right."""
    await bring_in(desk, "青巷会员.csv", members_csv())
    imported = await bring_in(desk, "青巷订单.csv", orders_csv(), quantity="数量")
    await until(lambda: desk.post("/audience-count", {"tree": REGULAR_TREE}), lambda it: it["count"] == REGULARS)
    audience = await desk.post("/audiences", QUIET)
    draft = await desk.post("/journey-kits/onboarding", {"name": "新客七天"})
    template = await desk.post(
        "/templates",
        {"name": "到店提醒", "channel": "wecom", "body": "{{ member.name }}，你留的货到了，今天都可以来取。"},
    )
    live = await _live(desk, template["id"], [await member_id(desk, n) for n in (1, 2, 3)])
    await until(lambda: desk.get(f"/audiences/{audience['id']}"), lambda it: it["size"] == SILENT)
    return Seeded(
        member=await member_id(desk, 1),
        silent_member=await member_id(desk, REGULARS + OCCASIONAL + 1),
        audience=audience["id"],
        draft=draft["id"],
        live=live,
        template=template["id"],
        imported=imported["id"],
    )


async def _live(desk: ApiClient, template: int, members: list[int]) -> int:
    """A live journey whose messages are withheld, since the shop has no account to send from."""
    graph = {
        "trigger": {"kind": "manual"},
        "start": "n1",
        "nodes": {
            "n1": {
                "kind": "send",
                "channel": "wecom",
                "template": template,
                "purpose": "service",
                "next": {"sent": "n2", "withheld": "n2", "failed": "n2"},
            },
            "n2": {"kind": "exit", "reason": "已提醒"},
        },
        "exits": [],
        "reentry": {"kind": "never"},
    }
    journey = await desk.post("/journeys", {"name": "到货提醒", "draft": graph})
    await desk.post(f"/journeys/{journey['id']}/publish")
    await desk.post(f"/journeys/{journey['id']}/enrol", {"member_ids": members})
    await until(lambda: desk.get("/messages", journey_id=journey["id"]), lambda it: len(it["items"]) == len(members))
    return int(journey["id"])
