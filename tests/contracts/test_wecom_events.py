"""Callbacks as the platform's pages print them (变更客户事件), read into events."""

from datetime import UTC, datetime

import pytest

from siyu.channels.adapters.wecom.events import parse
from siyu.channels.inbound.types import (
    ContactAdded,
    ContactChanged,
    ContactRemoved,
    EndedBy,
    InboundMessage,
    InboundValue,
    WelcomeDue,
)
from siyu.kit.errors import OutOfRange, Unreadable

HEAD = """<xml>
    <ToUserName><![CDATA[toUser]]></ToUserName>
    <FromUserName><![CDATA[sys]]></FromUserName>
    <CreateTime>1403610513</CreateTime>
    <MsgType><![CDATA[event]]></MsgType>
    <Event><![CDATA[change_external_contact]]></Event>
"""
WHO = "<UserID><![CDATA[zhangsan]]></UserID><ExternalUserID><![CDATA[woAJ2GCAAA]]></ExternalUserID>"
AT = datetime.fromtimestamp(1_403_610_513, UTC)


def values(change: str, more: str = "") -> list[InboundValue]:
    return parse(f"{HEAD}<ChangeType><![CDATA[{change}]]></ChangeType>{WHO}{more}</xml>")


@pytest.mark.parametrize("change", ["add_external_contact", "add_half_external_contact"])
def test_a_contact_is_added_with_a_state_and_may_be_welcomed(change: str) -> None:
    more = "<State><![CDATA[teststate]]></State><WelcomeCode><![CDATA[WELCOMECODE]]></WelcomeCode>"
    assert values(change, more) == [
        ContactAdded(AT, "zhangsan", "woAJ2GCAAA", "teststate"),
        WelcomeDue(AT, "zhangsan", "woAJ2GCAAA", "WELCOMECODE"),
    ]
    assert values(change) == [ContactAdded(AT, "zhangsan", "woAJ2GCAAA")]


def test_a_contact_is_edited() -> None:
    assert values("edit_external_contact") == [ContactChanged(AT, "zhangsan", "woAJ2GCAAA")]


@pytest.mark.parametrize(
    ("change", "more", "by"),
    [
        ("del_follow_user", "", "customer"),
        ("del_external_contact", "", "staff"),
        ("del_external_contact", "<Source><![CDATA[DELETE_BY_TRANSFER]]></Source>", "transfer"),
    ],
)
def test_a_contact_is_removed_by_whom(change: str, more: str, by: EndedBy) -> None:
    assert values(change, more) == [ContactRemoved(AT, "zhangsan", "woAJ2GCAAA", by)]


def test_a_message_is_received() -> None:
    text = f"<xml><CreateTime>1403610513</CreateTime><MsgType>text</MsgType>{WHO}</xml>"
    assert parse(text) == [InboundMessage(AT, "woAJ2GCAAA")]


@pytest.mark.parametrize("change", ["transfer_fail", "msg_audit_approved", "something_new"])
def test_what_is_not_handled_yet_says_nothing(change: str) -> None:
    assert values(change) == []


def test_events_that_are_not_about_a_customer_say_nothing() -> None:
    assert parse("<xml><MsgType>event</MsgType><Event>change_contact</Event></xml>") == []
    assert parse(f"{HEAD}<ChangeType>add_external_contact</ChangeType></xml>") == []


def test_what_is_no_xml_or_declares_entities_is_refused() -> None:
    for text in ("", "{}", '<!DOCTYPE x [<!ENTITY a "b">]><xml><a>&a;</a></xml>'):
        with pytest.raises(Unreadable):
            parse(text)


@pytest.mark.parametrize("stamp", ["99999999999999999", "1795982778000", "0", "-1", "soon", "", "9" * 400])
def test_a_moment_that_cannot_be_is_refused_by_name(stamp: str) -> None:
    with pytest.raises(OutOfRange):
        parse(HEAD.replace("1403610513", stamp) + f"<ChangeType>add_external_contact</ChangeType>{WHO}</xml>")
