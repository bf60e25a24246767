"""The audit trail: who changed what, by name, with the value before and after."""

from typing import Any

import httpx

from tests.world import XU, Shop


async def newest(client: httpx.AsyncClient) -> dict[str, Any]:
    """The last line of the trail."""
    answer = await client.get("/api/v1/audit", params={"kinds": "setting_changed", "limit": 1})
    return dict(answer.json()["items"][0])


async def test_the_brands_own_settings_are_told_with_both_values(client: httpx.AsyncClient) -> None:
    assert (await client.patch("/api/v1/workspace", json={"zone": "Asia/Tokyo"})).status_code == 200
    assert (await newest(client))["change_zh"] == "时区：Asia/Shanghai → Asia/Tokyo"


async def test_caps_and_quiet_hours_are_told_with_both_values(client: httpx.AsyncClient) -> None:
    first = {"caps": [{"channel": "*", "count": 3, "days": 7}], "quiet": None, "holidays": []}
    assert (await client.put("/api/v1/calm", json=first)).status_code == 200
    second = {**first, "quiet": {"start": "21:00", "end": "09:00"}, "caps": [{"channel": "*", "count": 2, "days": 7}]}
    assert (await client.put("/api/v1/calm", json=second)).status_code == 200
    line = await newest(client)
    assert line["zh"] == "修改了触达频控"
    assert (
        line["change_zh"] == "疲劳度：全部渠道 7 天内最多 3 条 → 全部渠道 7 天内最多 2 条；免打扰：未设置 → 21:00–09:00"
    )


async def test_an_audience_is_called_by_its_name_and_its_conditions_are_read_out(client: httpx.AsyncClient) -> None:
    tree = {"did": {"fact": "order_paid", "last": {"before": "-60d"}}}
    made = await client.post("/api/v1/audiences", json={"name": "silent_60d", "label": "60 天未下单", "tree": tree})
    assert made.status_code == 201, made.text
    assert (await newest(client))["props"]["subject"] == "60 天未下单"
    tree = {"did": {"fact": "order_paid", "last": {"before": "-90d"}}}
    changed = await client.put(f"/api/v1/audiences/{made.json()['id']}", json={"label": "90 天未下单", "tree": tree})
    assert changed.status_code == 200, changed.text
    change = (await newest(client))["change_zh"]
    assert "名称：60 天未下单 → 90 天未下单" in change and "条件：" in change and "90 天" in change


async def test_who_left_the_team_keeps_a_name_in_the_trail(shop: Shop, client: httpx.AsyncClient) -> None:
    async with shop.client(XU) as theirs:
        assert (await theirs.patch("/api/v1/me", json={"name": XU.name})).status_code == 200
    lines = (await client.get("/api/v1/audit")).json()["items"]
    people = (await client.get("/api/v1/users")).json()["items"]
    leaver = next(person for person in people if person["email"] == XU.email)
    assert (await client.delete(f"/api/v1/users/{leaver['id']}")).status_code in (200, 204)
    after = (await client.get("/api/v1/audit")).json()["items"]
    assert len(after) > len(lines)
    assert not [line for line in after if line["actor_name"].startswith(("user:", "key:"))]
    assert XU.name in {line["actor_name"] for line in after if line["name"] == "signed_in"}


async def test_a_refused_sign_in_says_why_in_words(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/sign-in", json={"email": XU.email, "password": "not-the-password"})
    line = (await client.get("/api/v1/audit", params={"kinds": "sign_in_refused"})).json()["items"][0]
    assert (line["change_zh"], line["change_en"]) == ("密码不正确", "the password was wrong")
