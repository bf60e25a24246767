"""What each step decides, when waits end, and who may be let in: values in, values out."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.journeys.graph.entry import AudienceTrigger, FactTrigger, ScheduleTrigger, timely
from siyu.journeys.graph.exits import Goal
from siyu.journeys.graph.structure import loops, parse_graph
from siyu.journeys.steps.catalogue import STEPS
from siyu.journeys.steps.fact_test import FactTest
from siyu.journeys.steps.send import intent_key
from siyu.journeys.steps.step import Run, Step, StepKind
from siyu.journeys.steps.wait import WaitStep

NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"


def run(number: int, **other: Any) -> Run:
    return Run(number, number, 1, 1, "n1", NOON, other.pop("arrived_at", NOON), other.pop("zone", SHANGHAI), **other)


def step(kind: str, salt: str = "7:n1", **settings: Any) -> Step[StepKind]:
    return Step("n1", STEPS[kind](**settings), {}, salt)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("config", "arrived", "zone", "expected"),
    [
        ({"seconds": 86_400}, "2026-03-18T04:00", SHANGHAI, "2026-03-19T04:00"),
        ({"until": "09:00"}, "2026-03-18T00:59", SHANGHAI, "2026-03-18T01:00"),
        ({"until": "09:00"}, "2026-03-18T01:00", SHANGHAI, "2026-03-19T01:00"),
        ({"until": "09:00", "days": 0}, "2026-03-18T04:00", SHANGHAI, "2026-03-19T01:00"),
        ({"until": "09:00", "days": 1}, "2026-03-18T00:10", SHANGHAI, "2026-03-19T01:00"),
        ({"until": "09:00", "days": 1}, "2026-03-18T17:00", SHANGHAI, "2026-03-20T01:00"),
        # the clock is put forward on 29 March in Berlin: nine o'clock comes an hour earlier in UTC
        ({"until": "09:00", "days": 1}, "2026-03-28T12:00", BERLIN, "2026-03-29T07:00"),
        # a second is a second even then
        ({"seconds": 86_400}, "2026-03-28T12:00", BERLIN, "2026-03-29T12:00"),
        # 02:30 does not exist that night: half past three instead
        ({"until": "02:30", "days": 1}, "2026-03-28T12:00", BERLIN, "2026-03-29T01:30"),
        # 01:30 happens twice on 1 November in New York: the first counts
        ({"until": "01:30", "days": 1}, "2026-10-31T12:00", NEW_YORK, "2026-11-01T05:30"),
        ({"until": "01:30"}, "2026-11-01T05:30", NEW_YORK, "2026-11-02T06:30"),
        ({"until": "09:00"}, "2026-03-18T04:00", "Nowhere/Land", "2026-03-18T09:00"),
    ],
)
def test_when_a_wait_ends(config: dict[str, Any], arrived: str, zone: str, expected: str) -> None:
    assert WaitStep(**config).ends(moment(arrived), zone) == moment(expected)


@given(st.integers(0, 10 * 365 * 86_400), st.sampled_from([SHANGHAI, BERLIN, NEW_YORK]), st.integers(0, 5))
def test_a_wait_until_a_time_of_day_always_ends_later(seconds: int, zone: str, days: int) -> None:
    at = NOON + timedelta(seconds=seconds)
    due = WaitStep(until="02:30", days=days).ends(at, zone)
    assert timedelta() < due - at <= timedelta(days=days + 1, hours=2)


def test_a_wait_keeps_those_who_are_not_due() -> None:
    early, late = run(1), run(2, arrived_at=NOON - timedelta(hours=1))
    outcome = step("wait", seconds=3_600).decide([early, late], {}, NOON)
    assert outcome.left == {"done": [late]}
    assert outcome.staying == [(early, NOON + timedelta(hours=1))]


@pytest.mark.parametrize(
    ("happened", "now", "expected"),
    [
        (None, 0, "stays"),
        (None, 3_599, "stays"),
        (None, 3_600, "timeout"),
        (1, 1, "happened"),
        (3_600, 9_000, "happened"),
        (3_601, 9_000, "timeout"),
        (0, 10, "stays"),
        (-5, 10, "stays"),
    ],
)
def test_what_happens_while_waiting(happened: int | None, now: int, expected: str) -> None:
    enrolment = run(1, happened_at=None if happened is None else NOON + timedelta(seconds=happened))
    waiting = step("wait_until", fact="order_paid", timeout=3_600)
    outcome = waiting.decide([enrolment], {}, NOON + timedelta(seconds=now))
    assert [*outcome.left, *("stays" for _ in outcome.staying)] == [expected]


def test_the_first_branch_that_holds_decides() -> None:
    branch = step("branch", branches=[{"key": "a", "tree": {}}, {"key": "b", "tree": {}}])
    runs = [run(1), run(2), run(3)]
    outcome = branch.decide(runs, {"a": {1}, "b": {1, 2}}, NOON)
    assert outcome.left == {"a": [runs[0]], "b": [runs[1]], "else": [runs[2]]}


def test_a_message_moves_its_run_on_by_what_became_of_it() -> None:
    runs = [run(1), run(2), run(3)]
    outcome = step("send").decide(runs, {"sent": {1}, "withheld": {2}, "failed": {3}}, NOON)
    assert outcome.left == {"sent": [runs[0]], "withheld": [runs[1]], "failed": [runs[2]]}


def test_a_split_is_sticky_and_keeps_its_shares() -> None:
    arms = [{"key": "a", "share": 10}, {"key": "b", "share": 70}, {"key": "c", "share": 20}]
    runs = [run(number) for number in range(20_000)]
    first = step("split", arms=arms).decide(runs, {}, NOON).left
    again = step("split", arms=arms).decide(list(reversed(runs)), {}, NOON + timedelta(days=9)).left
    assert {key: {r.id for r in group} for key, group in first.items()} == {
        key: {r.id for r in group} for key, group in again.items()
    }
    assert {key: round(len(group) / 200) for key, group in first.items()} == pytest.approx(
        {"a": 10, "b": 70, "c": 20}, abs=1.5
    )
    other = step("split", "7:n2", arms=arms).decide(runs, {}, NOON).left
    both = {r.id for r in first["c"]} & {r.id for r in other["c"]}
    assert len(both) == pytest.approx(800, abs=150)


def test_the_end_says_why() -> None:
    assert step("exit", reason="完成").decide([run(1)], {}, NOON).why == "完成"
    assert step("exit").decide([run(1)], {}, NOON).why == "finished"


def test_every_kind_of_step_parts_all_runs_once() -> None:
    steps = {
        "send": step("send"),
        "wait": step("wait", seconds=60),
        "wait_until": step("wait_until", fact="order_paid", timeout=60),
        "branch": step("branch", branches=[{"key": "a", "tree": {}}]),
        "split": step("split", arms=[{"key": "a", "share": 50}, {"key": "b", "share": 50}]),
        "tag": step("tag", add=["x"]),
        "exit": step("exit"),
    }
    assert set(steps) == set(STEPS)
    runs = [run(number, arrived_at=NOON - timedelta(seconds=number)) for number in range(120)]
    holds = {"a": {1, 2}, "sent": set[int](), "withheld": {5}, "failed": {6}}
    for kind, standing in steps.items():
        outcome = standing.decide(runs, holds, NOON)
        seen = [r.id for group in outcome.left.values() for r in group]
        seen += [r.id for r, _ in outcome.staying] + [r.id for r in outcome.ended]
        assert Counter(seen) == Counter(range(120)), kind
        assert set(outcome.left) <= {exit.key for exit in standing.settings.exits()}, kind
        assert all(due > NOON for _, due in outcome.staying), kind


def test_an_intent_is_one_per_version_step_entry_member_and_lap() -> None:
    enrolment = run(5)
    assert intent_key(7, 2, "n1", enrolment) == "journey:7:2:n1:1:5"
    enrolment.loop_counts = {"n1": 1}
    enrolment.count_loop()
    assert intent_key(7, 2, "n1", enrolment) == "journey:7:2:n1:1:5:lap2"


PROPS: dict[str, Any] = {"amount": 500, "store": "徐汇店", "tags": ["a", "b"], "big": True, "none": None}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"prop": "amount", "is": 500}, True),
        ({"prop": "amount", "is_not": 500}, False),
        ({"prop": "amount", ">": 499, "<": 501}, True),
        ({"prop": "amount", ">": 500}, False),
        ({"prop": "amount", ">=": 500}, True),
        ({"prop": "amount", "between": [1, 500]}, True),
        ({"prop": "amount", "between": [501, 900]}, False),
        ({"prop": "amount", ">": "4"}, False),
        ({"prop": "store", "in": ["徐汇店"]}, True),
        ({"prop": "store", "not_in": ["徐汇店"]}, False),
        ({"prop": "store", "contains": "汇"}, True),
        ({"prop": "store", "starts_with": "汇"}, False),
        ({"prop": "store", ">": "一"}, True),
        ({"prop": "tags", "contains": "b"}, True),
        ({"prop": "tags", "contains": "c"}, False),
        ({"prop": "none", "exists": False}, True),
        ({"prop": "missing", "exists": True}, False),
        ({"prop": "missing", ">": 1}, False),
        ({"prop": "missing", "is_not": 1}, True),
        ({"prop": "big", "is": True}, True),
    ],
)
def test_conditions_on_a_facts_properties_mean_what_they_meant_when_published(
    condition: dict[str, Any], expected: bool
) -> None:
    """Also those that are refused today: two comparisons in one, and what the type does not have."""
    assert FactTest(fact="order_paid", where=[condition]).matches("order_paid", PROPS, NOON) is expected


def test_all_conditions_must_hold() -> None:
    assert FactTest(fact="order_paid").matches("order_paid", {}, NOON)
    assert FactTest(fact="order_paid", where=[]).matches("order_paid", {}, NOON)
    assert not FactTest(fact="order_paid").matches("coupon_redeemed", {}, NOON)
    both = [{"prop": "amount", ">": 1}, {"prop": "amount", "<": 2}]
    assert not FactTest(fact="order_paid", where=both).matches("order_paid", PROPS, NOON)


@pytest.mark.parametrize(
    ("trigger", "after", "expected"),
    [
        ({"at": "09:00"}, "2026-03-18T00:59", "2026-03-18T01:00"),
        ({"at": "09:00"}, "2026-03-18T01:00", "2026-03-19T01:00"),
        ({"at": "09:00", "days": [1]}, "2026-03-18T01:00", "2026-03-23T01:00"),
        ({"at": "09:00", "days": [3]}, "2026-03-18T01:00", "2026-03-25T01:00"),
        ({"at": "09:00", "date": "2026-03-20"}, "2026-03-18T01:00", "2026-03-20T01:00"),
        ({"at": "09:00", "date": "2026-03-17"}, "2026-03-18T01:00", None),
    ],
)
def test_when_a_schedule_fires_next(trigger: dict[str, Any], after: str, expected: str | None) -> None:
    following = ScheduleTrigger(**trigger).next_at(moment(after), SHANGHAI)
    assert following == (moment(expected) if expected else None)


@pytest.mark.parametrize(
    ("hours_ago", "since_hours_ago", "late_hours", "expected"),
    [
        (1, 2, None, True),
        (1, 1, None, True),
        (1.1, 1, None, False),
        (1.1, 100, None, False),
        (48, 100, 48, True),
        (49, 100, 48, False),
        (48, 47, 48, False),
    ],
)
def test_history_sets_no_trigger_off(
    hours_ago: float, since_hours_ago: int, late_hours: int | None, expected: bool
) -> None:
    occurred, since = NOON - timedelta(hours=hours_ago), NOON - timedelta(hours=since_hours_ago)
    trigger = FactTrigger(fact="order_paid", late_hours=late_hours)
    assert timely(trigger, {}, occurred, NOON, since) is expected


def test_an_audience_trigger_hears_its_own_audience_only() -> None:
    trigger = AudienceTrigger(audience="silent")
    assert timely(trigger, {"audience": "silent"}, NOON, NOON, NOON)
    assert not timely(trigger, {"audience": "loud"}, NOON, NOON, NOON)


def test_a_run_is_keyed_by_its_order() -> None:
    assert FactTrigger(fact="order_paid", key="order").key_of({"order": "A1"}) == "A1"
    assert FactTrigger(fact="order_paid").key_of({"order": "A1"}) == ""


@pytest.mark.parametrize(("seconds", "expected"), [(0, False), (1, True), (60, True), (61, False)])
def test_a_goal_counts_after_entering_and_in_time(seconds: int, expected: bool) -> None:
    goal = Goal(fact="order_paid", where=[{"prop": "amount", ">": 1}], within=60)
    at = NOON + timedelta(seconds=seconds)
    assert goal.reached("order_paid", {"amount": 2}, at, NOON) is expected
    assert not goal.reached("order_paid", {"amount": 1}, at, NOON)
    assert not goal.reached("coupon_redeemed", {"amount": 2}, at, NOON)


def test_loops_are_found() -> None:
    links = {"a": ["b"], "b": ["c", "d"], "c": ["a"], "d": ["e"], "e": [], "f": ["f"]}
    assert sorted(sorted(ring) for ring in loops(links)) == [["a", "b", "c"], ["f"]]
    graph = {
        "trigger": {"kind": "manual"},
        "start": "a",
        "nodes": {
            "a": {"kind": "wait", "seconds": 60, "next": {"done": "b"}},
            "b": {"kind": "wait", "seconds": 60, "next": {"done": "a"}},
        },
    }
    assert parse_graph(graph, 1).in_loop == {"a", "b"}
