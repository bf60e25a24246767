"""The room over HTTP: calm, accounts and their secrets, the log, quotas, and members' own page."""

from datetime import timedelta

import httpx
from sqlalchemy import text as sql

from siyu.channels.consent.queries import preference_link
from siyu.kit import clock
from tests.rooms.channels.conftest import Desk
from tests.world import NOON, TEAM, XU, ZHOU


async def test_calm_is_kept_as_it_was_put(desk: Desk, client: httpx.AsyncClient) -> None:
    empty = (await client.get("/api/v1/calm")).json()
    assert (empty["caps"], empty["quiet"], empty["holidays"]) == ([], None, [])
    assert [(purpose["name"], purpose["caps"]) for purpose in empty["purposes"]] == [
        ("marketing", True),
        ("service", False),
    ]
    caps = [{"channel": None, "count": 3, "days": 7}, {"channel": "wecom", "count": 1, "days": 1}]
    await desk.calm(client, caps=caps, quiet={"start": "21:00", "end": "09:00"}, holidays=["2026-10-01"])
    kept = (await client.get("/api/v1/calm")).json()
    assert sorted(kept["caps"], key=lambda cap: cap["days"], reverse=True) == caps
    assert kept["quiet"] == {"start": "21:00:00", "end": "09:00:00"}
    assert kept["holidays"] == ["2026-10-01"]
    await desk.calm(client, holidays=["2026-10-01"])
    kept = (await client.get("/api/v1/calm")).json()
    assert (kept["quiet"], kept["holidays"]) == (None, ["2026-10-01"])
    line = (await client.get("/api/v1/audit")).json()["items"][0]
    assert (line["props"]["what"], line["props"]["verb"]) == ("calm", "set")


async def test_calm_that_makes_no_sense_is_refused_by_field(desk: Desk, client: httpx.AsyncClient) -> None:
    cap = {"channel": None, "count": 0, "days": 400}
    body = {"caps": [cap, cap], "quiet": {"start": "09:00", "end": "09:00"}, "holidays": []}
    answer = await client.put("/api/v1/calm", json=body)
    assert answer.status_code == 422
    paths = {fault["path"] for fault in answer.json()["errors"]}
    assert {"caps[0].count", "caps[0].days", "caps[1].days", "quiet.end"} <= paths


async def test_secrets_go_in_and_never_come_out(desk: Desk, client: httpx.AsyncClient) -> None:
    (account,) = (await client.get("/api/v1/channel-accounts")).json()["items"]
    assert account["secrets"] == ["callback_aes_key", "callback_token", "secret"]
    secret = desk.sim.server.settings.secrets[0]
    pages = [
        await client.get("/api/v1/channel-accounts"),
        await client.patch(f"/api/v1/channel-accounts/{account['id']}", json={"secrets": {"secret": secret}}),
        await client.get("/api/v1/audit"),
    ]
    assert all(secret not in page.text for page in pages)
    (row,) = await desk.rows("SELECT secrets FROM channel_account")
    assert secret.encode() not in bytes(row.secrets)


async def test_an_account_is_checked_with_the_platforms_words(desk: Desk, client: httpx.AsyncClient) -> None:
    path = f"/api/v1/channel-accounts/{desk.account_id}"
    checked = (await client.post(f"{path}/check")).json()
    assert checked["trouble"] is None and checked["checked_at"]
    await client.patch(path, json={"secrets": {"secret": "wrong"}})
    checked = (await client.post(f"{path}/check")).json()
    assert "40001" in checked["trouble"]
    assert "wrong" not in checked["trouble"]


async def test_wrong_accounts_are_refused_by_field(desk: Desk, client: httpx.AsyncClient) -> None:
    good = {"corpid": "ww1", "base_url": "https://qyapi.weixin.qq.com"}
    wrong = [
        ({"channel": "pigeon", "name": "x"}, "channel"),
        ({"channel": "wecom", "name": "x", "config": {}, "secrets": {"secret": "s"}}, "config.corpid"),
        ({"channel": "wecom", "name": "x", "config": good}, "secrets.secret"),
        ({"channel": "webhook", "name": "x", "config": {"url": "ftp://x"}}, "config.url"),
    ]
    for base in ("http://10.0.0.1", "http://127.0.0.1:80@evil.example", "file:///etc"):
        wrong.append(
            (
                {"channel": "wecom", "name": "x", "config": {**good, "base_url": base}, "secrets": {"secret": "s"}},
                "config.base_url",
            )
        )
    for body, path in wrong:
        answer = await client.post("/api/v1/channel-accounts", json=body)
        assert answer.status_code == 422, body
        assert path in [fault["path"] for fault in answer.json()["errors"]]
    again = {"channel": "wecom", "name": "门店企业微信", "config": good, "secrets": {"secret": "s"}}
    assert (await client.post("/api/v1/channel-accounts", json=again)).status_code == 409


async def test_an_account_that_sent_something_stays(desk: Desk, client: httpx.AsyncClient) -> None:
    path = f"/api/v1/channel-accounts/{desk.account_id}"
    await desk.plan([desk.intent("an")])
    assert (await client.delete(path)).json()["code"] == "account_in_use"
    spare = {"channel": "webhook", "name": "spare", "config": {"url": "https://example.com/hook"}}
    made = (await client.post("/api/v1/channel-accounts", json=spare)).json()
    assert (await client.delete(f"/api/v1/channel-accounts/{made['id']}")).status_code == 204


async def test_the_log_is_filtered_paged_and_counted(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.consent(["bo"], False)
    await desk.plan([desk.intent(name, source="journey:7") for name in desk.members])
    await desk.plan([desk.intent("an")])
    page = (await client.get("/api/v1/messages", params={"journey_id": 7, "limit": 2})).json()
    assert (page["total"], len(page["items"])) == (5, 2)
    rest = (await client.get("/api/v1/messages", params={"journey_id": 7, "before": page["next"]})).json()
    assert len({item["id"] for item in page["items"] + rest["items"]}) == 5
    messages = (await client.get("/api/v1/messages", params={"member_id": desk.members["bo"]})).json()["items"]
    assert [(item["state"], item["reason"], item["reason_zh"]) for item in messages] == [
        ("withheld", "withdrawn", "已退订该渠道")
    ]
    counted = (await client.get("/api/v1/messages/summary")).json()
    assert {row["state"]: row["count"] for row in counted["states"] if row["count"]} == {"withheld": 1, "queued": 5}
    assert [(row["state"], row["reason"], row["count"]) for row in counted["reasons"]] == [("withheld", "withdrawn", 1)]


async def test_the_log_is_searched_where_it_lies(desk: Desk, client: httpx.AsyncClient) -> None:
    greeting = await desk.template("新品", "草莓上架了")
    await desk.plan([desk.intent(name) for name in desk.members])
    await desk.plan([desk.intent("an", template_id=greeting)])
    await desk.dispatch()
    searched = {"search": "草莓上架"}
    page = (await client.get("/api/v1/messages", params=searched)).json()
    assert [(item["member_id"], page["total"]) for item in page["items"]] == [(desk.members["an"], 1)]
    by_name = (await client.get("/api/v1/messages", params={"search": "bo"})).json()
    assert {item["member_id"] for item in by_name["items"]} == {desk.members["bo"]}
    assert (await client.get("/api/v1/messages", params={"search": "%"})).json()["total"] == 0
    assert (await client.get("/api/v1/messages/summary", params=searched)).json()["total"] == 1
    # cancelling what is shown cancels no more than that, and the audit trail keeps no name
    await desk.plan([desk.intent("bo"), desk.intent("cai")])
    body = {"state": "queued", "search": "cai"}
    assert (await client.post("/api/v1/messages/cancel", json=body)).json() == {"cancelled": 1}
    line = (await client.get("/api/v1/audit", params={"search": "取消"})).json()["items"][0]
    assert line["props"]["detail"]["search"] == "…"


async def test_quotas_show_the_platforms_month(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.plan([desk.intent("an")])
    await desk.dispatch()
    (account,) = (await client.get("/api/v1/channel-quotas")).json()["items"]
    quotas = {quota["name"]: quota for quota in account["quotas"]}
    month = quotas["group_send_month"]
    assert (month["limit"], month["used"], month["dated"]) == (31, 1, "2025-11-17")
    assert quotas["api_minute"]["used"] == 1
    await client.patch(
        f"/api/v1/channel-accounts/{desk.account_id}", json={"config": {"limits": {"group_send_month": 4}}}
    )
    (account,) = (await client.get("/api/v1/channel-quotas")).json()["items"]
    assert {quota["name"]: quota["limit"] for quota in account["quotas"]}["group_send_month"] == 4


async def test_a_member_opts_out_by_one_tap_and_back_in(desk: Desk, client: httpx.AsyncClient) -> None:
    path = "/api/v1/preferences/" + preference_link("", desk.members["an"], 0, NOON).rsplit("/", 1)[1]
    async with httpx.AsyncClient(transport=client._transport, base_url="http://siyu.test") as anyone:
        page = (await anyone.get(path)).json()
        assert (page["shop"], page["stopped"]) == ("青巷鲜食", False)
        assert {channel["channel"]: channel["state"] for channel in page["channels"]} == {
            "wecom": "given",
            "webhook": "none",
        }
        assert "an" not in [str(value) for value in page.values()]
        assert (await anyone.post(path, json={"channel": "wecom", "opted_in": False})).json()["stopped"] is False
        (planned,) = await desk.plan([desk.intent("an")])
        assert planned.reason == "withdrawn"
        assert (await anyone.post(path, json={"channel": None, "opted_in": False})).json()["stopped"] is True
        assert (await anyone.post(path, json={"channel": None, "opted_in": True})).status_code == 422
        assert (await anyone.post(path, json={"channel": "pigeon", "opted_in": True})).status_code == 422
        await anyone.post(path, json={"channel": "wecom", "opted_in": True})
        (planned,) = await desk.plan([desk.intent("an")])
        assert planned.reason is None
        facts = await desk.facts("consent_withdrawn")
        assert {(fact["member_id"], fact["source"]) for fact in facts} == {(desk.members["an"], "preferences")}
        for wrong in (path[:-1], path.replace(f"_{desk.members['an']}-", f"_{desk.members['bo']}-"), path + "0"):
            assert (await anyone.get(wrong)).status_code == 404


async def test_the_link_in_a_message_leads_to_the_members_own_page(desk: Desk, client: httpx.AsyncClient) -> None:
    template = await desk.template("含退订", "退订：{{ link.preferences }}")
    await desk.plan([desk.intent("an", template_id=template)])
    await desk.dispatch()
    desk.sim.post("run")
    (text,) = desk.sim.received_by("wm_an")
    token = text.rsplit("/p/preferences/", 1)[1]
    assert (await client.get(f"/api/v1/preferences/{token}")).status_code == 200


async def test_nobody_who_reads_the_log_speaks_for_the_member(desk: Desk, client: httpx.AsyncClient) -> None:
    template = await desk.template("含退订", "退订：{{ link.preferences }}")
    await desk.plan([desk.intent("an", template_id=template)])
    await desk.dispatch()
    desk.sim.post("run")
    (text,) = desk.sim.received_by("wm_an")
    token = text.rsplit("/p/preferences/", 1)[1]
    host = next(row for row in (await client.get("/api/v1/users")).json()["items"] if row["email"] == ZHOU.email)
    await client.patch(f"/api/v1/users/{host['id']}", json={"staff": "li"})
    for person in TEAM:
        async with desk.shop.client(person) as reader:
            log = await reader.get("/api/v1/messages")
            assert log.status_code == 200
            assert token not in log.text
            assert log.json()["items"][0]["text"].endswith("/p/preferences/***")
            timeline = await reader.get(f"/api/v1/members/{desk.members['an']}/timeline")
            assert token not in timeline.text
    async with desk.shop.db.transaction() as tx:
        kept = await tx.scalar(sql("SELECT string_agg(m::text, ' ') FROM message m"))
        facts = await tx.scalar(sql("SELECT string_agg(f::text, ' ') FROM fact f"))
    assert token not in kept
    assert token not in facts


async def test_a_link_ends_by_time_and_by_revocation_and_says_what_to_do(desk: Desk, client: httpx.AsyncClient) -> None:
    member = desk.members["an"]
    path = "/api/v1/preferences/" + preference_link("", member, 0, NOON).rsplit("/", 1)[1]
    async with httpx.AsyncClient(transport=client._transport, base_url="http://siyu.test") as anyone:
        clock.freeze(NOON + timedelta(days=180))
        assert (await anyone.get(path)).status_code == 200
        clock.freeze(NOON + timedelta(days=181))
        for answer in (await anyone.get(path), await anyone.post(path, json={"channel": "wecom", "opted_in": True})):
            assert (answer.status_code, answer.json()["code"]) == (410, "link_ended")
            assert "最近一条消息" in answer.json()["detail_zh"]
        clock.freeze(NOON)
        async with desk.shop.client(XU) as analyst:
            assert (await analyst.delete(f"/api/v1/members/{member}/preference-links")).status_code == 403
        assert (await client.delete(f"/api/v1/members/{member}/preference-links")).status_code == 204
        assert (await anyone.get(path)).json()["code"] == "link_ended"
        fresh = "/api/v1/preferences/" + preference_link("", member, 1, NOON).rsplit("/", 1)[1]
        assert (await anyone.get(fresh)).status_code == 200
        assert (await client.delete("/api/v1/members/999999/preference-links")).status_code == 404
    (line,) = (await client.get("/api/v1/audit?kinds=preference_links_revoked")).json()["items"]
    assert (line["zh"], line["actor_name"]) == ("消息设置链接已作废", "林晓")


async def test_roles_see_and_do_what_the_access_table_says(desk: Desk) -> None:
    async with desk.shop.client(ZHOU) as host:
        assert (await host.get("/api/v1/messages")).status_code == 200
        assert (await host.get("/api/v1/calm")).status_code == 403
        assert (await host.get("/api/v1/channel-accounts")).status_code == 403
        assert (await host.post("/api/v1/messages/1/resolve", json={"outcome": "failed"})).status_code == 403
    async with desk.shop.client(XU) as analyst:
        assert (await analyst.get("/api/v1/calm")).status_code == 200
        assert (await analyst.put("/api/v1/calm", json={"caps": []})).status_code == 403


async def test_a_message_resolved_as_failed_says_so(desk: Desk, client: httpx.AsyncClient) -> None:
    desk.sim.post("faults", path="externalcontact/add_msg_template", http_status=502, times=1)
    await desk.plan([desk.intent("an")])
    await desk.dispatch(NOON + timedelta(seconds=1))
    (item,) = (await client.get("/api/v1/messages")).json()["items"]
    answer = await client.post(f"/api/v1/messages/{item['id']}/resolve", json={"outcome": "failed"})
    assert answer.json()["reason"] == "not_received"
    assert (await client.post("/api/v1/messages/999/resolve", json={"outcome": "failed"})).status_code == 404
    (fact,) = await desk.facts("message_failed")
    assert fact["reason"] == "not_received"


async def test_the_channels_say_what_they_need(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/v1/channels")).json()
    by_name = {channel["name"]: channel for channel in listed["items"]}
    assert listed["total"] == len(by_name)
    assert by_name["wecom"]["label"] == {"zh": "企业微信", "en": "WeCom"}
    assert (by_name["sms"]["identity"], by_name["sms"]["sendable"]) == ("phone", False)
    assert {name for name, channel in by_name.items() if channel["sendable"]} == {"wecom", "webhook"}
    assert not by_name["moments"]["consent"]
    labels = (await client.get("/api/v1/labels")).json()["channel"]
    assert {name: channel["label"] for name, channel in by_name.items()}.items() <= labels.items()


async def test_the_channels_describe_the_form_of_their_accounts(client: httpx.AsyncClient) -> None:
    kinds = {channel["name"]: channel["account"] for channel in (await client.get("/api/v1/channels")).json()["items"]}
    assert kinds["sms"] is None
    wecom, webhook = kinds["wecom"], kinds["webhook"]
    assert wecom["config"]["required"] == ["corpid"]
    assert list(wecom["secrets"]["properties"]) == ["secret", "callback_token", "callback_aes_key"]
    assert {field["format"] for field in wecom["secrets"]["properties"].values()} == {"secret"}
    assert wecom["config"]["properties"]["base_url"]["default"] == "https://qyapi.weixin.qq.com"
    assert "group_send_month" in [option["value"] for option in wecom["config"]["properties"]["limits"]["options"]]
    assert "可信 IP" in wecom["setup_hint"]["zh"] and "trusted IP" in wecom["setup_hint"]["en"]
    assert "接收事件服务器" in wecom["callback_hint"]["zh"]
    assert (wecom["syncs_contacts"], wecom["makes_secret"]) == (True, False)
    assert (webhook["syncs_contacts"], webhook["makes_secret"], webhook["setup_hint"]) == (False, True, None)
    for kind in (wecom, webhook):
        for schema in (kind["config"], kind["secrets"]):
            assert all(field["label"]["zh"] and field["label"]["en"] for field in schema["properties"].values())


async def test_values_of_the_wrong_type_and_unknown_keys_are_refused_together(client: httpx.AsyncClient) -> None:
    body = {
        "channel": "wecom",
        "name": "总部",
        "config": {"corpid": "含空 格", "friend_consents_marketing": "no", "corp": 1},
    }
    answer = await client.post("/api/v1/channel-accounts", json=body)
    faults = {fault["path"]: fault for fault in answer.json()["errors"]}
    assert set(faults) == {"config.corpid", "config.friend_consents_marketing", "config.corp"}
    assert faults["config.corpid"]["reason_zh"] == "请填写企业 ID：字母、数字、- 和 _"
    body = {"channel": "webhook", "name": "总部", "config": {"url": "https://example.com"}, "secrets": {"key": "x"}}
    answer = await client.post("/api/v1/channel-accounts", json=body)
    assert [fault["path"] for fault in answer.json()["errors"]] == ["secrets.key"]


async def test_what_an_account_cannot_mean_is_refused_by_path(desk: Desk, client: httpx.AsyncClient) -> None:
    other = await desk.template("webhook text", "hi", channel="webhook")
    for config, path in (
        ({"corp_id": "x"}, "config.corp_id"),
        ({"limits": {"welcome": 5}}, "config.limits.welcome"),
        ({"limits": {"attachments": 0}}, "config.limits.attachments"),
        ({"base_url": "ftp://example.com"}, "config.base_url"),
        ({"welcome_template_id": 10**6}, "config.welcome_template_id"),
        ({"welcome_template_id": other}, "config.welcome_template_id"),
    ):
        answer = await client.patch(f"/api/v1/channel-accounts/{desk.account_id}", json={"config": config})
        assert answer.status_code == 422, config
        (fault,) = answer.json()["errors"]
        assert fault["path"] == path
        assert fault["reason"] and fault["reason_zh"]
    answer = await client.patch(f"/api/v1/channel-accounts/{desk.account_id}", json={"secret": {"secret": "x"}})
    assert [fault["path"] for fault in answer.json()["errors"]] == ["secret"]
    (account,) = (await client.get("/api/v1/channel-accounts")).json()["items"]
    assert account["state"] in ("works", "unchecked")


async def test_a_send_policy_has_no_other_fields_and_no_other_channels(client: httpx.AsyncClient) -> None:
    for body, path in (
        ({"caps": [], "quiet_hours": None}, "quiet_hours"),
        ({"caps": [{"count": 1, "days": 1, "per": "day"}]}, "caps[0].per"),
        ({"caps": [], "quiet": {"start": "21:00", "end": "09:00", "zone": "UTC"}}, "quiet.zone"),
        ({"caps": [{"channel": "pigeon", "count": 1, "days": 1}]}, "caps[0].channel"),
    ):
        answer = await client.put("/api/v1/calm", json=body)
        assert answer.status_code == 422, body
        assert [fault["path"] for fault in answer.json()["errors"]] == [path]
        assert all(fault["reason_zh"] for fault in answer.json()["errors"])


async def test_a_template_has_no_other_fields(client: httpx.AsyncClient) -> None:
    body = {"name": "春天", "channel": "wecom", "body": "到店坐坐", "subject": "春天"}
    answer = await client.post("/api/v1/templates", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "subject")


async def test_a_member_is_told_with_their_hosts_and_since_when(desk: Desk, client: httpx.AsyncClient) -> None:
    hosts = (await client.get(f"/api/v1/members/{desk.members['an']}/hosts")).json()["items"]
    assert [(host["channel"], host["staff"]) for host in hosts] == [("wecom", "li")]
    assert hosts[0]["since"]
    assert (await client.get("/api/v1/members/99999/hosts")).status_code == 404
