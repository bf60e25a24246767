"""After a restore nothing leaves the house before a person lets it go: not what was due, not what becomes due, not a journey."""

import asyncio
import base64
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from siyu.app import SUBSCRIBERS, TIMERS
from siyu.channels.adapters.types import Accepted, Batch, Receipt
from siyu.channels.catalogue import ADAPTERS
from siyu.facts.catalogue.contacts import Tagged
from siyu.facts.installation import check_origin
from siyu.kit import clock
from siyu.worker.poll import Poller, Registry
from tests.installation import KEY
from tests.rooms.journeys.test_tick import KNOWN
from tests.rooms.journeys.world import enrol, furnish, graph, live, rows, send
from tests.world import NOON, ZHOU, Shop

HOUR = timedelta(hours=1)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the calls that left the house: the provider takes them all."""
    keys: list[str] = []

    async def send(_session: object, batch: Batch) -> Receipt:
        keys.append(batch.key)
        return Accepted(batch.key, final=True)

    monkeypatch.setitem(ADAPTERS, "webhook", replace(ADAPTERS["webhook"], send=send))
    return keys


async def _work(shop: Shop, hours: int = 0) -> None:
    clock.freeze(NOON + hours * HOUR)
    await Poller(Registry(SUBSCRIBERS, (), TIMERS), shop.db, shop.lake, strict=True).run_until_idle(clock.now())


async def _waiting(shop: Shop) -> list[int]:
    """Four members for whom a message waits, and whose database is then found elsewhere."""
    await furnish(shop, "甲")
    journey = await live(shop, graph({"kind": "fact", "fact": "tagged"}, n1=send()), KNOWN)
    ids = await shop.members(4, opted_in="webhook")
    await check_origin(shop.db, shop.lake)
    await enrol(shop, journey, ids[:2])
    async with shop.db.transaction() as tx:
        await tx.execute(text("UPDATE database_origin SET cluster = 'elsewhere'"))
    assert await check_origin(shop.db, shop.lake)
    return ids


async def test_nothing_is_sent_before_a_person_lets_it_go(shop: Shop, sent: list[str]) -> None:
    ids = await _waiting(shop)
    for member_id in ids[2:]:
        await shop.happen((member_id, NOON, Tagged(tag="甲", source="test")))
    await _work(shop)
    await _work(shop, 3)
    assert sent == []
    async with shop.client(ZHOU) as host:
        assert (await host.get("/api/v1/hold")).json()["since"] is not None
        assert (await host.post("/api/v1/hold/release", json={"choice": "send"})).status_code == 403
    async with shop.client() as admin:
        held = (await admin.get("/api/v1/hold")).json()
        assert (held["enrolments"], held["entries"], held["channels"], held["total"]) == (2, 2, [], 4)
        assert "旅程中 2 人次待推进，0 批人群、2 人次待进入" in held["summary"]["zh"]
        assert await rows(shop, "SELECT count(*) FROM fact WHERE name = 'journey_entered'") == [(2,)]
        moved = await admin.post("/api/v1/hold/release", json={"choice": "send", "expected": 3})
        assert (moved.status_code, moved.json()["code"]) == (409, "count_moved")
        assert (await admin.post("/api/v1/hold/release", json={"choice": "later"})).status_code == 422
        done = (await admin.post("/api/v1/hold/release", json={"choice": "send", "expected": 4})).json()
        assert (done["enrolments"], done["entries"]) == (2, 2)
        assert (await admin.get("/api/v1/hold")).json()["since"] is None
        again = await admin.post("/api/v1/hold/release", json={"choice": "send"})
        assert (again.status_code, again.json()["code"]) == (409, "not_held")
    await _work(shop, 3)
    assert len(sent) == 4
    trail = await rows(
        shop, "SELECT props->'detail' FROM fact WHERE name = 'setting_changed' AND props->>'what' = 'hold'"
    )
    assert trail == [({"messages": 0, "enrolments": 2, "intakes": 0, "entries": 2},)]


async def test_what_is_overdue_can_be_cancelled(shop: Shop, sent: list[str]) -> None:
    """Queued and half-made calls of before the move, and runs that stood at a step: nothing of them goes out, what comes later does."""
    ids = await _waiting(shop)
    async with shop.db.transaction() as tx:
        await tx.execute(
            text("""
                INSERT INTO message (workspace_id, intent_key, member_id, channel, account_id, purpose, source, template_id,
                                     "values", state, planned_at, due_at, changed_at)
                SELECT 1, 'old:' || m, m, 'webhook', (SELECT id FROM channel_account), 'service', 'test',
                       (SELECT id FROM template), '{}', 'queued', :now, :now, :now FROM unnest(CAST(:ids AS bigint[])) AS m
            """),
            {"ids": ids[2:], "now": NOON},
        )
    await _work(shop, 1)
    async with shop.client() as admin:
        held = (await admin.get("/api/v1/hold")).json()
        assert [(channel["channel"], channel["messages"]) for channel in held["channels"]] == [("webhook", 2)]
        assert (await admin.post("/api/v1/hold/release", json={"choice": "cancel"})).status_code == 200
    await _work(shop, 1)
    assert sent == []
    assert await rows(shop, "SELECT state, reason, count(*) FROM message GROUP BY 1, 2") == [
        ("withheld", "cancelled", 2)
    ]
    assert await rows(shop, "SELECT state, ended_why, count(*) FROM enrolment GROUP BY 1, 2") == [
        ("exited", "moved_database", 2)
    ]
    await shop.happen((ids[3], NOON + HOUR, Tagged(tag="甲", source="test")))
    await _work(shop, 1)
    assert len(sent) == 1


async def test_whom_a_trigger_let_in_meanwhile_may_be_cancelled(shop: Shop, sent: list[str]) -> None:
    ids = await _waiting(shop)
    await shop.happen((ids[2], NOON, Tagged(tag="甲", source="test")))
    await _work(shop)
    async with shop.client() as admin:
        assert (await admin.get("/api/v1/hold")).json()["entries"] == 1
        await admin.post("/api/v1/hold/release", json={"choice": "cancel", "expected": 3})
    await _work(shop, 1)
    assert sent == []
    assert await rows(shop, "SELECT count(*) FROM enrolment WHERE member_id = :id", id=ids[2]) == [(0,)]
    # nobody has been through it, so the next time counts as the first
    await shop.happen((ids[2], NOON + HOUR, Tagged(tag="甲", source="test")))
    await _work(shop, 1)
    assert len(sent) == 1


def _command(folder: Path, shop: Shop, *args: str) -> "subprocess.CompletedProcess[str]":
    """`siyu release` on this installation."""
    environment = {"SIYU_HOME": str(folder), "SIYU_DATABASE_URL": shop.db.url, "SIYU_LAKE": str(shop.lake.path)}
    program = Path(sys.executable).with_name("siyu")
    return subprocess.run(
        [program, "release", *args], env=os.environ | environment, capture_output=True, text=True, check=False
    )


async def test_the_command_line_says_what_is_due_and_lets_it_go(shop: Shop, sent: list[str], tmp_path: Path) -> None:
    await _waiting(shop)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/data.key").write_text(base64.b64encode(KEY).decode())
    shown = await asyncio.to_thread(_command, tmp_path, shop)
    assert shown.returncode == 0, shown.stderr
    assert "2 runs of journeys" in shown.stdout and "合计 2" in shown.stdout
    refused = await asyncio.to_thread(_command, tmp_path, shop, "send", "--expected", "7")
    assert refused.returncode == 2
    assert await rows(shop, "SELECT count(*) FROM hold_release") == [(0,)]
    assert (await asyncio.to_thread(_command, tmp_path, shop, "later")).returncode == 2
    done = await asyncio.to_thread(_command, tmp_path, shop, "send", "--expected", "2")
    assert done.returncode == 0 and "已放行" in done.stdout, done.stderr
    await _work(shop)
    assert len(sent) == 2
    assert "没有暂停" in (await asyncio.to_thread(_command, tmp_path, shop)).stdout


async def test_a_brand_founded_after_the_move_is_not_held(shop: Shop, sent: list[str]) -> None:
    await _waiting(shop)
    async with shop.db.transaction() as tx:
        await tx.execute(text("UPDATE workspace SET created_at = :later"), {"later": NOON + HOUR})
    async with shop.client() as admin:
        assert (await admin.get("/api/v1/hold")).json()["since"] is None
    await _work(shop)
    assert len(sent) == 2
