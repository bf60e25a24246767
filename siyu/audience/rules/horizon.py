"""When a tree may change by time alone: what the lake must be asked, and the moments of one member."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from siyu.audience.rules import lifecycle
from siyu.audience.rules.compile import Query
from siyu.audience.rules.evaluate import MemberView, Population, evaluate
from siyu.audience.rules.lifecycle import ORDER
from siyu.audience.rules.moments import CALENDARS, Day, Instant, Relative, Window, instant, local_day, midnight
from siyu.audience.rules.scan import moment
from siyu.audience.rules.tree import (
    Consent,
    Did,
    Leaf,
    Profile,
    Reachable,
    Rfm,
    Sequence_,
    Stage,
    Tag,
    Test,
    Top,
    Tree,
    deep,
)

TICK = timedelta(microseconds=1)
LOOKS_MAX = 400
"""Moments at which one condition of one member is tried."""
STAGE_SPANS = (lifecycle.NEW_WITHIN, lifecycle.SILENT_AFTER, lifecycle.CORE_WITHIN, lifecycle.LOST_AFTER)


@dataclass
class Horizon:
    """What of a tree moves with time: facts of an age, members of an age, tags that end, days that begin, fixed moments."""

    ages: dict[str, set[timedelta]] = field(default_factory=dict)
    created: set[timedelta] = field(default_factory=set)
    tags: bool = False
    days: bool = False
    fixed: set[datetime] = field(default_factory=set)

    def fact(self, name: str, *spans: timedelta) -> None:
        self.ages.setdefault(name, set()).update(spans)


def horizon(tree: Tree, now: datetime, zone: str) -> Horizon:
    """The horizon of `tree`, references followed."""
    found = Horizon()
    for leaf in deep(tree):
        _look(found, leaf, now, zone)
    return found


def _look(found: Horizon, leaf: Leaf, now: datetime, zone: str) -> None:
    match leaf:
        case Did():
            _did(found, leaf, now, zone)
        case Sequence_(steps):
            for step in steps:
                _did(found, step, now, zone)
        case Top(by=by):
            _did(found, by, now, zone)
        case Stage():
            found.fact(ORDER, timedelta(0), *STAGE_SPANS)
        case Rfm():
            found.fact(ORDER, timedelta(0), lifecycle.RFM_WITHIN)
        case Tag():
            found.tags = True
        case Profile(field=name, test=test) if test.type in ("date", "time"):
            _profile(found, name, test, now, zone)


def _did(found: Horizon, did: Did, now: datetime, zone: str) -> None:
    # a fact recorded for the future comes in when its time comes
    found.fact(did.fact, timedelta(0))
    window: Window = did.window
    if window.within is not None:
        found.fact(did.fact, window.within.length)
    found.days |= window.calendar is not None
    for when in (window.start, window.end):
        _when(found, did.fact, when, now, zone)
    for test in (did.first, did.last):
        for when in _whens(test):
            _when(found, did.fact, when, now, zone)
    for where in did.where:
        if where.test.type == "time":
            found.days = True


def _whens(test: Test | None) -> Iterator[Any]:
    if test is not None:
        yield from test.value if isinstance(test.value, tuple) else (test.value,)


def _when(found: Horizon, fact: str, when: Any, now: datetime, zone: str) -> None:
    if isinstance(when, Relative):
        found.fact(fact, -when.sign * when.span.length)
    elif isinstance(when, Day | Instant):
        found.fixed.add(instant(when, now, zone))


def _profile(found: Horizon, name: str, test: Test, now: datetime, zone: str) -> None:
    if test.op == "anniversary_within" or test.type == "date":
        found.days = True
        return
    for when in _whens(test):
        if isinstance(when, Relative) and name == "created_at":
            found.created.add(-when.sign * when.span.length)


def next_day(now: datetime, zone: str) -> datetime:
    """The next local midnight."""
    return midnight(local_day(now, zone) + timedelta(days=1), zone)


def known_moments(found: Horizon, now: datetime, zone: str) -> list[datetime]:
    """Moments after `now` that need no lake: fixed ones and the next day."""
    moments = [at for at in found.fixed if at > now] + [at + TICK for at in found.fixed if at >= now]
    return moments + ([next_day(now, zone)] if found.days else [])


def next_change(found: Horizon, workspace_id: int, now: datetime) -> Query | None:
    """A query of one value: the next moment (UTC) at which some fact, member or tag comes of age; None when nothing can."""
    at, parts = moment(now), []
    for name, spans in found.ages.items():
        for span in sorted(spans):
            seconds = span // TICK
            parts.append(
                f"SELECT min(occurred_at) + to_microseconds({seconds + 1}) AS turns FROM lake.facts "
                f"WHERE workspace_id = {int(workspace_id)} AND name = '{name}' AND occurred_at >= {moment(now - span)}"
            )
    of_members = f"FROM lake.profiles WHERE workspace_id = {int(workspace_id)} AND merged_into IS NULL"
    for span in sorted(found.created):
        parts.append(
            f"SELECT min(created_at) + to_microseconds({span // TICK + 1}) AS turns {of_members} AND created_at >= {moment(now - span)}"
        )
    if found.tags:
        parts.append(
            f"SELECT min(until) AS turns FROM lake.tags WHERE workspace_id = {int(workspace_id)} AND until > {at}"
        )
    return Query(f"SELECT min(turns) FROM ({' UNION ALL '.join(parts)})", ()) if parts else None


def changes_at(
    leaf: Leaf, member: MemberView, now: datetime, zone: str, population: Population | None = None
) -> datetime | None:
    """When `leaf` will turn for `member` by time alone; None when it will not (among the next LOOKS_MAX moments)."""
    if isinstance(leaf, Top | Rfm):
        return None
    found = horizon(leaf, now, zone)
    truth = evaluate(leaf, member, now, zone, population)
    for at in sorted(_member_moments(found, member, now, zone))[:LOOKS_MAX]:
        if evaluate(leaf, member, at, zone, population) != truth:
            return at
    return None


def _member_moments(found: Horizon, member: MemberView, now: datetime, zone: str) -> set[datetime]:
    moments = set(known_moments(found, now, zone))
    for event in member.events:
        for span in found.ages.get(event.name, ()):
            moments.add(event.occurred_at + span + TICK)
    moments |= {member.created_at + span + TICK for span in found.created}
    if found.tags:
        moments |= {until for _, until in member.tags if until is not None}
    if found.days:
        today = local_day(now, zone)
        moments |= {midnight(today + timedelta(days=n), zone) for n in range(1, 367)}
        moments |= {midnight(after(today), zone) for _, _, _, after in CALENDARS.values()}
    return {at for at in moments if at > now}


def fact_names(tree: Tree) -> set[str]:
    """The kinds of facts that `tree` is about, references followed."""
    found: set[str] = set()
    for leaf in deep(tree):
        match leaf:
            case Did(fact=fact) | Top(by=Did(fact=fact)):
                found.add(fact)
            case Sequence_(steps):
                found |= {step.fact for step in steps}
            case Stage() | Rfm():
                found.add(ORDER)
    return found


MEMBERSHIP = frozenset({"member_created", "member_merged", "member_unmerged", "member_erased"})
"""Facts that may change any audience: who there is at all."""
_PROFILE = frozenset({"member_updated", "identity_linked", "identity_unlinked"})
_TAGS = frozenset({"tagged", "untagged"})
_CONSENT = frozenset({"consent_given", "consent_withdrawn"})
PROFILE_FACTS = MEMBERSHIP | _PROFILE | _TAGS | _CONSENT
"""Facts after which a member's row in the lake's profiles must be made anew."""


def watched(tree: Tree) -> set[str]:
    """The kinds of facts after which the members of `tree` may be others."""
    found = fact_names(tree) | MEMBERSHIP
    for leaf in deep(tree):
        match leaf:
            case Profile():
                found |= _PROFILE
            case Tag():
                found |= _TAGS
            case Consent():
                found |= _CONSENT
            case Reachable():
                found |= _CONSENT | _PROFILE
    return found
