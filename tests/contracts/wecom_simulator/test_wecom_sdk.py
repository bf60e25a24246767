"""wechatpy, an SDK that knows nothing of Siyu, works against the simulator."""

import io
from typing import Any

import pytest
from wechatpy.exceptions import APILimitedException, WeChatClientException

from .conftest import NOON, Sim


def refused(sdk_call: Any, *args: Any, **kwargs: Any) -> int:
    """The errcode of a call that must fail."""
    with pytest.raises(WeChatClientException) as caught:
        sdk_call(*args, **kwargs)
    return int(caught.value.errcode)


def test_staff_and_departments(sim: Sim, sdk: Any) -> None:
    sim.post("departments", departments=[{"id": 7, "name": "南京店"}])
    sim.post("staff", staff=[{"userid": "zhao", "name": "赵敏", "department": [7]}])
    assert {d["id"]: d["parentid"] for d in sdk.department.get()} == {1: 0, 7: 1}
    assert [u["userid"] for u in sdk.user.list(7)] == ["zhao"]
    assert [u["userid"] for u in sdk.user.list(1, fetch_child=True)] == ["li", "wang", "clerk", "zhao"]
    assert sdk.user.get("zhao")["name"] == "赵敏"
    assert refused(sdk.user.get, "nobody") == 60111
    assert sdk.external_contact.get_follow_user_list()["follow_user"] == ["li", "wang", "zhao"]


def test_customers(sim: Sim, sdk: Any) -> None:
    assert sdk.external_contact.list("li")["external_userid"] == ["wm_an", "wm_bo", "wm_cai"]
    assert refused(sdk.external_contact.list, "clerk") == 40003
    seen = sdk.external_contact.get("wm_an")
    assert seen["external_contact"]["external_userid"] == "wm_an"
    assert [f["userid"] for f in seen["follow_user"]] == ["li"]
    assert refused(sdk.external_contact.get, "wm_nobody") == 40096


def test_an_expired_token_is_renewed(sim: Sim, sdk: Any) -> None:
    sdk.external_contact.list("li")
    first = sdk.access_token
    sim.post("clock", move_s=7_201)
    sdk.external_contact.list("li")
    assert sdk.access_token != first
    sim.post("tokens/expire", forget=True)
    assert sdk.external_contact.list("li")["errcode"] == 0


def test_tokens_and_secrets_are_checked(sim: Sim) -> None:
    corp, secret = sim.server.settings.corp_id, sim.server.settings.secrets[0]

    def get(path: str, **query: str) -> Any:
        return sim.http.get("/cgi-bin/" + path, params=query).json()

    assert get("gettoken", corpid=corp, corpsecret="wrong")["errcode"] == 40001
    assert get("gettoken", corpid="ww_other", corpsecret=secret)["errcode"] == 40013
    assert get("gettoken", corpid=corp)["errcode"] == 41004
    token = get("gettoken", corpid=corp, corpsecret=secret)
    assert token["expires_in"] == 7_200
    assert get("gettoken", corpid=corp, corpsecret=secret)["access_token"] == token["access_token"]
    assert get("department/list")["errcode"] == 41001
    assert get("department/list", access_token="wrong")["errcode"] == 40014
    sim.post("tokens/expire")
    assert get("department/list", access_token=token["access_token"])["errcode"] == 42001


def test_contact_codes(sim: Sim, sdk: Any) -> None:
    add = sdk.external_contact.add_contact_way
    made = add(type=2, scene=2, state="store-7", user=["li", "wang"], remark="门口")
    assert sim.server.base_url in made["qr_code"]
    kept = sdk.external_contact.get_contact_way(made["config_id"])["contact_way"]
    assert (kept["state"], kept["user"], kept["skip_verify"]) == ("store-7", ["li", "wang"], True)
    sdk.external_contact.update_contact_way(made["config_id"], remark="后门", state="store-8", user=["wang"])
    assert sim.call("externalcontact/list_contact_way")["contact_way"] == [{"config_id": made["config_id"]}]
    added = sim.post("customers/scan", config_id=made["config_id"], name="小满")["added"]
    seen = sdk.external_contact.get(added[0]["external_userid"])
    assert (seen["follow_user"][0]["state"], seen["follow_user"][0]["userid"]) == ("store-8", "wang")
    sdk.external_contact.del_contact_way(made["config_id"])
    assert refused(sdk.external_contact.get_contact_way, made["config_id"]) == 41044
    assert refused(add, type=3, scene=2) == 41039
    assert refused(add, type=1, scene=2, user=["li", "wang"]) == 40058
    assert refused(add, type=2, scene=2, user=["li"], state="x" * 31) == 40058
    assert refused(add, type=2, scene=2, user=["li"] * 101) == 41041
    sim.post("limits", contact_ways=0)
    assert refused(add, type=2, scene=2, user=["li"]) == 41045


def test_tags(sim: Sim, sdk: Any) -> None:
    group = sdk.external_contact.add_corp_tag(None, "口味", 1, [{"name": "辣"}, {"name": "清淡"}])["tag_group"]
    spicy, mild = (tag["id"] for tag in group["tag"])
    assert refused(sdk.external_contact.add_corp_tag, group["group_id"], None, None, [{"name": "辣"}]) == 40071
    sdk.external_contact.mark_tag("li", "wm_an", add_tag=[spicy, mild])
    sdk.external_contact.mark_tag("li", "wm_an", add_tag=[spicy], remove_tag=[mild])
    tags = sdk.external_contact.get("wm_an")["follow_user"][0]["tags"]
    assert [(t["group_name"], t["tag_name"]) for t in tags] == [("口味", "辣")]
    batch = sim.call("externalcontact/batch/get_by_user", userid_list=["li"])["external_contact_list"]
    assert batch[0]["follow_info"]["tag_id"] == [spicy]
    assert refused(sdk.external_contact.mark_tag, "wang", "wm_an", [spicy]) == 84061
    assert refused(sdk.external_contact.mark_tag, "li", "wm_an", ["et_no"]) == 40068
    sdk.external_contact.edit_corp_tag(spicy, "爱辣", 5)
    listed = sdk.external_contact.get_corp_tag_list([spicy])["tag_group"]
    assert [t["name"] for t in listed[0]["tag"]] == ["爱辣"]
    sdk.external_contact.del_corp_tag(group_id=[group["group_id"]])
    assert sdk.external_contact.get_corp_tag_list()["tag_group"] == []
    assert sdk.external_contact.get("wm_an")["follow_user"][0]["tags"] == []


def test_media_app_messages_and_robot(sim: Sim, sdk: Any) -> None:
    media = sdk.media.upload("image", io.BytesIO(b"picture"))
    assert int(media["created_at"]) == int(NOON)
    template = {"external_userid": ["wm_an"], "image": {"media_id": media["media_id"]}}
    assert sdk.external_contact.add_msg_template(template)["fail_list"] == []
    sim.post("clock", move_s=3 * 86_400 + 1)
    assert refused(sdk.external_contact.add_msg_template, template) == 40007
    sent = sdk.message.send_text(sim.server.settings.agent_id, ["li", "ghost"], "今日任务")
    assert sent["invaliduser"] == "ghost"
    assert len(sim.get("staff/messages", userid="li")["messages"]) == 1
    sim.post("robots", key="robot")
    content = {"msgtype": "text", "text": {"content": "hi"}}
    answers = [
        sim.http.post("/cgi-bin/webhook/send", params={"key": "robot"}, json=content).json()["errcode"]
        for _ in range(21)
    ]
    assert answers == [0] * 20 + [45009]
    assert sim.http.post("/cgi-bin/webhook/send", params={"key": "no"}, json=content).json()["errcode"] == 93000


def test_over_the_rate_is_45009_until_the_minute_has_passed(sim: Sim, sdk: Any) -> None:
    sdk.external_contact.list("li")
    sim.post("limits", api_minute=3)
    sdk.external_contact.list("li")
    sdk.external_contact.list("li")
    with pytest.raises(APILimitedException):
        sdk.external_contact.list("li")
    sim.post("clock", move_s=61)
    assert sdk.external_contact.list("li")["errcode"] == 0
