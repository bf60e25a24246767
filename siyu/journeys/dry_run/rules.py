"""The dry run: one member's way through a journey with the clock moved, decided by the same code as the tick."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from siyu.channels.policy.rules import Candidate, CountedMessage, Defer, Policy, Withhold
from siyu.channels.policy.rules import decide as calm
from siyu.journeys.graph.entry import reached
from siyu.journeys.graph.property_filters import matches
from siyu.journeys.graph.structure import LEFT, Graph, Run, Step, StepKind, loop_counted

MOMENTS_MAX = 500
HORIZON = timedelta(days=800)
"""A loop is followed no further than this."""
HEARD_AFTER = timedelta(seconds=1)
"""A fact is acted upon with the next tick, never at the very moment it happens."""


@dataclass(frozen=True)
class Assumed:
    """A fact that the dry run takes for happening."""

    fact: str
    at: datetime
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DryMessage:
    """What would become of a message: queued for `due_at`, or withheld for `reason`."""

    state: str
    reason: str | None
    due_at: datetime | None


@dataclass(frozen=True)
class Moment:
    """The member came to `node` at `arrived_at` and left it at `at` by `exit`; None: the way ends here, `why` says how."""

    node: str
    kind: str
    arrived_at: datetime
    at: datetime
    exit: str | None
    why: str | None = None
    message: DryMessage | None = None


@dataclass
class SendPolicy:
    """The brand's calm as it would meet this member: `standing(channel, purpose)` is the member as known now, messages
    let through so far included; those of the dry run are counted on top."""

    policy: Policy
    standing: Callable[[str, str], Candidate]
    counted: list[CountedMessage] = field(default_factory=list)

    def send(self, config: Mapping[str, Any], at: datetime) -> DryMessage:
        """What would become of the message of a send step at `at`; a message that would go counts from then on."""
        candidate = self.standing(config["channel"], config.get("purpose", "marketing"))
        candidate = replace(
            candidate,
            planned_at=at,
            counted=(*candidate.counted, *(one for one in self.counted if one.at <= at)),
            on_cap=config.get("on_cap", "defer"),
            on_quiet=config.get("on_quiet", "defer"),
        )
        decision = calm(candidate, self.policy, at)
        if isinstance(decision, Withhold):
            return DryMessage("withheld", decision.reason, None)
        due = decision.until if isinstance(decision, Defer) else at
        self.counted.append(CountedMessage(config["channel"], due))
        return DryMessage("queued", decision.reason if isinstance(decision, Defer) else None, due)


InSegment = Callable[[Any, datetime, Sequence[Assumed]], bool]
"""(tree, at, what the dry run takes for having happened until then) -> whether the member is in the tree."""


def dry_run(
    graph: Graph,
    run: Run,
    kinds: Mapping[str, StepKind],
    assumed: Sequence[Assumed],
    in_segment: InSegment,
    plan: SendPolicy,
) -> list[Moment]:
    """The moments of `run` from where it stands, in order.

    `assumed` facts wake, end or reach the goal as real ones would; branches see them and what the journey itself did.
    """
    facts = sorted(assumed, key=lambda fact: fact.at)
    done: list[Assumed] = []
    moments: list[Moment] = []
    now, end = run.arrived_at, run.arrived_at + HORIZON
    fresh = True
    while len(moments) < MOMENTS_MAX and now <= end:
        step = graph.steps[run.node]
        known = [*(fact for fact in facts if fact.at < now), *done]
        if fresh and any("tree" in one and in_segment(one["tree"], now, known) for one in graph.exits):
            moments.append(Moment(run.node, step.kind, run.arrived_at, now, None, f"{LEFT}condition"))
            break
        holds, message = _answers(step, run, now, known, in_segment, plan)
        outcome = kinds[step.kind].decide(step, [run], holds, now)
        if outcome.ended:
            moments.append(Moment(run.node, step.kind, run.arrived_at, now, None, outcome.why))
            break
        if outcome.left:
            exit = next(iter(outcome.left))
            moments.append(Moment(run.node, step.kind, run.arrived_at, now, exit, message=message))
            done += _effects(step, message, now)
            _move(graph, run, step, exit, now)
            fresh = False
            continue
        due = outcome.staying[0][1]
        woken, why = _between(graph, run, step, facts, now, due)
        if why is not None:
            moments.append(Moment(run.node, step.kind, run.arrived_at, woken, None, why))
            break
        now, fresh = woken, True
    return moments


def _answers(
    step: Step, run: Run, now: datetime, known: Sequence[Assumed], in_segment: InSegment, plan: SendPolicy
) -> tuple[dict[str, frozenset[int]], DryMessage | None]:
    """What other rooms would answer about this one run."""
    me, nobody = frozenset({run.id}), frozenset[int]()
    if step.kind == "branch":
        return {b["key"]: me if in_segment(b["tree"], now, known) else nobody for b in step.config["branches"]}, None
    if step.kind == "send":
        message = plan.send(step.config, now)
        withheld = message.state == "withheld"
        return {"sent": nobody if withheld else me, "withheld": me if withheld else nobody, "failed": nobody}, message
    return {}, None


def _effects(step: Step, message: DryMessage | None, now: datetime) -> list[Assumed]:
    """The facts that the step itself would record."""
    if message is not None:
        fact = "message_withheld" if message.state == "withheld" else "message_queued"
        return [Assumed(fact, now, {"channel": step.config["channel"]})]
    if step.kind == "tag":
        tagged = [Assumed("tagged", now, {"tag": tag}) for tag in step.config.get("add") or ()]
        return tagged + [Assumed("untagged", now, {"tag": tag}) for tag in step.config.get("remove") or ()]
    return []


def _move(graph: Graph, run: Run, step: Step, exit: str, now: datetime) -> None:
    if step.id in graph.in_loop:
        run.loop_counts = loop_counted(run, step.id)
    run.node, run.arrived_at, run.happened_at = step.next[exit], now, None


def _between(
    graph: Graph, run: Run, step: Step, facts: Sequence[Assumed], now: datetime, due: datetime
) -> tuple[datetime, str | None]:
    """When the run is looked at next, at the latest at `due`; with why it leaves, if a fact makes it leave."""
    for fact in facts:
        if not now < fact.at <= due:
            continue
        why = leaves_for(graph, fact.fact, fact.props, fact.at, run.entered_at)
        if why is not None:
            return fact.at + HEARD_AFTER, why
        if step.kind == "wait_until" and wakes(step, fact.fact, fact.props):
            run.happened_at = fact.at
            return fact.at + HEARD_AFTER, None
    return due, None


def leaves_for(graph: Graph, fact: str, props: Mapping[str, Any], at: datetime, entered_at: datetime) -> str | None:
    """Why a run entered at `entered_at` leaves the journey because of a fact (`@goal`, `@condition`), or None."""
    if graph.goal is not None and reached(graph.goal, fact, props, at, entered_at):
        return f"{LEFT}goal"
    for one in graph.exits:
        if one.get("fact") == fact and at > entered_at and matches(one.get("where"), props):
            return f"{LEFT}condition"
    return None


def wakes(step: Step, fact: str, props: Mapping[str, Any]) -> bool:
    """Whether a fact is what a wait_until step waits for."""
    return bool(step.config["fact"] == fact) and matches(step.config.get("where"), props)
