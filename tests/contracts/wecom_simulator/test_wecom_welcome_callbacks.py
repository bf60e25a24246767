"""Callbacks as wechatpy reads them, and the welcome that one of them allows."""

import xml.etree.ElementTree as ElementTree
from typing import Any

from wechatpy.enterprise.parser import parse_message

from .conftest import AES_KEY, TOKEN, Receiver, Sim


def scan(sim: Sim) -> Any:
    way = sim.call("externalcontact/add_contact_way", type=1, scene=2, state="store-7", user=["li"])
    return sim.post("customers/scan", config_id=way["config_id"], name="小满")["added"][0]


def welcome(sim: Sim, code: str) -> int:
    body = {"welcome_code": code, "text": {"content": "欢迎"}}
    return int(sim.call("externalcontact/send_welcome_msg", **body)["errcode"])


def test_a_scan_is_told_with_state_and_welcome_code(sim: Sim, receiver: Receiver) -> None:
    added = scan(sim)
    sim.post("callbacks/flush")
    fields = {child.tag: child.text for child in ElementTree.fromstring(receiver.messages[0])}
    assert (fields["Event"], fields["ChangeType"]) == ("change_external_contact", "add_external_contact")
    assert (fields["UserID"], fields["ExternalUserID"]) == ("li", added["external_userid"])
    assert (fields["State"], fields["WelcomeCode"]) == ("store-7", added["welcome_code"])
    assert welcome(sim, fields["WelcomeCode"] or "") == 0
    assert sim.received_by(added["external_userid"]) == ["欢迎"]
    assert sim.get("counts", kind="group_send")["received"] == 0
    assert parse_message(receiver.messages[0]).source == "sys"


def test_a_welcome_works_once_and_for_20_seconds(sim: Sim) -> None:
    first, second, third = scan(sim), scan(sim), scan(sim)
    assert welcome(sim, first["welcome_code"]) == 0
    assert welcome(sim, first["welcome_code"]) == 41051
    sim.post("customers/speak", userid="li", external_userid=third["external_userid"], text="在吗")
    assert welcome(sim, third["welcome_code"]) == 41051
    sim.post("clock", move_s=20)
    assert welcome(sim, second["welcome_code"]) == 0
    late = scan(sim)
    sim.post("clock", move_s=20.5)
    assert welcome(sim, late["welcome_code"]) == 41050
    assert welcome(sim, "no") == 41050
    assert sim.get("counts", kind="welcome")["received"] == 2


def test_a_friend_who_scans_again_is_not_told(sim: Sim, receiver: Receiver) -> None:
    way = sim.call("externalcontact/add_contact_way", type=1, scene=2, user=["li"])
    again = sim.post("customers/scan", config_id=way["config_id"], external_userid="wm_an")["added"][0]
    assert (again["new"], again["welcome_code"]) == (False, "")
    sim.post("callbacks/flush")
    assert receiver.messages == []


def test_refused_callbacks_are_pushed_again_three_times(sim: Sim, receiver: Receiver) -> None:
    receiver.answers = [500, 503, 404]
    sim.post("customers/delete", userid="li", external_userid="wm_an")
    sim.post("callbacks/flush")
    assert (receiver.pushes, len(receiver.messages)) == (4, 1)
    assert "del_follow_user" in receiver.messages[0]
    receiver.answers = [500] * 4
    sim.post("customers/delete", userid="li", external_userid="wm_bo", by="staff")
    sim.post("callbacks/flush")
    assert (receiver.pushes, len(receiver.messages)) == (8, 1)
    assert sim.get("callbacks")["states"] == {"delivered": 1, "failed": 1}
    assert sim.post("callbacks/replay", last=1) == {"queued": 1}
    sim.post("callbacks/flush")
    assert "del_external_contact" in receiver.messages[1]


def test_the_receiver_is_verified_by_its_echo(sim: Sim, receiver: Receiver) -> None:
    config = {"url": receiver.url, "token": TOKEN, "encoding_aes_key": AES_KEY, "verify": True}
    assert sim.post("callback", **config) == {"verified": True}
    receiver.echo = lambda word: "wrong"
    assert sim.post("callback", **config) == {"verified": False}


def test_any_event_can_be_pushed(sim: Sim, receiver: Receiver) -> None:
    fields = {"ChatId": "wr_1", "UpdateDetail": "add_member", "MemChangeCnt": 1}
    sim.post("events", event="change_external_chat", change_type="update", fields=fields)
    sim.post("customers/speak", userid="li", external_userid="wm_an", text="<有货吗>&")
    sim.post("callbacks/flush")
    # two callbacks are pushed at once: the platform promises no order between them either
    changed, spoken = sorted(receiver.messages, key=lambda message: "add_member" not in message)
    assert "<UpdateDetail>add_member</UpdateDetail>" in changed
    assert parse_message(spoken).content == "<有货吗>&"
