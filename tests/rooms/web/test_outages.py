"""What is answered while our own house does not work: 503 and whether to come again, never a bare fault."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import APIRouter
from httpx import ASGITransport
from sqlalchemy import text

from siyu.app import ROOMS
from siyu.kit.db import Database
from siyu.platform.access import public
from siyu.web.app import create_app
from tests.world import Shop


async def full(db: Database) -> None:
    """The database's disk is full: Postgres says so by this state (its manual, appendix A)."""
    async with db.transaction() as tx:
        await tx.execute(text("DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"))


async def full_of_ours(_db: Database) -> None:
    raise OSError(28, "No space left on device", "/var/lib/siyu/uploads/1.csv")


async def cut(db: Database) -> None:
    """The connection goes in the middle of a transaction."""
    async with db.transaction() as tx:
        await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


async def gone(_db: Database) -> None:
    """Postgres does not listen."""
    async with Database("postgresql://siyu@127.0.0.1:1/siyu").transaction() as tx:
        await tx.execute(text("SELECT 1"))


@pytest.mark.parametrize(
    ("fault", "code"), [(full, "disk_full"), (full_of_ours, "disk_full"), (cut, "unavailable"), (gone, "unavailable")]
)
async def test_an_outage_is_said_as_one(shop: Shop, fault: Callable[[Database], Awaitable[None]], code: str) -> None:
    router = APIRouter()

    @router.post("/api/v1/outage", dependencies=[public()])
    async def route() -> None:
        await fault(shop.db)

    app = create_app((*ROOMS, router), shop.app.state.settings, shop.db, shop.lake)
    async with httpx.AsyncClient(transport=ASGITransport(app), base_url="http://siyu.test") as client:
        answer = await client.post("/api/v1/outage")
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert "没有保存" in answer.json()["title_zh"] and "nothing was saved" in answer.json()["title"]
