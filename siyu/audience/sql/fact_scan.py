"""The parts of a query that read facts: one scan a kind of fact, shared by all conditions on it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siyu.audience.language.predicates import PropertyTest
from siyu.audience.language.schema import fact_props
from siyu.audience.language.time_windows import Window
from siyu.audience.sql.merges import winners
from siyu.audience.sql.params import Params, timestamp_literal
from siyu.audience.sql.predicates_sql import prop_value, property_tests


@dataclass(frozen=True)
class FactFilter:
    """Which facts of a kind count: between two moments (None: open) and what is asked of their properties."""

    low: datetime | None
    high: datetime | None
    where: str

    def sql(self, scanned_from: datetime | None = None) -> str:
        """As a predicate on the fact `f`, among facts not older than `scanned_from`."""
        parts = (
            [] if self.low is None or self.low == scanned_from else [f"f.occurred_at >= {timestamp_literal(self.low)}"]
        )
        parts += [] if self.high is None else [f"f.occurred_at < {timestamp_literal(self.high)}"]
        return " AND ".join([*parts, self.where] if self.where else parts)


@dataclass
class Scan:
    """One pass over the facts of a kind: a column for each different aggregate, between the widest bounds asked for.

    `everybody`: of all members, whatever is asked about; `among`: a table outside which nobody is counted up.
    """

    name: str
    everybody: bool
    among: str | None
    columns: dict[tuple[str, FactFilter], str] = field(default_factory=dict)

    def column(self, aggregate: str, which: FactFilter) -> str:
        """The name of the column that holds `aggregate` over the facts that pass `which`."""
        return self.columns.setdefault((aggregate, which), f"a{len(self.columns)}")

    @property
    def low(self) -> datetime | None:
        """From when on facts are read; None: from the first."""
        lows = [which.low for _, which in self.columns]
        known = [low for low in lows if low is not None]
        return min(known) if known and len(known) == len(lows) else None

    def select(self, source: str) -> str:
        """The scan over `source`, a FROM with WHERE of facts `f`."""
        columns = []
        for (aggregate, which), name in self.columns.items():
            kept = which.sql(self.low)
            columns.append(f", {aggregate}{f' FILTER (WHERE {kept})' if kept else ''} AS {name}")
        return f"SELECT {MEMBER} AS member_id{''.join(columns)} {source} GROUP BY 1 HAVING {MEMBER} >= 0"


MEMBER = "coalesce(merged.winner, f.member_id)"
"""Whose a fact is: the last winner of merges; below 0 when that member was erased."""


def merged_table(workspace_id: int) -> str:
    """The table `merged` that MEMBER reads."""
    return f"SELECT member_id, coalesce(winner, -1) AS winner FROM ({winners(workspace_id)}) AS w"


def one_in(n: int, member: str) -> str:
    """The condition that chooses one in `n` members by chance, always the same ones; empty for all."""
    return f" AND hash({member}) % {int(n)} = 0" if n > 1 else ""


class FactScans:
    """All scans of a query. Those of a scoped query read only facts of the members asked about, unless it is everybody's.

    `tables` are the query's, in the order in which one may refer to another; scans take their places among them.
    """

    def __init__(
        self, params: Params, workspace_id: int, now: datetime, zone: str, scoped: bool, tables: dict[str, str | Scan]
    ) -> None:
        self.params = params
        self.workspace_id = workspace_id
        self.now = now
        self.zone = zone
        self.scoped = scoped
        self.among: str | None = None
        """A table of members outside which nobody can be in: facts of others are not counted up from now on."""
        self.one_in = 1
        self._tables = tables
        self._filters: dict[tuple[Any, ...], FactFilter] = {}

    def scan(self, fact: str, everybody: bool = False) -> tuple[str, Scan]:
        """The scan of a kind of fact and the name of its table; `everybody`: of all members, whatever is asked about."""
        apart = everybody and (self.scoped or self.among is not None)
        base = f"{'all' if apart else 'f'}_{fact}"
        scan = self._tables.setdefault(base, Scan(fact, apart, None if apart else self.among))
        assert isinstance(scan, Scan)
        return base, scan

    def filter(self, fact: str, where: tuple[PropertyTest, ...], window: Window) -> FactFilter:
        """The facts of a kind in `window` that pass every test of `where`; equal ones are one."""
        key = (fact, where, window)
        if key not in self._filters:
            low, high = window.bounds(self.now, self.zone)
            tests = property_tests(self.params, fact, where, self.now, self.zone)
            self._filters[key] = FactFilter(low, high if high < self.now else None, tests)
        return self._filters[key]

    def source(self, names: str, low: datetime | None, high: datetime | None = None) -> str:
        """FROM and WHERE of a pass over facts from `low` to before `high` (None: now); `names` is a predicate on their name."""
        return self._source(names, low, high or self.now, self.scoped, self.among)

    def _source(self, names: str, low: datetime | None, high: datetime, scoped: bool, among: str | None) -> str:
        start = "" if low is None else f" AND f.occurred_at >= {timestamp_literal(low)}"
        family = " AND f.member_id IN (SELECT member_id FROM family)" if scoped else ""
        chosen = f" AND {MEMBER} IN (SELECT member_id FROM {among})" if among else ""
        return (
            "FROM lake.facts f LEFT JOIN merged ON merged.member_id = f.member_id "
            f"WHERE f.workspace_id = {self.workspace_id} AND f.name {names} AND f.member_id IS NOT NULL"
            f"{start} AND f.occurred_at < {timestamp_literal(high)}{family}{chosen}{one_in(self.one_in, MEMBER)}"
        )

    def select(self, scan: Scan) -> str:
        """A scan as a table of the query."""
        return scan.select(
            self._source(f"= '{scan.name}'", scan.low, self.now, self.scoped and not scan.everybody, scan.among)
        )


def measured(fact: str, prop: str, *, distinct: bool = False) -> str:
    """The property that is added up, or told apart (`distinct`): lists are told apart as a whole."""
    value = prop_value(fact, prop)
    return f"CAST({value} AS VARCHAR)" if distinct and fact_props(fact)[prop].type == "list" else value
