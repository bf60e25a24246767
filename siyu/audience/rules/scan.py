"""The parts of a compiled query that read facts: one scan a kind of fact, shared by all conditions on it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from siyu.audience.rules.moments import instant
from siyu.audience.rules.tree import Did, Test
from siyu.audience.rules.vocabulary import fact_props
from siyu.facts.layout import prop_column


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
        opposite = Test("is" if op == "is_not" else "in", wanted, test.type)
        return f"(NOT {compared(params, value, opposite, now, zone)})"
    if op == "is":
        inner = f"{value} = {params.add(wanted, cast)}"
    elif op == "in":
        inner = f"list_contains({params.add(list(wanted), cast + '[]')}, {value})"
    elif op == "between":
        inner = f"{value} BETWEEN {params.add(wanted[0], cast)} AND {params.add(wanted[1], cast)}"
    elif op in ("contains", "starts_with"):
        inner = f"{op}({value}, {params.add(wanted, cast)})"
    else:
        inner = f"{value} {op} {params.add(wanted, cast)}"
    return f"coalesce({inner}, FALSE)"


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


def condition(params: Params, did: Did, now: datetime, zone: str) -> str:
    """The facts of `did` that count, as a predicate on the fact `f` (its name apart)."""
    low, high = did.window.bounds(now, zone)
    parts = [] if low is None else [f"f.occurred_at >= {moment(low)}"]
    parts += [f"f.occurred_at < {moment(high)}"] if high < now else []
    for where in did.where:
        value = prop_value(did.fact, where.prop)
        compare = listed(params, value, where.test) if where.test.type == "list" else None
        parts.append(compare or compared(params, value, where.test, now, zone))
    return " AND ".join(parts) or "TRUE"


@dataclass
class Scan:
    """One pass over the facts of a kind: a column for each different aggregate, between the widest bounds asked for."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    low: datetime | None = None
    opened: bool = False

    def widen(self, low: datetime | None) -> None:
        """Let the scan reach back to `low` (None: to the first fact)."""
        self.low = low if not self.opened else (None if low is None or self.low is None else min(low, self.low))
        self.opened = True

    def column(self, aggregate: str) -> str:
        """The name of the column that holds `aggregate`."""
        return self.columns.setdefault(aggregate, f"a{len(self.columns)}")


class Facts:
    """All scans of a query."""

    def __init__(self, params: Params, workspace_id: int, now: datetime, zone: str) -> None:
        self.params = params
        self.workspace_id = workspace_id
        self.now = now
        self.zone = zone
        self.scans: dict[str, Scan] = {}
        self._conditions: dict[tuple[Any, ...], str] = {}

    def of(self, did: Did) -> tuple[str, Scan]:
        """The predicate of `did` and the scan that serves it; equal predicates are one."""
        scan = self.scans.setdefault(did.fact, Scan(did.fact))
        scan.widen(did.window.bounds(self.now, self.zone)[0])
        key = (did.fact, did.where, did.window)
        if key not in self._conditions:
            self._conditions[key] = condition(self.params, did, self.now, self.zone)
        return self._conditions[key], scan

    def source(self, low: datetime | None, names: str, scoped: bool) -> str:
        """FROM and WHERE of a pass over facts before now; a merged member's facts are the winner's."""
        start = "" if low is None else f" AND f.occurred_at >= {moment(low)}"
        family = " AND f.member_id IN (SELECT member_id FROM family)" if scoped else ""
        return (
            "FROM lake.facts f LEFT JOIN merged ON merged.member_id = f.member_id "
            f"WHERE f.workspace_id = {self.workspace_id} AND f.name {names} AND f.member_id IS NOT NULL"
            f"{start} AND f.occurred_at < {moment(self.now)}{family}"
        )

    def ctes(self, scoped: bool) -> list[str]:
        """The scans as common table expressions `f_<fact>`."""
        made = []
        for scan in self.scans.values():
            columns = "".join(f", {aggregate} AS {name}" for aggregate, name in scan.columns.items())
            source = self.source(scan.low, f"= '{scan.name}'", scoped)
            made.append(
                f"f_{scan.name} AS (SELECT coalesce(merged.winner, f.member_id) AS member_id{columns} {source} GROUP BY 1)"
            )
        return made


def did_expression(facts: Facts, did: Did) -> str:
    """The truth of `did` for the member whose scan row is joined as `f_<fact>`."""
    predicate, scan = facts.of(did)
    params, now, zone = facts.params, facts.now, facts.zone
    row = f"f_{did.fact}"

    def column(aggregate: str) -> str:
        kept = aggregate if predicate == "TRUE" else f"{aggregate} FILTER (WHERE {predicate})"
        return f"{row}.{scan.column(kept)}"

    count = f"coalesce({column('count(*)')}, 0)"
    parts = [f"{count} >= 1" if did.count is None else compared(params, count, did.count, now, zone)]
    for part, aggregate in ((did.sum, "sum"), (did.distinct, "distinct")):
        if part is not None:
            value = measured(did.fact, part.prop, aggregate)
            value = f"coalesce({column(f'sum({value})' if aggregate == 'sum' else f'count(DISTINCT {value})')}, 0)"
            parts.append(compared(params, value, part.test, now, zone))
    for end, aggregate in ((did.first, "min(f.occurred_at)"), (did.last, "max(f.occurred_at)")):
        if end is not None:
            parts.append(compared(params, column(aggregate), end, now, zone))
    return "(" + " AND ".join(parts) + ")"


def measured(fact: str, prop: str, measure: str) -> str:
    """The property that is added up (`sum`) or told apart (`distinct`); lists are told apart as a whole."""
    value = prop_value(fact, prop)
    return f"CAST({value} AS VARCHAR)" if measure == "distinct" and fact_props(fact)[prop].type == "list" else value
