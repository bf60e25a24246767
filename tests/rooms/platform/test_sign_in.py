"""Signing in, roles, keys and the audit trail, over HTTP."""

import httpx
import pytest
from httpx import ASGITransport

from siyu.web.health import CHECKS
from tests.world import LIN, PASSWORD, XU, ZHOU, Shop


@pytest.fixture
def stranger(shop: Shop) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=ASGITransport(shop.app), base_url="http://siyu.test")


async def test_a_stranger_is_told_to_sign_in(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail_zh"] == "请先登录"


async def test_a_wrong_password_is_refused_counted_and_slowed_down(stranger: httpx.AsyncClient) -> None:
    for _ in range(8):
        answer = await stranger.post("/api/v1/sign-in", json={"email": LIN.email, "password": "not the password"})
        assert answer.status_code == 401
    answer = await stranger.post("/api/v1/sign-in", json={"email": LIN.email, "password": PASSWORD})
    assert answer.status_code == 429


async def test_me_names_brand_role_and_permissions(client: httpx.AsyncClient) -> None:
    me = (await client.get("/api/v1/me")).json()
    assert me["workspace"]["name"] == "青巷鲜食"
    assert me["role"] == "admin"
    assert "users.manage" in me["permissions"]


async def test_a_write_without_the_csrf_token_is_refused(client: httpx.AsyncClient) -> None:
    del client.headers["X-CSRF-Token"]
    answer = await client.patch("/api/v1/workspace", json={"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


async def test_a_host_may_not_manage_the_team(shop: Shop) -> None:
    async with shop.client(ZHOU) as host:
        answer = await host.get("/api/v1/users")
    assert answer.status_code == 403
    assert "管理团队成员" in answer.json()["detail_zh"]


async def test_the_last_admin_can_neither_leave_nor_step_down(client: httpx.AsyncClient) -> None:
    me = (await client.get("/api/v1/me")).json()["user"]["id"]
    assert (await client.delete(f"/api/v1/users/{me}")).json()["code"] == "last_admin"
    assert (await client.patch(f"/api/v1/users/{me}", json={"role": "host"})).json()["code"] == "last_admin"


async def test_a_key_opens_what_its_scopes_say_and_nothing_else(shop: Shop, client: httpx.AsyncClient) -> None:
    made = (await client.post("/api/v1/api-keys", json={"name": "收银", "scopes": ["audit.read"]})).json()
    async with httpx.AsyncClient(transport=ASGITransport(shop.app), base_url="http://siyu.test") as program:
        program.headers["Authorization"] = f"Bearer {made['secret']}"
        assert (await program.get("/api/v1/audit")).status_code == 200
        assert (await program.get("/api/v1/users")).status_code == 403
        await client.delete(f"/api/v1/api-keys/{made['id']}")
        assert (await program.get("/api/v1/audit")).status_code == 401


async def test_an_unknown_scope_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/api-keys", json={"name": "x", "scopes": ["all.of.it"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "scopes"


async def test_the_audit_trail_names_who_did_what(client: httpx.AsyncClient) -> None:
    person = {"email": "new@qingxiang.example", "name": "新人", "password": PASSWORD, "role": "host"}
    await client.post("/api/v1/users", json=person)
    line = (await client.get("/api/v1/audit")).json()["items"][0]
    assert (line["actor_name"], line["props"]["verb"], line["props"]["subject"]) == ("林晓", "added", "新人")
    assert (line["zh"], line["en"]) == ("添加了成员", "added to the team")


async def test_the_audit_trail_is_searched_by_what_it_says(client: httpx.AsyncClient) -> None:
    for n, name in enumerate(("新人", "旧人")):
        person = {"email": f"n{n}@qingxiang.example", "name": name, "password": PASSWORD, "role": "host"}
        await client.post("/api/v1/users", json=person)

    async def subjects(search: str) -> list[str]:
        items = (await client.get("/api/v1/audit", params={"search": search})).json()["items"]
        return [line["props"].get("subject") for line in items]

    assert await subjects("新人") == ["新人"]
    assert (await subjects("添加了成员"))[:2] == ["旧人", "新人"]
    assert (await subjects("林晓"))[:2] == ["旧人", "新人"]
    assert await subjects("没有这样的") == []
    assert await subjects("%") == []


async def test_a_removed_person_is_out_at_once(shop: Shop, client: httpx.AsyncClient) -> None:
    async with shop.client(XU) as analyst:
        people = (await client.get("/api/v1/users")).json()["items"]
        person = next(p for p in people if p["email"] == XU.email)
        assert (await client.delete(f"/api/v1/users/{person['id']}")).status_code == 204
        assert (await analyst.get("/api/v1/me")).status_code == 401


async def test_a_changed_password_ends_every_session(shop: Shop) -> None:
    async with shop.client(XU) as first, shop.client(XU) as two:
        body = {"old": PASSWORD, "new": "another-long-password"}
        assert (await first.post("/api/v1/me/password", json=body)).status_code == 204
        assert (await two.get("/api/v1/me")).status_code == 401


async def test_health_says_what_works(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/healthz")).json() == {"status": "ok"} | dict.fromkeys(
        (check.name for check in CHECKS), "ok"
    )


async def test_a_field_that_there_is_not_is_refused_by_name(client: httpx.AsyncClient) -> None:
    answer = await client.patch("/api/v1/workspace", json={"name": "青巷", "timezone": "Asia/Shanghai"})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["path"], fault["reason"], fault["reason_zh"]) == (
        "timezone",
        "there is no such field",
        "没有这个字段",
    )
