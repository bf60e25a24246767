"""Which messages share a call, how long to wait, and the links members choose behind."""

from datetime import timedelta
from typing import get_args

import pytest

from siyu.channels.accounts import rules as account_rules
from siyu.channels.consent import rules as preferences
from siyu.channels.messages import rules as sending
from siyu.channels.messages import states
from siyu.channels.messages.rules import RenderedMessage
from siyu.channels.policy.rules import FrequencyCap, check_caps
from siyu.demo.world import NOON
from siyu.kit.redaction import redacted


def written(number: int, text: str = "hi", staff: str = "li", address: str | None = None) -> RenderedMessage:
    return RenderedMessage(number, number, 1, address or f"wm{number}", staff, 1, {"text": text}, {"text": text})


def test_one_sender_and_one_content_share_a_call() -> None:
    made = sending.calls([written(1), written(2), written(3, "other"), written(4, staff="wang"), written(5)], 10)
    assert [[message.message_id for message in call] for call in made] == [[1, 2, 5], [3], [4]]


def test_a_call_has_no_more_receivers_than_the_platform_takes() -> None:
    made = sending.calls([written(n) for n in range(25)], 10)
    assert [len(call) for call in made] == [10, 10, 5]


def test_the_same_words_twice_to_one_person_are_two_calls() -> None:
    made = sending.calls([written(1, address="wm"), written(2, address="wm"), written(3)], 10)
    assert [[message.message_id for message in call] for call in made] == [[1], [2, 3]]


def test_content_is_equal_whatever_the_order_of_its_fields() -> None:
    assert sending.content_key({"a": 1, "b": 2}) == sending.content_key({"b": 2, "a": 1})
    assert sending.content_key({"a": 1}) != sending.content_key({"a": 2})


def test_waits_double_up_to_an_hour() -> None:
    waits = [sending.backoff(n).total_seconds() for n in range(9)]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert sending.backoff(0, 90) == timedelta(seconds=90)


CODE, REVOKED = bytes(range(16)), bytes(range(1, 17))
MADE_ON, LASTS = NOON.date(), timedelta(days=180)


def test_a_link_is_believed_only_as_it_was_made() -> None:
    made = preferences.token(42, MADE_ON, CODE)
    preferences.verify(preferences.claim(made), CODE, [REVOKED], LASTS, NOON)
    for wrong in (
        made[:-1],
        made + "0",
        made[:-1] + ("0" if made[-1] != "0" else "1"),
        "42",
        "",
        "siyu_42-999999999-" + "0" * 32,
        "siyu_42-000000-" + "0" * 32,
        "42-" + CODE.hex(),
        made.upper(),
    ):
        with pytest.raises(preferences.WrongLink):
            preferences.verify(preferences.claim(wrong), CODE, [REVOKED], LASTS, NOON)


def test_a_link_ends_with_its_time_and_with_a_revocation() -> None:
    claimed = preferences.claim(preferences.token(42, MADE_ON, CODE))
    preferences.verify(claimed, CODE, [], LASTS, NOON + LASTS)
    with pytest.raises(preferences.LinkEnded):
        preferences.verify(claimed, CODE, [], LASTS, NOON + LASTS + timedelta(days=1))
    with pytest.raises(preferences.LinkEnded):
        preferences.verify(claimed, REVOKED, [CODE], LASTS, NOON)


@pytest.mark.parametrize(
    "token",
    [
        preferences.token(1, MADE_ON, CODE),
        "7-" + "0a" * 16,
        "siyu_" + "aB3_-" * 8 + "xyz",
        "whsec_" + "Q" * 43 + "=",
        "?access_token=abc.def-ghi",
        "Authorization: Bearer xyz",
    ],
)
def test_a_token_is_not_read_where_it_is_redacted(token: str) -> None:
    secret = token.split("=", 1)[-1] if "access" in token else token.split(" ")[-1]
    seen = redacted({"text": f"请看 https://a.example/p/{token} 。", "attachments": [{"url": token}]})
    assert secret not in str(seen)
    assert "请看" in seen["text"]


def test_a_hidden_token_is_put_back_where_it_was() -> None:
    made = preferences.token(42, MADE_ON, CODE)
    content = {
        "text": f"退订：https://a.example/p/preferences/{made}",
        "attachments": [{"url": f"/p/preferences/{made}"}],
    }
    assert preferences.with_token(redacted(content), made) == content


def test_every_reason_has_words_and_a_state() -> None:
    assert set(states.STATES) == set(get_args(states.MessageState))
    assert set(account_rules.STATES) == set(get_args(account_rules.AccountState))
    for name, reason in states.REASONS.items():
        assert reason.label.zh and reason.label.en and reason.states <= set(states.STATES), name


@pytest.mark.parametrize(
    "cap", [FrequencyCap("*", 0, 7), FrequencyCap("*", 1, 0), FrequencyCap("*", 1, 366), FrequencyCap("*", 1001, 7)]
)
def test_a_cap_out_of_range_is_refused(cap: FrequencyCap) -> None:
    assert len(check_caps([cap])) == 1


def test_two_caps_over_the_same_days_are_refused() -> None:
    assert check_caps([FrequencyCap("*", 1, 7), FrequencyCap("wecom", 1, 7)]) == []
    assert [fault.path for fault in check_caps([FrequencyCap("*", 1, 7), FrequencyCap("*", 2, 7)])] == ["caps[1].days"]
