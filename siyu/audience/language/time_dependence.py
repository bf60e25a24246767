"""When a tree may change by time alone: what the lake must be asked, and the moments of one member."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from siyu.audience.language import lifecycle
from siyu.audience.language.evaluate import MemberView, Population, evaluate
from siyu.audience.language.lifecycle import ORDER
from siyu.audience.language.predicates import Test
from siyu.audience.language.time_windows import CALENDARS, Relative, Window, local_day, midnight
from siyu.audience.language.tree import (
    Consent,
    Did,
    InGroup,
    Leaf,
    Profile,
    Reachable,
    Rfm,
    Sequence_,
    Stage,
    Tag,
    Top,
    Tree,
    deep,
)
from siyu.audience.sql.fact_scan import Params, moment
from siyu.audience.sql.query import Query

TICK = timedelta(microseconds=1)
LOOKS_MAX = 400
"""Moments at which one condition of one member is tried."""
STAGE_SPANS = (lifecycle.NEW_WITHIN, lifecycle.SILENT_AFTER, lifecycle.CORE_WITHIN, lifecycle.LOST_AFTER)


@dataclass(frozen=True, order=True)
class ExpiringFact:
    """Something whose age decides: facts of a kind (`of` fact) or members (`of` created) that get older than `span`, or a
    tag (`of` tag) whose time ends. A negative span is of what lies ahead."""

    of: str
    name: str = ""
    span: timedelta = timedelta(0)


@dataclass
class TimeDependence:
    """What of a tree moves with time. `days` are shifts: the tree asks what day it is that long after now; `ranked`: a
    member's truth depends on the others."""

    ageing: set[ExpiringFact] = field(default_factory=set)
    days: set[timedelta] = field(default_factory=set)
    ranked: bool = False

    def fact(self, name: str, *spans: timedelta) -> None:
        self.ageing.update(ExpiringFact("fact", name, span) for span in spans)


def time_dependence(tree: Tree) -> TimeDependence:
    """The horizon of `tree`, references followed."""
    found = TimeDependence()
    for leaf in deep(tree):
        _look(found, leaf)
    return found


def _look(found: TimeDependence, leaf: Leaf) -> None:
    found.ranked |= isinstance(leaf, Rfm | Top)
    match leaf:
        case Did():
            _did(found, leaf)
        case Sequence_(steps):
            for step in steps:
                _did(found, step)
        case Top(by=by):
            _did(found, by)
        case InGroup():
            for name in ("group_joined", "group_left"):
                found.fact(name, timedelta(0))
        case Stage():
            found.fact(ORDER, timedelta(0), *STAGE_SPANS)
        case Rfm():
            found.fact(ORDER, timedelta(0), lifecycle.RFM_WITHIN)
        case Tag(tags=tags):
            found.ageing.update(ExpiringFact("tag", tag) for tag in tags)
        case Profile(field=name, test=test) if test.type in ("date", "time"):
            _profile(found, name, test)


def _did(found: TimeDependence, did: Did) -> None:
    # a fact recorded for the future comes in when its time comes; a fixed moment (a day, an instant) moves nobody itself
    found.fact(did.fact, timedelta(0))
    window: Window = did.window
    if window.within is not None:
        found.fact(did.fact, window.within.length)
    if window.calendar is not None:
        found.days.add(timedelta(0))
    for when in (window.start, window.end, *_whens(did.first), *_whens(did.last)):
        if isinstance(when, Relative):
            found.fact(did.fact, -when.sign * when.span.length)
    if any(where.test.type == "time" for where in did.where):
        found.days.add(timedelta(0))


def _whens(test: Test | None) -> Iterator[Any]:
    if test is not None:
        yield from test.value if isinstance(test.value, tuple) else (test.value,)


def _profile(found: TimeDependence, name: str, test: Test) -> None:
    if test.op == "anniversary_within":
        found.days.add(timedelta(0))
        return
    for when in _whens(test):
        if isinstance(when, Relative):
            ahead = when.sign * when.span.length
            if test.type == "date":
                found.days.add(ahead)
            elif name == "created_at":
                found.ageing.add(ExpiringFact("created", span=-ahead))


def next_days(found: TimeDependence, now: datetime, zone: str) -> list[datetime]:
    """When the days that `found` asks for are next over; needs no lake."""
    return [midnight(local_day(now + shift, zone) + timedelta(days=1), zone) - shift for shift in found.days]


def same_days(found: TimeDependence, before: datetime, now: datetime, zone: str) -> bool:
    """Whether every day that `found` asks for was the same at `before`."""
    return all(local_day(before + shift, zone) == local_day(now + shift, zone) for shift in found.days)


_AGES = {
    "fact": ("lake.facts", "occurred_at", "name"),
    "created": ("lake.profiles", "created_at", None),
    "tag": ("lake.tags", "until", "tag"),
}
"""Where each kind of ageing thing lies, the moment it ages from, and the column of its name."""


def _aged(params: Params, one: ExpiringFact, workspace_id: int, low: datetime, high: datetime | None) -> str:
    """FROM and WHERE of the things that turn in (`low`, `high`]: a tag ends at its moment, the rest just after its age."""
    table, at, column = _AGES[one.of]
    late = TICK if one.of == "tag" else timedelta(0)
    parts = [f"workspace_id = {int(workspace_id)}", f"{at} >= {moment(low - one.span + late)}"]
    parts += [] if high is None else [f"{at} < {moment(high - one.span + late)}"]
    parts += [] if column is None else [f"{column} = {params.add(one.name, 'VARCHAR')}"]
    parts.append("merged_into IS NULL" if one.of == "created" else "member_id IS NOT NULL")
    return f"FROM {table} WHERE {' AND '.join(parts)}"


def next_crossings(
    ageing: Sequence[ExpiringFact], workspace_id: int, now: datetime, until: datetime | None = None
) -> Query:
    """A query of (place in `ageing`, the first moment (UTC) after `now`, up to `until`, at which one of it turns or null)."""
    params, parts = Params(), []
    for place, one in enumerate(ageing):
        late = one.span // TICK + (one.of != "tag")
        source = _aged(params, one, workspace_id, now, until)
        parts.append(f"SELECT {place} AS place, min({_AGES[one.of][1]}) + to_microseconds({late}) AS turns {source}")
    return Query(" UNION ALL ".join(parts), tuple(params.values))


def crossed(since: Mapping[ExpiringFact, datetime], workspace_id: int, now: datetime) -> Query:
    """A query of the members (as recorded, merged ones too) with something that turned after its moment in `since`, up to `now`."""
    params = Params()
    parts = [f"SELECT member_id {_aged(params, one, workspace_id, low, now)}" for one, low in since.items()]
    return Query(" UNION ALL ".join(parts), tuple(params.values))


_BOTH_SIDES = ("member_merged", "member_unmerged")
"""Facts about two members: the other one is in their properties."""


def changed_members(workspace_id: int, kinds: Sequence[str], after: tuple[int, int], upto: tuple[int, int]) -> str:
    """SELECT (kind, member_id) of the members that facts of `kinds` in (`after`, `upto`] of the log are about.

    `kind` is the place in `kinds`, 1 the first; these are names of the catalogue. Places in the log are (txid, seq).
    """
    names = ", ".join(f"'{name}'" for name in kinds)
    both = ", ".join(f"'{name}'" for name in _BOTH_SIDES)
    log = f"""
        SELECT DISTINCT array_position(ARRAY[{names}], f.name) AS kind, side.id AS member_id
        FROM fact f CROSS JOIN LATERAL (
            VALUES (f.member_id), (CASE WHEN f.name IN ({both}) THEN (f.props->>'other_id')::bigint END)) AS side (id)
        WHERE (f.txid, f.seq) > ('{after[0]}'::xid8, {after[1]}) AND (f.txid, f.seq) <= ('{upto[0]}'::xid8, {upto[1]})
          AND f.workspace_id = {int(workspace_id)} AND f.name IN ({names}) AND side.id IS NOT NULL
    """.replace("'", "''")
    return f"SELECT kind, member_id FROM postgres_query('pg', '{log}')"


def resolve_merges(workspace_id: int, members: str) -> str:
    """SELECT (kind, member_id, stands) of `members` (SQL of kind, member_id) and of those they were merged into; `stands`:
    neither merged into somebody else nor erased."""
    return f"""
        WITH merged AS MATERIALIZED (SELECT member_id, winner FROM lake.merges WHERE workspace_id = {int(workspace_id)}),
        given AS MATERIALIZED ({members}),
        everyone AS MATERIALIZED (
            SELECT kind, member_id FROM given UNION
            SELECT kind, winner FROM given JOIN merged USING (member_id) WHERE winner IS NOT NULL)
        SELECT CAST(e.kind AS SMALLINT) AS kind, e.member_id, m.member_id IS NULL AS stands
        FROM everyone e LEFT JOIN merged m ON m.member_id = e.member_id
    """


def changes_at(
    tree: Tree, member: MemberView, now: datetime, zone: str, population: Population | None = None
) -> datetime | None:
    """When `tree` (or one condition) will turn for `member` by time alone; None when it will not (among the next LOOKS_MAX
    moments), or when that depends on what others do."""
    found = time_dependence(tree)
    if found.ranked:
        return None
    truth = evaluate(tree, member, now, zone, population)
    for at in sorted(_member_moments(found, member, now, zone))[:LOOKS_MAX]:
        if evaluate(tree, member, at, zone, population) != truth:
            return at
    return None


def _member_moments(found: TimeDependence, member: MemberView, now: datetime, zone: str) -> set[datetime]:
    moments: set[datetime] = set()
    for one in found.ageing:
        if one.of == "fact":
            moments |= {event.occurred_at + one.span + TICK for event in member.events if event.name == one.name}
        elif one.of == "created":
            moments.add(member.created_at + one.span + TICK)
        else:
            moments |= {until for name, until in member.tags if until is not None and name == one.name}
    for shift in found.days:
        today = local_day(now + shift, zone)
        moments |= {midnight(today + timedelta(days=n), zone) - shift for n in range(1, 367)}
    if found.days:
        moments |= {midnight(after(local_day(now, zone)), zone) for _, _, _, after in CALENDARS.values()}
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
            case InGroup():
                found |= {"group_joined", "group_left"}
    return found


MEMBERSHIP = frozenset({"member_created", "member_merged", "member_unmerged", "member_erased"})
"""Facts that may change any audience: who there is at all."""
_PROFILE = frozenset({"member_updated", "identity_linked", "identity_unlinked"})
_TAGS = frozenset({"tagged", "untagged", "member_updated"})
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
