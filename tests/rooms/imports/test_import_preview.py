"""What a preview tells beforehand: values as they would be stored, how much is here already, and which tags would be made."""

from typing import Any

import httpx
from sqlalchemy import text

from siyu.app import JOBS
from siyu.contacts.tags import actions as tags
from siyu.worker.poll import Registry, drain
from tests.rooms.imports.sample_files import ORDERS_MAPPING, TEXT
from tests.world import NOON, XU, Shop

MEMBERS = "会员号,买家手机,生日,标签\nM1,138 0000 0001,1990-05-06,团购;早市\nM2,+86 13800000002,1991/12/01,老客\n"
COLUMNS = {"external_id": "会员号", "phone": "买家手机", "tags": "标签", "attribute.birthday": "生日"}
MAPPING: dict[str, Any] = {
    "kind": "members",
    "source": "有赞",
    "zone": "Asia/Shanghai",
    "columns": COLUMNS,
    "attributes": {"birthday": {"label": "生日", "type": "date"}},
}


async def body_of(client: httpx.AsyncClient, content: str, mapping: dict[str, Any]) -> dict[str, Any]:
    upload = (await client.post("/api/v1/uploads", files={"file": ("x.csv", content.encode())})).json()
    return {"file": upload["file"], "kind": mapping["kind"], "mapping": mapping}


async def previewed(client: httpx.AsyncClient, content: str, mapping: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/v1/imports/preview", json=await body_of(client, content, mapping))
    assert answer.status_code == 200, answer.text
    preview: dict[str, Any] = answer.json()
    return preview


async def run(shop: Shop, client: httpx.AsyncClient, content: str, mapping: dict[str, Any]) -> dict[str, Any]:
    started = await client.post("/api/v1/imports", json=await body_of(client, content, mapping))
    assert started.status_code == 201, started.text
    await drain(Registry(jobs=JOBS), shop.db, shop.lake)
    done: dict[str, Any] = (await client.get(f"/api/v1/imports/{started.json()['id']}")).json()
    return done


async def test_values_are_shown_as_they_would_be_stored(client: httpx.AsyncClient) -> None:
    preview = await previewed(client, MEMBERS, MAPPING)
    assert [row["values"]["phone"] for row in preview["rows"]] == ["+8613800000001", "+8613800000002"]
    assert [row["values"]["attribute.birthday"] for row in preview["rows"]] == ["1990-05-06", "1991-12-01"]
    assert preview["rows"][0]["values"]["tags"] == ["团购", "早市"]


async def test_the_overlap_with_what_is_here_is_told(shop: Shop, client: httpx.AsyncClient) -> None:
    fresh = await previewed(client, TEXT, ORDERS_MAPPING)
    assert [note["zh"] for note in fresh["notes"]] == ["核对了 4 个单号：来源“门店收银”中已有 0 个，不会重复导入。"]
    await run(shop, client, TEXT, ORDERS_MAPPING)
    same = await previewed(client, TEXT, ORDERS_MAPPING)
    assert [note["zh"] for note in same["notes"]] == ["核对了 4 个单号：来源“门店收银”中已有 4 个，不会重复导入。"]
    renamed = await previewed(client, TEXT, ORDERS_MAPPING | {"source": "九月订单"})
    assert "已有 0 个" in renamed["notes"][0]["zh"]
    assert "有 4 个单号已在来源“门店收银”中" in renamed["notes"][1]["zh"]
    assert "“门店收银”" in renamed["notes"][1]["en"]
    await shop.member(phone="13800000002")
    people = await previewed(client, MEMBERS, MAPPING | {"columns": {"phone": "买家手机", "external_id": "会员号"}})
    assert people["notes"][0]["zh"] == "核对了 2 位客户：0 位已在库中，会补全资料；2 位是新客户。"
    by_phone = await previewed(client, MEMBERS, MAPPING | {"columns": {"phone": "买家手机"}, "attributes": {}})
    assert by_phone["notes"][0]["zh"] == "核对了 2 位客户：1 位已在库中，会补全资料；1 位是新客户。"


async def test_tags_nobody_made_can_be_made_into_a_group(shop: Shop, client: httpx.AsyncClient) -> None:
    async with shop.db.transaction() as tx:
        group = await tags.add_group(
            tx, shop.caller, name="旧组", kind="manual", owner="", exclusive=False, days=None, now=NOON
        )
        await tags.add_tags(tx, shop.caller, group.id, ["老客"], NOON)
    left_out = await previewed(client, MEMBERS, MAPPING)
    assert left_out["notes"][1]["zh"].startswith("有 2 个标签还没有，会略过：团购、早市")
    assert left_out["cells_left_out"] == 1
    mapping = MAPPING | {"rules": {"unknown_tags": "create", "tag_group": "有赞标签"}}
    made = await previewed(client, MEMBERS, mapping)
    assert made["notes"][1]["zh"] == "会在标签组“有赞标签”中新建 2 个标签：团购、早市。"
    assert (made["cells_left_out"], made["faults"]) == (0, [])
    async with shop.db.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM tag")) == 1
    for _ in range(2):
        done = await run(shop, client, MEMBERS + f"M3,,,{'长' * 61}\n", mapping)
        assert (done["rows_refused"], done["result"]["cells_left_out"]) == (0, 1)
    async with shop.db.transaction() as tx:
        rows = await tx.execute(
            text("""
                SELECT g.name, t.name, count(m.member_id) FROM tag t JOIN tag_group g ON g.id = t.group_id
                LEFT JOIN member_tag m ON m.tag_id = t.id GROUP BY 1, 2 ORDER BY 1, 2
            """)
        )
        assert [tuple(row) for row in rows] == [("旧组", "老客", 1), ("有赞标签", "团购", 1), ("有赞标签", "早市", 1)]


async def test_only_those_who_keep_the_tag_norms_make_tags(shop: Shop, client: httpx.AsyncClient) -> None:
    async with shop.client(XU) as analyst:
        assert (await analyst.post("/api/v1/imports", json={})).status_code in (403, 422)
    made = await client.post("/api/v1/api-keys", json={"name": "收银", "scopes": ["imports.read", "imports.write"]})
    assert made.status_code == 201, made.text
    body = await body_of(client, MEMBERS, MAPPING | {"rules": {"unknown_tags": "create"}})
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    async with httpx.AsyncClient(transport=client._transport, base_url="http://siyu.test", headers=headers) as till:
        refused = await till.post("/api/v1/imports", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "mapping.rules.unknown_tags")


async def test_an_order_file_names_its_customers_by_phone_and_keeps_all_of_its_amounts(
    client: httpx.AsyncClient,
) -> None:
    content = "订单号,买家手机,下单时间,规格编码,数量,单价,实付金额\nD1,13800000001,2024-05-06 10:00,S1,2,3.00,5.50\n"
    upload = (await client.post("/api/v1/uploads", files={"file": ("x.csv", content.encode())})).json()
    mapping = upload["suggested"]["mapping"]
    columns = {target: spec if isinstance(spec, str) else spec["column"] for target, spec in mapping["columns"].items()}
    assert (upload["suggested"]["kind"], mapping["columns"]["member"]["identity"]) == ("orders", "phone")
    assert (columns["number"], columns["member"], columns["paid_at"]) == ("订单号", "买家手机", "下单时间")
    assert {"数量", "单价", "实付金额"} <= set(columns.values())
    masked = content.replace("13800000001", "138****0001")
    upload = (await client.post("/api/v1/uploads", files={"file": ("x.csv", masked.encode())})).json()
    assert "member" not in upload["suggested"]["mapping"]["columns"]


async def test_headings_of_shops_are_recognised(shop: Shop, client: httpx.AsyncClient) -> None:
    made = await client.post("/api/v1/attributes", json={"name": "level", "label": "会员等级", "type": "text"})
    assert made.status_code == 201, made.text
    content = (
        "买家手机,客户姓名,注册时间,标签,生日,会员等级\n13800000001,王芳,2024-05-06 10:00:00,老客,1990-05-06,金卡\n"
    )
    upload = (await client.post("/api/v1/uploads", files={"file": ("x.csv", content.encode())})).json()
    assert upload["suggested"]["kind"] == "members"
    assert upload["suggested"]["mapping"]["columns"] == {
        "phone": "买家手机",
        "name": "客户姓名",
        "joined_at": "注册时间",
        "tags": "标签",
        "attribute.birthday": "生日",
        "attribute.level": "会员等级",
    }
    assert upload["suggested"]["mapping"]["attributes"]["birthday"]["type"] == "date"
