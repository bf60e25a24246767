"""The compiled query and `evaluate` must agree: random trees over random worlds, on a real lake."""

import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from siyu.audience.rules import Event, MemberView, check, counts, evaluate, member_ids, populate, walk
from siyu.audience.rules.vocabulary import KINDS_OF_CONDITION
from siyu.facts.lake import Lake
from siyu.facts.upkeep import Cursor, transaction
from tests.rules import audience_worlds as worlds
from tests.rules.audience_worlds import LEAVES, NOWS, World

WORLDS = [worlds.make(seed, 100 + seed) for seed in range(40)]
EXAMPLES_MAX = int(os.environ.get("SIYU_ORACLE_EXAMPLES", "160"))


def write(lake: Lake, worlds: list[World]) -> None:
    """Put the worlds into the lake as the relay and the profile reader would."""

    def naive(at: datetime) -> datetime:
        return at.astimezone(UTC).replace(tzinfo=None)

    facts = [
        {"workspace_id": world.workspace_id, "name": f["name"], "member_id": f["member_id"],
         "occurred_at": naive(f["at"]), "recorded_at": naive(world.now), "amount": f["props"].get("amount"), "actor": "t",
         "props": json.dumps(f["props"]), "seq": n, "id": str(uuid.uuid4())}
        for world in worlds for n, f in enumerate(world.facts)
    ]  # fmt: skip
    profiles = [
        {"workspace_id": world.workspace_id, "member_id": p["id"], "created_at": naive(p["created_at"]),
         "merged_into": p["merged_into"], "zone": p["zone"], "source": p["source"], "attributes": json.dumps(p["attributes"]),
         "tags": [{"tag": t, "until": u and naive(u)} for t, u in p["tags"]], "identities": sorted(p["identities"]),
         "consents": [f"{c}:{s}" for c, s in p["consents"].items()], "suppressed": sorted(p["suppressed"])}
        for world in worlds for p in world.profiles
    ]  # fmt: skip
    cursor: Cursor = lake.cursor()
    with transaction(cursor):
        for table, rows in (("facts", facts), ("profiles", profiles)):
            cursor.execute(f"CREATE TEMP TABLE given_{table} AS FROM lake.{table} LIMIT 0")
            for n in range(0, len(rows), 500):
                some = rows[n : n + 500]
                columns = [[row[name] for row in some] for name in rows[0]]
                unnested = ", ".join(f"unnest(${place + 1})" for place in range(len(columns)))
                cursor.execute(f"INSERT INTO given_{table} SELECT {unnested}", columns)
            cursor.execute(f"INSERT INTO lake.{table} FROM given_{table}")
    cursor.close()


@pytest.fixture(scope="module")
def one_lake(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All worlds in one lake, each its own workspace."""
    with psycopg.connect(postgres.replace("/siyu?", "/postgres?"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE oracle TEMPLATE siyu STRATEGY wal_log")
        lake = Lake(postgres.replace("/siyu?", "/oracle?"), str(tmp_path_factory.mktemp("oracle")), "1GB", 2)
        lake.open()
        write(lake, [*WORLDS, EDGE])
        cursor = lake.cursor()
        cursor.execute("BEGIN")  # one snapshot for all questions: the catalogue is read once
        yield cursor
        cursor.close()
        lake.close()
        connection.execute("DROP DATABASE oracle WITH (FORCE)")


def ask(lake: Cursor, tree: Any, world: World, only: list[int] | None = None) -> set[int]:
    parsed = check(tree, worlds.words(world.zone))
    query = member_ids(parsed, world.workspace_id, world.now, world.zone, only)
    rows = lake.execute(query.sql, list(query.params)).fetchall()
    assert len(rows) == len(set(rows)), "a member twice"
    return {row[0] for row in rows}


def expect(tree: Any, world: World) -> set[int]:
    parsed = check(tree, worlds.words(world.zone))
    others = populate(parsed, world.members, world.now, world.zone)
    return {member.id for member in world.members if evaluate(parsed, member, world.now, world.zone, others)}


def edge_world() -> World:
    """Pairs of facts at the edges of a sequence's span, by member: seven days less a tick, seven days, at once, ..."""
    now, start, tick, span = NOWS[0], NOWS[0] - timedelta(days=50), timedelta(microseconds=1), timedelta(days=7)
    gaps = {1: span - tick, 2: span, 3: timedelta(0), 4: tick, 5: tick - span, 6: -span, 7: span + tick}
    pairs = {99_000 + n: (("order_paid", start), ("coupon_redeemed", start + gap)) for n, gap in gaps.items()}
    facts: list[dict[str, Any]] = [
        {
            "member_id": member,
            "name": name,
            "at": at,
            "props": {"coupon": "a"} if name == "coupon_redeemed" else {"amount": 1},
        }
        for member, pair in pairs.items()
        for name, at in pair
    ]
    profile: dict[str, Any] = {"created_at": start, "merged_into": None, "zone": None, "source": "t", "attributes": {}, "tags": ()}
    rest: Any = {"identities": frozenset(), "consents": {}, "suppressed": frozenset()}
    profiles: list[dict[str, Any]] = [{"id": member, **profile, **rest} for member in pairs]
    members = tuple(
        MemberView(
            member,
            start,
            None,
            "t",
            events=tuple(Event(f["name"], f["at"], f["props"]) for f in facts if f["member_id"] == member),
        )
        for member in pairs
    )
    return World(99, "Asia/Shanghai", now, members, profiles, facts)


EDGE = edge_world()
STEPS = [{"fact": "order_paid"}, {"fact": "coupon_redeemed"}]


@pytest.mark.parametrize(("ordered", "inside"), [(True, {1, 4}), (False, {1, 3, 4, 5})])
def test_a_sequence_ends_before_its_span_is_over(one_lake: Cursor, ordered: bool, inside: set[int]) -> None:
    tree = {"sequence": {"steps": STEPS, "within": "7d", "ordered": ordered}}
    assert {member - 99_000 for member in ask(one_lake, tree, EDGE)} == inside
    assert {member - 99_000 for member in expect(tree, EDGE)} == inside


def test_every_kind_of_condition_is_tried() -> None:
    assert set(LEAVES) == set(KINDS_OF_CONDITION)


@settings(max_examples=EXAMPLES_MAX, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(tree=worlds.trees, world=st.sampled_from(WORLDS))
def test_the_query_and_the_oracle_agree(one_lake: Cursor, tree: Any, world: World) -> None:
    expected = expect(tree, world)
    note(f"world {world.workspace_id} at {world.now} in {world.zone}")
    assert ask(one_lake, tree, world) == expected


@pytest.mark.parametrize("kind", sorted(LEAVES))
def test_each_kind_agrees_by_itself_and_turned_round(one_lake: Cursor, kind: str) -> None:
    @settings(max_examples=EXAMPLES_MAX // 16, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tree=LEAVES[kind], world=st.sampled_from(WORLDS))
    def agree(tree: Any, world: World) -> None:
        everybody = {member.id for member in world.members}
        found = ask(one_lake, tree, world)
        assert found == expect(tree, world)
        assert ask(one_lake, {"not": tree}, world) == everybody - found

    agree()


@settings(max_examples=EXAMPLES_MAX // 8, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=worlds.trees, world=st.sampled_from(WORLDS), data=st.data())
def test_among_some_is_the_part_of_all_that_was_asked_for(one_lake: Cursor, tree: Any, world: World, data: Any) -> None:
    ids = [profile["id"] for profile in world.profiles] or [0]
    only = data.draw(st.lists(st.sampled_from(ids), unique=True))
    winners = {profile["id"]: profile["merged_into"] or profile["id"] for profile in world.profiles}
    inside = expect(tree, world)
    assert ask(one_lake, tree, world, only) == {one for one in only if winners.get(one) in inside}


@settings(max_examples=EXAMPLES_MAX // 8, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=worlds.trees, world=st.sampled_from(WORLDS))
def test_the_count_and_its_parts_are_those_of_the_members(one_lake: Cursor, tree: Any, world: World) -> None:
    parsed = check(tree, worlds.words(world.zone))
    query, leaves, outer = counts(parsed, world.workspace_id, world.now, world.zone)
    figures = one_lake.execute(query.sql, list(query.params)).fetchall()[0]
    assert figures[0] == len(world.members)
    assert figures[1] == len(expect(tree, world))
    others = populate(parsed, world.members, world.now, world.zone)
    alone = [
        sum(evaluate(leaf, member, world.now, world.zone, others) for member in world.members)
        for _, leaf in walk(parsed)
    ]
    assert list(figures[2 : 2 + len(leaves)]) == alone
    if outer:
        assert figures[-1] == figures[1]
