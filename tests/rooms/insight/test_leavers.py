"""What leavers have in common, counted again in plain Python over random facts."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.audience.language import lifecycle
from siyu.insight.queries.reports import fetch
from siyu.insight.reports import REPORTS_BY_NAME
from siyu.insight.reports.leavers import report as leavers
from siyu.insight.reports.leavers import traits
from tests.rooms.insight.worlds import (
    MERGES,
    NOW,
    RUNS,
    STRANGER,
    WORKSPACE,
    ZONES,
    Happened,
    World,
    fill,
    opened,
    request_of,
)

SPLITS = {("silent", 90): 90, ("silent", 60): 60, ("lost", 90): 180}
"""(definition, days asked for): the days that it takes."""
Counts = dict[tuple[str, str, str], tuple[int, int]]


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    yield from opened()


def moments(back: int) -> st.SearchStrategy[datetime]:
    """On and beside every edge of a split so many days ago: its windows, and what counts as having left."""
    before = st.sampled_from((0, 1, 15, 30, 60, 90, 100)).map(lambda more: back + more)
    after = st.sampled_from((2, 60, back - 1))
    return st.builds(
        lambda days, off: NOW - timedelta(days=days) + timedelta(microseconds=off),
        st.one_of(before, before, before, after),
        st.sampled_from((0, 0, -1, 1)),
    )


def one_fact(back: int) -> st.SearchStrategy[tuple[int, Happened]]:
    tag_names = st.fixed_dictionaries(
        {"store": st.sampled_from(("s1", "s2", None)), "source": st.sampled_from(("pos", "mall"))}
    )
    order = st.builds(lambda props: ("order_paid", tuple(props.items())), tag_names)
    tag = st.builds(
        lambda name, tag: (name, (("tag", tag),)),
        st.sampled_from(("tagged", "tagged", "untagged")),
        st.sampled_from(("vip", "x")),
    )
    change = st.builds(
        lambda fields: ("member_updated", (("fields", fields),)),
        st.sampled_from((["attributes.city"], ["attributes.city_code", "name"], ["attributes.likes", "zone"])),
    )
    behaviour = st.sampled_from([kind for kinds, _ in traits.DID.values() for kind in kinds]).map(lambda k: (k, ()))
    what = st.one_of(order, order, order, order, tag, change, behaviour)
    member = st.sampled_from((None, 1, 1, 2, 2, 3, 3, 4, 6))
    happened = st.builds(lambda kind, who, at: Happened(kind[0], who, at, 100, 1, kind[1]), what, member, moments(back))
    return st.tuples(st.sampled_from((WORKSPACE,) * 6 + (STRANGER,)), happened)


@st.composite
def cases(draw: st.DrawFn) -> tuple[World, str, int]:
    """A world, the definition of leaving and the days asked for; most of the people were active at the split."""
    left, days = draw(st.sampled_from(sorted(SPLITS)))
    back = SPLITS[left, days]
    facts = draw(st.lists(one_fact(back), min_size=20, max_size=90))
    active = draw(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 59)), min_size=3, max_size=9))
    facts += [(WORKSPACE, _order(member, NOW - timedelta(days=back + age), "s1")) for member, age in active]
    merged, zone = draw(st.sampled_from(MERGES)), draw(st.sampled_from(ZONES))
    return World(facts, merged, zone, draw(attributes())), left, days


def _order(member: int, at: datetime, store: str) -> Happened:
    return Happened("order_paid", member, at, 100, 1, (("store", store), ("source", "pos")))


def attributes() -> st.SearchStrategy[dict[int, dict[str, Any]]]:
    held = st.fixed_dictionaries(
        {},
        optional={
            "city": st.sampled_from(("杭州", "上海")),
            "city_code": st.sampled_from((571, 21)),
            "likes": st.lists(st.sampled_from(("tea", "eggs")), max_size=2, unique=True),
        },
    )
    return st.dictionaries(st.integers(1, 7), held, max_size=7)


# --- the twin


def people(world: World, split: datetime, limit: timedelta) -> dict[int, int]:
    """{member active at the split: 1 when they have left}"""
    orders: dict[int, list[datetime]] = defaultdict(list)
    for fact in world.facts:
        if fact.member in world.members and fact.name == "order_paid" and fact.at < NOW:
            orders[fact.member].append(fact.at)
    return {
        member: int(max(times) < NOW - limit)
        for member, times in orders.items()
        if any(split - lifecycle.SILENT_AFTER <= at < split for at in times)
    }


def held_tags(facts: list[tuple[int, Happened]], member: int, split: datetime) -> set[str]:
    state: dict[str, str] = {}
    for _, fact in sorted(facts, key=lambda pair: (pair[1].at, pair[0])):
        if fact.member == member and fact.at < split and fact.name in ("tagged", "untagged"):
            state[dict(fact.more)["tag"]] = fact.name
    return {tag for tag, name in state.items() if name == "tagged"}


def usual(values: list[str | None]) -> str | None:
    counts = Counter(value for value in values if value is not None)
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


def known_attributes(world: World, member: int, split: datetime) -> dict[str, list[str]]:
    """Values by field, of fields that nobody has written since the split."""
    written = {
        name
        for fact in world.facts
        if fact.member == member and fact.name == "member_updated" and split <= fact.at < NOW
        for name in dict(fact.more)["fields"]
    }
    traits_held = {}
    for field, value in world.attributes.get(member, {}).items():
        values = [str(element) for element in value] if isinstance(value, list) else [str(value)]
        if values and f"attributes.{field}" not in written:
            traits_held[field] = values
    return traits_held


def traits_of(world: World, member: int, split: datetime) -> set[tuple[str, str, str]]:
    ours = [fact for fact in world.facts if fact.member == member and fact.at < split]
    late = [fact for fact in ours if fact.at >= split - traits.LOOK_BACK]
    every = [fact.at for fact in ours if fact.name == "order_paid"]
    orders = [fact for fact in late if fact.name == "order_paid"]
    held = {("did", "", key) for key, (kinds, _) in traits.DID.items() if any(fact.name in kinds for fact in late)}
    recent = sum(at >= split - lifecycle.CORE_WITHIN for at in every)
    held.add(("stage", "", lifecycle.stage(min(every), max(every), recent, split) or ""))
    held.add(("orders", "", {1: "1", 2: "2", 3: "3", 4: "3"}.get(len(orders), "5")))
    age = split - max(every)
    held.add(("age", "", "15" if age <= timedelta(days=15) else "30" if age <= timedelta(days=30) else "60"))
    if (source := world.source(member)) is not None:
        held.add(("joined_by", "", source))
    for prop in traits.FAVOURITES:
        if (value := usual([dict(fact.more)[prop] for fact in orders])) is not None:
            held.add(("usual", prop, value))
    indexed = [(index, fact) for index, fact in enumerate(world.facts)]
    held |= {("tag", "", tag) for tag in held_tags(indexed, member, split)}
    for field, values in known_attributes(world, member, split).items():
        held.add(("known", field, ""))
        held |= {("attribute", field, value) for value in values}
    return held


def expected(world: World, split: datetime, limit: timedelta) -> Counts:
    members = people(world, split, limit)
    tallies: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    tallies["all", "", ""] = [len(members), sum(members.values())]
    for member, gone in members.items():
        for trait in traits_of(world, member, split):
            tallies[trait][0] += 1
            tallies[trait][1] += gone
    return {trait: (counts[0], counts[1]) for trait, counts in tallies.items()}


@settings(RUNS, max_examples=50)
@given(case=cases())
def test_traits_of_leavers_equal_their_twin(cursor: duckdb.DuckDBPyConnection, case: tuple[World, str, int]) -> None:
    world, left, days = case
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(traits, "CELL_MEMBERS_MIN", 1)
        fill(cursor, world)
        question = request_of("leavers", world, {"left": left, "back_days": str(days)})
        [rows] = [fetch(cursor, query) for query in REPORTS_BY_NAME["leavers"].statements(question).values()]
    split = NOW - timedelta(days=SPLITS[left, days])
    reported = {(row["trait"], row["field"], row["value"]): (row["members"], row["gone"]) for row in rows}
    assert reported == expected(world, split, leavers.LEFT_AFTER[left])
