"""The dry run of one member, by the rules alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from siyu.channels.policy.rules import Candidate, FrequencyCap, Policy, QuietWindow
from siyu.journeys.dry_run.rules import Moment, dry_run
from siyu.journeys.graph.structure import parse_graph
from siyu.journeys.steps.rehearsal import Assumed, SendPolicy
from siyu.journeys.steps.step import Run

NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
SEND = {"kind": "send", "channel": "wecom", "template": "t"}
END = {"kind": "exit", "reason": "完成"}


def send(target: str, **other: Any) -> dict[str, Any]:
    return SEND | other | {"next": {"sent": target, "withheld": target, "failed": target}}


def wait(seconds: int, target: str) -> dict[str, Any]:
    return {"kind": "wait", "seconds": seconds, "next": {"done": target}}


def walk(
    nodes: dict[str, Any],
    assumed: Sequence[Assumed] = (),
    *,
    inside: Any = lambda tree, at, known: False,
    policy: Policy | None = None,
    consent: str | None = "given",
    start: datetime = NOON,
    **around: Any,
) -> list[Moment]:
    graph = parse_graph({"trigger": {"kind": "manual"}, "start": "n1", "nodes": nodes} | around, 1)
    calm = SendPolicy(
        policy or Policy((), None, "Asia/Shanghai"),
        lambda channel, purpose: Candidate(channel, purpose, start, consent=consent, zone="Asia/Shanghai"),
    )
    return dry_run(graph, Run(0, 5, 1, 1, "n1", start, start, "Asia/Shanghai"), assumed, inside, calm)


def path_of(moments: list[Moment]) -> list[tuple[str, str | None, timedelta]]:
    return [(moment.node, moment.exit or moment.why, moment.at - NOON) for moment in moments]


def test_a_straight_way() -> None:
    assert path_of(walk({"n1": send("n2"), "n2": wait(3_600, "n3"), "n3": END})) == [
        ("n1", "sent", timedelta()),
        ("n2", "done", HOUR),
        ("n3", "完成", HOUR),
    ]


def test_facts_wake_and_time_runs_out() -> None:
    nodes = {
        "n1": {
            "kind": "wait_until",
            "fact": "order_paid",
            "timeout": 7_200,
            "next": {"happened": "n2", "timeout": "n3"},
        },
        "n2": END,
        "n3": END | {"reason": "没来"},
    }
    paid = Assumed("order_paid", NOON + HOUR, {"amount": 1})
    assert path_of(walk(nodes, [paid]))[-1] == ("n2", "完成", HOUR + SECOND)
    for missed in (
        Assumed("order_paid", NOON, {}),
        Assumed("order_paid", NOON + 3 * HOUR, {}),
        Assumed("tagged", NOON + HOUR, {}),
    ):
        assert path_of(walk(nodes, [missed]))[-1] == ("n3", "没来", 2 * HOUR)


def test_goal_and_exits_end_it() -> None:
    nodes = {"n1": wait(86_400, "n2"), "n2": END}
    paid, out = Assumed("order_paid", NOON + HOUR), Assumed("consent_withdrawn", NOON + 2 * HOUR)
    around: dict[str, Any] = {"goal": {"fact": "order_paid"}, "exits": [{"fact": "consent_withdrawn"}]}
    assert path_of(walk(nodes, [out, paid], **around)) == [("n1", "@goal", HOUR + SECOND)]
    assert path_of(walk(nodes, [out], **around)) == [("n1", "@condition", 2 * HOUR + SECOND)]
    tree: dict[str, Any] = {"exits": [{"tree": {"tag": {"any": ["x"]}}}]}
    assert path_of(walk(nodes, inside=lambda tree, at, known: at > NOON, **tree)) == [("n1", "@condition", DAY)]


def test_branches_see_what_is_assumed_and_what_the_journey_did() -> None:
    nodes = {
        "n1": {"kind": "tag", "add": ["甲"], "remove": ["乙"], "next": {"done": "n2"}},
        "n2": send("n3"),
        "n3": wait(3_600, "n4"),
        "n4": {"kind": "branch", "branches": [{"key": "b", "tree": {}}], "next": {"b": "n5", "else": "n5"}},
        "n5": END,
    }
    seen: list[list[str]] = []

    def inside(_tree: Any, _at: datetime, known: Sequence[Assumed]) -> bool:
        seen.append(sorted(fact.fact for fact in known))
        return True

    moments = walk(
        nodes, [Assumed("order_paid", NOON + HOUR / 2), Assumed("order_paid", NOON + 2 * HOUR)], inside=inside
    )
    assert ("n4", "b", HOUR) in path_of(moments)
    assert seen == [["message_queued", "order_paid", "tagged", "untagged"]]


def test_calm_defers_and_withholds_as_for_real() -> None:
    nodes = {"n1": send("n2"), "n2": wait(3_600, "n3"), "n3": send("n4", on_cap="drop"), "n4": send("n5"), "n5": END}
    policy = Policy((FrequencyCap("*", 1, 7),), QuietWindow(time(11, 30), time(12, 30)), "Asia/Shanghai")
    rendered = {m.node: m.message for m in walk(nodes, policy=policy) if m.message}
    first, second, third = rendered["n1"], rendered["n3"], rendered["n4"]
    assert (first.state, first.reason, first.due_at) == ("queued", "quiet_hours", NOON + HOUR / 2)
    assert (second.state, second.reason) == ("withheld", "cap")
    assert (third.state, third.reason, third.due_at) == ("queued", "cap", NOON + HOUR / 2 + 7 * DAY)
    withheld = walk(nodes, consent=None)
    assert [moment.exit for moment in withheld] == ["withheld", "done", "withheld", "withheld", None]


def test_a_loop_is_followed_to_an_end() -> None:
    moments = walk({"n1": send("n2"), "n2": wait(86_400, "n1")})
    assert len(moments) == 500
    assert moments[-1].at - NOON == 250 * DAY
