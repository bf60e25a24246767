"""The named shop as tests use it: founded, staffed, with the doors open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx
from fastapi import FastAPI
from httpx import ASGITransport

from siyu.demo.world import CHEN, HE, LIN, NOON, SHOP, TEAM, XU, ZHOU, ZONE, Person
from siyu.facts.lake.connection import Lake
from siyu.kit.db import Database
from siyu.platform import actions
from siyu.platform.queries import Caller

__all__ = ["CHEN", "HE", "LIN", "NOON", "PASSWORD", "SHOP", "TEAM", "XU", "ZHOU", "ZONE", "Person", "Shop"]

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


async def found(db: Database, now: datetime) -> None:
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
