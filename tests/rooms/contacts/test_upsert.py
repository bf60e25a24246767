"""Taking members in: one person, one member, whatever the order, the number and the company."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from siyu.contacts.consents import actions as contact_consents
from siyu.contacts.identities import queries as contact_identities
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.queries import cards
from siyu.contacts.members.rules import MemberRow, Upserted
from siyu.contacts.merges import actions as contact_merges
from siyu.kit.errors import Invalid
from siyu.platform import actions as platform
from tests.rooms.contacts.people import HOU_PHONE, LIN_PHONE, facts, tags
from tests.world import NOON, PASSWORD, Shop


async def test_a_phone_written_in_five_ways_is_one_member(shop: Shop) -> None:
    written = ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678", "138-1234-5678", "１３８１２３４５６７８"]
    answers = await shop.upsert(*(MemberRow({"phone": phone}) for phone in written))
    assert len({upserted.member_id for upserted in answers}) == 1
    assert [upserted.created for upserted in answers] == [True, False, False, False, False]
    async with shop.db.transaction() as tx:
        resolved = await contact_identities.resolve(
            tx, shop.workspace_id, "phone", ["138 1234 5678", "13800000000", "nonsense"]
        )
    assert resolved == {"138 1234 5678": answers[0].member_id}


async def test_a_new_identity_is_attached_with_a_fact(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE)
    (again,) = await shop.upsert(MemberRow({"phone": LIN_PHONE, "external_userid": "wmA1"}, name="林一"))
    assert again == Upserted(member, created=False)
    assert await facts(shop, "member_created") == [(member, {"source": "test"})]
    assert await facts(shop, "identity_linked") == [(member, {"kind": "external_userid"})]
    assert await facts(shop, "member_updated") == [(member, {"fields": ["name"]})]


async def test_an_identity_of_a_member_with_others_is_found_again(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE, unionid="u1", email="lin@example.com")
    (again,) = await shop.upsert(MemberRow({"unionid": "u1"}))
    assert again == Upserted(member, created=False)


async def test_the_same_row_twice_changes_nothing(shop: Shop) -> None:
    row = MemberRow({"phone": LIN_PHONE}, name="林一", zone="Asia/Shanghai", consents={"wecom": True})
    await shop.upsert(row)
    async with shop.db.transaction() as tx:
        before = (await tx.execute(text("SELECT count(*), max(seq) FROM fact"))).one()
    await shop.upsert(row)
    async with shop.db.transaction() as tx:
        assert (await tx.execute(text("SELECT count(*), max(seq) FROM fact"))).one() == before


async def test_two_strong_identities_in_one_row_merge_two_members(shop: Shop) -> None:
    first, second = await shop.member(phone=LIN_PHONE), await shop.member(unionid="u1")
    (met,) = await shop.upsert(MemberRow({"phone": LIN_PHONE, "unionid": "u1"}))
    assert met == Upserted(first, created=False, merged=(second,))
    ((winner, props),) = await facts(shop, "member_merged")
    assert (winner, props["other_id"], props["reason"]) == (first, second, "auto:unionid+phone")


async def test_customer_numbers_are_kept_apart_and_reported(shop: Shop) -> None:
    first, second = await shop.upsert(
        MemberRow({"external_id": "A", "phone": LIN_PHONE}), MemberRow({"external_id": "B", "phone": LIN_PHONE})
    )
    assert first.member_id != second.member_id
    assert second.unattached == ("phone",)
    assert await facts(shop, "member_merged") == []


async def test_when_a_person_became_a_member_is_kept(shop: Shop) -> None:
    long_ago = datetime(2019, 5, 1, tzinfo=UTC)
    (made,) = await shop.upsert(MemberRow({"phone": LIN_PHONE}, created_at=long_ago))
    async with shop.db.transaction() as tx:
        card = (await cards(tx, shop.workspace_id, [made.member_id]))[made.member_id]
        occurred_at = await tx.scalar(text("SELECT occurred_at FROM fact WHERE name = 'member_created'"))
    assert card.created_at == occurred_at == long_ago


async def test_every_wrong_field_is_named_and_nothing_is_written(shop: Shop) -> None:
    rows = [
        MemberRow({"phone": LIN_PHONE}),
        MemberRow({"phone": "12"}, attributes={"nope": 1}, zone="Mars"),
        MemberRow({}),
    ]
    with pytest.raises(Invalid) as refused:
        await shop.upsert(*rows)
    assert [fault.path for fault in refused.value.errors] == [
        "rows[1].attributes.nope",
        "rows[1].zone",
        "rows[1].identities.phone",
        "rows[2].identities",
    ]
    with pytest.raises(Invalid) as refused:
        await shop.upsert(MemberRow({"phone": LIN_PHONE}, tags=["nobody agreed on this"]))
    assert refused.value.errors[0].path == "rows.tags"
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM member")) == 0


async def test_a_file_cannot_bring_back_a_withdrawn_consent(shop: Shop) -> None:
    member = await shop.member(phone=LIN_PHONE)
    async with shop.db.transaction() as tx:
        await contact_consents.consent(
            tx, shop.workspace_id, [member], "wecom", False, purpose="marketing", source="x", actor="system", now=NOON
        )
    await shop.upsert(MemberRow({"phone": LIN_PHONE}, consents={"wecom": True, "sms": True}))
    async with shop.db.transaction() as tx:
        card = (await cards(tx, shop.workspace_id, [member]))[member]
    assert card.consents == {"wecom": "withdrawn", "sms": "given"}


async def test_rows_bring_tags(shop: Shop) -> None:
    await tags(shop, "金卡", "银卡", group="等级", exclusive=True, days=30)
    (made,) = await shop.upsert(MemberRow({"phone": LIN_PHONE}, tags=["金卡", "银卡"]))
    async with shop.db.transaction() as tx:
        card = (await cards(tx, shop.workspace_id, [made.member_id]))[made.member_id]
    assert card.tags == ["银卡"]


async def test_values_are_ciphertext_and_hashes_differ_by_brand(shop: Shop) -> None:
    await shop.member(phone=LIN_PHONE)
    async with shop.db.transaction() as tx:
        other, _ = await platform.create_workspace(
            tx,
            name="别家",
            zone="Asia/Shanghai",
            locale="zh",
            email="boss@other.example",
            person="别人",
            password=PASSWORD,
            now=NOON,
        )
        await contact_members.upsert(
            tx, other.id, [MemberRow({"phone": LIN_PHONE})], source="test", actor="system", now=NOON
        )
        rows = (await tx.execute(text("SELECT value, value_hash, masked FROM identity"))).all()
        assert await tx.scalar(text("SELECT count(DISTINCT member_id) FROM identity")) == 2
    assert len({bytes(row.value_hash) for row in rows}) == 2
    assert all(LIN_PHONE.encode() not in bytes(row.value) for row in rows)
    assert {row.masked for row in rows} == {"138****5678"}


async def test_two_at_once_make_one_member(shop: Shop) -> None:
    first_in, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> int:
        async with shop.db.transaction() as tx:
            row = MemberRow({"phone": LIN_PHONE, "email": "lin@example.com"})
            (made,) = await contact_members.upsert(tx, shop.workspace_id, [row], source="a", actor="system", now=NOON)
            first_in.set()
            await go_on.wait()
            return made.member_id

    async def quick() -> Upserted:
        await first_in.wait()
        row = MemberRow({"external_userid": "wm1", "phone": LIN_PHONE})
        (made,) = await shop.upsert(row, source="b")
        return made

    slow_task, quick_task = asyncio.create_task(slow()), asyncio.create_task(quick())
    await first_in.wait()
    await asyncio.sleep(0.3)
    assert not quick_task.done(), "the second waits for the first to be certain"
    go_on.set()
    made = await slow_task
    assert await quick_task == Upserted(made, created=False)
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM member")) == 1
        assert await tx.scalar(text("SELECT count(*) FROM identity")) == 3


async def test_many_at_once_in_any_order_make_each_member_once(shop: Shop) -> None:
    people = [MemberRow({"phone": f"139000{n:05d}", "external_id": str(n)}) for n in range(60)]

    async def take(start: int) -> list[Upserted]:
        return await shop.upsert(*people[start:], *people[:start])

    answers = await asyncio.gather(*(take(start) for start in (0, 20, 40, 50)))
    assert sum(upserted.created for its in answers for upserted in its) == 60
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM member")) == 60
    assert len(await facts(shop, "member_created")) == 60


async def test_a_merge_under_way_is_waited_for(shop: Shop) -> None:
    first, second = await shop.member(phone=LIN_PHONE), await shop.member(phone=HOU_PHONE)
    async with shop.db.transaction() as tx:
        await contact_merges.merge(tx, shop.workspace_id, first, second, "同一人", actor="system", now=NOON)
        late = asyncio.create_task(shop.upsert(MemberRow({"phone": HOU_PHONE}, name="侯二")))
        await asyncio.sleep(0.3)
        assert not late.done()
    assert [answer.member_id for answer in await late] == [first]


async def test_the_number_of_statements_does_not_grow_with_the_rows(shop: Shop) -> None:
    """Twenty thousand rows take seconds because they take as many statements as two."""
    await tags(shop, "爱茶")
    statements_run: list[str] = []

    def hear(*args: object) -> None:
        statements_run.append(str(args[2]))

    def rows(first: int, count: int) -> list[MemberRow]:
        return [
            MemberRow(
                {"external_id": str(n), "phone": f"139{n:08d}", "email": f"p{n}@example.com"},
                name=f"客户{n}",
                tags=["爱茶"],
                consents={"wecom": True},
            )
            for n in range(first, first + count)
        ]

    async def statements(first: int, count: int) -> tuple[list[Upserted], int]:
        statements_run.clear()
        answers = await shop.upsert(*rows(first, count))
        return answers, len(statements_run)

    event.listen(shop.db.engine.sync_engine, "before_cursor_execute", hear)
    try:
        _, few = await statements(0, 2)
        made, many = await statements(2, 20_000)
        again, repeated = await statements(2, 20_000)
    finally:
        event.remove(shop.db.engine.sync_engine, "before_cursor_execute", hear)
    assert len({upserted.member_id for upserted in made}) == 20_000
    assert [upserted.member_id for upserted in again] == [resolved.member_id for resolved in made]
    assert not any(upserted.created for upserted in again)
    # facts are recorded ten thousand at a time
    assert max(many, repeated) <= few + 8
