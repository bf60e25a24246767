"""The parts of a compiled query that read facts: one scan a kind of fact, shared by all conditions on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from siyu.audience.language.predicates import Test
from siyu.audience.language.schema import fact_props
from siyu.audience.language.time_windows import instant
from siyu.audience.language.tree import Did
from siyu.facts.lake.layout import prop_column


def moment(at: datetime) -> str:
    """A lake timestamp literal: made from a datetime of ours, never from text of a request."""
    return f"TIMESTAMP '{at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


@dataclass
class Params:
    """The values of a query; text from a request only ever travels here."""

    values: list[Any] = field(default_factory=list)

    def add(self, value: Any, cast: str) -> str:
        """A placeholder for `value`."""
        self.values.append(value)
        return f"${len(self.values)}::{cast}"

    def listed(self, values: Sequence[Any], cast: str) -> str:
        """Placeholders for all of `values`, as IN takes them."""
        return ", ".join(self.add(value, cast) for value in values)


CASTS = {
    "text": "VARCHAR",
    "choice": "VARCHAR",
    "list": "VARCHAR",
    "boolean": "BOOLEAN",
    "money": "BIGINT",
    "number": "DOUBLE",
}


def compared(params: Params, value: str, test: Test, now: datetime, zone: str) -> str:
    """`test` on the SQL expression `value`, true or false, never null. Not for lists and dates."""
    op, wanted = test.op, test.value
    if op == "exists":
        return f"({value} IS {'NOT ' if wanted else ''}NULL)"
    if test.type == "time":
        return _moment_compared(value, op, wanted, now, zone)
    cast = CASTS[test.type]
    if op in ("is_not", "not_in"):
        return f"(NOT {compared(params, value, positive(test), now, zone)})"
    if op == "is":
        inner = f"{value} = {params.add(wanted, cast)}"
    elif op == "in":
        inner = f"{value} IN ({params.listed(wanted, cast)})"
    elif op == "between":
        inner = f"{value} BETWEEN {params.add(wanted[0], cast)} AND {params.add(wanted[1], cast)}"
    elif op in ("contains", "starts_with"):
        inner = f"{op}({value}, {params.add(wanted, cast)})"
    else:
        inner = f"{value} {op} {params.add(wanted, cast)}"
    return f"coalesce({inner}, FALSE)"


def positive(test: Test) -> Test:
    """The test whose exact opposite `is_not` or `not_in` is."""
    return Test("is" if test.op == "is_not" else "in", test.value, test.type)


def _moment_compared(value: str, op: str, wanted: Any, now: datetime, zone: str) -> str:
    if op == "between":
        low, high = (moment(instant(one, now, zone)) for one in wanted)
        return f"coalesce({value} >= {low} AND {value} < {high}, FALSE)"
    at = moment(instant(wanted, now, zone))
    return f"coalesce({value} {'<' if op == 'before' else '>='} {at}, FALSE)"


def prop_value(fact: str, name: str) -> str:
    """A property of a fact as SQL; `name` is one of the catalogue's own."""
    return f"f.{prop_column(fact_props(fact)[name].name)}"


def listed(params: Params, value: str, test: Test) -> str:
    """`test` on a list of texts."""
    if test.op == "exists":
        return f"(coalesce(len({value}), 0) {'>' if test.value else '='} 0)"
    if test.op == "contains":
        return f"coalesce(list_contains({value}, {params.add(test.value, 'VARCHAR')}), FALSE)"
    inner = f"coalesce(list_has_any({value}, {params.add(list(test.value), 'VARCHAR[]')}), FALSE)"
    return f"(NOT {inner})" if test.op == "not_in" else inner


def holds_word(params: Params, column: str, word: str) -> str:
    """Whether a text of words between commas has `word`."""
    return f"contains({column}, {params.add(f',{word},', 'VARCHAR')})"


def worded(params: Params, column: str, test: Test) -> str:
    """`test` on a text of words between commas."""
    if test.op == "exists":
        return f"({column} {'<>' if test.value else '='} ',')"
    wanted = (test.value,) if test.op == "contains" else test.value
    inner = f"({' OR '.join(holds_word(params, column, word) for word in wanted)})"
    return f"(NOT {inner})" if test.op == "not_in" else inner


def wheres(params: Params, did: Did, now: datetime, zone: str) -> str:
    """What `did` asks of the properties of a fact `f`; empty when nothing."""
    parts = []
    for where in did.where:
        value = prop_value(did.fact, where.prop)
        compare = listed(params, value, where.test) if where.test.type == "list" else None
        parts.append(compare or compared(params, value, where.test, now, zone))
    return " AND ".join(parts)


@dataclass(frozen=True)
class Filter:
    """Which facts of a kind count: between two moments (None: open) and what is asked of their properties."""

    low: datetime | None
    high: datetime | None
    where: str

    def sql(self, scanned_from: datetime | None = None) -> str:
        """As a predicate on the fact `f`, among facts not older than `scanned_from`."""
        parts = [] if self.low is None or self.low == scanned_from else [f"f.occurred_at >= {moment(self.low)}"]
        parts += [] if self.high is None else [f"f.occurred_at < {moment(self.high)}"]
        return " AND ".join([*parts, self.where] if self.where else parts)


@dataclass
class Scan:
    """One pass over the facts of a kind: a column for each different aggregate, between the widest bounds asked for.

    `everybody`: of all members, whatever is asked about; `among`: a table outside which nobody is counted up.
    """

    name: str
    everybody: bool
    among: str | None
    columns: dict[tuple[str, Filter], str] = field(default_factory=dict)

    def column(self, aggregate: str, which: Filter) -> str:
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
MERGED = "SELECT member_id, coalesce(winner, -1) AS winner FROM lake.merges WHERE workspace_id = {}"


def one_in(n: int, member: str) -> str:
    """The condition that chooses one in `n` members by chance, always the same ones; empty for all."""
    return f" AND hash({member}) % {int(n)} = 0" if n > 1 else ""


class Facts:
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
        self._filters: dict[tuple[Any, ...], Filter] = {}

    def scan(self, fact: str, everybody: bool = False) -> tuple[str, Scan]:
        """The scan of a kind of fact and the name of its table; `everybody`: of all members, whatever is asked about."""
        apart = everybody and (self.scoped or self.among is not None)
        base = f"{'all' if apart else 'f'}_{fact}"
        found = self._tables.setdefault(base, Scan(fact, apart, None if apart else self.among))
        assert isinstance(found, Scan)
        return base, found

    def filter(self, did: Did) -> Filter:
        """The facts that `did` is about; equal ones are one."""
        key = (did.fact, did.where, did.window)
        if key not in self._filters:
            low, high = did.window.bounds(self.now, self.zone)
            where = wheres(self.params, did, self.now, self.zone)
            self._filters[key] = Filter(low, high if high < self.now else None, where)
        return self._filters[key]

    def source(self, names: str, low: datetime | None, high: datetime | None = None) -> str:
        """FROM and WHERE of a pass over facts from `low` to before `high` (None: now); `names` is a predicate on their name."""
        return self._source(names, low, high or self.now, self.scoped, self.among)

    def _source(self, names: str, low: datetime | None, high: datetime, scoped: bool, among: str | None) -> str:
        start = "" if low is None else f" AND f.occurred_at >= {moment(low)}"
        family = " AND f.member_id IN (SELECT member_id FROM family)" if scoped else ""
        chosen = f" AND {MEMBER} IN (SELECT member_id FROM {among})" if among else ""
        return (
            "FROM lake.facts f LEFT JOIN merged ON merged.member_id = f.member_id "
            f"WHERE f.workspace_id = {self.workspace_id} AND f.name {names} AND f.member_id IS NOT NULL"
            f"{start} AND f.occurred_at < {moment(high)}{family}{chosen}{one_in(self.one_in, MEMBER)}"
        )

    def select(self, scan: Scan) -> str:
        """A scan as a table of the query."""
        return scan.select(
            self._source(f"= '{scan.name}'", scan.low, self.now, self.scoped and not scan.everybody, scan.among)
        )


def did_test(facts: Facts, did: Did) -> tuple[str, str]:
    """(table, truth of `did` for a member with a row there)."""
    base, scan = facts.scan(did.fact)
    which, params = facts.filter(did), facts.params

    def column(aggregate: str) -> str:
        return f"{base}.{scan.column(aggregate, which)}"

    count = column("count(*)")
    number = did.count or Test(">=", 1, "number")
    parts = [compared(params, count, number, facts.now, facts.zone)]
    for part, aggregate in ((did.sum, "sum"), (did.distinct, "distinct")):
        if part is not None:
            value = measured(did.fact, part.prop, aggregate)
            value = f"coalesce({column(f'sum({value})' if aggregate == 'sum' else f'count(DISTINCT {value})')}, 0)"
            parts.append(compared(params, value, part.test, facts.now, facts.zone))
    for end, aggregate in ((did.first, "min(f.occurred_at)"), (did.last, "max(f.occurred_at)")):
        if end is not None:
            parts.append(compared(params, column(aggregate), end, facts.now, facts.zone))
    return base, "(" + " AND ".join(parts) + ")"


def measured(fact: str, prop: str, measure: str) -> str:
    """The property that is added up (`sum`) or told apart (`distinct`); lists are told apart as a whole."""
    value = prop_value(fact, prop)
    return f"CAST({value} AS VARCHAR)" if measure == "distinct" and fact_props(fact)[prop].type == "list" else value
