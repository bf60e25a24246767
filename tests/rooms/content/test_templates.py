"""Templates over HTTP: written, revised, retired, previewed for a real member, refused with line and column."""

from typing import Any

import httpx
import pytest

from siyu.contacts.attributes import actions as contact_attributes
from siyu.contacts.members.rules import MemberRow
from siyu.content import queries
from tests.world import CHEN, NOON, ZHOU, Shop

HELLO = {"name": "欢迎", "channel": "wecom", "body": "{{ member.name | default: '您' }}好，{{ shop.name }}欢迎您"}


@pytest.fixture
async def lin(shop: Shop) -> int:
    async with shop.db.transaction() as tx:
        await contact_attributes.define_attribute(tx, shop.caller, name="note", label="备注", type="text", now=NOON)
    row = MemberRow({"phone": "13812345678"}, name="林一", attributes={"note": "打 13812345678"})
    (upserted,) = await shop.upsert(row)
    return upserted.member_id


async def test_a_template_is_written_and_revised_and_keeps_what_it_said(shop: Shop, client: httpx.AsyncClient) -> None:
    made = (await client.post("/api/v1/templates", json=HELLO)).json()
    assert (made["version"], made["variables"]) == (1, ["member.name", "shop.name"])
    path = f"/api/v1/templates/{made['id']}"
    revised = (await client.put(path, json={"name": "欢迎", "body": "您好"})).json()
    assert (revised["version"], revised["body"]) == (2, "您好")
    renamed = (await client.put(path, json={"name": "欢迎语", "body": "您好"})).json()
    assert (renamed["version"], renamed["name"]) == (2, "欢迎语")
    kept = (await client.get(f"{path}/versions")).json()["items"]
    assert [(row["version"], row["body"]) for row in kept] == [(2, "您好"), (1, HELLO["body"])]
    async with shop.db.transaction() as tx:
        first = await queries.version(tx, made["id"], 1)
        current = await queries.version(tx, made["id"], None)
        assert first is not None and current is not None
        assert (first.body, current.body) == (HELLO["body"], "您好")
        assert await queries.version(tx, made["id"], 9) is None


async def test_a_retired_template_is_out_of_the_list_but_still_read(shop: Shop, client: httpx.AsyncClient) -> None:
    made = (await client.post("/api/v1/templates", json=HELLO)).json()
    assert (await client.delete(f"/api/v1/templates/{made['id']}")).status_code == 204
    assert (await client.get("/api/v1/templates")).json()["total"] == 0
    assert (await client.get("/api/v1/templates", params={"retired": True})).json()["total"] == 1
    refused = await client.put(f"/api/v1/templates/{made['id']}", json={"name": "x", "body": "y"})
    assert refused.json()["code"] == "template_retired"
    async with shop.db.transaction() as tx:
        assert (await queries.version(tx, made["id"], None)) is not None


async def test_lists_search_and_page(client: httpx.AsyncClient) -> None:
    for n in range(5):
        await client.post("/api/v1/templates", json={**HELLO, "name": f"模板{n}"})
    first = (await client.get("/api/v1/templates", params={"limit": 3})).json()
    rest = (await client.get("/api/v1/templates", params={"limit": 3, "cursor": first["next"]})).json()
    assert [item["name"] for item in first["items"] + rest["items"]] == [f"模板{n}" for n in (4, 3, 2, 1, 0)]
    assert (first["total"], rest["next"]) == (5, None)
    assert (await client.get("/api/v1/templates", params={"search": "板3"})).json()["total"] == 1
    again = await client.post("/api/v1/templates", json={**HELLO, "name": "模板 3".replace(" ", "")})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": " "}, "name"),
        ({"channel": "pigeon"}, "channel"),
        ({"body": " "}, "body"),
        ({"body": "一\n二{{ member.nmae }}"}, "body:2:5"),
        ({"body": "{% if member.name %}"}, "body:1:1"),
        ({"body": "{% include 'x' %}"}, "body:1:4"),
        ({"attachments": [{"kind": "link", "title": "x", "url": "ftp://x"}]}, "attachments[0].url"),
        ({"body": "x" * 10_001}, "body"),
    ],
)
async def test_what_is_wrong_is_named_with_its_place(
    client: httpx.AsyncClient, change: dict[str, Any], path: str
) -> None:
    answer = await client.post("/api/v1/templates", json={**HELLO, **change})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)


async def test_a_preview_is_what_the_member_would_get(client: httpx.AsyncClient, lin: int) -> None:
    body = {
        "body": "{{ member.name }}：{{ member.note }} {{ link.preferences }}<b>",
        "attachments": [{"kind": "link", "title": "给{{ member.name }}", "url": "https://shop.example/"}],
        "member_id": lin,
    }
    shown = (await client.post("/api/v1/templates/preview", json=body)).json()
    assert shown["errors"] == []
    assert shown["text"].startswith("林一：打 13812345678 https://…")
    assert shown["attachments"][0]["title"] == "给林一"


async def test_a_preview_masks_what_the_caller_may_not_see(shop: Shop, lin: int) -> None:
    async with shop.client(CHEN) as operator:
        answer = await operator.post("/api/v1/templates/preview", json={"body": "{{ member.note }}", "member_id": lin})
    assert answer.json()["text"] == "打 138****5678"


async def test_a_preview_says_what_is_wrong(client: httpx.AsyncClient, lin: int) -> None:
    shown = (await client.post("/api/v1/templates/preview", json={"body": "{{ x.y }}", "member_id": lin})).json()
    assert shown["text"] is None
    assert shown["errors"][0]["path"] == "body:1:4"
    big = "{% for t in member.note %}x{% endfor %}{% assign a = 'aaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 30
    shown = (await client.post("/api/v1/templates/preview", json={"body": big, "member_id": lin})).json()
    assert shown["text"] is None and shown["errors"][0]["reason_zh"]
    answer = await client.post("/api/v1/templates/preview", json={"body": "x", "member_id": 999_999})
    assert answer.status_code == 404


async def test_who_may_write(shop: Shop) -> None:
    async with shop.client(ZHOU) as host:
        assert (await host.get("/api/v1/templates")).status_code == 200
        assert (await host.post("/api/v1/templates", json=HELLO)).status_code == 403


async def test_the_language_names_everything_there_is(client: httpx.AsyncClient, lin: int) -> None:
    language = (await client.get("/api/v1/template-language")).json()
    assert "member.note" in language["variables"]
    assert {"name": "money", "zh": "分转元", "en": "fen as yuan"} in language["filters"]
