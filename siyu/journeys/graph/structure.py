"""A graph that was checked, as the rules read it: parsed triggers, steps and exits, and which steps stand in a loop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.journeys.graph.entry import REENTRIES, TRIGGERS, Reentry, Trigger
from siyu.journeys.graph.exits import ExitRule, Goal
from siyu.journeys.steps.catalogue import STEPS
from siyu.journeys.steps.step import Step, StepKind
from siyu.kit.config import is_one_of, load, parse

ENVELOPE = frozenset({"kind", "next", "label"})
"""What every step has beside the settings of its kind."""


@dataclass(frozen=True)
class Graph:
    """A checked graph. `in_loop` are the steps that a run can come to more than once."""

    trigger: Trigger
    start: str
    steps: Mapping[str, Step[StepKind]]
    goal: Goal | None
    exits: tuple[ExitRule, ...]
    reentry: Reentry
    in_loop: frozenset[str]


def parse_graph(graph: Mapping[str, Any], journey_id: int) -> Graph:
    """The parsed form of a graph of a journey that `check` found right when it was published; what it has beyond the
    settings of today is left out."""
    steps = {
        name: Step(
            id=name,
            settings=load(STEPS[node["kind"]], settings_of(node)),
            next=node.get("next") or {},
            salt=f"{journey_id}:{name}",
        )
        for name, node in graph["nodes"].items()
    }
    reentry = graph.get("reentry") or {"kind": "never"}
    return Graph(
        trigger=parse_trigger(graph["trigger"]),
        start=graph["start"],
        steps=steps,
        goal=load(Goal, graph["goal"]) if graph.get("goal") else None,
        exits=tuple(load(ExitRule, exit) for exit in graph.get("exits") or ()),
        reentry=load(REENTRIES[reentry["kind"]], reentry),
        in_loop=frozenset(
            name for loop in loops({n: list(s.next.values()) for n, s in steps.items()}) for name in loop
        ),
    )


def parse_trigger(trigger: Mapping[str, Any]) -> Trigger:
    """The parsed form of a trigger of a checked graph."""
    return load(TRIGGERS[trigger["kind"]], trigger)


def draft_trigger(draft: Mapping[str, Any]) -> Trigger | None:
    """The trigger of a draft, if it has one that can be read."""
    trigger = draft.get("trigger")
    if not isinstance(trigger, dict) or not is_one_of(trigger.get("kind"), TRIGGERS):
        return None
    return parse(TRIGGERS[trigger["kind"]], trigger, "trigger")[0]


def settings_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of its kind that a node of a graph holds."""
    return {key: value for key, value in node.items() if key not in ENVELOPE}


def trees_of(graph: Graph) -> list[Any]:
    """The audience trees that steps and exits ask about."""
    step_trees = [tree for step in graph.steps.values() for tree in step.settings.trees()]
    return step_trees + [exit.tree for exit in graph.exits if exit.tree is not None]


def loops(links: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The strongly connected parts of a graph that hold a loop (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    rings: list[list[str]] = []
    for root in links:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(links[root]))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in links:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(links[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    part = _pop(stack, on_stack, node)
                    if len(part) > 1 or node in links[node]:
                        rings.append(part)
    return rings


def _pop(stack: list[str], on_stack: set[str], node: str) -> list[str]:
    part: list[str] = []
    while True:
        name = stack.pop()
        on_stack.discard(name)
        part.append(name)
        if name == node:
            return part
