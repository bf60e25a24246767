"""Every kind of condition on both engines: the same members."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from siyu.audience.language.check import check_tree
from siyu.audience.language.conditions.catalogue import CONDITIONS
from siyu.audience.language.tree import walk
from siyu.audience.sql.query import member_ids_query, members_query
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.transactions import Cursor
from siyu.facts.spark.session import Spark
from siyu.facts.spark.snapshot import take
from tests.rooms.audience.test_oracle import write
from tests.rules import audience_worlds as worlds
from tests.rules.audience_worlds import LEAVES, World

WORLDS = [worlds.make(seed, 100 + seed) for seed in range(12)]
RANDOM_OF_A_KIND = 4
RANDOM_TREES = 24
SHELL = "${env:HOME} ${spark.app.name} $1 \\ ' \" \u2028 %"
"""What somebody may call a tag: Spark would look up the first two."""

PICKED: dict[str, list[dict[str, Any]]] = {
    "profile": [
        {"profile": {"field": "birthday", "anniversary_within": "7d"}},
        {"profile": {"field": "created_at", "anniversary_within": "366d"}},
        {"profile": {"field": "age", "between": [18, 18.5]}},
        {"profile": {"field": "city", "not_in": ["\\", "上海", "'' OR 1=1"]}},
        {"profile": {"field": "likes", "contains": "it's"}},
        {"profile": {"field": "identities", "exists": False}},
    ],
    "tag": [{"tag": {"any": ["vip", "it's"]}}, {"tag": {"all": ["vip", "新客"]}}, {"tag": {"none": ["a%b_", "vip"]}}],
    "did": [
        {"did": {"fact": "order_paid", "count": {"is": 0}, "within": "90d"}},
        {"did": {"fact": "order_paid", "sum": {"prop": "amount", ">=": 50_000}, "within": "this_month"}},
        {"did": {"fact": "order_paid", "distinct": {"prop": "store", ">=": 2}, "last": {"before": "-7d"}}},
        {"did": {"fact": "order_paid", "where": [{"prop": "store", "contains": "'"}], "between": ["-180d", "-1s"]}},
        {"did": {"fact": "member_updated", "count": {">=": 1}}},
    ],
    "sequence": [
        {
            "sequence": {
                "steps": [{"fact": "order_paid"}, {"fact": "coupon_redeemed"}],
                "within": "30d",
                "ordered": True,
            }
        },
        {"sequence": {"steps": [{"fact": "order_paid"}] * 3, "within": "180d", "ordered": True}},
        {
            "sequence": {
                "steps": [{"fact": fact} for fact in ("order_paid", "campaign_sent", "message_delivered")],
                "within": "52w",
                "ordered": False,
            }
        },
    ],
    "order": [{"order": {"sum": {">=": 10_000}, "within": "180d"}}],
    "rfm": [{"rfm": {"r": [4, 5]}}, {"rfm": {"r": [1, 2, 3], "f": [5], "m": [1, 5]}}],
    "stage": [{"stage": [stage]} for stage in ("new", "ordinary", "core", "silent", "lost")],
    "audience": [{"audience": "quiet"}],
    "consent": [{"consent": {"channel": "wecom", "state": state}} for state in ("given", "withdrawn", "unknown")],
    "reachable": [{"reachable": {"channel": "wecom"}}],
    "group": [
        {"group": {}},
        {"group": {"name": "b", "did": "in"}},
        {"group": {"name": "a", "did": "joined", "count": {">=": 2}, "within": "180d"}},
    ],
    "journey": [{"journey": {"name": "a", "did": "entered", "count": {">=": 1}}}],
    "campaign": [{"campaign": {"name": "a", "did": "sent", "within": "180d"}}],
    "sample": [{"sample": {"percent": 50, "salt": "春'\"$1${env:HOME}"}}],
    "top": [
        {"top": {"n": 2, "by": {"did": {"fact": "order_paid", "sum": "amount"}}}},
        {"top": {"n": 3, "by": {"fact": "order_paid", "distinct": "store"}}},
    ],
}
"""Trees worth looking at; random ones of every kind come on top."""


def drawn(strategy: st.SearchStrategy[Any], number: int) -> list[Any]:
    """The same random values in every run."""
    differing: list[Any] = []

    @settings(
        max_examples=number, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), deadline=None,
    )  # fmt: skip
    @given(strategy)
    def collect(value: Any) -> None:
        differing.append(value)

    collect()
    return differing[:number]


RANDOM = [tree for strategy in LEAVES.values() for tree in drawn(strategy, RANDOM_OF_A_KIND)] + drawn(
    worlds.trees, RANDOM_TREES
)


@pytest.fixture(scope="module")
def lake(new_lake: Callable[[str], Lake], spark: Spark) -> Iterator[Cursor]:
    """A dozen worlds, a few files each, some facts deleted again; Spark sees the same snapshot."""
    made = new_lake("conformance_audiences")
    for batch in (WORLDS[:5], WORLDS[5:10], WORLDS[10:11], WORLDS[11:]):
        write(made, batch)
    cursor = made.cursor()
    cursor.execute("DELETE FROM lake.facts WHERE seq % 13 = 5")
    cursor.execute("DELETE FROM lake.tags WHERE member_id % 5 = 1")
    spark.see(take(cursor, made.path))
    yield cursor
    cursor.close()


def compare(lake: Cursor, spark: Spark, world: World, trees: list[Any]) -> None:
    """All trees in one query of each engine."""
    parsed = [check_tree(tree, worlds.schema_in(world.zone)) for tree in trees]
    query = members_query(parsed, world.workspace_id, world.now, world.zone)
    ours = set(lake.execute(query.sql, list(query.params)).fetchall())
    theirs = spark.rows(query.sql, query.params)
    assert len(theirs) == len(set(theirs)), "a member twice"
    wrong = {
        str(trees[k]): (sorted(m for j, m in ours if j == k), sorted(m for j, m in theirs if j == k))
        for k, _ in ours ^ set(theirs)
    }
    assert wrong == {}, "tree: (members on DuckDB, members on Spark)"


def test_every_kind_is_compared() -> None:
    assert set(PICKED) <= set(LEAVES) == {kind.key for kind in CONDITIONS}
    for kind, trees in PICKED.items():
        assert all(kind in tree for tree in trees)
    assert all(list(walk(check_tree(tree, worlds.schema_in("UTC")))) for trees in PICKED.values() for tree in trees)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_kind_of_condition(lake: Cursor, spark: Spark, part: int) -> None:
    """All hand-picked trees, over the three worlds with the most facts."""
    world = sorted(WORLDS, key=lambda candidate: -len(candidate.facts))[part]
    compare(lake, spark, world, [tree for trees in PICKED.values() for tree in trees][part::3])


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: f"world-{world.workspace_id}")
def test_random_trees(lake: Cursor, spark: Spark, world: World) -> None:
    number = WORLDS.index(world)
    compare(lake, spark, world, RANDOM[number :: len(WORLDS)])


def test_some_members_are_asked_about(lake: Cursor, spark: Spark) -> None:
    world = WORLDS[0]
    ids = [profile["id"] for profile in world.profiles][::2]
    tree = check_tree(
        {"any": [{"did": {"fact": "order_paid"}}, {"tag": {"any": ["vip"]}}]}, worlds.schema_in(world.zone)
    )
    query = member_ids_query(tree, world.workspace_id, world.now, world.zone, ids)
    ours = lake.execute(query.sql, list(query.params)).fetchall()
    assert ours, "a test of nothing"
    assert sorted(ours) == sorted(spark.rows(query.sql, query.params))


def test_texts_travel_as_they_are(lake: Cursor, spark: Spark) -> None:
    """Nothing in a text is looked up, escaped or cut off on the way."""
    texts = [SHELL, "\x01\t\n", "上海 🎈", *worlds.NASTY]
    sql = f"SELECT {', '.join(f'${n}::VARCHAR AS t{n}' for n in range(1, len(texts) + 1))}"
    assert spark.rows(sql, texts) == [tuple(texts)] == lake.execute(sql, texts).fetchall()
