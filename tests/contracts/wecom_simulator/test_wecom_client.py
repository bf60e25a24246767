"""Our client: each failure tells whether the request was carried out, and tokens are fetched once."""

import asyncio
import logging

import httpx
import pytest

from siyu.channels.adapters.wecom.client import (
    TokenStore,
    WeComBusy,
    WeComClient,
    WeComRefused,
    WeComUnknown,
    WeComUnreachable,
    private_tokens,
)

from .conftest import NOON, Sim

SEND = "externalcontact/add_msg_template"
WORDS = {"external_userid": ["wm_an"], "text": {"content": "周末满减"}}


async def test_every_method_is_understood(sim: Sim, wecom: WeComClient) -> None:
    assert [d["id"] for d in await wecom.department_list()] == [1]
    assert [u["userid"] for u in await wecom.user_list(1)] == ["li", "wang", "clerk"]
    assert await wecom.follow_user_list() == ["li", "wang"]
    sim.post("staff", staff=[{"userid": "new"}])
    assert await wecom.customer_list("new") == []
    assert await wecom.customer_list("wang") == ["wm_dong", "wm_en"]
    await wecom.remark("li", "wm_an", remark="安姐", remark_mobiles=["13800000000"])
    assert (await wecom.customer_get("wm_an"))["follow_user"][0]["remark"] == "安姐"
    body = {"userid_list": ["li", "wang"], "limit": 2}
    pages = [page async for page in wecom.pages("externalcontact/batch/get_by_user", body)]
    assert [len(page["external_contact_list"]) for page in pages] == [2, 2, 1]
    code = await wecom.add_contact_way({"type": 1, "scene": 2, "user": ["li"], "state": "a"})
    await wecom.update_contact_way(code["config_id"], {"state": "b"})
    assert (await wecom.get_contact_way(code["config_id"]))["state"] == "b"
    assert len((await wecom.list_contact_way())["contact_way"]) == 1
    await wecom.del_contact_way(code["config_id"])
    group = await wecom.add_corp_tag({"group_name": "口味", "tag": [{"name": "辣"}]})
    tag = group["tag"][0]["id"]
    await wecom.mark_tag("li", "wm_an", [tag])
    await wecom.edit_corp_tag(tag, {"name": "爱辣"})
    assert (await wecom.corp_tag_list([tag]))[0]["tag"][0]["name"] == "爱辣"
    await wecom.del_corp_tag([tag])
    way = await wecom.add_contact_way({"type": 1, "scene": 2, "user": ["li"]})
    added = sim.post("customers/scan", config_id=way["config_id"])["added"][0]
    await wecom.send_welcome_msg(added["welcome_code"], "欢迎")
    media = await wecom.media_upload("image", "a.png", b"picture")
    image = {"msgtype": "image", "image": {"media_id": media}}
    msgid, failed = await wecom.add_msg_template({**WORDS, "attachments": [image]})
    assert failed == []
    await wecom.remind_groupmsg_send(msgid)
    sim.post("run")
    assert [t["status"] for t in (await wecom.get_groupmsg_task(msgid))["task_list"]] == [2]
    assert [r["status"] for r in (await wecom.get_groupmsg_send_result(msgid, "li"))["send_list"]] == [1]
    listed = await wecom.get_groupmsg_list_v2("single", int(NOON) - 1, int(NOON) + 1)
    assert [m["msgid"] for m in listed["group_msg_list"]] == [msgid]
    await wecom.cancel_groupmsg_send(msgid)
    await wecom.message_send({"touser": "li", "msgtype": "text", "text": {"content": "hi"}, "agentid": 1})
    sim.post("robots", key="robot")
    await wecom.webhook_send("robot", {"msgtype": "text", "text": {"content": "hi"}})


async def test_failures_tell_whether_it_was_carried_out(sim: Sim, wecom: WeComClient) -> None:
    with pytest.raises(WeComRefused) as refused:
        await wecom.call(SEND, {**WORDS, "external_userid": ["wm_nobody"]})
    assert (refused.value.errcode, refused.value.path) == (41048, SEND)
    for errcode in (-1, 45009, 45033):
        sim.post("faults", path=SEND, errcode=errcode, times=1)
        with pytest.raises(WeComBusy) as busy:
            await wecom.call(SEND, WORDS)
        assert busy.value.retry_after > 0
    assert sim.get("counts")["messages"] == 0
    sim.post("faults", path=SEND, drop=True, when="before", times=1)
    with pytest.raises(WeComUnknown):
        await wecom.call(SEND, WORDS)
    assert sim.get("counts")["messages"] == 0
    for fault in ({"drop": True}, {"http_status": 502}, {"http_status": 500}):
        sim.post("faults", path=SEND, when="after", times=1, **fault)
        with pytest.raises(WeComUnknown):
            await wecom.call(SEND, WORDS)
    assert sim.get("counts")["messages"] == 3
    sim.post("faults", path=SEND, http_status=403, times=1)
    with pytest.raises(WeComRefused):
        await wecom.call(SEND, WORDS)


async def test_a_slow_answer_is_unknown_and_no_server_is_unreachable(sim: Sim) -> None:
    settings = sim.server.settings
    sim.post("faults", path=SEND, when="after", delay_s=1.5, times=1)
    async with httpx.AsyncClient(timeout=0.4, trust_env=False) as http:
        ours = WeComClient(sim.server.base_url, settings.corp_id, settings.secrets[0], private_tokens(), http)
        with pytest.raises(WeComUnknown):
            await ours.call(SEND, WORDS)
        assert sim.get("counts")["messages"] == 1
        sim.post("faults", path="gettoken", http_status=500, times=1)
        tokenless = WeComClient(sim.server.base_url, settings.corp_id, settings.secrets[0], private_tokens(), http)
        with pytest.raises(WeComUnreachable):
            await tokenless.call(SEND, WORDS)
        nowhere = WeComClient("http://127.0.0.1:9", settings.corp_id, settings.secrets[0], private_tokens(), http)
        with pytest.raises(WeComUnreachable):
            await nowhere.call(SEND, WORDS)


async def test_a_refused_token_is_fetched_anew_once(sim: Sim) -> None:
    settings = sim.server.settings
    fetched: list[str] = []
    shared: list[str] = []

    async def get_token() -> str | None:
        return shared[-1] if shared else None

    async def save_token(token: str, expires_in: int) -> None:
        shared.append(token)

    async def count(request: httpx.Request) -> None:
        if request.url.path.endswith("gettoken"):
            fetched.append(request.url.path)

    async with httpx.AsyncClient(timeout=10, trust_env=False, event_hooks={"request": [count]}) as http:
        store = TokenStore(get_token, save_token)
        ours = WeComClient(sim.server.base_url, settings.corp_id, settings.secrets[0], store, http)
        await asyncio.gather(*(ours.follow_user_list() for _ in range(10)))
        assert len(fetched) == 1
        sim.post("tokens/expire")
        await asyncio.gather(*(ours.follow_user_list() for _ in range(10)))
        assert len(fetched) == 2
        sim.post("tokens/expire", forget=True)
        await ours.follow_user_list()
        assert len(fetched) == 3
        sim.post("faults", path="externalcontact/*", errcode=42001, times=2)
        with pytest.raises(WeComRefused) as refused:
            await ours.follow_user_list()
        assert refused.value.errcode == 42001


async def test_neither_secret_nor_token_is_logged(
    sim: Sim, wecom: WeComClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = await wecom.gettoken()
    await wecom.follow_user_list()
    sim.post("faults", errcode=40058)
    with pytest.raises(WeComRefused) as refused:
        await wecom.follow_user_list()
    secret = sim.server.settings.secrets[0]
    said = caplog.text + repr(refused.value) + repr(wecom)
    assert "get_follow_user_list" in said
    assert token not in said
    assert secret not in said
