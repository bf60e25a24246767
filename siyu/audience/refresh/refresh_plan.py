"""Whose truth may have changed since a saved audience was last looked at, and when everybody must be looked at.

It can only have changed for members with new facts of the kinds it watches and for members of whom something came of
age; all others stay as they are without being asked about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from siyu.audience.language import time_dependence
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.language.tree import Tree
from siyu.facts.log.queries import Position

Ids = np.ndarray[Any, np.dtype[np.int64]]
"""Members, ascending, each once."""

FIRST, REVISED = "first", "revised"
"""Why everybody who enters or leaves does: the audience is new, or its conditions changed."""
STALE = timedelta(days=1)
"""After so long the log may have been cut; whoever has new facts then is found by looking at everybody."""
CANDIDATES_ALWAYS, CANDIDATES_MAX, CANDIDATES_SHARE = 10_000, 2_000_000, 1 / 3
"""So few candidates are looked at by themselves whatever the size of the brand; of more than MAX, or than SHARE of all
members, a look at everybody is cheaper."""
WHOLE_MEMBERS_MAX = 60_000_000
"""Audiences are filled together as long as their number times the brand's members stays under this: all is in memory."""


@dataclass(frozen=True)
class Plan:
    """A saved audience as it stood when its turn came."""

    id: int
    workspace_id: int
    name: str
    version: int
    settled_version: int | None
    refreshed_at: datetime | None
    since: Position | None
    trouble: str | None
    zone: str
    tree: Tree
    dependence: TimeDependence
    kinds: frozenset[str]

    @property
    def anew(self) -> str | None:
        """The cause that everybody who moves shares, when the conditions are new."""
        if self.refreshed_at is None:
            return FIRST
        return REVISED if self.settled_version != self.version else None

    @property
    def waits_since(self) -> datetime:
        """When it was last looked at; a new one has waited longest."""
        return self.refreshed_at or datetime.min.replace(tzinfo=UTC)

    def whole(self, now: datetime) -> bool:
        """Whether everybody must be looked at."""
        if self.anew is not None or self.trouble is not None or self.dependence.ranked or self.refreshed_at is None:
            return True
        if now < self.refreshed_at or not time_dependence.same_days(self.dependence, self.refreshed_at, now, self.zone):
            return True
        return self.since is not None and now - self.refreshed_at > STALE


@dataclass(frozen=True)
class Candidates:
    """Members whose truth may have changed. `kinds` are those of the facts; `kind` is a place in it (1 the first), 0: time."""

    kinds: tuple[str, ...]
    kind: np.ndarray[Any, Any]
    member: np.ndarray[Any, Any]
    stands: np.ndarray[Any, Any]

    @cached_property
    def candidates(self) -> Ids:
        """All of them, those that are merged into others too."""
        return np.unique(self.member)

    @cached_property
    def scope(self) -> Ids:
        """Those that stand for themselves."""
        return np.unique(self.member[self.stands])

    def with_facts(self, kinds: frozenset[str]) -> Ids:
        """Those with a fact of `kinds`."""
        places = [place for place, name in enumerate(self.kinds, 1) if name in kinds]
        return np.unique(self.member[np.isin(self.kind, places)])


def batches(plans: Sequence[Plan], members: int) -> Iterator[list[Plan]]:
    """Groups of looks at everybody that fit into memory at once, in a brand of so many members."""
    at_once = max(1, WHOLE_MEMBERS_MAX // max(members, 1))
    for low in range(0, len(plans), at_once):
        yield list(plans[low : low + at_once])


def too_many(moved: Candidates, members: int) -> bool:
    """Whether a look at everybody in a brand of so many members is cheaper than one at the candidates."""
    number = len(moved.candidates)
    return number > CANDIDATES_ALWAYS and number > min(CANDIDATES_MAX, members * CANDIDATES_SHARE)
