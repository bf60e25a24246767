"""What `check` finds wrong with a journey, by path."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.channels.policy.rules import Candidate, Policy
from siyu.journeys.dry_run.rules import dry_run
from siyu.journeys.graph.check import check
from siyu.journeys.graph.structure import parse_graph
from siyu.journeys.steps.rehearsal import SendPolicy
from siyu.journeys.steps.step import References, Run
from siyu.journeys.templates.catalogue import TEMPLATES
from siyu.kit.errors import Fault


def tree_check(tree: Any) -> list[Fault]:
    return [] if isinstance(tree, dict) and "did" in tree else [Fault("all[0]", "unknown", "无法识别")]


KNOWN = References(
    templates={"你好": "wecom", "7": "wecom", "回执": "webhook"},
    audiences=frozenset({"silent_60d"}),
    tags={"会员": None, "新客": None, "金卡": 3, "银卡": 3},
    channels=frozenset({"wecom", "webhook"}),
    tree=tree_check,
)
OF_THE_KITS = References(
    templates={message.name: message.channel for kit in TEMPLATES.values() for message in kit.message_templates},
    audiences=frozenset({"silent_60d", ""}),
    tags=dict.fromkeys(tag for kit in TEMPLATES.values() for tag in kit.tags),
    channels=frozenset({"wecom"}),
    tree=tree_check,
)
NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
BOUGHT = {"did": {"fact": "order_paid"}}
END = {"kind": "exit", "reason": "完成"}


def graph(**nodes: Any) -> dict[str, Any]:
    return {
        "trigger": {"kind": "manual"},
        "start": next(iter(nodes)),
        "nodes": nodes,
        "reentry": {"kind": "never"},
    }


def send(target: str = "end", **config: Any) -> dict[str, Any]:
    ways = {"sent": target, "withheld": target, "failed": target}
    return {"kind": "send", "channel": "wecom", "template": "你好", "next": ways} | config


def wait(target: str = "end", **config: Any) -> dict[str, Any]:
    return {"kind": "wait", "next": {"done": target}} | (config or {"seconds": 3_600})


def paths(wrong: dict[str, Any]) -> list[str]:
    faults = check(wrong, KNOWN)
    assert all(fault.reason and fault.reason_zh for fault in faults)
    assert all(any("一" <= message <= "鿿" for message in fault.reason_zh) for fault in faults)
    return [fault.path for fault in faults]


def test_a_whole_journey_is_right() -> None:
    whole = graph(
        n1=send("n2", template=7, purpose="service", on_cap="drop", on_quiet="defer", label="开场"),
        n2=wait("n3", until="09:00", days=1),
        n3={"kind": "wait_until", "fact": "order_paid", "timeout": 86_400, "next": {"happened": "n4", "timeout": "n5"}},
        n4={"kind": "tag", "add": ["会员"], "remove": ["新客"], "next": {"done": "end"}},
        n5={
            "kind": "branch",
            "branches": [{"key": "b1", "label": "买过", "tree": BOUGHT}],
            "next": {"b1": "n6", "else": "end"},
        },
        n6={
            "kind": "split",
            "arms": [{"key": "a", "share": 80, "label": "发"}, {"key": "b", "share": 20, "label": "不发"}],
            "next": {"a": "n1", "b": "end"},
        },
        end=END,
    )
    whole["trigger"] = {
        "kind": "fact",
        "fact": "order_paid",
        "where": [{"prop": "amount", ">=": 100}, {"prop": "amount", "<": 900}, {"prop": "store", "in": ["a"]}],
        "key": "order",
    }
    whole["goal"] = {"fact": "coupon_redeemed", "where": [{"prop": "coupon", "is": "c"}], "within": 86_400}
    whole["exits"] = [{"fact": "consent_withdrawn"}, {"tree": BOUGHT}]
    whole["layout"] = {"n1": {"x": 1, "y": 2}}
    assert paths(whole) == []


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"kind": "fly"}, ["nodes.n1.kind"]),
        ("send", ["nodes.n1.kind"]),
        (send(template=""), ["nodes.n1.template"]),
        (send(template="没有"), ["nodes.n1.template"]),
        (send(template="回执"), ["nodes.n1.template"]),
        (send(channel="fax"), ["nodes.n1.channel", "nodes.n1.template"]),
        (send(purpose="fun"), ["nodes.n1.purpose"]),
        (send(on_cap="wait"), ["nodes.n1.on_cap"]),
        (send(speed="fast"), ["nodes.n1.speed"]),
        (send() | {"next": {"sent": "end"}}, ["nodes.n1.next.withheld", "nodes.n1.next.failed"]),
        (send() | {"next": {"sent": "end", "withheld": "gone", "failed": "end"}}, ["nodes.n1.next.withheld"]),
        (wait() | {"next": {"done": "end", "later": "end"}}, ["nodes.n1.next.later"]),
        (wait() | {"next": []}, ["nodes.n1.next.done"]),
        (wait(seconds=59), ["nodes.n1.seconds"]),
        (wait(seconds=True), ["nodes.n1.seconds"]),
        (wait(seconds=3600, until="09:00"), ["nodes.n1"]),
        (wait(until="25:00"), ["nodes.n1.until"]),
        (wait(until="9:00"), ["nodes.n1.until"]),
        (wait(until="09:00", days=-1), ["nodes.n1.days"]),
        ({"kind": "wait_until", "fact": "", "timeout": 60}, ["nodes.n1.fact"]),
        ({"kind": "wait_until", "fact": "setting_changed", "timeout": 60}, ["nodes.n1.fact"]),
        ({"kind": "wait_until", "fact": "order_paid"}, ["nodes.n1.timeout"]),
        (
            {"kind": "wait_until", "fact": "order_paid", "timeout": 60, "where": [{"prop": "colour", "is": 1}]},
            ["nodes.n1.where[0].prop"],
        ),
        (
            {"kind": "wait_until", "fact": "order_paid", "timeout": 60, "where": [{"prop": "amount", "over": 1}]},
            ["nodes.n1.where[0].over"],
        ),
        (
            {"kind": "wait_until", "fact": "order_paid", "timeout": 60, "where": [{"prop": "amount", "between": [1]}]},
            ["nodes.n1.where[0].between"],
        ),
        ({"kind": "branch", "branches": []}, ["nodes.n1.branches"]),
        (
            {"kind": "branch", "branches": [{"key": "b1", "label": "", "tree": {"all": []}}]},
            ["nodes.n1.branches[0].tree"],
        ),
        ({"kind": "branch", "branches": [{"key": "else", "tree": BOUGHT}]}, ["nodes.n1.branches[0].key"]),
        (
            {"kind": "branch", "branches": [{"key": "b", "tree": BOUGHT}, {"key": "b", "tree": BOUGHT}]},
            ["nodes.n1.branches[1].key"],
        ),
        (
            {"kind": "branch", "branches": [{"key": "b", "tree": {"all": [{"wish": 1}]}}]},
            ["nodes.n1.branches[0].tree.all[0]"],
        ),
        ({"kind": "split", "arms": [{"key": "a", "share": 100}]}, ["nodes.n1.arms"]),
        ({"kind": "split", "arms": [{"key": "a", "share": 50}, {"key": "b", "share": 49}]}, ["nodes.n1.arms"]),
        (
            {"kind": "split", "arms": [{"key": "a", "share": 50.0}, {"key": "b", "share": 50}]},
            ["nodes.n1.arms[0].share"],
        ),
        ({"kind": "split", "arms": [{"key": "@a", "share": 50}, {"key": "b", "share": 50}]}, ["nodes.n1.arms[0].key"]),
        ({"kind": "split", "arms": [{"key": "a", "share": 50}, {"key": "a", "share": 50}]}, ["nodes.n1.arms"]),
        ({"kind": "tag", "add": [], "remove": []}, ["nodes.n1.add"]),
        ({"kind": "tag", "add": ["没有"]}, ["nodes.n1.add"]),
        ({"kind": "tag", "add": ["会员"], "remove": ["会员"]}, ["nodes.n1.remove"]),
        ({"kind": "tag", "add": ["金卡", "银卡"]}, ["nodes.n1.add"]),
        ({"kind": "tag", "add": "会员"}, ["nodes.n1.add"]),
        ({"kind": "exit", "reason": 5}, ["nodes.n1.reason"]),
        (END | {"label": 5}, ["nodes.n1.label"]),
        (END | {"text": "完成"}, ["nodes.n1.text"]),
        (wait(seconds=60, days=1), ["nodes.n1.days"]),
        ({"kind": "wait_until", "fact": "order_paid", "timeout": 60, "unit": "s"}, ["nodes.n1.unit"]),
        ({"kind": "branch", "branches": [{"key": "b", "tree": BOUGHT, "goto": "n2"}]}, ["nodes.n1.branches[0].goto"]),
        (
            {"kind": "split", "arms": [{"key": "a", "share": 50, "weight": 1}, {"key": "b", "share": 50}]},
            ["nodes.n1.arms[0].weight"],
        ),
        ({"kind": "tag", "add": ["会员"], "if": "x"}, ["nodes.n1.if"]),
    ],
)
def test_a_wrong_step_is_named(node: Any, expected: list[str]) -> None:
    assert paths(graph(n1=node, end=END)) == expected


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        ("trigger", None, ["trigger.kind"]),
        ("trigger", {"kind": "audience", "audience": "nobody"}, ["trigger.audience"]),
        ("trigger", {"kind": "fact", "fact": "order_paid", "key": "colour"}, ["trigger.key"]),
        ("trigger", {"kind": "fact"}, ["trigger.fact"]),
        ("trigger", {"kind": "schedule", "audience": "silent_60d", "at": "noon"}, ["trigger.at"]),
        ("trigger", {"kind": "schedule", "audience": "silent_60d", "at": "09:00", "days": [8]}, ["trigger.days"]),
        ("trigger", {"kind": "schedule", "audience": "silent_60d", "at": "09:00", "days": [[1]]}, ["trigger.days"]),
        ("trigger", {"kind": "schedule", "audience": "silent_60d", "at": "09:00", "date": ""}, ["trigger.date"]),
        ("start", "n9", ["start"]),
        ("start", ["n1"], ["start"]),
        ("nodes", {}, ["nodes"]),
        ("goal", {"fact": "order_paid", "within": 0}, ["goal.within"]),
        ("goal", {"fact": "flew"}, ["goal.fact"]),
        (
            "exits",
            [{"fact": "flew"}, {"tree": {"all": [{}]}}, 5],
            ["exits[0].fact", "exits[1].tree.all[0]", "exits[2]"],
        ),
        ("exits", [{"tree": {"all": []}}], ["exits[0].tree"]),
        ("reentry", {"kind": "sometimes"}, ["reentry.kind"]),
        ("reentry", {"kind": "always", "days": -1}, ["reentry.days"]),
        ("speed", 1, ["speed"]),
        ("layout", {"n1": {"x": 1, "z": 2}}, ["layout.n1"]),
        (
            "trigger",
            {"kind": "schedule", "audience": "silent_60d", "at": "09:00", "day_of_month": 31},
            ["trigger.day_of_month"],
        ),
        (
            "trigger",
            {"kind": "schedule", "audience": "silent_60d", "at": "09:00", "date": "2026-03-20", "days": [1]},
            ["trigger.days"],
        ),
        ("trigger", {"kind": "manual", "at": "09:00"}, ["trigger.at"]),
        ("trigger", {"kind": "fact", "fact": "order_paid", "if": []}, ["trigger.if"]),
        ("goal", {"fact": "order_paid", "inside": 5}, ["goal.inside"]),
        ("exits", [{"fact": "order_paid", "when": 1}], ["exits[0].when"]),
        ("exits", [{"tree": BOUGHT, "fact": "order_paid"}], ["exits[0].fact"]),
        ("reentry", {"kind": "never", "days": 3}, ["reentry.days"]),
        ("reentry", {"kind": "always", "hours": 3}, ["reentry.hours"]),
    ],
)
def test_what_stands_around_the_steps_is_checked(part: str, value: Any, expected: list[str]) -> None:
    assert paths(graph(n1=END) | {part: value}) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"prop": "amount", ">": "abc"}, "where[0].>"),
        ({"prop": "amount", "between": [900, 100]}, "where[0].between"),
        ({"prop": "amount", "exists": "no"}, "where[0].exists"),
        ({"prop": "amount", ">=": 100, "<": 900}, "where[0]"),
        ({"prop": "amount"}, "where[0]"),
        ({"prop": "amount", "contains": "9"}, "where[0].contains"),
        ({"prop": "store", ">": "一"}, "where[0].>"),
        ({"prop": "store", "in": []}, "where[0].in"),
        ({"prop": "colour", "is": 1}, "where[0].prop"),
        (5, "where[0].prop"),
    ],
)
def test_a_test_that_can_never_hold_is_refused_wherever_it_stands(condition: Any, expected: str) -> None:
    fact = {"fact": "order_paid", "where": [condition]}
    until = {"kind": "wait_until", "timeout": 60, "next": {"happened": "end", "timeout": "end"}}
    assert paths(graph(n1=END) | {"trigger": {"kind": "fact"} | fact}) == [f"trigger.{expected}"]
    assert paths(graph(n1=END) | {"goal": fact}) == [f"goal.{expected}"]
    assert paths(graph(n1=END) | {"exits": [fact]}) == [f"exits[0].{expected}"]
    assert paths(graph(n1=until | fact, end=END)) == [f"nodes.n1.{expected}"]


def test_a_step_that_nobody_can_reach_is_named() -> None:
    assert paths(graph(n1=wait("end"), n2=wait("end"), end=END)) == ["nodes.n2"]


def test_a_loop_needs_a_wait() -> None:
    until = {"kind": "wait_until", "fact": "order_paid", "timeout": 60, "next": {"happened": "n1", "timeout": "end"}}
    assert paths(graph(n1=send("n2"), n2=send("n1"))) == ["nodes.n1"]
    assert paths(graph(n1=send("n1"))) == ["nodes.n1"]
    assert paths(graph(n1=send("n2"), n2=wait("n1"))) == []
    assert paths(graph(n1=send("n2"), n2=until, end=END)) == []


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99_999) | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_graph_whatsoever_breaks_the_check(data: st.DataObject) -> None:
    """Somewhere in a right graph something is replaced by anything; without faults it can be read."""
    whole = copy.deepcopy(dict(data.draw(st.sampled_from(list(TEMPLATES.values()))).graph))
    here: Any = whole
    while isinstance(here, dict | list) and here:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
            here[key] = data.draw(JUNK)
            break
        here = here[key]
    if not check(whole, OF_THE_KITS):
        run = Run(0, 5, 1, 1, whole["start"], NOON, NOON, "Asia/Shanghai")
        calm = SendPolicy(
            Policy((), None, "UTC"), lambda channel, purpose: Candidate(channel, purpose, NOON, consent="given")
        )
        assert dry_run(parse_graph(whole, 1), run, [], lambda tree, at, known: False, calm)


def test_limits_hold() -> None:
    nodes = {f"n{i}": wait(f"n{i + 1}") for i in range(200)} | {"n200": END}
    assert paths(graph(**nodes)) == ["nodes"]
    assert paths(graph(n1=END | {"reason": "长" * 200_000})) == [""]
    assert [fault.path for fault in check([], KNOWN)] == [""]


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_ready_sops_are_right(name: str) -> None:
    kit = TEMPLATES[name]
    known = References(
        templates={message.name: message.channel for message in kit.message_templates},
        audiences=frozenset({"silent_60d"}),
        tags=dict.fromkeys(kit.tags),
        channels=frozenset({"wecom"}),
        tree=tree_check,
    )
    drawn = copy.deepcopy(dict(kit.graph))
    if kit.audience:
        drawn["trigger"]["audience"] = kit.audience
    assert check(drawn, known) == []
    used = {node["template"] for node in drawn["nodes"].values() if node["kind"] == "send"}
    assert used == {message.name for message in kit.message_templates}
    put = {tag for node in drawn["nodes"].values() if node["kind"] == "tag" for tag in node["add"]}
    assert put == set(kit.tags)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_ready_sops_speak_calmly(name: str) -> None:
    bodies = "".join(message.body for message in TEMPLATES[name].message_templates)
    assert not set(bodies) & set("!！")
    assert not any(word in bodies for word in ("仅限今日", "最后机会", "错过", "赶快", "立即抢"))
