"""An erased member is gone: from answers at once, from every file and snapshot within the period; sums stay."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import psycopg
import pytest
from sqlalchemy import text

from siyu.audience.refresh.profiles.actions import write_profiles
from siyu.contacts.attributes import actions as contact_attributes
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.merges import actions as contact_merges
from siyu.contacts.tags import actions as contact_tags
from siyu.facts.catalogue.audience import AudienceEntered, AudienceLeft
from siyu.facts.catalogue.channels import FriendAdded, MessageDelivered
from siyu.facts.catalogue.commerce import CouponRedeemed, OrderPaid
from siyu.facts.catalogue.contacts import Tagged
from siyu.facts.catalogue.fact import Fact
from siyu.facts.lake import compaction, consistency, erasure, relay
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.health import lake_health
from siyu.facts.lake.layout import TABLES
from siyu.facts.log import actions
from siyu.facts.log.actions import Entry, record
from tests.rooms.contacts.people import tags
from tests.world import NOON, Shop

SECRET = "zz-seh-geheim"
"""In every text of the member to be erased; it sorts last, so it would be the maximum in every statistic."""
SOLD = """
    SELECT name, occurred_at, p_store, p_source, sum(amount), sum(p_lines), count(*) FROM lake.facts
    WHERE name LIKE 'order%' GROUP BY ALL ORDER BY ALL
"""
BIG_ID = 7_777_777_000
"""Member ids of this world begin here, so that they cannot be met by chance in a file."""


async def members_named(shop: Shop, names: Sequence[str]) -> list[int]:
    """Members with large ids, whose names are in all that is known of them."""
    async with shop.db.transaction() as tx:
        await tx.execute(text(f"ALTER SEQUENCE member_id_seq RESTART WITH {BIG_ID + len(names)}"))
        await contact_attributes.define_attribute(tx, shop.caller, name="city", label="城市", type="text", now=NOON)
    rows = [
        MemberRow({"external_id": f"{name}-{n}"}, name=name, attributes={"city": f"{name}-{n}"})
        for n, name in enumerate(names)
    ]
    return [upserted.member_id for upserted in await shop.upsert(*rows, source="import")]


def life(shop: Shop, member: int, word: str, hours: int = 0) -> list[Entry]:
    facts: list[Fact] = [
        OrderPaid(order=f"{word}-order", amount=1200 + member % 7, lines=2, store="s1", source="erp"),
        CouponRedeemed(coupon=f"{word}-coupon", campaign="spring"),
        MessageDelivered(message_id=member, channel="wecom", source="journey:1"),
        FriendAdded(staff=f"{word}-staff", state=word),
        Tagged(tag=f"{word}-tag", source=f"user:{word}"),
        AudienceEntered(audience="vip", cause="facts"),
        AudienceLeft(audience="vip", cause="time"),
    ]
    at = NOON - timedelta(hours=hours)
    return [
        Entry(shop.workspace_id, fact, at, member, actor=f"member:{word}", key=f"{fact.name}:{word}:{member}:{hours}")
        for fact in facts
    ]


async def say(shop: Shop, entries: Sequence[Entry]) -> None:
    async with shop.db.transaction() as tx:
        await record(tx, entries, NOON)


async def erase(shop: Shop, member: int, now: datetime = NOON) -> None:
    async with shop.db.transaction() as tx:
        await contact_members.erase(tx, shop.workspace_id, member, actor="user:1", now=now)


async def states(shop: Shop) -> set[str]:
    async with shop.db.transaction() as tx:
        return set(await tx.scalars(text("SELECT state FROM erasure")))


def where(lake: Lake, url: str, needles: Sequence[str]) -> list[str]:
    """Files of the lake (raw, whatever the catalogue says of them) and tables of its catalogue that hold a needle."""
    places = []
    for file in sorted(Path(lake.path).rglob("*")):
        if file.is_file():
            rows = duckdb.sql(f"SELECT t::VARCHAR FROM read_parquet('{file}') t").fetchall()
            raw = file.read_bytes()
            places += [
                str(file) for needle in needles if needle.encode() in raw or any(needle in row[0] for row in rows)
            ]
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'lake'").fetchall()
        for (table,) in tables:
            for needle in needles:
                query = f'SELECT count(*) FROM lake."{table}" t WHERE t::text LIKE %s'.encode()
                row = connection.execute(query, [f"%{needle}%"]).fetchone()
                places += [f"lake.{table}"] if row and row[0] else []
    return places


async def days_later(shop: Shop, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """What the timers do until then: files are written anew, then, as the machine's clock cannot be moved, young
    snapshots are taken for old ones."""
    await erasure.erase(shop.db, shop.lake, NOON + timedelta(days=days))
    await compaction.compact(shop.db, shop.lake, NOON)
    monkeypatch.setattr(compaction, "snapshots_kept", lambda: timedelta(seconds=-1))
    monkeypatch.setattr(compaction, "files_kept", lambda: timedelta(seconds=-1))
    await compaction.retain(shop.db, shop.lake, NOON)
    await erasure.erase(shop.db, shop.lake, NOON + timedelta(days=days))


async def four_lives(shop: Shop) -> tuple[int, int, int, int]:
    """Two whom the secret is about, one merged into the other, and two others; some of it in files, some in the catalogue."""
    first, other, second, last = await members_named(shop, [SECRET, "plain", SECRET, "plain"])
    await tags(shop, "green", "black")
    async with shop.db.transaction() as tx:
        for member, word in ((first, "green"), (other, "black"), (second, "green")):
            await contact_tags.tag(tx, shop.workspace_id, [member], [word], [], source="x", actor="system", now=NOON)
    for hours in range(4):
        await say(
            shop,
            [
                *life(shop, first, SECRET, hours),
                *life(shop, other, "plain", hours),
                *life(shop, second, SECRET, hours),
                *life(shop, last, "plain", hours),
            ],
        )
        await shop.catch_up()
        if hours == 1:
            await compaction.compact(shop.db, shop.lake, NOON)
    async with shop.db.transaction() as tx:
        await contact_merges.merge(tx, shop.workspace_id, first, second, "same", actor="user:1", now=NOON)
    await shop.catch_up()
    return first, other, second, last


async def test_an_erased_member_is_in_no_file_and_no_table(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other, second, last = await four_lives(shop)
    sold = await shop.lake.rows(SOLD)
    counted = await shop.lake.rows(
        "SELECT name, count(*) FROM lake.facts WHERE name <> 'member_erased' GROUP BY 1 ORDER BY 1"
    )
    kept = await shop.lake.rows("SELECT * FROM lake.facts WHERE member_id IN ($1, $2) ORDER BY seq", [other, last])
    needles = [SECRET, str(first), str(second)]
    assert where(shop.lake, database_url, needles)

    # said after the last relay, and after the erasure
    await say(shop, life(shop, first, SECRET, 9))
    await erase(shop, first)
    await say(shop, life(shop, second, SECRET, 10))
    await shop.catch_up()
    await erasure.erase(shop.db, shop.lake, NOON)
    assert await states(shop) == {"anonymous"}
    assert await shop.lake.rows("SELECT count(*) FROM lake.facts WHERE member_id IN ($1, $2)", [first, second]) == [
        (0,)
    ]
    for table in ("profiles", "tags", "attributes", "merges"):
        rows = await shop.lake.rows(f"SELECT count(*) FROM lake.{table} WHERE member_id IN ($1, $2)", [first, second])
        assert rows == [(0,)], table
    assert (await consistency.verify(shop.db, shop.lake)).clean
    assert where(shop.lake, database_url, needles), "the bytes are still there: this test can fail"

    health = await lake_health(shop.db, shop.lake, NOON + timedelta(hours=5))
    assert (health.erasures, health.oldest_erasure, health.lag) == (2, timedelta(hours=5), timedelta(0))
    assert health.snapshots > 5 and {table.name for table in health.tables} == set(TABLES)
    assert max(table.deleted_share for table in health.tables) > 0

    await days_later(shop, monkeypatch, 1)
    assert await states(shop) == {"gone"}
    assert (await lake_health(shop.db, shop.lake, NOON)).erasures == 0
    assert where(shop.lake, database_url, needles) == []

    now_sold = await shop.lake.rows(SOLD)
    assert [row for row in now_sold if row[1] > (NOON - timedelta(hours=8)).replace(tzinfo=None)] == sold
    assert len(now_sold) == len(sold) + 2, "what was sold about the time of the erasure counts too"
    grown = {"order_paid": 2, "coupon_redeemed": 2, "message_delivered": 2, "friend_added": 2, "tagged": 2}
    grown |= {"audience_entered": 2, "audience_left": 2}
    assert await shop.lake.rows(
        "SELECT name, count(*) FROM lake.facts WHERE name <> 'member_erased' GROUP BY 1 ORDER BY 1"
    ) == [(name, count + grown.get(name, 0)) for name, count in counted]
    assert (
        await shop.lake.rows("SELECT * FROM lake.facts WHERE member_id IN ($1, $2) ORDER BY seq", [other, last]) == kept
    )
    assert (await consistency.verify(shop.db, shop.lake)).clean


async def test_the_log_and_the_lake_say_the_same_of_what_lasts(shop: Shop) -> None:
    """Facts in the lake before the erasure are changed there, later ones in the log: both must come to the same."""
    (member,) = await members_named(shop, [SECRET])
    await say(shop, life(shop, member, SECRET))
    await relay.relay(shop.db, shop.lake)
    await erase(shop, member)
    await relay.relay(shop.db, shop.lake)
    await erasure.erase(shop.db, shop.lake, NOON)
    columns = "name, member_id, actor, CAST(props AS text) AS props, seq, id FROM"
    async with shop.db.transaction() as tx:
        rows = await tx.execute(text(f"SELECT {columns} fact WHERE name <> 'member_erased' ORDER BY seq"))
        log: list[Any] = [tuple(row) for row in rows]
        assert await tx.scalar(text("SELECT count(*) FROM fact WHERE key IS NOT NULL")) == 0
        assert await tx.scalar(text("SELECT count(*) FROM fact WHERE CAST(props AS text) LIKE '%zz-%'")) == 0
    lake = await shop.lake.rows(f"SELECT {columns} lake.facts WHERE name <> 'member_erased' ORDER BY seq")
    assert len(lake) == len(log) > 7
    for ours, theirs in zip(lake, log, strict=True):
        assert orjson.loads(ours[3]) == orjson.loads(theirs[3]), ours[0]
        assert (ours[:3], ours[4:]) == (theirs[:3], theirs[4:])
    props = {row[0]: orjson.loads(row[3]) for row in lake}
    assert props["order_paid"] == {"amount": 1200 + member % 7, "lines": 2, "store": "s1", "source": "erp"}
    assert props["coupon_redeemed"] == {"campaign": "spring"}
    assert props["message_delivered"].keys() == {"message_id", "channel", "source"}
    assert props["message_delivered"]["message_id"] < 0
    assert props["tagged"] == props["friend_added"] == {}


async def test_a_merge_that_was_undone_names_nobody(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The winner stays; its facts of the merge must not keep the erased one's number."""
    winner, loser = await members_named(shop, ["plain", SECRET])
    async with shop.db.transaction() as tx:
        merge = await contact_merges.merge(tx, shop.workspace_id, winner, loser, "x", actor="user:1", now=NOON)
    await shop.catch_up()
    async with shop.db.transaction() as tx:
        await contact_merges.undo_merge(tx, shop.workspace_id, merge, actor="user:1", now=NOON)
    await shop.catch_up()
    await erase(shop, loser)
    await shop.catch_up()
    await erasure.erase(shop.db, shop.lake, NOON)
    await days_later(shop, monkeypatch, 1)
    assert where(shop.lake, database_url, [str(loser), SECRET]) == []
    rows = await shop.lake.rows(
        "SELECT name, CAST(props ->> '$.other_id' AS BIGINT) FROM lake.facts WHERE member_id = $1 AND name LIKE '%merged' ORDER BY name",
        [winner],
    )
    assert rows == [("member_merged", 0), ("member_unmerged", 0)]
    assert (await shop.lake.rows("SELECT count(*) FROM lake.profiles WHERE member_id = $1", [winner])) == [(1,)]


async def test_only_files_that_hold_the_member_are_written_anew(shop: Shop) -> None:
    """Profiles lie in files by member; others have deleted rows of their own, which wait for their share."""
    made = await members_named(shop, [f"m{n}" for n in range(400)])
    for low in range(0, 400, 100):
        await shop.lake.run(lambda cursor, a=low: write_profiles(cursor, made[a : a + 100]))  # type: ignore[misc]
    # everyday deletes in every file
    await shop.lake.run(lambda cursor: write_profiles(cursor, made[::100]))
    await shop.lake.rows("CALL ducklake_flush_inlined_data('lake')")
    before = {file.path for file in await shop.lake.run(lambda cursor: compaction.files(cursor, "profiles"))}
    assert len(before) >= 4
    await erase(shop, made[250])
    await erasure.erase(shop.db, shop.lake, NOON)
    await erasure.erase(shop.db, shop.lake, NOON + timedelta(hours=11))
    same = {file.path for file in await shop.lake.run(lambda cursor: compaction.files(cursor, "profiles"))}
    assert before <= same, "files wait so that one writing serves all erasures of half a day"
    await erasure.erase(shop.db, shop.lake, NOON + timedelta(hours=12))
    after = {file.path for file in await shop.lake.run(lambda cursor: compaction.files(cursor, "profiles"))}
    assert len(before - after) == 1
    assert await states(shop) == {"rewritten"}


async def test_a_member_with_very_many_facts_is_gone_through_in_batches(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (member,) = await members_named(shop, [SECRET])
    for hours in range(20):
        await say(shop, life(shop, member, SECRET, hours))
    await relay.relay(shop.db, shop.lake)
    monkeypatch.setattr(actions, "ERASE_ROWS_MAX", 25)
    await erase(shop, member)

    async def left() -> int:
        async with shop.db.transaction() as tx:
            return int(await tx.scalar(text("SELECT count(*) FROM fact WHERE member_id = :one"), {"one": member}) or 0)

    assert await left() > 100, "the transaction of the request stays short"
    await erasure.erase(shop.db, shop.lake, NOON)
    assert await left() == 1, "member_erased alone, for readers"
    assert await states(shop) == {"anonymous"}


async def test_metrics_tell_the_lakes_health(shop: Shop) -> None:
    (member,) = await members_named(shop, [SECRET])
    await say(shop, life(shop, member, SECRET))
    await erase(shop, member)
    async with shop.client() as client:
        metrics = (await client.get("/metrics")).text
    assert "siyu_erasures_pending 1.0" in metrics
    assert 'siyu_lake_files{table="facts"}' in metrics
    assert "siyu_lake_lag_seconds 0.0" in metrics, "recorded this very moment"
