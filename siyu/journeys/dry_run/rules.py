"""The dry run: one member's way through a journey with the clock moved, decided by the same code as the tick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from siyu.journeys.graph.structure import Graph
from siyu.journeys.steps.rehearsal import Assumed, DryMessage, InSegment, Rehearsal, SendPolicy
from siyu.journeys.steps.step import LEFT, Run, Step, StepKind

ASSUMED_MAX = 100
"""Facts that a dry run may take for happening."""
MOMENTS_MAX = 500
HORIZON = timedelta(days=800)
"""A loop is followed no further than this."""
CONSUMED_AFTER = timedelta(seconds=1)
"""A fact is acted upon with the next tick, never at the very moment it happens."""


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


def dry_run(
    graph: Graph, run: Run, assumed: Sequence[Assumed], in_segment: InSegment, send_policy: SendPolicy
) -> list[Moment]:
    """The moments of `run` from where it stands, in order.

    `assumed` facts wake, end or reach the goal as real ones would; steps see them and what the journey itself did.
    """
    facts = sorted(assumed, key=lambda fact: fact.at)
    done: list[Assumed] = []
    moments: list[Moment] = []
    now, end = run.arrived_at, run.arrived_at + HORIZON
    fresh = True
    while len(moments) < MOMENTS_MAX and now <= end:
        step = graph.steps[run.node]
        kind = step.settings.kind
        known = [*(fact for fact in facts if fact.at < now), *done]
        if fresh and any(exit.tree is not None and in_segment(exit.tree, now, known) for exit in graph.exits):
            moments.append(Moment(run.node, kind, run.arrived_at, now, None, f"{LEFT}condition"))
            break
        dry = step.settings.rehearse(run, Rehearsal(now, known, in_segment, send_policy))
        outcome = step.decide([run], dry.answers, now)
        if outcome.ended:
            moments.append(Moment(run.node, kind, run.arrived_at, now, None, outcome.why))
            break
        if outcome.left:
            exit_key = next(iter(outcome.left))
            moments.append(Moment(run.node, kind, run.arrived_at, now, exit_key, message=dry.message))
            done += dry.facts
            _move(graph, run, step, exit_key, now)
            fresh = False
            continue
        due = outcome.staying[0][1]
        woken, why = _next_look(graph, run, step, facts, now, due)
        if why is not None:
            moments.append(Moment(run.node, kind, run.arrived_at, woken, None, why))
            break
        now, fresh = woken, True
    return moments


def _move(graph: Graph, run: Run, step: Step[StepKind], exit: str, now: datetime) -> None:
    if step.id in graph.in_loop:
        run.count_loop()
    run.node, run.arrived_at, run.happened_at = step.next[exit], now, None


def _next_look(
    graph: Graph, run: Run, step: Step[StepKind], facts: Sequence[Assumed], now: datetime, due: datetime
) -> tuple[datetime, str | None]:
    """When the run is looked at next, at the latest at `due`; with why it leaves, if a fact makes it leave."""
    awaited = step.settings.awaits()
    for fact in facts:
        if not now < fact.at <= due:
            continue
        why = exit_reason(graph, fact.fact, fact.props, fact.at, run.entered_at)
        if why is not None:
            return fact.at + CONSUMED_AFTER, why
        if awaited is not None and awaited.matches(fact.fact, fact.props, fact.at):
            run.happened_at = fact.at
            return fact.at + CONSUMED_AFTER, None
    return due, None


def exit_reason(graph: Graph, fact: str, props: Mapping[str, Any], at: datetime, entered_at: datetime) -> str | None:
    """Why a run entered at `entered_at` leaves the journey because of a fact (`@goal`, `@condition`), or None."""
    if graph.goal is not None and graph.goal.reached(fact, props, at, entered_at):
        return f"{LEFT}goal"
    return f"{LEFT}condition" if any(exit.met(fact, props, at, entered_at) for exit in graph.exits) else None
