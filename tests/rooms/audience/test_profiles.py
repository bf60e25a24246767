"""The lake's profiles say what Postgres says, whatever happens to a member."""

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from siyu.audience import queries
from siyu.audience.language.evaluate import MemberView
from siyu.audience.refresh import jobs
from siyu.audience.refresh.profiles import actions as profiles
from siyu.audience.refresh.profiles.actions import write_profiles
from siyu.contacts.consents import actions as contact_consents
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.rules import MemberRow
from siyu.contacts.merges import actions as contact_merges
from siyu.contacts.tags import actions as contact_tags
from siyu.kit.errors import NotFound
from tests.world import NOON, Shop

ACTOR: Any = {"actor": "system", "now": NOON}


async def person(shop: Shop, number: int, **more: Any) -> int:
    (upserted,) = await shop.upsert(MemberRow({"external_id": f"m{number}"}, name="林", **more), source="import")
    return upserted.member_id


async def seen(shop: Shop, member_id: int) -> MemberView:
    await shop.catch_up()
    return await queries.view(shop.lake, shop.workspace_id, member_id, ["order_paid"])


async def test_every_change_reaches_the_profile(shop: Shop) -> None:
    lin = await person(shop, 1, zone="Asia/Shanghai", created_at=NOON - timedelta(days=9))
    view = await seen(shop, lin)
    assert (view.zone, view.source, view.identities) == ("Asia/Shanghai", "import", frozenset({"external_id"}))
    assert view.created_at == NOON - timedelta(days=9)
    assert (view.tags, view.consents, view.suppressed, dict(view.attributes)) == ((), {}, frozenset(), {})
    async with shop.db.transaction() as tx:
        await contact_consents.consent(
            tx, shop.workspace_id, [lin], "wecom", True, purpose="marketing", source="test", **ACTOR
        )
        await contact_consents.suppress(tx, shop.workspace_id, [lin], "sms", "complaint", **ACTOR)
    view = await seen(shop, lin)
    assert (view.consents, view.suppressed) == ({"wecom": "given"}, frozenset({"sms"}))
    async with shop.db.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO tag_group (workspace_id, name, kind, owner, exclusive, created_at) VALUES (1, 'g', 'manual', 'system', false, now())"
            )
        )
        await tx.execute(
            text(
                "INSERT INTO tag (workspace_id, group_id, name, key, created_at) SELECT 1, id, 'vip', 'vip', now() FROM tag_group"
            )
        )
    async with shop.db.transaction() as tx:
        await contact_tags.tag(tx, shop.workspace_id, [lin], ["vip"], [], source="test", **ACTOR)
    assert (await seen(shop, lin)).tags == (("vip", None),)
    async with shop.db.transaction() as tx:
        await tx.execute(text("UPDATE member_tag SET expires_at = :at"), {"at": NOON + timedelta(days=1)})
        await contact_consents.consent(
            tx, shop.workspace_id, [lin], "wecom", False, purpose="m", source="test", **ACTOR
        )
    view = await seen(shop, lin)
    assert view.tags == (("vip", NOON + timedelta(days=1)),)
    assert view.consents == {"wecom": "withdrawn"}


async def test_a_merged_members_facts_are_the_winners_until_it_is_undone(shop: Shop) -> None:
    lin, wang = await person(shop, 1), await person(shop, 2)
    await shop.paid(*((member, NOON - timedelta(days=1)) for member in (lin, lin, wang)))
    tree = {"did": {"fact": "order_paid", "count": {">=": 3}}}

    async def matching() -> list[int]:
        await shop.catch_up()
        async with shop.db.transaction() as tx:
            return await queries.member_ids(tx, shop.lake, shop.workspace_id, tree, NOON)

    assert await matching() == []
    async with shop.db.transaction() as tx:
        merge_id = await contact_merges.merge(tx, shop.workspace_id, lin, wang, reason="同一人", **ACTOR)
    assert await matching() == [lin]
    async with shop.db.transaction() as tx:
        assert await queries.among(tx, shop.lake, shop.workspace_id, tree, [wang], NOON) == {wang}
    assert (await seen(shop, wang)).id == lin
    async with shop.db.transaction() as tx:
        await contact_merges.undo_merge(tx, shop.workspace_id, merge_id, **ACTOR)
    assert await matching() == []
    async with shop.db.transaction() as tx:
        assert await queries.member_ids(tx, shop.lake, shop.workspace_id, {"all": []}, NOON) == [lin, wang]


async def test_an_erased_member_is_gone(shop: Shop) -> None:
    lin = await person(shop, 1)
    await seen(shop, lin)
    async with shop.db.transaction() as tx:
        await contact_members.erase(tx, shop.workspace_id, lin, **ACTOR)
    with pytest.raises(NotFound):
        await seen(shop, lin)
    async with shop.db.transaction() as tx:
        assert await queries.total(tx, shop.workspace_id) == 0


async def test_a_crash_between_lake_and_cursor_only_repeats(shop: Shop) -> None:
    lin = await person(shop, 1)
    with pytest.raises(RuntimeError):
        async with shop.db.transaction() as tx:
            await tx.execute(text("INSERT INTO profile_due VALUES (:id)"), {"id": lin})
            assert await profiles.refresh_profiles(tx, shop.lake) == 1
            raise RuntimeError("killed after the lake has committed")
    await seen(shop, lin)
    await seen(shop, lin)
    assert await shop.lake.rows("SELECT member_id FROM lake.profiles") == [(lin,)]


async def test_profiles_are_rebuilt_from_postgres(shop: Shop) -> None:
    ids = [await person(shop, n) for n in range(3)]
    await seen(shop, ids[0])
    await shop.lake.rows("DELETE FROM lake.profiles WHERE member_id = $1", [ids[1]])
    await shop.lake.rows("UPDATE lake.profiles SET zone = 'nonsense'")
    before = await shop.lake.rows("SELECT count(*) FROM lake.profiles WHERE zone IS NULL")
    assert before[0][0] == 0
    assert await jobs.rebuild_profiles(shop.db, shop.lake) == 3
    assert await shop.lake.rows("SELECT member_id, zone FROM lake.profiles ORDER BY 1") == [
        (member, None) for member in ids
    ]


async def test_twenty_thousand_at_once(shop: Shop) -> None:
    """As a set: the whole of it in seconds even on a busy machine (about one on a free one)."""
    async with shop.db.transaction() as tx:
        await tx.execute(
            text("""
                INSERT INTO member (workspace_id, name, attributes, source, created_at, updated_at)
                SELECT 1, 'n' || n, '{"a": 1}', 'import', :now, :now FROM generate_series(1, 20000) AS n
            """),
            {"now": NOON},
        )
        await tx.execute(
            text("INSERT INTO consent SELECT id, 'wecom', 'given', 'm', 't', :now FROM member"), {"now": NOON}
        )
        await tx.execute(text("INSERT INTO profile_due SELECT id FROM member"))
    began = time.perf_counter()
    await jobs.write_profiles(shop.db, shop.lake, NOON)
    assert time.perf_counter() - began < 15
    rows = await shop.lake.rows(
        "SELECT count(*), count(DISTINCT member_id), count(*) FILTER (consents = ',wecom:given,') FROM lake.profiles"
    )
    assert rows == [(20_000, 20_000, 20_000)]


async def test_a_profile_written_again_and_again_stays_one(shop: Shop) -> None:
    """New members beside known ones, in one batch and in their own; rows of the catalogue beside rows of files."""
    first = [await person(shop, n, attributes={}) for n in range(3)]
    await seen(shop, first[0])
    later = [await person(shop, n) for n in range(3, 30)]
    for _ in range(3):
        await shop.lake.run(lambda cursor: write_profiles(cursor, [*first, *later]))
        await shop.lake.rows("CALL ducklake_flush_inlined_data('lake')")
    await shop.lake.run(lambda cursor: write_profiles(cursor, []))
    rows = await shop.lake.rows("SELECT count(*), count(DISTINCT member_id) FROM lake.profiles")
    assert rows == [(30, 30)]
