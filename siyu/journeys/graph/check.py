"""Is a graph right? Every fault comes with its path and what would be right, in both languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from siyu.facts.catalogue import KINDS
from siyu.journeys.graph.local_time import clock_time
from siyu.journeys.graph.property_filters import check_fact
from siyu.journeys.graph.structure import (
    EXITS_MAX,
    GRAPH_BYTES_MAX,
    LEFT,
    STEPS_MAX,
    WAIT_SECONDS_MAX,
    StepKind,
    is_one_of,
    loops,
)
from siyu.kit.errors import Fault

TRIGGERS = ("audience", "fact", "schedule", "manual")
REENTRIES = ("never", "after_finish", "always")
REENTRY_DAYS_MAX = 3_650
NODE_CHARS_MAX = 40
AROUND = frozenset({"trigger", "start", "nodes", "goal", "exits", "reentry", "layout"})


@dataclass(frozen=True)
class References:
    """What the other rooms have: live templates by name and by id (with their channel), audiences, tags (with the exclusive
    group of those that have one), channels, and a check of a tree."""

    templates: Mapping[str, str] = field(default_factory=dict)
    audiences: frozenset[str] = frozenset()
    tags: Mapping[str, int | None] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()
    tree: Callable[[Any], list[Fault]] = field(default=lambda _tree: [])


def check(graph: Any, kinds: Mapping[str, StepKind], known: References) -> list[Fault]:
    """All faults of `graph`; none means that it may be published."""
    if not isinstance(graph, dict):
        return [Fault("", "must be an object", "应为对象")]
    if len(orjson.dumps(graph)) > GRAPH_BYTES_MAX:
        return [Fault("", f"larger than {GRAPH_BYTES_MAX // 1024} KB", f"超过 {GRAPH_BYTES_MAX // 1024} KB")]
    faults = [Fault(name, "unknown", "无法识别", " | ".join(sorted(AROUND))) for name in graph.keys() - AROUND]
    faults += _trigger(graph.get("trigger"), known)
    faults += _goal(graph.get("goal"))
    faults += _exits(graph.get("exits"), known)
    faults += _reentry(graph.get("reentry"))
    return faults + _nodes(graph, kinds, known)


def _trigger(trigger: Any, known: References) -> list[Fault]:
    if not isinstance(trigger, dict) or not is_one_of(trigger.get("kind"), TRIGGERS):
        return [Fault("trigger.kind", "choose who enters", "请选择进入方式", " | ".join(TRIGGERS))]
    kind = trigger["kind"]
    if kind == "fact":
        return check_fact("trigger", trigger) or _run_key(trigger)
    faults: list[Fault] = []
    if kind in ("audience", "schedule") and not is_one_of(trigger.get("audience"), known.audiences):
        faults.append(Fault("trigger.audience", "choose a saved audience", "请选择已保存的人群"))
    if kind == "schedule":
        faults += _schedule(trigger)
    return faults


def _run_key(trigger: Mapping[str, Any]) -> list[Fault]:
    key = trigger.get("key")
    if key and not is_one_of(key, KINDS[trigger["fact"]].model_fields):
        return [Fault("trigger.key", "the event has no such property", "该事件没有这个属性")]
    return []


def _schedule(trigger: Mapping[str, Any]) -> list[Fault]:
    faults: list[Fault] = []
    try:
        clock_time(str(trigger.get("at")))
    except ValueError:
        faults.append(Fault("trigger.at", "must be a time of day", "应为时刻", "09:00"))
    if "date" in trigger:
        try:
            date.fromisoformat(str(trigger["date"]))
        except ValueError:
            faults.append(Fault("trigger.date", "must be a date", "应为日期", "2026-03-20"))
    days = trigger.get("days")
    if days is not None and not (isinstance(days, list) and days and all(type(d) is int and 0 < d < 8 for d in days)):
        faults.append(
            Fault("trigger.days", "must be days of the week, Monday is 1", "应为星期，1 为周一", "[1, 2, 3, 4, 5]")
        )
    return faults


def _goal(goal: Any) -> list[Fault]:
    if not goal:
        return []
    if not isinstance(goal, dict):
        return [Fault("goal", "must be an object", "应为对象")]
    faults = check_fact("goal", goal)
    within = goal.get("within")
    if within is not None and not (type(within) is int and 0 < within <= WAIT_SECONDS_MAX):
        faults.append(Fault("goal.within", "must be a number of seconds", "应为秒数", f"1..{WAIT_SECONDS_MAX}"))
    return faults


def _exits(exits: Any, known: References) -> list[Fault]:
    if not exits:
        return []
    if not isinstance(exits, list) or len(exits) > EXITS_MAX:
        return [Fault("exits", f"must be a list of at most {EXITS_MAX}", f"应为列表，最多 {EXITS_MAX} 条")]
    faults: list[Fault] = []
    for i, condition in enumerate(exits):
        path = f"exits[{i}]"
        if isinstance(condition, dict) and "tree" in condition:
            faults += under(f"{path}.tree", known.tree(condition["tree"]))
        elif isinstance(condition, dict):
            faults += check_fact(path, condition)
        else:
            faults.append(Fault(path, "must be an object", "应为对象"))
    return faults


def under(path: str, faults: list[Fault]) -> list[Fault]:
    """The faults of an inner document, with their paths as seen from the graph."""
    return [Fault(f"{path}.{f.path}" if f.path else path, f.reason, f.reason_zh, f.expected) for f in faults]


def _reentry(reentry: Any) -> list[Fault]:
    if reentry is None:
        return []
    if not isinstance(reentry, dict) or not is_one_of(reentry.get("kind"), REENTRIES):
        return [
            Fault("reentry.kind", "choose whether one may enter again", "请选择能否再次进入", " | ".join(REENTRIES))
        ]
    days = reentry.get("days")
    if days is not None and not (type(days) is int and 0 <= days <= REENTRY_DAYS_MAX):
        return [Fault("reentry.days", "must be a number of days", "应为天数", f"0..{REENTRY_DAYS_MAX}")]
    return []


def _nodes(graph: Mapping[str, Any], kinds: Mapping[str, StepKind], known: References) -> list[Fault]:
    nodes = graph.get("nodes")
    if not isinstance(nodes, dict) or not nodes:
        return [Fault("nodes", "draw at least one step", "至少添加一个步骤")]
    if len(nodes) > STEPS_MAX:
        return [Fault("nodes", f"at most {STEPS_MAX} steps", f"最多 {STEPS_MAX} 个步骤")]
    faults: list[Fault] = []
    for name, node in nodes.items():
        faults += _node(name, node, nodes, kinds, known)
    if not is_one_of(graph.get("start"), nodes):
        return [*faults, Fault("start", "choose the first step", "请指定第一个步骤")]
    return faults or _shape(graph["start"], nodes, kinds)


def _node(
    name: str, node: Any, nodes: Mapping[str, Any], kinds: Mapping[str, StepKind], known: References
) -> list[Fault]:
    path = f"nodes.{name}"
    if not name or len(name) > NODE_CHARS_MAX or name.startswith(LEFT):
        return [
            Fault(
                path, f"a step's id has 1 to {NODE_CHARS_MAX} characters", f"步骤编号应为 1 至 {NODE_CHARS_MAX} 个字符"
            )
        ]
    if not isinstance(node, dict) or not is_one_of(node.get("kind"), kinds):
        return [Fault(f"{path}.kind", "no such kind of step", "没有这种步骤", " | ".join(kinds))]
    kind = kinds[node["kind"]]
    extra = node.keys() - kind.fields - {"kind", "next", "label"}
    faults = [Fault(f"{path}.{key}", "unknown for this step", "该步骤没有这个设置") for key in sorted(extra)]
    own = kind.check(path, node, known)
    return faults + own + ([] if own else _next(path, node, kind.exits(node), nodes))


def _next(path: str, node: Mapping[str, Any], exits: list[str], nodes: Mapping[str, Any]) -> list[Fault]:
    following = node.get("next") or {}
    if not isinstance(following, dict):
        return [Fault(f"{path}.next", "must be an object", "应为对象")]
    known = " | ".join(exits)
    faults = [
        Fault(f"{path}.next.{exit}", "the step has no such exit", "该步骤没有这个出口", known)
        for exit in following
        if exit not in exits
    ]
    for exit in exits:
        target = following.get(exit)
        if target is None:
            faults.append(Fault(f"{path}.next.{exit}", "nothing follows here", "后面还没有步骤", "exit"))
        elif not is_one_of(target, nodes):
            faults.append(Fault(f"{path}.next.{exit}", "leads to a step that does not exist", "指向了不存在的步骤"))
    return faults


def _shape(start: str, nodes: Mapping[str, Any], kinds: Mapping[str, StepKind]) -> list[Fault]:
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
        name: [t for t in (node.get("next") or {}).values() if not kinds[nodes[t]["kind"]].pauses]
        for name, node in nodes.items()
        if not kinds[node["kind"]].pauses
    }
    return faults + [
        Fault(
            f"nodes.{sorted(ring)[0]}",
            f"a loop without a wait: {', '.join(sorted(ring))}",
            "循环中没有等待步骤",
            "wait",
        )
        for ring in loops(instant)
    ]
