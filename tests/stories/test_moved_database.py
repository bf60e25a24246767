"""The data move to another server: nothing is heard twice, nothing is lost, and what happens there is heard by everybody."""

import base64
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from siyu.app import ROOMS, SUBSCRIBERS, TIMERS
from siyu.contacts.members import actions as contact_members
from siyu.facts import backup
from siyu.facts.catalogue.contacts import Tagged
from siyu.facts.installation import Installation, installation
from siyu.facts.lake import consistency
from siyu.facts.lake.log_health import log_health
from siyu.kit.postgres import EmbeddedPostgres, postgres_programs
from siyu.kit.settings import Settings
from siyu.web.app import create_app
from siyu.worker.poll import Poller, Registry
from tests.installation import KEY
from tests.rooms.journeys.test_tick import KNOWN
from tests.rooms.journeys.world import furnish, graph, live, rows, wait
from tests.world import NOON, Shop

OLD_TRANSACTIONS = 5_000
"""More than a new cluster has counted when everything is loaded into it."""


def _age(url: str) -> None:
    """Let the old cluster count further than the new one will have."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(OLD_TRANSACTIONS):
            connection.execute("SELECT pg_current_xact_id()")


def _key(home: Path) -> None:
    (home / "keys").mkdir(parents=True, exist_ok=True)
    (home / "keys/data.key").write_text(base64.b64encode(KEY).decode())


async def _by_restore(shop: Shop, folder: Path) -> Path:
    _key(folder / "old")
    old = Installation(Settings(home=folder / "old"), shop.db.url, shop.db, shop.lake)
    await backup.back_up(old, folder / "backup", NOON)
    await backup.restore(folder / "backup", Settings(home=folder / "new"))
    return folder / "new"


async def _by_psql(shop: Shop, folder: Path) -> Path:
    home, dump = folder / "new", folder / "dump.sql"
    _key(home)
    shutil.copytree(shop.lake.path, home / "lake")
    subprocess.run(
        [postgres_programs() / "pg_dump", "--no-owner", "-d", shop.db.url, "-f", dump], check=True, capture_output=True
    )
    server = EmbeddedPostgres(home)
    url = server.start()
    psql = [str(postgres_programs() / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", str(dump)]
    try:
        subprocess.run(psql, check=True, capture_output=True)
    finally:
        server.stop()
    return home


@asynccontextmanager
async def _opened(home: Path, shop: Shop) -> AsyncIterator[Shop]:
    """The shop where it is now."""
    settings = Settings(home=home)
    async with installation(settings) as opened:
        yield Shop(opened.db, opened.lake, create_app(ROOMS, settings, opened.db, opened.lake), shop.caller)


async def _work(shop: Shop) -> None:
    poller = Poller(Registry(SUBSCRIBERS, (), TIMERS), shop.db, shop.lake, strict=True)
    await poller.run_until_idle(NOON)


async def _tag(shop: Shop, member_ids: list[int]) -> None:
    for member_id in member_ids:
        await shop.happen((member_id, NOON, Tagged(tag="甲", source="test")))


@pytest.mark.parametrize("move", [_by_restore, _by_psql])
async def test_what_happens_after_a_move_is_heard(
    shop: Shop, tmp_path: Path, move: Callable[[Shop, Path], Awaitable[Path]]
) -> None:
    await furnish(shop, "甲")
    await live(shop, graph({"kind": "fact", "fact": "tagged"}, n1=wait(3_600)), KNOWN)
    before, unread, *after, erased = await shop.members(6, opted_in="webhook")
    _age(shop.db.url)
    await _tag(shop, [before])
    await _work(shop)
    await _tag(shop, [unread])
    async with shop.db.transaction() as tx:
        await tx.execute(
            text("""
                INSERT INTO message (workspace_id, intent_key, member_id, channel, account_id, purpose, source, template_id,
                                     "values", state, planned_at, due_at, changed_at)
                SELECT 1, 'old:' || m, m, 'webhook', (SELECT id FROM channel_account), 'service', 'test',
                       (SELECT id FROM template), '{"code": "7"}', 'queued', :now, :now, :now
                FROM unnest(CAST(:ids AS bigint[])) AS m
            """),
            {"ids": [before, erased], "now": NOON},
        )

    async with _opened(await move(shop, tmp_path), shop) as moved:
        await _tag(moved, after)
        async with moved.db.transaction() as tx:
            await contact_members.erase(tx, shop.workspace_id, erased, actor="system", now=NOON)
        await _work(moved)
        # heard, and held until a person lets them in
        assert await rows(moved, "SELECT member_id FROM enrolment") == [(before,)]
        held = await rows(moved, "SELECT member_id FROM held_entry ORDER BY 1")
        assert held == [(member_id,) for member_id in (unread, *after)]
        waiting = await rows(moved, 'SELECT member_id, state, reason, "values" FROM message ORDER BY id')
        assert waiting == [(before, "queued", None, {"code": "7"}), (erased, "withheld", "erased", {})]
        async with moved.client() as admin:
            assert (await admin.post("/api/v1/hold/release", json={"choice": "cancel"})).status_code == 200
        await _tag(moved, after)
        await _work(moved)
        entered = await rows(moved, "SELECT member_id, count(*) FROM enrolment GROUP BY 1 ORDER BY 1")
        assert entered == [(member_id, 1) for member_id in (before, *after)]
        difference = await consistency.verify(moved.db, moved.lake)
        assert (difference.missing, difference.doubled, difference.extra) == (0, 0, 0)
        health = await log_health(moved.db, moved.lake, NOON)
        assert health.troubles == []
        assert {reader.unread for reader in health.readers} == {0}
        assert health.logged == health.in_lake > 0
        moves = await rows(moved, "SELECT cluster_before <> cluster_after FROM database_move")
        assert len(moves) == 1

    async with _opened(tmp_path / "new", shop) as again:
        assert await rows(again, "SELECT count(*) FROM database_move") == [(1,)]


async def test_a_reader_ahead_of_the_log_is_named(shop: Shop) -> None:
    """What a restore without the rebasing would leave behind."""
    await _work(shop)
    async with shop.db.transaction() as tx:
        await tx.execute(text("UPDATE fact_cursor SET txid = '99999999' WHERE reader = 'journeys'"))
    health = await log_health(shop.db, shop.lake, NOON)
    assert [trouble.en for trouble in health.troubles] == [
        "journeys stands ahead of the log and hears nothing new: restart siyu"
    ]
    async with shop.client() as client:
        answer = (await client.get("/healthz")).json()
    assert answer["status"] == "degraded"
    assert answer["readers"] == health.troubles[0].en
