"""What a graph refers to: its form as it is kept, as it is shown, and the things it uses. A draft need not be right.

Which field refers to what is said once, by the `format` of its setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from siyu.audience.language.identity import Visit, map_property_tests
from siyu.audience.language.references import keeper, map_tree, shower, things_met
from siyu.audience.language.schema import FACTS, Schema, fact_props
from siyu.journeys.graph.entry import TRIGGERS
from siyu.journeys.graph.exits import ExitRule, Goal
from siyu.journeys.steps.catalogue import STEPS
from siyu.kit.config import Config, is_one_of, models_inside, settings_by_field
from siyu.platform.uses.rules import Thing

TEMPLATE = "template"


@dataclass(frozen=True)
class GraphNames:
    """What the things that graphs refer to are called in one brand; templates by their number as text."""

    schema: Schema
    templates: Mapping[str, str]

    def kept(self, graph: Any) -> Any:
        """A graph as it is kept: by identity. A name of nothing stays: publishing refuses it."""
        numbers = {number: number for number in self.templates} | {
            name: number for number, name in self.templates.items()
        }
        keep = keeper(self.schema)
        return map_graph(
            # a program may write the number as a number
            graph,
            lambda thing, value: numbers.get(str(value), value) if thing == TEMPLATE else keep(thing, value),
        )

    def shown(self, graph: Any) -> Any:
        """A kept graph as people read and type it."""
        show = shower(self.schema)
        return map_graph(
            graph,
            lambda thing, value: self.templates.get(str(value), value) if thing == TEMPLATE else show(thing, value),
        )


def things_in_graph(graph: Any) -> set[Thing]:
    """What a kept graph refers to; audiences by what trees call them."""
    return things_met(partial(map_graph, graph))


def map_graph(graph: Any, visit: Visit) -> Any:
    """`graph` with everything that it refers to visited."""
    if not isinstance(graph, dict):
        return graph
    mapped = dict(graph)
    mapped |= {name: _of_kind(TRIGGERS, graph[name], visit) for name in ("trigger",) if name in graph}
    if isinstance(graph.get("nodes"), dict):
        mapped["nodes"] = {name: _of_kind(STEPS, node, visit) for name, node in graph["nodes"].items()}
    if "goal" in graph:
        mapped["goal"] = _settings(Goal, graph["goal"], visit)
    if isinstance(graph.get("exits"), list):
        mapped["exits"] = [_settings(ExitRule, rule, visit) for rule in graph["exits"]]
    return mapped


def _of_kind(kinds: Mapping[str, type[Config]], raw: Any, visit: Visit) -> Any:
    if not isinstance(raw, dict) or not is_one_of(raw.get("kind"), kinds):
        return raw
    return _settings(kinds[raw["kind"]], raw, visit)


def _settings(model: type[Config], raw: Any, visit: Visit) -> Any:
    if not isinstance(raw, dict):
        return raw
    mapped = dict(raw)
    for name, setting in settings_by_field(model).items():
        if name in raw:
            mapped[name] = _value(setting.format, raw[name], raw.get(setting.of or ""), visit)
    for name, inner in models_inside(model).items():
        if isinstance(raw.get(name), list):
            mapped[name] = [_settings(inner, item, visit) for item in raw[name]]
    return mapped


def _value(form: str | None, value: Any, beside: Any, visit: Visit) -> Any:
    """A value of a setting whose picker is `form`; `beside` is what the picker depends on."""
    if form == "tags" and isinstance(value, list):
        return [visit("tag", item) for item in value]
    if form in ("audience", TEMPLATE) and value:
        return visit(form, value)
    if form == "audience_tree":
        return map_tree(value, visit)
    if form == "property_tests" and isinstance(beside, str) and beside in FACTS:
        return map_property_tests(value, fact_props(beside), visit)
    return value
