"""The parsed graph, a run standing in it, and what a step kind is."""

from collections.abc import Callable, Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siyu.kit.errors import Fault

STEPS_MAX = 200
"""Steps in one graph."""
GRAPH_BYTES_MAX = 256 * 1024
BRANCHES_MAX = 20
ARMS_MAX = 10
EXITS_MAX = 20
WAIT_SECONDS_MIN = 60
WAIT_SECONDS_MAX = 400 * 86_400
WAIT_DAYS_MAX = 400
TAGS_MAX = 50
ASSUMED_MAX = 100
"""Facts that a dry run may take for happening."""
KEY_CHARS_MAX = 40
RUN_KEY_CHARS_MAX = 200
LEFT = "@"
"""Leaves of the whole journey are counted under `@why`, so no exit of a step may begin with it."""


@dataclass(frozen=True)
class Step:
    """One node: its own settings in `config`, and where each exit leads. `salt` is its own in the whole installation."""

    id: str
    kind: str
    config: Mapping[str, Any]
    next: Mapping[str, str]
    salt: str


@dataclass(frozen=True)
class Graph:
    """A checked graph. `in_loop` are the steps that a run can come to more than once."""

    trigger: Mapping[str, Any]
    start: str
    steps: Mapping[str, Step]
    goal: Mapping[str, Any] | None
    exits: tuple[Mapping[str, Any], ...]
    reentry: Mapping[str, Any]
    in_loop: frozenset[str]


@dataclass(slots=True)
class Run:
    """One member's way through, where it stands now. `zone` is the member's own, or the brand's.

    `happened_at` is when the fact it waits for happened; `loop_counts` how often it has left the steps of a loop.
    """

    id: int
    member_id: int
    entry: int
    version: int
    node: str
    entered_at: datetime
    arrived_at: datetime
    zone: str
    happened_at: datetime | None = None
    loop_counts: dict[str, int] | None = None


def loop_counted(run: Run, node: str) -> dict[str, int]:
    """The loop counts of a run after it has left `node` once more."""
    loop_counts = run.loop_counts or {}
    return loop_counts | {node: loop_counts.get(node, 0) + 1}


@dataclass(slots=True)
class StepOutcome:
    """A set of runs divided: who left by which exit, who stays and until when, whose way ends here and why."""

    left: dict[str, list[Run]] = field(default_factory=dict)
    staying: list[tuple[Run, datetime]] = field(default_factory=list)
    ended: list[Run] = field(default_factory=list)
    why: str = ""


Answers = Mapping[str, AbstractSet[int]]
"""What was asked of other rooms, by exit: the ids of the runs for which it holds."""
Faults = list[Fault]


@dataclass(frozen=True)
class StepKind:
    """A kind of step as the rules see it. `pauses`: a run never passes it at the moment it arrives."""

    kind: str
    fields: frozenset[str]
    exits: Callable[[Mapping[str, Any]], list[str]]
    check: Callable[[str, Mapping[str, Any], Any], Faults]
    decide: Callable[[Step, Sequence[Run], Answers, datetime], StepOutcome]
    pauses: bool = False


def read(graph: Mapping[str, Any], journey_id: int) -> Graph:
    """The parsed form of a graph of a journey that `check` has found right."""
    steps = {
        name: Step(
            id=name,
            kind=node["kind"],
            config={key: value for key, value in node.items() if key not in ("kind", "next")},
            next=node.get("next") or {},
            salt=f"{journey_id}:{name}",
        )
        for name, node in graph["nodes"].items()
    }
    return Graph(
        trigger=graph["trigger"],
        start=graph["start"],
        steps=steps,
        goal=graph.get("goal") or None,
        exits=tuple(graph.get("exits") or ()),
        reentry=graph.get("reentry") or {"kind": "never"},
        in_loop=frozenset(
            name for ring in loops({n: list(s.next.values()) for n, s in steps.items()}) for name in ring
        ),
    )


def trees_of(graph: Graph) -> list[Any]:
    """The trees that branches and exits ask about."""
    asked = [branch["tree"] for step in graph.steps.values() for branch in step.config.get("branches") or ()]
    return asked + [one["tree"] for one in graph.exits if "tree" in one]


def is_one_of(value: Any, words: Container[str]) -> bool:
    """Whether a value from outside, of whatever type, is one of `words`."""
    return isinstance(value, str) and value in words


def loops(links: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The strongly connected parts of a graph that hold a loop (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
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
                        found.append(part)
    return found


def _pop(stack: list[str], on_stack: set[str], node: str) -> list[str]:
    part: list[str] = []
    while True:
        name = stack.pop()
        on_stack.discard(name)
        part.append(name)
        if name == node:
            return part
