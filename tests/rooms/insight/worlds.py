"""Random facts of a few people, the lake that holds them, and what a report makes of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from siyu.facts.lake.layout import TABLES, attribute_rows, create, fact_rows
from siyu.insight.queries.reports import fetch
from siyu.insight.report import ReportRequest, ReportResult
from siyu.insight.reports import REPORTS_BY_NAME
from siyu.insight.rules import params

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
ZONES = ("Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "UTC")
KINDS_USED = ("member_created", "order_paid", "order_refunded", "message_delivered", "campaign_sent", "coupon_redeemed")
WORKSPACE, STRANGER = 1, 2
PEOPLE = range(1, 8)
MONTH = timedelta(days=30)
CREATED_BEFORE = (timedelta(days=400), MONTH, MONTH - timedelta(microseconds=1), MONTH + timedelta(microseconds=1))
RAW = """(
    SELECT unnest($1::INTEGER[]) AS workspace_id, unnest($2::VARCHAR[]) AS name, unnest($3::BIGINT[]) AS member_id,
        unnest($4::TIMESTAMP[]) AS occurred_at, unnest($4::TIMESTAMP[]) AS recorded_at, 'test' AS actor,
        unnest($5::VARCHAR[]) AS props, generate_subscripts($1::INTEGER[], 1) AS seq, NULL::UUID AS id)"""


@dataclass(frozen=True)
class Happened:
    """A fact as the twin sees it, the member being the winner of merges."""

    name: str
    member: int | None
    at: datetime
    amount: int
    lines: int
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def props(self) -> dict[str, Any]:
        """As the log keeps them."""
        return {"amount": self.amount, "lines": self.lines, "campaign": f"c{self.lines}", **dict(self.more)}


@dataclass(frozen=True)
class World:
    """Facts as recorded, who was merged into whom, and the zone of the brand."""

    recorded: list[tuple[int, Happened]]
    merged: dict[int, int]
    zone: str
    attributes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def facts(self) -> list[Happened]:
        """Ours, merges resolved."""
        return [
            replace(f, member=self.merged.get(f.member, f.member) if f.member else None)
            for workspace, f in self.recorded
            if workspace == WORKSPACE
        ]

    @property
    def members(self) -> list[int]:
        """Who has not been merged into somebody else."""
        return [member for member in PEOPLE if member not in self.merged]

    def created(self, member: int) -> datetime:
        """When the row of `member` was made: some just at the edge of a month ago."""
        return NOW - CREATED_BEFORE[member % len(CREATED_BEFORE)]

    def source(self, member: int) -> str | None:
        """How `member` came."""
        return (None, "wecom", "import")[member % 3]


def moments() -> st.SearchStrategy[datetime]:
    """Half days, crowded into three weeks or spread over seventeen, some a second or a microsecond off: the edges that
    windows are cut at, and many facts at one instant."""
    edges = st.sampled_from([timedelta()] * 4 + [timedelta(seconds=1), timedelta(microseconds=-1), timedelta(hours=4)])
    halves = st.one_of(st.integers(-2, 40), st.integers(-2, 240))
    return st.builds(lambda half, edge: NOW - half * timedelta(hours=12) + edge, halves, edges)


def one_fact() -> st.SearchStrategy[tuple[int, Happened]]:
    member = st.sampled_from((None, 1, 1, 2, 2, 3, 4))
    happened = st.builds(
        Happened, st.sampled_from(KINDS_USED), member, moments(), st.integers(-500, 90_000), st.integers(1, 9)
    )
    return st.tuples(st.sampled_from((WORKSPACE, WORKSPACE, WORKSPACE, STRANGER)), happened)


MERGES: tuple[dict[int, int], ...] = ({}, {2: 1}, {2: 1, 3: 1}, {1: 5, 2: 5, 3: 4})


def worlds() -> st.SearchStrategy[World]:
    facts = st.lists(one_fact(), min_size=5, max_size=80)
    return st.builds(World, facts, st.sampled_from(MERGES), st.sampled_from(ZONES))


def crowded() -> st.SearchStrategy[World]:
    """Few people who do much within a fortnight, so that long chains of steps are common."""
    kinds = ("member_created", "message_delivered", "order_paid", "order_paid", "coupon_redeemed")
    at = st.integers(8, 36).map(lambda half: NOW - half * timedelta(hours=12))
    happened = st.builds(Happened, st.sampled_from(kinds), st.sampled_from((1, 1, 2, 3)), at, st.just(100), st.just(1))
    facts = st.lists(st.tuples(st.just(WORKSPACE), happened), min_size=6, max_size=40)
    return st.builds(World, facts, st.sampled_from(MERGES), st.sampled_from(ZONES))


def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake's tables in memory."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("ATTACH ':memory:' AS lake")
    for table in TABLES:
        connection.execute(create(table))
    yield connection
    connection.close()


def fill(cursor: duckdb.DuckDBPyConnection, world: World) -> None:
    """Put `world` into the lake as the relay and the profiles' writer would."""
    cursor.execute(
        "DELETE FROM lake.facts; DELETE FROM lake.profiles; DELETE FROM lake.merges; DELETE FROM lake.attributes"
    )
    columns: list[list[Any]] = [
        [workspace for workspace, _ in world.recorded],
        [f.name for _, f in world.recorded],
        [f.member for _, f in world.recorded],
        [f.at.replace(tzinfo=None) for _, f in world.recorded],
        [orjson.dumps(f.props).decode() for _, f in world.recorded],
    ]
    cursor.execute(
        f"INSERT INTO lake.facts {fact_rows(RAW)}",
        columns,
    )
    cursor.execute(
        "INSERT INTO lake.profiles (workspace_id, member_id, merged_into, created_at, source, attributes) "
        f"SELECT {WORKSPACE}, unnest($1::BIGINT[]), unnest($2::BIGINT[]), unnest($3::TIMESTAMP[]), "
        "unnest($4::VARCHAR[]), unnest($5::VARCHAR[])::JSON",
        [
            list(PEOPLE),
            [world.merged.get(member) for member in PEOPLE],
            [world.created(member).replace(tzinfo=None) for member in PEOPLE],
            [world.source(member) for member in PEOPLE],
            [orjson.dumps(world.attributes.get(member, {})).decode() for member in PEOPLE],
        ],
    )
    standing = "(SELECT * FROM lake.profiles WHERE merged_into IS NULL)"
    cursor.execute(f"INSERT INTO lake.attributes {attribute_rows(standing)}")
    cursor.execute(
        f"INSERT INTO lake.merges SELECT {WORKSPACE}, unnest($1::BIGINT[]), unnest($2::BIGINT[])",
        [list(world.merged), list(world.merged.values())],
    )


def request_of(name: str, world: World, filters: dict[str, str]) -> ReportRequest:
    kind = REPORTS_BY_NAME[name]
    values = params.check(kind.params, filters, world.zone)
    as_of, window, previous = params.windows(values, world.zone, NOW)
    return ReportRequest(WORKSPACE, world.zone, "CNY", as_of, window, previous, False, values)


def answer(cursor: duckdb.DuckDBPyConnection, name: str, world: World, filters: dict[str, str]) -> ReportResult:
    fill(cursor, world)
    request = request_of(name, world, filters)
    kind = REPORTS_BY_NAME[name]
    result_sets = {key: fetch(cursor, query) for key, query in kind.statements(request).items()}
    return kind.shape(request, result_sets)


RUNS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
