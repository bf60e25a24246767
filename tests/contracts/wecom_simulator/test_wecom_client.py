"""Our client: each failure tells whether the request was carried out, and tokens are fetched once."""

import asyncio
import logging

import httpx
import pytest

from siyu.channels.adapters.wecom.client import (
    WeComBusy,
    WeComClient,
    WeComRefused,
    WeComUnknown,
    WeComUnreachable,
)
from tests.contracts.tokens import private_tokens

from .conftest import NOON, Sim

SEND = "externalcontact/add_msg_template"
WORDS = {"external_userid": ["wm_an"], "text": {"content": "周末满减"}}


async def test_every_method_is_understood(sim: Sim, wecom: WeComClient) -> None:
    assert await wecom.follow_user_list() == ["li", "wang"]
    assert (await wecom.customer_get("wm_an"))["follow_user"][0]["userid"] == "li"
    page = await wecom.customer_batch(["li", "wang"], limit=2)
    assert len(page["external_contact_list"]) == 2
    assert len((await wecom.customer_batch(["li", "wang"], page["next_cursor"], 2))["external_contact_list"]) == 2
    way = await wecom.call("externalcontact/add_contact_way", {"type": 1, "scene": 2, "user": ["li"]})
    added = sim.post("customers/scan", config_id=way["config_id"])["added"][0]
    await wecom.send_welcome_msg(added["welcome_code"], "欢迎")
    msgid, failed = await wecom.add_msg_template(WORDS)
    assert failed == []
    sim.post("run")
    assert [r["status"] for r in (await wecom.get_groupmsg_send_result(msgid, "li"))["send_list"]] == [1]
    await wecom.cancel_groupmsg_send(msgid)


async def test_the_simulator_knows_the_rest_of_the_platform(sim: Sim, wecom: WeComClient) -> None:
    """What no room of ours calls yet is answered as the platform does."""
    call = wecom.call
    assert [d["id"] for d in (await call("department/list"))["department"]] == [1]
    staff = await call("user/list", query={"department_id": 1, "fetch_child": 0})
    assert [u["userid"] for u in staff["userlist"]] == ["li", "wang", "clerk"]
    customers = await call("externalcontact/list", query={"userid": "wang"})
    assert customers["external_userid"] == ["wm_dong", "wm_en"]
    remark = {"userid": "li", "external_userid": "wm_an", "remark": "安姐", "remark_mobiles": ["13800000000"]}
    await call("externalcontact/remark", remark)
    assert (await wecom.customer_get("wm_an"))["follow_user"][0]["remark"] == "安姐"
    way = await call("externalcontact/add_contact_way", {"type": 1, "scene": 2, "user": ["li"], "state": "a"})
    await call("externalcontact/update_contact_way", {"config_id": way["config_id"], "state": "b"})
    read = await call("externalcontact/get_contact_way", {"config_id": way["config_id"]})
    assert read["contact_way"]["state"] == "b"
    assert len((await call("externalcontact/list_contact_way", {"cursor": "", "limit": 10}))["contact_way"]) == 1
    await call("externalcontact/del_contact_way", {"config_id": way["config_id"]})
    made = await call("externalcontact/add_corp_tag", {"group_name": "口味", "tag": [{"name": "辣"}]})
    tag = made["tag_group"]["tag"][0]["id"]
    mark = {"userid": "li", "external_userid": "wm_an", "add_tag": [tag], "remove_tag": []}
    await call("externalcontact/mark_tag", mark)
    await call("externalcontact/edit_corp_tag", {"id": tag, "name": "爱辣"})
    tags = await call("externalcontact/get_corp_tag_list", {"tag_id": [tag]})
    assert tags["tag_group"][0]["tag"][0]["name"] == "爱辣"
    await call("externalcontact/del_corp_tag", {"tag_id": [tag]})
    msgid, _ = await wecom.add_msg_template(WORDS)
    await call("externalcontact/remind_groupmsg_send", {"msgid": msgid})
    sim.post("run")
    task = await call("externalcontact/get_groupmsg_task", {"msgid": msgid, "limit": 10, "cursor": ""})
    assert [t["status"] for t in task["task_list"]] == [2]
    period = {"chat_type": "single", "start_time": int(NOON) - 1, "end_time": int(NOON) + 1, "limit": 10, "cursor": ""}
    listed = await call("externalcontact/get_groupmsg_list_v2", period)
    assert [m["msgid"] for m in listed["group_msg_list"]] == [msgid]
    await call("message/send", {"touser": "li", "msgtype": "text", "text": {"content": "hi"}, "agentid": 1})
    sim.post("robots", key="robot")
    await call("webhook/send", {"msgtype": "text", "text": {"content": "hi"}}, query={"key": "robot"})


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

    async def count(request: httpx.Request) -> None:
        if request.url.path.endswith("gettoken"):
            fetched.append(request.url.path)

    async with httpx.AsyncClient(timeout=10, trust_env=False, event_hooks={"request": [count]}) as http:
        ours = WeComClient(sim.server.base_url, settings.corp_id, settings.secrets[0], private_tokens(), http)
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
    token = await wecom.renew_token()
    await wecom.follow_user_list()
    sim.post("faults", errcode=40058)
    with pytest.raises(WeComRefused) as refused:
        await wecom.follow_user_list()
    secret = sim.server.settings.secrets[0]
    output = caplog.text + repr(refused.value) + repr(wecom)
    assert "get_follow_user_list" in output
    assert token not in output
    assert secret not in output
