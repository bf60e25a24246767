"""`evaluate`: the truth of a tree for one member in plain Python. The oracle that the compiled query must agree with."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from siyu.audience.language import lifecycle
from siyu.audience.language.lifecycle import ORDER, RfmCuts
from siyu.audience.language.predicates import PropertyTest, Test, holds, typed
from siyu.audience.language.schema import BUILT_IN, CHANNELS, fact_props
from siyu.audience.language.tree import (
    All,
    AnyOf,
    Consent,
    Did,
    InGroup,
    Not,
    Profile,
    Reachable,
    Reference,
    Rfm,
    Sample,
    Sequence_,
    Stage,
    Tag,
    Top,
    Tree,
    deep,
)


@dataclass(frozen=True)
class Event:
    """A fact of the member; `occurred_at` is aware."""

    name: str
    occurred_at: datetime
    props: Mapping[str, Any]


@dataclass(frozen=True)
class MemberView:
    """All that conditions can ask of one member, with the facts of those merged into it."""

    id: int
    created_at: datetime
    zone: str | None = None
    source: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[tuple[str, datetime | None], ...] = ()
    identities: frozenset[str] = frozenset()
    consents: Mapping[str, str] = field(default_factory=dict)
    suppressed: frozenset[str] = frozenset()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Population:
    """What a condition needs to know of the others: RFM cut points, and the last (value, member id) inside each top n."""

    rfm: RfmCuts | None = None
    tops: Mapping[Top, tuple[Any, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class EvalContext:
    """For whom, when, where, among whom."""

    member: MemberView
    now: datetime
    zone: str
    population: Population


def evaluate(tree: Tree, member: MemberView, now: datetime, zone: str, population: Population | None = None) -> bool:
    """Whether `member` is in `tree` at `now` (aware) for a workspace in `zone`."""
    return _true(tree, EvalContext(member, now, zone, population or Population()))


def _true(tree: Tree, asked: EvalContext) -> bool:
    match tree:
        case All(parts):
            return all(_true(part, asked) for part in parts)
        case AnyOf(parts):
            return any(_true(part, asked) for part in parts)
        case Not(part):
            return not _true(part, asked)
        case Reference(_, inner):
            return _true(inner, asked)
        case _:
            return _LEAVES[type(tree)](tree, asked)


# --- conditions


def _profile(leaf: Profile, asked: EvalContext) -> bool:
    member = asked.member
    if any(one.name == leaf.field for one in BUILT_IN):
        value: Any = getattr(member, leaf.field)
    else:
        value = typed(member.attributes.get(leaf.field), leaf.test.type)
    return holds(leaf.test, value, asked.now, asked.zone)


def _tag(leaf: Tag, asked: EvalContext) -> bool:
    held = {name for name, until in asked.member.tags if until is None or until > asked.now}
    wanted = set(leaf.tags)
    return {"any": bool(held & wanted), "all": wanted <= held, "none": not held & wanted}[leaf.how]


def matching(did: Did, asked: EvalContext) -> list[Event]:
    """The member's facts that `did` is about."""
    low, high = did.window.bounds(asked.now, asked.zone)
    return [
        event
        for event in asked.member.events
        if event.name == did.fact
        and (low is None or event.occurred_at >= low)
        and event.occurred_at < high
        and all(_where(where, event, asked) for where in did.where)
    ]


def _prop(event: Event, prop: str) -> Any:
    return typed(event.props.get(prop), fact_props(event.name)[prop].type)


def _where(where: PropertyTest, event: Event, asked: EvalContext) -> bool:
    return holds(where.test, _prop(event, where.prop), asked.now, asked.zone)


def measures(did: Did, events: list[Event]) -> dict[str, Any]:
    """count, sum, distinct, first and last of `events`, as far as `did` asks for them."""
    found: dict[str, Any] = {"count": len(events)}
    if did.sum is not None:
        found["sum"] = sum(value for event in events if (value := _prop(event, did.sum.prop)) is not None)
    if did.distinct is not None:
        told = (_prop(event, did.distinct.prop) for event in events)
        found["distinct"] = len({tuple(v) if isinstance(v, list) else v for v in told if v is not None})
    times = [event.occurred_at for event in events]
    found["first"], found["last"] = (min(times), max(times)) if times else (None, None)
    return found


def _did(leaf: Did, asked: EvalContext) -> bool:
    found = measures(leaf, matching(leaf, asked))
    tests: dict[str, Test | None] = {
        "count": leaf.count or Test(">=", 1, "number"),
        "sum": leaf.sum.test if leaf.sum else None,
        "distinct": leaf.distinct.test if leaf.distinct else None,
        "first": leaf.first,
        "last": leaf.last,
    }
    return all(holds(test, found[name], asked.now, asked.zone) for name, test in tests.items() if test is not None)


def _sequence(leaf: Sequence_, asked: EvalContext) -> bool:
    steps = [sorted(event.occurred_at for event in matching(step, asked)) for step in leaf.steps]
    if not leaf.ordered:
        starts = [at for step in steps for at in step]
        return any(all(any(at <= one < at + leaf.within.length for one in step) for step in steps) for at in starts)
    return any(_follows(first, steps[1:], first + leaf.within.length) for first in steps[0])


def _follows(after: datetime, steps: list[list[datetime]], end: datetime) -> bool:
    for step in steps:
        coming = next((at for at in step if at > after), None)
        if coming is None or coming >= end:
            return False
        after = coming
    return True


def orders(asked: EvalContext, within: timedelta | None = None) -> list[Event]:
    """The paid orders before now."""
    return [
        event
        for event in asked.member.events
        if event.name == ORDER
        and event.occurred_at < asked.now
        and (within is None or event.occurred_at >= asked.now - within)
    ]


def stage_of(member: MemberView, now: datetime, zone: str) -> str | None:
    """The lifecycle stage of `member`, or None without an order."""
    asked = EvalContext(member, now, zone, Population())
    times = [event.occurred_at for event in orders(asked)]
    recent = len(orders(asked, lifecycle.CORE_WITHIN))
    return lifecycle.stage(min(times, default=None), max(times, default=None), recent, now)


def _stage(leaf: Stage, asked: EvalContext) -> bool:
    return stage_of(asked.member, asked.now, asked.zone) in leaf.stages


def rfm_values(asked: EvalContext) -> tuple[datetime, int, int] | None:
    """Last order, number and fen in RFM_WITHIN; None without an order."""
    found = orders(asked, lifecycle.RFM_WITHIN)
    if not found:
        return None
    return max(event.occurred_at for event in found), len(found), sum(event.props.get("amount") or 0 for event in found)


def _rfm(leaf: Rfm, asked: EvalContext) -> bool:
    found, cuts = rfm_values(asked), asked.population.rfm
    if found is None or cuts is None:
        return False
    axes = ((found[0], cuts.r, leaf.r), (found[1], cuts.f, leaf.f), (found[2], cuts.m, leaf.m))
    return all(wanted is None or lifecycle.score(value, points) in wanted for value, points, wanted in axes)


def groups_of(asked: EvalContext) -> set[str]:
    """The customer groups that the member is in: joined after leaving last; leaving at the same moment wins."""
    latest: dict[tuple[str, str], datetime] = {}
    for event in asked.member.events:
        if event.name in ("group_joined", "group_left") and event.occurred_at < asked.now:
            key = event.name, event.props["group"]
            latest[key] = max(event.occurred_at, latest.get(key, event.occurred_at))
    return {
        group
        for (name, group), at in latest.items()
        if name == "group_joined" and at > latest.get(("group_left", group), datetime.min.replace(tzinfo=UTC))
    }


def _in_group(leaf: InGroup, asked: EvalContext) -> bool:
    groups = groups_of(asked)
    return bool(groups) if leaf.name is None else leaf.name in groups


def _consent(leaf: Consent, asked: EvalContext) -> bool:
    return asked.member.consents.get(leaf.channel, "unknown") == leaf.state


def _reachable(leaf: Reachable, asked: EvalContext) -> bool:
    member, identity = asked.member, CHANNELS[leaf.channel][2]
    barred = bool(member.suppressed & {leaf.channel, "*"})
    return (
        member.consents.get(leaf.channel) == "given"
        and not barred
        and (identity is None or identity in member.identities)
    )


def _sample(leaf: Sample, asked: EvalContext) -> bool:
    digest = hashlib.md5(f"{leaf.salt}:{asked.member.id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) < leaf.threshold


def top_value(leaf: Top, asked: EvalContext) -> Any:
    """What `leaf` ranks the member by; None without a matching fact."""
    events = matching(leaf.by, asked)
    if not events:
        return None
    if leaf.measure == "count" or leaf.prop is None:
        return len(events)
    told = [value for event in events if (value := _prop(event, leaf.prop)) is not None]
    if leaf.measure == "sum":
        return sum(told)
    return len({tuple(value) if isinstance(value, list) else value for value in told})


def _top(leaf: Top, asked: EvalContext) -> bool:
    value, last = top_value(leaf, asked), asked.population.tops.get(leaf)
    return value is not None and last is not None and (value, -asked.member.id) >= (last[0], -last[1])


_LEAVES: dict[type, Callable[[Any, EvalContext], bool]] = {
    Profile: _profile,
    Tag: _tag,
    Did: _did,
    Sequence_: _sequence,
    Stage: _stage,
    InGroup: _in_group,
    Rfm: _rfm,
    Consent: _consent,
    Reachable: _reachable,
    Sample: _sample,
    Top: _top,
}


def populate(tree: Tree, members: Iterable[MemberView], now: datetime, zone: str) -> Population:
    """What `tree` needs to know of all members together, from all of them."""
    asked = [EvalContext(member, now, zone, Population()) for member in members]
    leaves = set(deep(tree))
    cuts = None
    if any(isinstance(leaf, Rfm) for leaf in leaves):
        axes = list(zip(*(values for one in asked if (values := rfm_values(one)) is not None), strict=True))
        cuts = RfmCuts(*(lifecycle.cuts(axis) for axis in axes)) if axes else None
    tops: dict[Top, tuple[Any, int]] = {}
    for leaf in leaves:
        if isinstance(leaf, Top):
            ranked = [(value, one.member.id) for one in asked if (value := top_value(leaf, one)) is not None]
            ranked.sort(key=lambda pair: (-pair[0], pair[1]))
            if ranked:
                tops[leaf] = ranked[: leaf.n][-1]
    return Population(cuts, tops)
