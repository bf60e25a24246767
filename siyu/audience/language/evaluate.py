"""`evaluate`: the truth of a tree for one member in plain Python. The oracle that the query must agree with."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from siyu.audience.language.conditions.condition import RankedCondition
from siyu.audience.language.tree import All, AnyOf, Not, Tree, deep
from siyu.kit.time import zone_of


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
    addresses: frozenset[str] = frozenset()
    """Channels on which an account of ours is connected with the member now."""
    events: tuple[Event, ...] = ()


Population = Mapping[Hashable, Any]
"""What ranked conditions need to know of all members, by their `cohort_key`."""


@dataclass(frozen=True)
class EvalContext:
    """For whom, when, where, among whom."""

    member: MemberView
    now: datetime
    zone: str
    population: Population = field(default_factory=dict)
    name_of: Callable[[str, str], str] = lambda _thing, key: key
    """What a thing of a kind with this key is called, for those who tell about the member."""

    def events(self, name: str, within: timedelta | None = None) -> list[Event]:
        """The member's facts of a kind before now, those of so long ago."""
        return [
            event
            for event in self.member.events
            if event.name == name
            and event.occurred_at < self.now
            and (within is None or event.occurred_at >= self.now - within)
        ]

    def local_time(self, at: datetime) -> str:
        """A moment as the workspace's clocks show it."""
        return at.astimezone(zone_of(self.zone)).strftime("%Y-%m-%d %H:%M:%S")

    def plain(self, value: Any) -> Any:
        """A value of a field as it is shown."""
        if isinstance(value, datetime):
            return self.local_time(value)
        return ", ".join(sorted(value)) or None if isinstance(value, frozenset | list) else value


def evaluate(tree: Tree, member: MemberView, now: datetime, zone: str, population: Population | None = None) -> bool:
    """Whether `member` is in `tree` at `now` (aware) for a workspace in `zone`."""
    return _is_true(tree, EvalContext(member, now, zone, population or {}))


def _is_true(tree: Tree, context: EvalContext) -> bool:
    match tree:
        case All(parts):
            return all(_is_true(part, context) for part in parts)
        case AnyOf(parts):
            return any(_is_true(part, context) for part in parts)
        case Not(part):
            return not _is_true(part, context)
        case _:
            reference = tree.referenced()
            return tree.holds(context) if reference is None else _is_true(reference[1], context)


def ranked(tree: Tree) -> dict[Hashable, RankedCondition]:
    """The conditions of `tree` that depend on the others, one for each value that has to be known of all members."""
    return {condition.cohort_key(): condition for condition in deep(tree) if isinstance(condition, RankedCondition)}


def populate(tree: Tree, members: Iterable[MemberView], now: datetime, zone: str) -> Population:
    """What `tree` needs to know of all members together, from all of them."""
    everybody = [EvalContext(member, now, zone) for member in members]
    values = {key: condition.cohort(everybody) for key, condition in ranked(tree).items()}
    return {key: value for key, value in values.items() if value is not None}
