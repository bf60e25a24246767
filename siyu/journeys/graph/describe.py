"""A graph in words: what each step is called, what exactly it does and what its ways on are called. Drafts may be incomplete."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from siyu.journeys.graph.exits import ExitRule, Goal
from siyu.journeys.graph.structure import draft_trigger, settings_of
from siyu.journeys.steps.catalogue import STEPS
from siyu.journeys.steps.names import NOTHING_CHOSEN, Names
from siyu.kit.config import is_one_of, parse
from siyu.kit.text import LocalizedText, same
from siyu.kit.time import duration_text


@dataclass(frozen=True)
class StepText:
    """`title` is the step's own label or that of its kind; `exits` are the labels of its ways on by key."""

    title: LocalizedText
    line: LocalizedText
    exits: Mapping[str, LocalizedText]


@dataclass(frozen=True)
class GraphText:
    """`goal` is None where none is set; `exits` are in the order of the graph's."""

    trigger: LocalizedText
    steps: Mapping[str, StepText]
    goal: LocalizedText | None
    exits: tuple[LocalizedText, ...]


def describe(graph: Mapping[str, Any], names: Names) -> GraphText:
    """The words of `graph`, whatever state it is in."""
    trigger = draft_trigger(graph)
    nodes = graph.get("nodes")
    exits = graph.get("exits")
    return GraphText(
        trigger=trigger.summary(names) if trigger else NOTHING_CHOSEN,
        steps={name: _step(node, names) for name, node in nodes.items()} if isinstance(nodes, dict) else {},
        goal=_goal(graph.get("goal")),
        exits=tuple(_exit(rule) for rule in exits) if isinstance(exits, list) else (),
    )


def _step(node: Any, names: Names) -> StepText:
    if not isinstance(node, dict) or not is_one_of(node.get("kind"), STEPS):
        return StepText(NOTHING_CHOSEN, NOTHING_CHOSEN, {})
    kind = STEPS[node["kind"]]
    label = node.get("label")
    title = same(label.strip()) if isinstance(label, str) and label.strip() else kind.label
    settings, _ = parse(kind, settings_of(node), "")
    if settings is None:
        return StepText(title, NOTHING_CHOSEN, {exit.key: exit.label for exit in kind.fixed_exits})
    return StepText(title, settings.summary(names), {exit.key: exit.label for exit in settings.exits()})


def _goal(goal: Any) -> LocalizedText | None:
    settings, _ = parse(Goal, goal, "") if isinstance(goal, dict) and goal else (None, [])
    if settings is None:
        return None
    fact = settings.fact_label()
    if settings.within is None:
        return fact
    within = duration_text(settings.within)
    return LocalizedText(f"{within.zh}内{fact.zh}", f"{fact.en} within {within.en}")


def _exit(rule: Any) -> LocalizedText:
    settings, _ = parse(ExitRule, rule, "") if isinstance(rule, dict) else (None, [])
    if settings is None:
        return NOTHING_CHOSEN
    return settings.fact_label() if settings.tree is None else LocalizedText("满足某些条件", "Conditions hold")
