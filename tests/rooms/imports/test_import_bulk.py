"""What bulk paths must not change: chunk boundaries, the same person again, awkward text, two writers at once, no orphans."""

import asyncio
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from siyu.commerce import actions as commerce
from siyu.commerce.rules import Document, ImportResult, Line
from siyu.contacts.members import actions as contacts
from siyu.contacts.members.rules import MemberRow
from siyu.imports.files import chunks
from tests.rooms.imports.sample_files import ORDERS_MAPPING, import_file, written
from tests.world import NOON, Shop

PEOPLE: dict[str, Any] = {
    "kind": "members",
    "source": "crm",
    "columns": {
        "external_id": "会员号",
        "phone": "手机",
        "name": "姓名",
        "consent.sms": "短信",
        "attribute.city": "城市",
    },
    "attributes": {"city": {"label": "城市", "type": "text"}},
}
HEADING = "会员号,手机,姓名,短信,城市"
ROWS = [
    "M1,13800000001,甲,是,沪",
    "M2,13800000002,乙,否,",
    "M1,,甲二,,杭",
    ",13800000002,,是,苏",
    "M3,13800000001,丙,,",
    "M4,12,丁,,",
    "M3,13800000003,丙二,是,宁",
    "M2,13800000009,,,",
]
ORDER_HEADING = "订单号,客户编号,支付时间,门店,商品编码,商品名称,数量,单价"
SOLD = [
    ("D1", "09:30", "", "2", "5.905"),
    ("D1", "09:10", "一店", "1", "-1.00"),
    ("D2", "10:00", "", "-1", "3.00"),
    ("T1", "12:00", "", "-2", "3.00"),
    ("T1", "12:00", "", "1", "0.50"),
    ("T2", "13:00", "", "2", "3.00"),
]
"""number, time, store, quantity, price: a line with half a fen, a correction, refunds written negative and positive."""
MEMBERS = """
    SELECT m.name, m.attributes->>'city', c.state,
           (SELECT array_agg(i.kind || '=' || i.masked ORDER BY i.kind, i.masked) FROM identity i WHERE i.member_id = m.id)
    FROM member m LEFT JOIN consent c ON c.member_id = m.id WHERE m.merged_into IS NULL ORDER BY m.name
"""
ORPHANS = {
    "identity": "SELECT count(*) FROM identity i LEFT JOIN member m ON m.id = i.member_id AND m.workspace_id = i.workspace_id WHERE m.id IS NULL",
    "consent": "SELECT count(*) FROM consent c LEFT JOIN member m ON m.id = c.member_id WHERE m.id IS NULL",
    "member_tag": "SELECT count(*) FROM member_tag t LEFT JOIN member m ON m.id = t.member_id WHERE m.id IS NULL",
    "purchase": "SELECT count(*) FROM purchase p LEFT JOIN member m ON m.id = p.member_id AND m.workspace_id = p.workspace_id "
    "WHERE m.id IS NULL AND p.member_id IS NOT NULL",
    "refund": "SELECT count(*) FROM refund r LEFT JOIN member m ON m.id = r.member_id WHERE m.id IS NULL AND r.member_id IS NOT NULL",
    "member": "SELECT count(*) FROM member m LEFT JOIN workspace w ON w.id = m.workspace_id WHERE w.id IS NULL",
}


async def everybody(shop: Shop) -> list[Any]:
    async with shop.db.transaction() as tx:
        return [tuple(row) for row in await tx.execute(text(MEMBERS))]


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
async def test_the_same_person_again_is_one_member_wherever_chunks_end(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", rows)
    done = await import_file(shop, written(tmp_path, "\n".join([HEADING, *ROWS]) + "\n", "m.csv"), PEOPLE)
    assert (done.state, done.rows_done, done.rows_refused) == ("done", 8, 0)
    assert (done.result["members_created"], done.result["cells_left_out"]) == (4, 1)
    assert await everybody(shop) == [
        ("丁", None, None, ["external_id=M4"]),
        ("丙二", "宁", "given", ["external_id=M3", "phone=138****0003"]),
        ("乙", "苏", "withdrawn", ["external_id=M2", "phone=138****0002", "phone=138****0009"]),
        ("甲二", "杭", "given", ["external_id=M1", "phone=138****0001"]),
    ]
    async with shop.db.transaction() as tx:
        counts = {row[0]: row[1] for row in await tx.execute(text("SELECT name, count(*) FROM fact GROUP BY 1"))}
        ids = (
            await tx.execute(text("SELECT count(*), count(DISTINCT id), min(substr(id::text, 15, 1)) FROM fact"))
        ).one()
    assert (counts["member_created"], counts["consent_given"], counts["consent_withdrawn"]) == (4, 2, 1)
    assert ids[0] == ids[1] and ids[2] == "8"


async def test_awkward_text_arrives_as_it_was_written(shop: Shop, tmp_path: Path) -> None:
    names = ["\\N", "a\\tb", "两\t格", "上\n下", "back\\", 'quo"te', "\\\\x41", "　全角　空格"]
    lines = [f'N{n},,"{name.replace(chr(34), chr(34) * 2)}",,\\.' for n, name in enumerate(names)]
    done = await import_file(shop, written(tmp_path, "\n".join([HEADING, *lines]) + "\n", "m.csv"), PEOPLE)
    assert (done.rows_refused, done.result["members_created"]) == (0, len(names))
    async with shop.db.transaction() as tx:
        members = (await tx.execute(text("SELECT name, attributes->>'city' FROM member ORDER BY id"))).all()
    assert [name for name, _ in members] == [name.strip() for name in names]
    assert {city for _, city in members} == {"\\."}


async def test_orders_may_come_before_their_member_and_in_another_chunk(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 2)
    lines = [f"D{n},M{1 + n % 3},2026-03-01 09:{n:02d},,SKU,x,1,{n}.00" for n in range(1, 10)]
    await import_file(shop, written(tmp_path, "\n".join([ORDER_HEADING, *lines]) + "\n"), ORDERS_MAPPING)
    await import_file(shop, written(tmp_path, "\n".join([HEADING, *ROWS]) + "\n", "m.csv"), PEOPLE)
    async with shop.db.transaction() as tx:
        bought = await tx.execute(
            text(
                "SELECT m.name, count(*), sum(p.amount) FROM purchase p JOIN member m ON m.id = p.member_id GROUP BY 1"
            )
        )
        rows = await tx.execute(
            text(
                "SELECT count(*), sum((props->>'amount')::int), bool_or(props ? 'store') FROM fact WHERE name = 'order_paid'"
            )
        )
    assert sorted(tuple(row) for row in bought) == [("丙二", 3, 1500), ("乙", 3, 1200), ("甲二", 3, 1800)]
    assert tuple(rows.one()) == (9, 4500, False)


async def test_documents_added_up_beside_the_import_equal_those_added_up_here(shop: Shop, tmp_path: Path) -> None:
    """The import hands over documents that DuckDB has added up, the API lines that Postgres adds up: the same rows."""
    lines = [",".join((n, "", f"2026-03-01 {at}", store, "A", "x", q, p)) for n, at, store, q, p in SOLD]
    mapping = {**ORDERS_MAPPING, "zone": "UTC"}
    await import_file(shop, written(tmp_path, "\n".join([ORDER_HEADING, *lines]) + "\n"), mapping)

    documents: dict[str, Document] = {}
    for number, at, store, quantity, price in SOLD:
        moment = NOON.replace(day=1, hour=int(at[:2]), minute=int(at[3:]))
        known = documents.get(number, Document(number, moment, []))
        fen = (Decimal(quantity) * Decimal(price) * 100).quantize(Decimal(1), ROUND_HALF_EVEN)
        line = Line("A", int(fen), Decimal(quantity), "x")
        documents[number] = replace(
            known, at=min(known.at, moment), lines=[*known.lines, line], store=known.store or store or None
        )
    async with shop.db.transaction() as tx:
        orders = [d for d in documents.values() if d.number.startswith("D")]
        refunds = [d for d in documents.values() if d.number.startswith("T")]
        await commerce.import_orders(tx, shop.workspace_id, orders, source="api", actor="system", now=NOON)
        await commerce.import_refunds(tx, shop.workspace_id, refunds, source="api", actor="system", now=NOON)
    for table, columns in (
        ("purchase", "number, amount, lines, correction, store, paid_at"),
        ("refund", "number, amount, lines, refunded_at"),
    ):
        async with shop.db.transaction() as tx:
            both = [
                (await tx.execute(text(f"SELECT {columns} FROM {table} WHERE source = :s ORDER BY 1"), {"s": s})).all()
                for s in ("门店收银", "api")
            ]
        assert both[0] == both[1] and both[0]


async def test_of_two_writers_of_one_number_the_second_finds_it_here(shop: Shop) -> None:
    async def take(after: asyncio.Event, hold: asyncio.Event | None) -> ImportResult:
        async with shop.db.transaction() as tx:
            documents = [Document("X1", NOON, [Line("a", 100)]), Document(f"own-{id(after)}", NOON, [Line("b", 50)])]
            taken = await commerce.import_orders(
                tx, shop.workspace_id, documents, source="pos", actor="system", now=NOON
            )
            after.set()
            if hold is not None:
                await hold.wait()
            return taken

    first_wrote, second_wrote, release = asyncio.Event(), asyncio.Event(), asyncio.Event()
    first = asyncio.ensure_future(take(first_wrote, release))
    await first_wrote.wait()
    second = asyncio.ensure_future(take(second_wrote, None))
    await asyncio.sleep(0.2)
    assert not second.done(), "it waits for the first to decide"
    release.set()
    first_import, second_import = await first, await second
    assert (first_import.documents, first_import.facts) == (2, 2)
    assert (second_import.documents, second_import.known, second_import.facts, second_import.different) == (1, 1, 1, ())
    async with shop.db.transaction() as tx:
        counted = (
            await tx.execute(
                text(
                    "SELECT (SELECT count(*) FROM purchase), (SELECT count(*) FROM purchase_line), "
                    "(SELECT count(*) FROM fact WHERE name = 'order_paid')"
                )
            )
        ).one()
    assert tuple(counted) == (3, 3, 3)


async def test_of_two_upserts_of_one_identity_the_second_joins_the_first(shop: Shop) -> None:
    async def upsert(rows: list[MemberRow], wrote: asyncio.Event, hold: asyncio.Event | None) -> list[int]:
        async with shop.db.transaction() as tx:
            made = await contacts.upsert(tx, shop.workspace_id, rows, source="x", actor="system", now=NOON)
            wrote.set()
            if hold is not None:
                await hold.wait()
            return [upserted.member_id for upserted in made]

    wrote, release = asyncio.Event(), asyncio.Event()
    people = [MemberRow({"external_id": f"E{n}"}, name=f"n{n}") for n in range(3)]
    first = asyncio.ensure_future(upsert(people, wrote, release))
    await wrote.wait()
    second = asyncio.ensure_future(upsert([people[1], MemberRow({"external_id": "E9"})], asyncio.Event(), None))
    await asyncio.sleep(0.2)
    assert not second.done()
    release.set()
    ours, theirs = await first, await second
    assert theirs[0] == ours[1]
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM member")) == 4


async def test_nothing_is_left_without_its_member_and_no_member_can_be_deleted(shop: Shop, tmp_path: Path) -> None:
    await import_file(shop, written(tmp_path, "\n".join([HEADING, *ROWS]) + "\n", "m.csv"), PEOPLE)
    async with shop.db.transaction() as tx:
        rows = [
            MemberRow({"phone": "13800000001", "unionid": "u1"}),
            MemberRow({"external_id": "M2", "phone": "13800000003"}),
        ]
        made = await contacts.upsert(tx, shop.workspace_id, rows, source="x", actor="system", now=NOON)
        await contacts.erase(tx, shop.workspace_id, made[0].member_id, actor="system", now=NOON)
    async with shop.db.transaction() as tx:
        for table, query in ORPHANS.items():
            assert await tx.scalar(text(query)) == 0, table
    for table in ("member", "workspace"):
        with pytest.raises(IntegrityError):
            async with shop.db.transaction() as tx:
                await tx.execute(text(f"DELETE FROM {table}"))
