"""The named shop as tests use it: founded, staffed, with the doors open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI
from httpx import ASGITransport
from sqlalchemy import text

from siyu.audience.refresh import jobs as refresh
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.rules import MemberRow, Upserted
from siyu.demo.world import CHEN, HE, LIN, NOON, SHOP, TEAM, XU, ZHOU, ZONE, Person
from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.catalogue.fact import Fact
from siyu.facts.lake.connection import Lake
from siyu.facts.log.actions import Entry, record
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.platform import actions
from siyu.platform.queries import Caller

__all__ = [
    "CHEN",
    "HE",
    "LIN",
    "NOON",
    "PASSWORD",
    "SHOP",
    "TEAM",
    "XU",
    "ZHOU",
    "ZONE",
    "Person",
    "Shop",
    "order_paid",
]

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Shop:
    """The founded shop: database, lake, the brand, and its system caller for direct use of actions."""

    db: Database
    lake: Lake
    app: FastAPI
    caller: Caller

    @property
    def workspace_id(self) -> int:
        return self.caller.workspace_id

    @asynccontextmanager
    async def client(self, person: Person = LIN) -> AsyncIterator[httpx.AsyncClient]:
        """An HTTP client signed in as `person`: `async with shop.client(ZHOU) as host`."""
        async with httpx.AsyncClient(transport=ASGITransport(self.app), base_url="http://siyu.test") as client:
            answer = await client.post("/api/v1/sign-in", json={"email": person.email, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf"]
            yield client

    async def upsert(self, *rows: MemberRow, source: str = "test") -> list[Upserted]:
        """Take `rows` in, now and in one transaction."""
        async with self.db.transaction() as tx:
            return await contact_members.upsert(
                tx, self.workspace_id, rows, source=source, actor="system", now=clock.now()
            )

    async def members(self, count: int, opted_in: str | None = None, **fields: Any) -> list[int]:
        """`count` new members with these `fields` of a MemberRow, who want messages of the channel `opted_in`; the shop's first is m0, 客户0."""
        async with self.db.transaction() as tx:
            first = int(await tx.scalar(text("SELECT count(*) FROM member")) or 0)
        consents = {opted_in: True} if opted_in else {}
        rows = [
            MemberRow({"external_id": f"m{n}"}, **{"name": f"客户{n}", "consents": consents} | fields)
            for n in range(first, first + count)
        ]
        return [upserted.member_id for upserted in await self.upsert(*rows)]

    async def member(self, **identities: str) -> int:
        """A member known by `identities`."""
        (upserted,) = await self.upsert(MemberRow(identities))
        return upserted.member_id

    async def happen(self, *facts: tuple[int | None, datetime, Fact]) -> None:
        """Record facts as (member, when, fact), now and in one transaction; the lake has them after `catch_up`."""
        async with self.db.transaction() as tx:
            entries = [Entry(self.workspace_id, fact, at, member) for member, at, fact in facts]
            await record(tx, entries, clock.now())

    async def paid(self, *orders: tuple[int | None, datetime], amount: int = 9_900) -> None:
        """Record paid orders as (member, when), each of `amount` fen, numbered o0, o1, ... in each call."""
        await self.happen(*((member, at, order_paid(amount, order=f"o{n}")) for n, (member, at) in enumerate(orders)))

    async def catch_up(self) -> None:
        """Bring the lake up to all that is recorded, and the profiles with it."""
        await refresh.catch_up(self.db, self.lake, clock.now())


def order_paid(amount: int = 9_900, *, lines: int = 1, order: str = "o", source: str = "pos") -> OrderPaid:
    """A paid order of `amount` fen."""
    return OrderPaid(order=order, amount=amount, lines=lines, source=source)


async def found_brand(db: Database, now: datetime) -> None:
    """Found the shop with its team of five, all with PASSWORD."""
    async with db.transaction() as tx:
        workspace, _ = await actions.create_workspace(
            tx, name=SHOP, zone=ZONE, locale="zh", email=LIN.email, person=LIN.name, password=PASSWORD, now=now
        )
        caller = actions.system(workspace)
        for person in TEAM[1:]:
            await actions.invite(
                tx,
                caller,
                email=person.email,
                name=person.name,
                password=PASSWORD,
                role=person.role,
                now=now,
                temporary=False,
            )
