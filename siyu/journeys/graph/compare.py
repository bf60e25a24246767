"""Every difference between two graphs of a journey, in words: what it is about, what it said and what it says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import orjson

from siyu.audience.language.check import check_tree
from siyu.audience.language.describe import describe
from siyu.audience.language.schema import Schema
from siyu.facts.catalogue import KINDS
from siyu.journeys.graph.entry import REENTRIES, TRIGGERS
from siyu.journeys.graph.exits import ExitRule, Goal
from siyu.journeys.steps.catalogue import STEPS
from siyu.journeys.steps.names import Names
from siyu.kit.config import Config, Setting
from siyu.kit.errors import Invalid
from siyu.kit.text import LocalizedText, joined, same
from siyu.kit.time import duration_text

NOTHING = same("—")
KIND = LocalizedText("类型", "Kind")
NAME = LocalizedText("名称", "Name")
WAY = LocalizedText("走向", "Leads to")
TEXT = LocalizedText("文案", "Text")
START = LocalizedText("第一步", "First step")
STEP = LocalizedText("步骤", "Step")
TRIGGER, GOAL = LocalizedText("触发", "Trigger"), LocalizedText("目标", "Goal")
REENTRY = LocalizedText("再次进入", "Entering again")
YES, NO = LocalizedText("是", "yes"), LocalizedText("否", "no")


@dataclass(frozen=True)
class GraphDifference:
    """One setting that differs; `node` is the step it belongs to. `before` or `after` is a dash where there was, or is, none."""

    place: LocalizedText
    what: LocalizedText
    before: LocalizedText
    after: LocalizedText
    node: str | None = None


@dataclass(frozen=True)
class Side:
    """A graph as it was published, or the draft, with what the templates it names said then."""

    graph: Mapping[str, Any]
    texts: Mapping[str, str]

    def title(self, node: str) -> LocalizedText:
        """What a step is called; its id where it is not there."""
        step = self.graph.get("nodes", {}).get(node)
        if not isinstance(step, dict):
            return same(node)
        kind = STEPS.get(step.get("kind", ""))
        return same(step["label"]) if step.get("label") else kind.label if kind else same(node)


@dataclass(frozen=True)
class Called:
    """What the brand calls what settings name."""

    schema: Schema
    names: Names

    def tree(self, tree: Any) -> LocalizedText:
        """Conditions as one sentence; as they are written where they are not right."""
        try:
            return describe(check_tree(tree, self.schema), self.schema)
        except Invalid:
            return same(orjson.dumps(tree).decode())


Kinds = Mapping[str, type[Config]] | type[Config]


def differences(before: Side, after: Side, called: Called) -> list[GraphDifference]:
    """All of them, in the order in which a journey is read."""
    old, new = before.graph, after.graph
    parts = [
        *_section(TRIGGER, old.get("trigger"), new.get("trigger"), TRIGGERS, called),
        *_section(GOAL, old.get("goal"), new.get("goal"), Goal, called),
        *_section(REENTRY, old.get("reentry"), new.get("reentry"), REENTRIES, called),
        *_exits(old.get("exits") or [], new.get("exits") or [], called),
    ]
    if old.get("start") != new.get("start"):
        ends = (before.title(old.get("start") or ""), after.title(new.get("start") or ""))
        parts.append(GraphDifference(START, START, *ends))
    nodes = dict.fromkeys([*old.get("nodes", {}), *new.get("nodes", {})])
    return parts + [difference for node in nodes for difference in _node(node, before, after, called)]


def _exits(old: list[Any], new: list[Any], called: Called) -> Iterator[GraphDifference]:
    for n in range(max(len(old), len(new))):
        place = LocalizedText(f"退出条件 {n + 1}", f"Exit {n + 1}")
        yield from _section(place, old[n] if n < len(old) else None, new[n] if n < len(new) else None, ExitRule, called)


def _node(node: str, before: Side, after: Side, called: Called) -> Iterator[GraphDifference]:
    old, new = before.graph.get("nodes", {}).get(node), after.graph.get("nodes", {}).get(node)
    if old is None or new is None:
        ends = (NOTHING if old is None else before.title(node), NOTHING if new is None else after.title(node))
        yield GraphDifference((after if old is None else before).title(node), STEP, *ends, node)
        return
    place = after.title(node)
    for difference in _section(place, _settings(old), _settings(new), STEPS, called):
        yield GraphDifference(place, difference.what, difference.before, difference.after, node)
    if old.get("label") != new.get("label"):
        yield GraphDifference(place, NAME, before.title(node), after.title(node), node)
    ways, other = old.get("next") or {}, new.get("next") or {}
    for way in dict.fromkeys([*ways, *other]):
        if ways.get(way) != other.get(way):
            what = LocalizedText(f"{WAY.zh}（{way}）", f"{WAY.en} ({way})")
            yield GraphDifference(place, what, _end(before, ways, way), _end(after, other, way), node)
    was, says = before.texts.get(str(old.get("template"))), after.texts.get(str(new.get("template")))
    if was != says:
        yield GraphDifference(place, TEXT, _or_nothing(was), _or_nothing(says), node)


def _end(side: Side, ways: Mapping[str, str], way: str) -> LocalizedText:
    return side.title(ways[way]) if way in ways else NOTHING


def _or_nothing(text: str | None) -> LocalizedText:
    return NOTHING if text is None else same(text)


def _settings(step: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key not in ("next", "label")}


def _section(place: LocalizedText, old: Any, new: Any, kinds: Kinds, called: Called) -> Iterator[GraphDifference]:
    """What differs in one part: whether it is there, of which kind, and each of its settings."""
    if old == new:
        return
    if not old or not new:
        was, becomes = (_whole(part, kinds, called) if part else NOTHING for part in (old, new))
        yield GraphDifference(place, place, was, becomes)
        return
    if old.get("kind") != new.get("kind"):
        yield GraphDifference(place, KIND, _kind_label(old, kinds), _kind_label(new, kinds))
    before, after = _values(old, kinds, called), _values(new, kinds, called)
    for key in dict.fromkeys([*before, *after]):
        ends = [side.get(key) for side in (before, after)]
        if ends[0] != ends[1]:
            what = next(end[0] for end in ends if end is not None)
            was, becomes = (NOTHING if end is None else end[1] for end in ends)
            yield GraphDifference(place, what, was, becomes)


def _model(part: Mapping[str, Any], kinds: Kinds) -> type[Config] | None:
    return kinds.get(part.get("kind", "")) if isinstance(kinds, Mapping) else kinds


def _kind_label(part: Mapping[str, Any], kinds: Kinds) -> LocalizedText:
    label: LocalizedText | None = getattr(_model(part, kinds), "label", None)
    return label or same(str(part.get("kind", "")))


def _whole(part: Mapping[str, Any], kinds: Kinds, called: Called) -> LocalizedText:
    """A part in one line: its kind and every setting it has."""
    lines = [_kind_label(part, kinds)] if "kind" in part else []
    lines += [_line(label, value) for label, value in _values(part, kinds, called).values()]
    return joined(lines, "；", "; ") if lines else NOTHING


def _line(label: LocalizedText, value: LocalizedText) -> LocalizedText:
    return LocalizedText(f"{label.zh}：{value.zh}", f"{label.en}: {value.en}")


def _values(part: Mapping[str, Any], kinds: Kinds, called: Called) -> dict[str, tuple[LocalizedText, LocalizedText]]:
    """{key: (what the setting is called, what it says)} of every setting that says something. A fact and the tests of its
    properties are one thing."""
    model = _model(part, kinds)
    settings = {key: value for key, value in part.items() if key != "kind" and value not in (None, "", [], {})}
    if "fact" in settings and "where" in settings:
        settings["fact"] = {"did": {"fact": settings["fact"], "where": settings.pop("where")}}
    return {key: _setting(model, key, value, called) for key, value in settings.items()}


def _setting(model: type[Config] | None, key: str, value: Any, called: Called) -> tuple[LocalizedText, LocalizedText]:
    field = model.model_fields.get(key) if model is not None else None
    setting = next((part for part in field.metadata if isinstance(part, Setting)), None) if field else None
    if setting is None:
        return same(key), _plain(value)
    nested = next((part for part in _types(field.annotation) if issubclass(part, Config)), None) if field else None
    if nested is not None and isinstance(value, list):
        return setting.label, joined([_whole(each, nested, called) for each in value], " | ", " | ")
    return setting.label, _value(value, setting, called)


def _types(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def _value(value: Any, setting: Setting, called: Called) -> LocalizedText:
    if isinstance(value, dict):
        return called.tree(value)
    if isinstance(value, str) and value in setting.options:
        return setting.options[value]
    if setting.format == "duration" and isinstance(value, int):
        return duration_text(value)
    if setting.format == "fact" and value in KINDS:
        return KINDS[value].label
    if setting.format == "audience" and isinstance(value, str):
        return called.names.audience(value)
    if setting.format == "template" and isinstance(value, str):
        return called.names.template(value)
    return _plain(value)


def _plain(value: Any) -> LocalizedText:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        return joined([_plain(part) for part in value], "、", ", ")
    return same(value if isinstance(value, str) else orjson.dumps(value).decode())
