"""Callbacks as the platform's pages print them (变更客户事件), read into events."""

from datetime import UTC, datetime

import pytest

from siyu.channels.adapters.wecom.crypto import BadXml
from siyu.channels.adapters.wecom.events import Event, read

HEAD = """<xml>
    <ToUserName><![CDATA[toUser]]></ToUserName>
    <FromUserName><![CDATA[sys]]></FromUserName>
    <CreateTime>1403610513</CreateTime>
    <MsgType><![CDATA[event]]></MsgType>
    <Event><![CDATA[change_external_contact]]></Event>
"""
WHO = "<UserID><![CDATA[zhangsan]]></UserID><ExternalUserID><![CDATA[woAJ2GCAAA]]></ExternalUserID>"
AT = datetime.fromtimestamp(1_403_610_513, UTC)


def event(change: str, more: str = "") -> Event:
    return read(f"{HEAD}<ChangeType><![CDATA[{change}]]></ChangeType>{WHO}{more}</xml>")


def test_a_friend_is_added_with_a_state_and_a_welcome_code() -> None:
    more = "<State><![CDATA[teststate]]></State><WelcomeCode><![CDATA[WELCOMECODE]]></WelcomeCode>"
    expected = Event("added", AT, "zhangsan", "woAJ2GCAAA", "teststate", "staff", "WELCOMECODE")
    assert event("add_external_contact", more) == expected
    assert event("add_half_external_contact", more).kind == "added"


@pytest.mark.parametrize(
    ("change", "more", "by"),
    [
        ("del_follow_user", "", "customer"),
        ("del_external_contact", "", "staff"),
        ("del_external_contact", "<Source><![CDATA[DELETE_BY_TRANSFER]]></Source>", "transfer"),
    ],
)
def test_a_friend_is_gone_by_whom(change: str, more: str, by: str) -> None:
    found = event(change, more)
    assert (found.kind, found.by) == ("removed", by)


@pytest.mark.parametrize("change", ["transfer_fail", "msg_audit_approved", "something_new"])
def test_what_is_not_handled_yet_is_other(change: str) -> None:
    assert event(change).kind == "other"


def test_events_that_are_not_about_a_customer_are_other() -> None:
    assert read("<xml><MsgType>event</MsgType><Event>change_contact</Event></xml>").kind == "other"
    assert read(f"{HEAD}<ChangeType>add_external_contact</ChangeType></xml>").kind == "other"


def test_what_is_no_xml_or_declares_entities_is_refused() -> None:
    for text in ("", "{}", '<!DOCTYPE x [<!ENTITY a "b">]><xml><a>&a;</a></xml>'):
        with pytest.raises(BadXml):
            read(text)
