"""Calm, decided on paper: the order of reasons, quiet hours in any zone, caps in any window."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.messages.states import REASONS
from siyu.channels.policy import rules as send_policy
from siyu.channels.policy.rules import (
    Allow,
    Candidate,
    CountedMessage,
    Defer,
    FrequencyCap,
    Policy,
    QuietWindow,
    Withhold,
)

NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
SHANGHAI = "Asia/Shanghai"
NIGHT = QuietWindow(time(21), time(9))
OPEN_POLICY = Policy((), None, SHANGHAI)


def candidate(**changes: object) -> Candidate:
    given_so = {"channel": "wecom", "purpose": "marketing", "planned_at": NOON, "consent": "given"}
    return Candidate(**{**given_so, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"erased": True, "account": False, "address": False, "suppressed": True}, "erased"),
        ({"account": False, "address": False, "suppressed": True}, "no_account"),
        ({"address": False, "suppressed": True, "consent": "withdrawn"}, "not_yet_friend"),
        ({"channel": "webhook", "address": False}, "no_address"),
        ({"suppressed": True, "consent": "withdrawn"}, "suppressed"),
        ({"consent": "withdrawn"}, "withdrawn"),
        ({"consent": None}, "no_consent"),
        ({"planned_at": NOON - timedelta(days=30)}, "expired"),
    ],
)
def test_the_first_standing_reason_is_the_one_that_is_shown(changes: dict[str, object], reason: str) -> None:
    policy = Policy((FrequencyCap("*", 1, 7),), QuietWindow(time(0), time(23)), SHANGHAI)
    assert send_policy.decide(candidate(**changes), policy, NOON) == Withhold(reason)
    assert "withheld" in REASONS[reason].states


def test_nothing_in_the_way_lets_it_through() -> None:
    assert send_policy.decide(candidate(), OPEN_POLICY, NOON) == Allow()


@pytest.mark.parametrize(
    ("consent", "let"),
    [("given", True), (None, True), ("withdrawn", False)],
)
def test_a_service_message_needs_no_opt_in_but_an_opt_out_stops_it(consent: str | None, let: bool) -> None:
    decision = send_policy.decide(candidate(purpose="service", consent=consent), OPEN_POLICY, NOON)
    assert decision == (Allow() if let else Withhold("withdrawn"))


def test_caps_do_not_hold_a_service_message_but_quiet_hours_do() -> None:
    full = (CountedMessage("wecom", NOON - timedelta(hours=1)),)
    capped = Policy((FrequencyCap("*", 1, 7),), None, SHANGHAI)
    assert send_policy.decide(candidate(purpose="service", counted=full), capped, NOON) == Allow()
    assert isinstance(send_policy.decide(candidate(counted=full), capped, NOON), Defer)
    midnight = datetime(2026, 3, 18, 16, 0, tzinfo=UTC)
    quiet = Policy((), NIGHT, SHANGHAI)
    decision = send_policy.decide(candidate(purpose="service"), quiet, midnight)
    assert decision == Defer(datetime(2026, 3, 19, 1, 0, tzinfo=UTC), "quiet_hours")


@pytest.mark.parametrize(("wish", "kind"), [("defer", Defer), ("drop", Withhold)])
def test_the_step_says_what_becomes_of_what_is_held(wish: str, kind: type) -> None:
    full = candidate(counted=(CountedMessage("wecom", NOON),), on_cap=wish)
    assert isinstance(send_policy.decide(full, Policy((FrequencyCap("wecom", 1, 1),), None, SHANGHAI), NOON), kind)
    late = candidate(on_quiet=wish)
    assert isinstance(send_policy.decide(late, Policy((), QuietWindow(time(11), time(13)), SHANGHAI), NOON), kind)


def test_the_members_own_zone_decides_and_the_brands_where_there_is_none() -> None:
    policy = Policy((), NIGHT, SHANGHAI)
    assert send_policy.decide(candidate(zone=None), policy, NOON) == Allow()
    # noon in Shanghai is one hour before midnight of the day before in Chicago
    held = send_policy.decide(candidate(zone="America/Chicago"), policy, NOON)
    assert held == Defer(datetime(2026, 3, 18, 14, 0, tzinfo=UTC), "quiet_hours")
    assert send_policy.decide(candidate(zone="Mars/Olympus"), policy, NOON) == Allow()


def test_a_holiday_lasts_the_members_whole_day_and_then_the_night() -> None:
    policy = Policy((), QuietWindow(time(21), time(9), frozenset({date(2026, 3, 18), date(2026, 3, 19)})), SHANGHAI)
    held = send_policy.decide(candidate(), policy, NOON)
    assert held == Defer(datetime(2026, 3, 20, 1, 0, tzinfo=UTC), "holiday")


def test_a_cap_counts_its_own_channel_and_the_star_all_of_them() -> None:
    sent = (CountedMessage("webhook", NOON - timedelta(days=1)), CountedMessage("wecom", NOON - timedelta(days=2)))
    assert send_policy.cap_until(sent, "wecom", (FrequencyCap("wecom", 2, 7),), NOON) is None
    assert send_policy.cap_until(sent, "wecom", (FrequencyCap("*", 2, 7),), NOON) == NOON + timedelta(days=5)
    assert send_policy.cap_until(sent, "wecom", (FrequencyCap("webhook", 1, 7),), NOON) is None


def test_the_longest_wait_of_several_caps_counts() -> None:
    sent = tuple(CountedMessage("wecom", NOON - timedelta(days=d)) for d in (1, 2, 3))
    caps = (FrequencyCap("wecom", 1, 2), FrequencyCap("*", 3, 30))
    assert send_policy.cap_until(sent, "wecom", caps, NOON) == NOON + timedelta(days=27)


def test_exactly_a_window_later_there_is_room() -> None:
    cap = (FrequencyCap("wecom", 1, 7),)
    sent = (CountedMessage("wecom", NOON),)
    week = timedelta(days=7)
    assert send_policy.cap_until(sent, "wecom", cap, NOON + week - timedelta(microseconds=1)) is not None
    assert send_policy.cap_until(sent, "wecom", cap, NOON + week) is None


def test_a_message_that_staff_have_not_confirmed_counts_as_of_now() -> None:
    cap = (FrequencyCap("wecom", 1, 7),)
    counted = (CountedMessage("wecom", NOON - timedelta(days=20), open=True),)
    assert send_policy.cap_until(counted, "wecom", cap, NOON) == NOON + send_policy.OPEN_RECHECK_AFTER


def test_one_that_has_its_place_already_does_not_wait_for_itself() -> None:
    full = candidate(counted=(CountedMessage("wecom", NOON, open=True),), reserved=True)
    assert send_policy.decide(full, Policy((FrequencyCap("wecom", 1, 1),), None, SHANGHAI), NOON) == Allow()


def test_a_wait_past_its_age_is_no_wait() -> None:
    full = candidate(counted=(CountedMessage("wecom", NOON),))
    assert send_policy.decide(full, Policy((FrequencyCap("wecom", 1, 30),), None, SHANGHAI), NOON) == Withhold(
        "expired"
    )


ZONES = (
    "Asia/Shanghai",
    "America/Chicago",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
)
CLOCKS = st.times().map(lambda t: t.replace(minute=t.minute // 15 * 15, second=0, microsecond=0))
MOMENTS = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(MOMENTS, CLOCKS, CLOCKS, st.sampled_from(ZONES), st.lists(st.integers(-2, 3), max_size=4))
def test_the_next_allowed_moment_is_the_first_one(
    moment: datetime, begins: time, ends: time, zone: str, days: list[int]
) -> None:
    local = ZoneInfo(zone)
    today = moment.astimezone(local).date()
    quiet = QuietWindow(begins, ends, frozenset(today + timedelta(days=d) for d in days))
    following = send_policy.next_allowed(moment, quiet, local)
    assert following >= moment
    assert send_policy.quiet_reason(following, quiet, local) is None
    if following > moment:
        assert send_policy.quiet_reason(moment, quiet, local) is not None
        # no earlier minute was allowed, but for an hour that the clock jumped over
        earlier = following - timedelta(minutes=1)
        jump = earlier.astimezone(local).utcoffset() != following.astimezone(local).utcoffset()
        two_hours_ago = (following - timedelta(hours=2)).astimezone(local).utcoffset() != following.astimezone(
            local
        ).utcoffset()
        assert jump or two_hours_ago or send_policy.quiet_reason(earlier, quiet, local) is not None


def test_the_night_the_clock_jumps_ahead_nobody_is_woken_early() -> None:
    # Chicago, 8 March 2026: 02:00 becomes 03:00; quiet until 02:30, a time that does not exist
    quiet, chicago = QuietWindow(time(22), time(2, 30)), ZoneInfo("America/Chicago")
    midnight = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
    following = send_policy.next_allowed(midnight, quiet, chicago)
    assert datetime(2026, 3, 8, 8, 0, tzinfo=UTC) <= following <= datetime(2026, 3, 8, 9, 0, tzinfo=UTC)


def test_the_night_the_clock_is_set_back_the_second_hour_is_quiet_too() -> None:
    # Chicago, 1 November 2026: 01:30 comes twice
    quiet, chicago = QuietWindow(time(22), time(1, 45)), ZoneInfo("America/Chicago")
    second = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    assert second.astimezone(chicago).fold == 1
    assert send_policy.quiet_reason(second, quiet, chicago) == "quiet_hours"
    assert send_policy.next_allowed(second, quiet, chicago) == datetime(2026, 11, 1, 7, 45, tzinfo=UTC)


@given(
    st.lists(st.tuples(st.integers(0, 40 * 24), st.sampled_from(["wecom", "webhook"])), max_size=60),
    st.integers(1, 4),
    st.integers(1, 10),
    st.sampled_from(["*", "wecom"]),
)
def test_however_messages_come_no_window_holds_more_than_the_cap(
    wishes: list[tuple[int, str]], count: int, days: int, channel: str
) -> None:
    cap = FrequencyCap(channel, count, days)
    sent: list[CountedMessage] = []
    for hour, via in sorted(wishes):
        now = NOON + timedelta(hours=hour)
        if send_policy.cap_until(sent, via, (cap,), now) is None:
            sent.append(CountedMessage(via, now))
    bound = [message.at for message in sent if channel in ("*", message.channel)]
    for end in bound:
        assert sum(end - timedelta(days=days) < at <= end for at in bound) <= count
