"""The compiled query and `evaluate` must agree: random trees over random worlds, on a real lake."""

import json
import os
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from siyu.audience.language import time_dependence
from siyu.audience.language.check import check_tree
from siyu.audience.language.conditions.catalogue import CONDITIONS
from siyu.audience.language.evaluate import Event, MemberView, evaluate, populate
from siyu.audience.language.tree import walk
from siyu.audience.refresh.profiles.actions import PARTS
from siyu.audience.sql import crossings
from siyu.audience.sql.query import count_query, member_ids_query
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.layout import FACT_COLUMNS, delimited, fact_rows
from siyu.facts.lake.transactions import Cursor, transaction
from tests.rules import audience_worlds as worlds
from tests.rules.audience_worlds import LEAVES, NOWS, World

WORLDS = [worlds.make(seed, 100 + seed) for seed in range(40)]
EXAMPLES_MAX = int(os.environ.get("SIYU_ORACLE_EXAMPLES", "112"))


def put(cursor: Cursor, table: str, rows: list[dict[str, Any]], columns: str) -> None:
    """A temporary table of `rows`."""
    cursor.execute(f"CREATE TEMP TABLE {table} ({columns})")
    for n in range(0, len(rows), 500):
        some = [[row[name] for row in rows[n : n + 500]] for name in rows[0]]
        unnested = ", ".join(f"unnest(${place + 1})" for place in range(len(some)))
        cursor.execute(f"INSERT INTO {table} SELECT {unnested}", some)


def write(lake: Lake, worlds: list[World]) -> None:
    """Put the worlds into the lake as the relay and the profile reader would."""

    def naive(at: datetime) -> datetime:
        return at.astimezone(UTC).replace(tzinfo=None)

    facts = [
        {"workspace_id": world.workspace_id, "name": f["name"], "member_id": f["member_id"],
         "occurred_at": naive(f["at"]), "recorded_at": naive(world.now), "actor": "t",
         "props": json.dumps(f["props"]), "seq": n, "id": str(uuid.uuid4())}
        for world in worlds for n, f in enumerate(world.facts)
    ]  # fmt: skip
    profiles = [
        {"workspace_id": world.workspace_id, "member_id": p["id"], "created_at": naive(p["created_at"]),
         "merged_into": p["merged_into"], "zone": p["zone"], "source": p["source"], "attributes": json.dumps(p["attributes"]),
         "tags": [{"tag": t, "until": u and naive(u)} for t, u in p["tags"]], "identities": sorted(p["identities"]),
         "consents": [f"{c}:{s}" for c, s in p["consents"].items()], "suppressed": sorted(p["suppressed"]),
         "addresses": sorted(p["addresses"])}
        for world in worlds for p in world.profiles
    ]  # fmt: skip
    cursor: Cursor = lake.cursor()
    put(cursor, "given_facts", facts, "workspace_id INTEGER, name VARCHAR, member_id BIGINT, occurred_at TIMESTAMP, "
          "recorded_at TIMESTAMP, actor VARCHAR, props VARCHAR, seq BIGINT, id UUID")  # fmt: skip
    put(cursor, "raw", profiles, "workspace_id INTEGER, member_id BIGINT, created_at TIMESTAMP, merged_into BIGINT, "
          "zone VARCHAR, source VARCHAR, attributes JSON, tags STRUCT(tag VARCHAR, until TIMESTAMP)[], identities VARCHAR[], "
          "consents VARCHAR[], suppressed VARCHAR[], addresses VARCHAR[]")  # fmt: skip
    lists = ", ".join(f"{delimited(name)} AS {name}" for name in ("identities", "consents", "suppressed", "addresses"))
    cursor.execute(f"CREATE TEMP TABLE fresh AS SELECT FALSE AS gone, FALSE AS named, * REPLACE ({lists}) FROM raw")
    cursor.execute("""
        INSERT INTO fresh BY NAME SELECT DISTINCT TRUE AS gone, TRUE AS named, workspace_id, member_id FROM given_facts
        WHERE member_id NOT IN (SELECT member_id FROM raw)
    """)
    with transaction(cursor):
        cursor.execute(f"INSERT INTO lake.facts ({', '.join(FACT_COLUMNS)}) {fact_rows('given_facts')}")
        for table, rows in PARTS.items():
            cursor.execute(f"INSERT INTO lake.{table} {rows}")
    cursor.close()


@pytest.fixture(scope="module")
def one_lake(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All worlds in one lake, each its own workspace."""
    with psycopg.connect(postgres.replace("/siyu?", "/postgres?"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE oracle TEMPLATE siyu STRATEGY wal_log")
        lake = Lake(postgres.replace("/siyu?", "/oracle?"), str(tmp_path_factory.mktemp("oracle")), "1GB", 2)
        lake.open()
        write(lake, [*WORLDS, EDGE, INSTANTS, BIRTHDAYS])
        cursor = lake.cursor()
        cursor.execute("BEGIN")  # one snapshot for all questions: the catalogue is read once
        yield cursor
        cursor.close()
        lake.close()
        connection.execute("DROP DATABASE oracle WITH (FORCE)")


def ask(lake: Cursor, tree: Any, world: World, only: list[int] | None = None) -> set[int]:
    parsed = check_tree(tree, worlds.schema_in(world.zone))
    query = member_ids_query(parsed, world.workspace_id, world.now, world.zone, only)
    rows = lake.execute(query.sql, list(query.params)).fetchall()
    assert len(rows) == len(set(rows)), "a member twice"
    return {row[0] for row in rows}


def expect(tree: Any, world: World, at: datetime | None = None) -> set[int]:
    now = at or world.now
    parsed = check_tree(tree, worlds.schema_in(world.zone))
    others = populate(parsed, world.members, now, world.zone)
    return {member.id for member in world.members if evaluate(parsed, member, now, world.zone, others)}


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
    profile: dict[str, Any] = {
        "created_at": start,
        "merged_into": None,
        "zone": None,
        "source": "t",
        "attributes": {},
        "tags": (),
    }
    rest: Any = {"identities": frozenset(), "consents": {}, "suppressed": frozenset(), "addresses": frozenset()}
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


def instant_world() -> World:
    """One order and one beginning each, a tick before (1), on (2) and a tick after (3) sixty days ago, and now (4, 5, 6)."""
    now, tick = NOWS[0], timedelta(microseconds=1)
    times = [edge + n * tick for edge in (now - timedelta(days=60), now) for n in (-1, 0, 1)]
    facts: list[dict[str, Any]] = []
    views: list[dict[str, Any]] = []
    for n, at in enumerate(times, 1):
        facts.append({"member_id": 97_000 + n, "name": "order_paid", "at": at, "props": {"amount": 1}})
        rest: dict[str, Any] = {"zone": None, "source": "t", "attributes": {}, "tags": (), "identities": frozenset()}
        views.append(
            {
                "id": 97_000 + n,
                "created_at": at,
                "consents": {},
                "suppressed": frozenset(),
                "addresses": frozenset(),
                **rest,
            }
        )
    members = tuple(
        MemberView(**view, events=(Event(fact["name"], fact["at"], fact["props"]),))
        for view, fact in zip(views, facts, strict=True)
    )
    return World(97, "UTC", now, members, [{**view, "merged_into": None} for view in views], facts)


INSTANTS = instant_world()
SIXTY = "2026-01-17T04:00:00Z"
EDGES: list[tuple[Any, set[int]]] = [
    ({}, {1, 2, 3, 4}),
    ({"within": "60d"}, {2, 3, 4}),
    ({"since": "-60d"}, {2, 3, 4}),
    ({"since": SIXTY}, {2, 3, 4}),
    ({"between": ["-61d", "-60d"]}, {1}),
    ({"between": ["-60d", "-59d"]}, {2, 3}),
    ({"between": [SIXTY, "2026-03-18T04:00:00Z"]}, {2, 3, 4}),
    ({"last": {"before": "-60d"}}, {1}),
    ({"last": {"after": "-60d"}}, {2, 3, 4}),
    ({"first": {"before": SIXTY}}, {1}),
    ({"first": {"after": SIXTY}}, {2, 3, 4}),
    ({"last": {"between": [SIXTY, "2026-03-18T04:00:00Z"]}}, {2, 3, 4}),
    ({"count": {"is": 0}}, {5, 6}),
    ({"count": {"is": 0}, "within": "60d"}, {1, 5, 6}),
]


@pytest.mark.parametrize(("body", "inside"), EDGES, ids=str)
def test_windows_are_exact_and_half_open(one_lake: Cursor, body: Any, inside: set[int]) -> None:
    tree = {"did": {"fact": "order_paid", **body}}
    assert {member - 97_000 for member in ask(one_lake, tree, INSTANTS)} == inside
    assert {member - 97_000 for member in expect(tree, INSTANTS)} == inside


@pytest.mark.parametrize(
    ("test", "inside"),
    [
        ({"before": "-60d"}, {1}),
        ({"after": "-60d"}, {2, 3, 4, 5, 6}),
        ({"before": SIXTY}, {1}),
        ({"between": [SIXTY, "2026-03-18T04:00:00Z"]}, {2, 3, 4}),
    ],
)
def test_moments_of_a_profile_are_exact(one_lake: Cursor, test: Any, inside: set[int]) -> None:
    tree = {"profile": {"field": "created_at", **test}}
    assert {member - 97_000 for member in ask(one_lake, tree, INSTANTS)} == inside
    assert {member - 97_000 for member in expect(tree, INSTANTS)} == inside


@pytest.mark.parametrize(("stage", "days"), [("lost", 180), ("silent", 60), ("new", 30)])
def test_stages_turn_at_their_edges(one_lake: Cursor, stage: str, days: int) -> None:
    """The same member a tick apart in time: the edge is exact on both sides."""
    tick = timedelta(microseconds=1)
    member = next(candidate for candidate in INSTANTS.members if candidate.id == 97_004)
    ordered = member.events[0].occurred_at
    for at in (ordered + timedelta(days=days), ordered + timedelta(days=days) + tick):
        then = replace(INSTANTS, now=at)
        assert (97_004 in ask(one_lake, {"stage": [stage]}, then)) is (97_004 in expect({"stage": [stage]}, then))
    before = replace(INSTANTS, now=ordered + timedelta(days=days))
    after = replace(INSTANTS, now=ordered + timedelta(days=days) + tick)
    assert (97_004 in ask(one_lake, {"stage": [stage]}, before)) is (stage == "new")
    assert (97_004 in ask(one_lake, {"stage": [stage]}, after)) is (stage != "new")


def birthday_world() -> World:
    """People of the end of February, asked about on a 28 February without a 29th."""
    now = datetime(2026, 2, 28, 3, 0, tzinfo=UTC)
    born = {1: "2000-02-29", 2: "1999-02-28", 3: "1999-03-01", 4: "2000-02-27", 5: "1996-03-06", 6: "1996-03-07"}
    rest: dict[str, Any] = {"created_at": now, "zone": None, "source": "t", "tags": (), "identities": frozenset()}
    rest |= {"consents": {}, "suppressed": frozenset(), "addresses": frozenset()}
    views = [{"id": 98_000 + n, "attributes": {"birthday": day}, **rest} for n, day in born.items()]
    profiles: list[dict[str, Any]] = [{**view, "merged_into": None} for view in views]
    return World(98, "Asia/Shanghai", now, tuple(MemberView(**view) for view in views), profiles, [])


BIRTHDAYS = birthday_world()


@pytest.mark.parametrize(
    ("within", "inside"), [("1d", {1, 2}), ("2d", {1, 2, 3}), ("1w", {1, 2, 3, 5}), ("8d", {1, 2, 3, 5, 6})]
)
def test_a_leap_day_is_kept_on_the_28th_in_other_years(one_lake: Cursor, within: str, inside: set[int]) -> None:
    tree = {"profile": {"field": "birthday", "anniversary_within": within}}
    assert {member - 98_000 for member in ask(one_lake, tree, BIRTHDAYS)} == inside
    assert {member - 98_000 for member in expect(tree, BIRTHDAYS)} == inside


@settings(max_examples=EXAMPLES_MAX // 4, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=worlds.trees, world=st.sampled_from(WORLDS), share=st.floats(0, 1), data=st.data())
def test_nothing_changes_by_time_alone_before_it_is_due(
    one_lake: Cursor, tree: Any, world: World, share: float, data: Any
) -> None:
    """A saved audience sleeps until `next_change`: whoever is in stays in, and nobody else comes, right up to it."""
    parsed = check_tree(tree, worlds.schema_in(world.zone))
    dependence = time_dependence.time_dependence(parsed)
    moments = time_dependence.next_days(dependence, world.now, world.zone)
    if dependence.expiring:
        query = crossings.next_crossings(sorted(dependence.expiring), world.workspace_id, world.now)
        turns = one_lake.execute(query.sql, list(query.params)).fetchall()
        moments += [at.replace(tzinfo=UTC) for _, at in turns if at is not None]
    due = min(moments, default=world.now + timedelta(days=1_000))
    assert due > world.now
    last = due - timedelta(microseconds=1)
    at = data.draw(st.sampled_from((last, world.now + (last - world.now) * share)))
    assert expect(tree, world, at) == expect(tree, world)


def test_every_kind_of_condition_is_tried() -> None:
    assert set(LEAVES) == {kind.key for kind in CONDITIONS}


@settings(max_examples=EXAMPLES_MAX, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(tree=worlds.trees, world=st.sampled_from(WORLDS))
def test_the_query_and_the_oracle_agree(one_lake: Cursor, tree: Any, world: World) -> None:
    expected = expect(tree, world)
    note(f"world {world.workspace_id} at {world.now} in {world.zone}")
    assert ask(one_lake, tree, world) == expected


@settings(max_examples=EXAMPLES_MAX // 2, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=worlds.step_by_step, world=st.sampled_from(WORLDS))
def test_scans_that_look_only_at_whom_others_let_in_agree(one_lake: Cursor, tree: Any, world: World) -> None:
    assert ask(one_lake, tree, world) == expect(tree, world)


@pytest.mark.parametrize("kind", sorted(LEAVES))
def test_each_kind_agrees_by_itself_and_turned_round(one_lake: Cursor, kind: str) -> None:
    @settings(max_examples=EXAMPLES_MAX // 16, deadline=None, suppress_health_check=list(HealthCheck))
    @given(tree=LEAVES[kind], world=st.sampled_from(WORLDS))
    def agree(tree: Any, world: World) -> None:
        everybody = {member.id for member in world.members}
        members = ask(one_lake, tree, world)
        assert members == expect(tree, world)
        assert ask(one_lake, {"not": tree}, world) == everybody - members

    agree()


@settings(max_examples=EXAMPLES_MAX // 8, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=worlds.trees, world=st.sampled_from(WORLDS), data=st.data())
def test_among_some_is_the_part_of_all_that_was_asked_for(one_lake: Cursor, tree: Any, world: World, data: Any) -> None:
    ids = [profile["id"] for profile in world.profiles] or [0]
    only = data.draw(st.lists(st.sampled_from(ids), unique=True))
    winners = {profile["id"]: profile["merged_into"] or profile["id"] for profile in world.profiles}
    inside = expect(tree, world)
    assert ask(one_lake, tree, world, only) == {member for member in only if winners.get(member) in inside}


@settings(max_examples=EXAMPLES_MAX // 8, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=worlds.trees, world=st.sampled_from(WORLDS))
def test_the_count_and_its_parts_are_those_of_the_members(one_lake: Cursor, tree: Any, world: World) -> None:
    parsed = check_tree(tree, worlds.schema_in(world.zone))
    query, leaves, outer = count_query(parsed, world.workspace_id, world.now, world.zone)
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
