"""Is a graph right? Every fault comes with its path and what would be right, in both languages."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson

from siyu.journeys.graph.entry import REENTRIES, TRIGGERS
from siyu.journeys.graph.exits import EXITS_MAX, ExitRule, Goal
from siyu.journeys.graph.structure import loops, settings_of
from siyu.journeys.steps.catalogue import STEPS
from siyu.journeys.steps.step import LEFT, References, StepKind, ends
from siyu.kit.config import Config, checked, is_one_of, parse
from siyu.kit.errors import Fault
from siyu.kit.limits import NAME_CHARS_MAX

STEPS_MAX = 200
"""Steps in one graph."""
GRAPH_BYTES_MAX = 256 * 1024
NODE_CHARS_MAX = 40
AROUND = frozenset({"trigger", "start", "nodes", "goal", "exits", "reentry", "layout"})

C = TypeVar("C", bound=Config)


def check(graph: Any, references: References) -> list[Fault]:
    """All faults of `graph`; none means that it may be published."""
    if not isinstance(graph, dict):
        return [Fault("", "must be an object", "应为对象")]
    if len(orjson.dumps(graph)) > GRAPH_BYTES_MAX:
        return [Fault("", f"larger than {GRAPH_BYTES_MAX // 1024} KB", f"超过 {GRAPH_BYTES_MAX // 1024} KB")]
    faults = [Fault(name, "unknown", "无法识别", " | ".join(sorted(AROUND))) for name in graph.keys() - AROUND]
    faults += _trigger(graph.get("trigger"), references)
    faults += _goal(graph.get("goal"))
    faults += _exits(graph.get("exits"), references)
    faults += _reentry(graph.get("reentry"))
    faults += _layout(graph.get("layout"))
    return faults + _nodes(graph, references)


def _trigger(trigger: Any, references: References) -> list[Fault]:
    if not isinstance(trigger, dict) or not is_one_of(trigger.get("kind"), TRIGGERS):
        return [Fault("trigger.kind", "choose who enters", "请选择进入方式", " | ".join(TRIGGERS))]
    settings, faults = parse(TRIGGERS[trigger["kind"]], _without_kind(trigger), "trigger")
    return checked(faults, settings.check("trigger", references) if settings else ())


def _without_kind(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != "kind"}


def _goal(goal: Any) -> list[Fault]:
    if not goal:
        return []
    settings, faults = parse(Goal, goal, "goal")
    return checked(faults, settings.check_fact("goal") if settings else ())


def _exits(exits: Any, references: References) -> list[Fault]:
    if not exits:
        return []
    if not isinstance(exits, list) or len(exits) > EXITS_MAX:
        return [Fault("exits", f"must be a list of at most {EXITS_MAX}", f"应为列表，最多 {EXITS_MAX} 条")]
    refusals: list[Fault] = []
    for i, exit in enumerate(exits):
        path = f"exits[{i}]"
        settings, faults = parse(ExitRule, exit, path)
        refusals += checked(faults, settings.check(path, references) if settings else ())
    return refusals


def _reentry(reentry: Any) -> list[Fault]:
    if reentry is None:
        return []
    if not isinstance(reentry, dict) or not is_one_of(reentry.get("kind"), REENTRIES):
        return [
            Fault("reentry.kind", "choose whether one may enter again", "请选择能否再次进入", " | ".join(REENTRIES))
        ]
    return parse(REENTRIES[reentry["kind"]], _without_kind(reentry), "reentry")[1]


def _layout(layout: Any) -> list[Fault]:
    """Where the canvas has put the steps."""
    if layout is None:
        return []
    if not isinstance(layout, dict):
        return [Fault("layout", "must be an object", "应为对象")]
    return [
        Fault(f"layout.{name}", "must be a place on the canvas", "应为画布上的位置", "{x, y}")
        for name, place in layout.items()
        if not isinstance(place, dict)
        or place.keys() != {"x", "y"}
        or not all(isinstance(at, int | float) and not isinstance(at, bool) for at in place.values())
    ]


def _nodes(graph: Mapping[str, Any], references: References) -> list[Fault]:
    nodes = graph.get("nodes")
    if not isinstance(nodes, dict) or not nodes:
        return [Fault("nodes", "draw at least one step", "至少添加一个步骤")]
    if len(nodes) > STEPS_MAX:
        return [Fault("nodes", f"at most {STEPS_MAX} steps", f"最多 {STEPS_MAX} 个步骤")]
    faults: list[Fault] = []
    for name, node in nodes.items():
        faults += _node(name, node, nodes, references)
    if not is_one_of(graph.get("start"), nodes):
        return [*faults, Fault("start", "choose the first step", "请指定第一个步骤")]
    return faults or _shape(graph["start"], nodes)


def _node(name: str, node: Any, nodes: Mapping[str, Any], references: References) -> list[Fault]:
    path = f"nodes.{name}"
    if not name or len(name) > NODE_CHARS_MAX or name.startswith(LEFT):
        text, text_zh = (
            f"a step's id has 1 to {NODE_CHARS_MAX} characters",
            f"步骤编号应为 1 至 {NODE_CHARS_MAX} 个字符",
        )
        return [Fault(path, text, text_zh)]
    if not isinstance(node, dict) or not is_one_of(node.get("kind"), STEPS):
        return [Fault(f"{path}.kind", "no such kind of step", "没有这种步骤", " | ".join(STEPS))]
    settings, faults = parse(STEPS[node["kind"]], settings_of(node), path)
    faults = checked(faults, settings.check(path, references) if settings else ())
    label = node.get("label")
    if label is not None and not (isinstance(label, str) and len(label) <= NAME_CHARS_MAX):
        reason, reason_zh = f"at most {NAME_CHARS_MAX} characters", f"最多 {NAME_CHARS_MAX} 个字符"
        faults.append(Fault(f"{path}.label", reason, reason_zh))
    if faults or settings is None:
        return faults
    return _next(path, node, [exit.key for exit in settings.exits()], nodes)


def _next(path: str, node: Mapping[str, Any], exits: list[str], nodes: Mapping[str, Any]) -> list[Fault]:
    following = node.get("next") or {}
    if not isinstance(following, dict):
        return [Fault(f"{path}.next", "must be an object", "应为对象")]
    choices = " | ".join(exits)
    faults = [
        Fault(f"{path}.next.{exit}", "the step has no such exit", "该步骤没有这个出口", choices)
        for exit in following
        if exit not in exits
    ]
    for exit in exits:
        target = following.get(exit)
        if target is None:
            faults.append(Fault(f"{path}.next.{exit}", "nothing follows here", "后面还没有步骤", _names(ends)))
        elif not is_one_of(target, nodes):
            faults.append(Fault(f"{path}.next.{exit}", "leads to a step that does not exist", "指向了不存在的步骤"))
    return faults


def _shape(start: str, nodes: Mapping[str, Any]) -> list[Fault]:
    seen = {start}
    todo = [start]
    while todo:
        for target in (nodes[todo.pop()].get("next") or {}).values():
            if target not in seen:
                seen.add(target)
                todo.append(target)
    faults = [
        Fault(f"nodes.{name}", "no way leads here", "没有路径能到达这个步骤") for name in nodes if name not in seen
    ]
    instant = {
        name: [t for t in (node.get("next") or {}).values() if not STEPS[nodes[t]["kind"]].pauses]
        for name, node in nodes.items()
        if not STEPS[node["kind"]].pauses
    }
    return faults + [
        Fault(
            f"nodes.{sorted(loop)[0]}",
            f"a loop without a wait: {', '.join(sorted(loop))}",
            "循环中没有等待步骤",
            _names(lambda kind: kind.pauses),
        )
        for loop in loops(instant)
    ]


def _names(having: Callable[[type[StepKind]], bool]) -> str:
    """The kinds of steps that would be right."""
    return " | ".join(name for name, kind in STEPS.items() if having(kind))
