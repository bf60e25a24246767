"""What leavers have in common, counted again in plain Python, and the statistics against worked examples."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import exp, log, sqrt
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
from siyu.insight.rules.association import Q_MOST, Split, q_values, risk, verdict
from tests.rules.insight_worlds import (
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
    words = st.fixed_dictionaries(
        {"store": st.sampled_from(("s1", "s2", None)), "source": st.sampled_from(("pos", "mall"))}
    )
    order = st.builds(lambda props: ("order_paid", tuple(props.items())), words)
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
    for _, fact in sorted(facts, key=lambda one: (one[1].at, one[0])):
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
    found = {}
    for field, value in world.attributes.get(member, {}).items():
        values = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        if values and f"attributes.{field}" not in written:
            found[field] = values
    return found


def traits_of(world: World, member: int, split: datetime) -> set[tuple[str, str, str]]:
    ours = [fact for fact in world.facts if fact.member == member and fact.at < split]
    late = [fact for fact in ours if fact.at >= split - traits.LOOK_BACK]
    every = [fact.at for fact in ours if fact.name == "order_paid"]
    orders = [fact for fact in late if fact.name == "order_paid"]
    found = {("did", "", key) for key, (kinds, _) in traits.DID.items() if any(fact.name in kinds for fact in late)}
    recent = sum(at >= split - lifecycle.CORE_WITHIN for at in every)
    found.add(("stage", "", lifecycle.stage(min(every), max(every), recent, split) or ""))
    found.add(("orders", "", {1: "1", 2: "2", 3: "3", 4: "3"}.get(len(orders), "5")))
    age = split - max(every)
    found.add(("age", "", "15" if age <= timedelta(days=15) else "30" if age <= timedelta(days=30) else "60"))
    if (source := world.source(member)) is not None:
        found.add(("joined_by", "", source))
    for prop in traits.FAVOURITES:
        if (value := usual([dict(fact.more)[prop] for fact in orders])) is not None:
            found.add(("usual", prop, value))
    indexed = [(index, fact) for index, fact in enumerate(world.facts)]
    found |= {("tag", "", tag) for tag in held_tags(indexed, member, split)}
    for field, values in known_attributes(world, member, split).items():
        found.add(("known", field, ""))
        found |= {("attribute", field, value) for value in values}
    return found


def expected(world: World, split: datetime, limit: timedelta) -> Counts:
    members = people(world, split, limit)
    found: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    found["all", "", ""] = [len(members), sum(members.values())]
    for member, gone in members.items():
        for trait in traits_of(world, member, split):
            found[trait][0] += 1
            found[trait][1] += gone
    return {trait: (counts[0], counts[1]) for trait, counts in found.items()}


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
    found = {(row["trait"], row["field"], row["value"]): (row["members"], row["gone"]) for row in rows}
    assert found == expected(world, split, leavers.LEFT_AFTER[left])


# --- the statistics


def shaped(rows: list[tuple[str, str, str, int, int]]) -> Any:
    question = request_of("leavers", World([], {}, "Asia/Shanghai"), {})
    names = ("trait", "field", "value", "members", "gone")
    return REPORTS_BY_NAME["leavers"].shape(question, {"traits": [dict(zip(names, row, strict=True)) for row in rows]})


def test_the_interval_is_that_of_a_worked_example() -> None:
    # the physicians' health study: 104 infarctions among 11,037 on aspirin, 189 among 11,034 on placebo
    found = risk(Split(11_037, 104, 11_034, 189))
    assert (round(found.ratio, 2), round(found.low, 2), round(found.high, 2)) == (0.55, 0.43, 0.70)
    spread = sqrt(1 / 104 - 1 / 11_037 + 1 / 189 - 1 / 11_034)
    assert found.z == pytest.approx(log(found.ratio) / spread)
    assert found.high == pytest.approx(found.ratio * exp(1.959964 * spread))


def test_swapping_the_groups_turns_the_ratio_over() -> None:
    one, other = risk(Split(200, 50, 800, 100)), risk(Split(800, 100, 200, 50))
    assert (one.ratio * other.ratio, one.low * other.high, one.p) == pytest.approx((1, 1, other.p))


def test_many_comparisons_are_corrected() -> None:
    # the fifteen of Benjamini and Hochberg's own example: at 0.05 their procedure names the first four
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    q = q_values(p)
    assert [value <= Q_MOST for value in q] == [True] * 4 + [False] * 11
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert q == sorted(q) and q_values(p[::-1]) == q[::-1] and q_values([]) == []


def test_a_small_cell_is_neither_shown_nor_counted_among_the_comparisons() -> None:
    rows = [("all", "", "", 1_000, 300), ("did", "", "redeemed", 200, 20), ("did", "", "refunded", 30, 21)]
    found = shaped([*rows, ("tag", "", "vip", 100, 9), ("tag", "", "x", 100, 91), ("did", "", "messaged", 995, 299)])
    assert [(row["trait_key"], row["value_key"]) for row in found.rows] == [("did", "redeemed")]
    redeemed = found.rows[0]
    assert redeemed["ratio"] == pytest.approx((20 / 200) / (280 / 800))
    assert redeemed["q"] == pytest.approx(risk(Split(200, 20, 800, 280)).p)
    assert "一共比较了 1 项" in found.notes[2].zh


def test_a_value_is_held_against_the_other_values_of_its_attribute() -> None:
    rows = [("all", "", "", 1_000, 300), ("known", "city", "", 400, 100), ("attribute", "city", "杭州", 100, 50)]
    [row] = shaped(rows).rows
    assert (row["rate"], row["others_rate"]) == (0.5, 50 / 300)


def test_nothing_more_than_chance_is_called_so() -> None:
    found = shaped([("all", "", "", 1_000, 300), ("did", "", "redeemed", 200, 61)])
    assert found.rows[0]["verdict_key"] == "unclear" and found.chart is None
    assert "没有看出" in found.answer.zh
    assert verdict(risk(Split(200, 61, 800, 239)), 0.04) == "more"


def test_nobody_to_compare_is_said() -> None:
    found = shaped([("all", "", "", 0, 0)])
    assert found.rows == [] and "没有可以比较的人" in found.answer.zh
    few = shaped([("all", "", "", 30, 12), ("did", "", "redeemed", 12, 3)])
    assert few.rows == [] and "人数太少" in few.answer.zh
