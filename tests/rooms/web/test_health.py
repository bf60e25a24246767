"""What /healthz and `siyu doctor` say of an installation that is not well, in words."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from siyu.web import health
from tests.world import NOON, Shop


async def troubles(shop: Shop) -> dict[str, tuple[str, str, str]]:
    """Of every check that met something: its words in both languages, and its codes."""
    outcomes = await health.examine(shop.db, shop.lake, NOON)
    return {check.name: (met.text.zh, met.text.en, met.detail) for check, met in outcomes if met is not None}


async def test_a_new_installation_has_no_troubles(shop: Shop) -> None:
    assert await troubles(shop) == {}


async def test_a_full_disk_is_said_before_the_database_stops(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(free=300 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert await troubles(shop) == {
        "disk": (
            "磁盘只剩 300 MB；请清理或扩容，腾出空间后会自动继续",
            "only 300 MB are left on the disk; make room, and all goes on by itself",
            "300 MB free",
        )
    }


async def test_what_is_held_after_a_move_is_said_until_it_is_let_go(shop: Shop) -> None:
    async with shop.db.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO database_move (cluster_before, cluster_after, moved_at) "
                "SELECT 'before', 'after', created_at + interval '1 minute' FROM workspace"
            )
        )
    zh, en, count = (await troubles(shop))["hold"]
    assert "1 个品牌的发送已暂缓" in zh and "siyu release" in zh and "siyu release" in en
    assert count == "1"
    async with shop.client() as client:
        assert (await client.post("/api/v1/hold/release", json={"choice": "send"})).status_code < 300
    assert await troubles(shop) == {}


async def test_a_part_that_fails_is_named_as_operators_call_it(shop: Shop) -> None:
    async with shop.db.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO part_status (part, succeeded_at, failed_at, failing_since, error) "
                "VALUES ('timer:dispatch', NULL, :now, :since, 'OSError')"
            ),
            {"now": NOON, "since": NOON - timedelta(hours=1)},
        )
    assert await troubles(shop) == {
        "parts": (
            "自 2026-03-18 03:00 UTC 起失败：发送消息（OSError）",
            "failing since 2026-03-18 03:00 UTC: Sending messages (OSError)",
            "timer:dispatch: OSError",
        )
    }
