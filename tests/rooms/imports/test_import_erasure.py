"""Who was erased leaves the uploads and the refused cells too, in every way files write them; others stay."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from siyu.contacts.identities.queries import erased
from siyu.contacts.members import actions as contact_members
from siyu.contacts.members.rules import MemberRow
from siyu.imports.runs import erasure
from siyu.kit.settings import Settings
from tests.rooms.imports.test_import_api import imported, uploaded
from tests.world import NOON, Shop

PERSON = {
    "phone": "13812345678",
    "email": "Gone@Example.cn",
    "external_id": "QX-0042",
    "openid": "oGONE0001",
}
HEADING = "编号,联系方式,备注\n"


@pytest.fixture(autouse=True)
def own_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "settings", lambda: Settings(home=tmp_path))


async def erase(shop: Shop) -> None:
    (known,) = await shop.upsert(MemberRow(PERSON, name="将离开的人"))
    async with shop.db.transaction() as tx:
        await contact_members.erase(tx, shop.workspace_id, known.member_id, actor="user:1", now=NOON)


async def pending(shop: Shop) -> int:
    async with shop.db.transaction() as tx:
        return len(await erased(tx))


async def refused_cells(shop: Shop) -> set[str | None]:
    async with shop.db.transaction() as tx:
        return set(await tx.scalars(text("SELECT value FROM import_fault")))


def kept(tmp_path: Path) -> set[str]:
    return {about.parent.name for about in tmp_path.glob("uploads/*/*/about.json")}


@pytest.mark.parametrize(
    "row",
    [
        "1,13812345678,",
        "1,+86 138-1234-5678,",
        "1,,打给 138 1234 5678 就行",
        "1,13812345678.0,",
        "1,gone@example.cn,",
        "1,张三 <GONE@example.cn>,",
        "QX-0042,,",
        "qx0042,,",
        "1,oGONE0001,",
    ],
)
async def test_a_file_that_names_an_erased_member_goes(
    shop: Shop, client: httpx.AsyncClient, tmp_path: Path, row: str
) -> None:
    named = await uploaded(client, f"{HEADING}2,13900000000,\n{row}\n")
    other = await uploaded(client, f"{HEADING}QX-00421,13812345679,oGONE00012\n")
    await erase(shop)
    assert await pending(shop) == len(PERSON)
    await erasure.erase(shop.db, None, NOON)
    assert kept(tmp_path) == {other["file"]}
    assert named["file"] not in kept(tmp_path)
    assert await pending(shop) == 0


async def test_refused_cells_of_their_rows_go_and_others_stay(shop: Shop, client: httpx.AsyncClient) -> None:
    lines = "D1,,2026-03-01 09:30,店,SKU,草莓,one,13812345678-1\nD2,,2026-03-01 09:30,店,SKU,草莓,two,x\n"
    heading = "订单号,客户编号,支付时间,门店,商品编码,商品名称,数量,单价\n"
    await imported(shop, client, heading + lines)
    assert {"one", "13812345678-1", "two"} <= await refused_cells(shop)
    await erase(shop)
    await erasure.erase(shop.db, None, NOON)
    left = await refused_cells(shop)
    assert "two" in left and not left & {"one", "13812345678-1"}


async def test_a_file_that_is_being_imported_waits_its_turn(
    shop: Shop, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    done = await imported(shop, client)
    await erase(shop)
    async with shop.db.transaction() as tx:
        await tx.execute(text("UPDATE import_run SET state = 'running' WHERE id = :id"), {"id": done["id"]})
    await erasure.erase(shop.db, None, NOON)
    assert await pending(shop) == len(PERSON)
    async with shop.db.transaction() as tx:
        await tx.execute(text("UPDATE import_run SET state = 'failed' WHERE id = :id"), {"id": done["id"]})
    await erasure.erase(shop.db, None, NOON)
    assert await pending(shop) == 0


async def test_what_is_kept_of_an_erased_member_is_ciphertext(shop: Shop) -> None:
    await erase(shop)
    async with shop.db.transaction() as tx:
        raw = [bytes(value) for value in await tx.scalars(text("SELECT value FROM erased_identity"))]
    assert len(raw) == len(PERSON)
    assert not any(b"13812345678" in value or b"QX-0042" in value for value in raw)
