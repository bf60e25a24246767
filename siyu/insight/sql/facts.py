"""From metrics and windows to SQL over the lake (syntax only; values go as parameters).

Plain enough to be transpiled: no lambdas, no lists, no zone functions. The brand's calendar comes in as offsets.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siyu.audience.sql.merges import current_member, winners
from siyu.insight.rules.metrics import JOINED, METRICS, with_parts
from siyu.insight.rules.period import EARLIEST, Grain, Interval, naive, offsets


@dataclass(frozen=True)
class Statement:
    """One statement with its named parameters ($name)."""

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)


def named(sql: str, values: Sequence[Any], prefix: str) -> Statement:
    """A statement with numbered parameters ($1) as one with named ones, so that several can stand in one."""
    return Statement(
        re.sub(r"\$(\d+)", rf"${prefix}\1", sql), {f"{prefix}{n}": value for n, value in enumerate(values, start=1)}
    )


WINNERS = f"winners AS ({winners('$workspace_id')})"
"""Who is who: a merge names the last winner of a chain of them directly, or nobody where that one was erased."""
MEMBER = current_member("f", "w")
APART_MAX = 2
"""Kinds of facts that are read one by one; every reading has a cost of its own."""
NEEDED = re.compile(r"\b(amount|props|p_[a-z_]+)\b")
"""Columns of facts, as the expression of a metric names them."""


def literal(moment: datetime) -> str:
    """A moment of ours as a timestamp literal."""
    return f"TIMESTAMP '{naive(moment).isoformat(sep=' ')}'"


def names(kinds: Iterable[str]) -> str:
    """Names of facts, which come from the catalogue, as a list of literals."""
    return ", ".join("'" + kind.replace("'", "''") + "'" for kind in sorted(set(kinds)))


def local(column: str, zone: str, window: Interval) -> str:
    """`column` (UTC) as the clock on the brand's wall showed it."""
    spans = offsets(zone, window)
    arms = [f"{column} + INTERVAL '{int(offset.total_seconds())}' SECOND" for _, offset in spans]
    if len(spans) == 1:
        return arms[0]
    cases = " ".join(
        f"WHEN {column} < {literal(until)} THEN {arm}" for (until, _), arm in zip(spans[:-1], arms[:-1], strict=True)
    )
    return f"CASE {cases} ELSE {arms[-1]} END"


def bucket(column: str, grain: Grain, zone: str, window: Interval) -> str:
    """The first day of the local day, week or month that `column` falls into."""
    return f"CAST(date_trunc('{grain}', {local(column, zone, window)}) AS DATE)"


def facts(kinds: Iterable[str], columns: str, window: Interval, scope: bool, members_only: bool = False) -> str:
    """A SELECT of facts in `window`, the member being the winner of merges; needs the table WINNERS.

    `columns` is our own text over f (the fact). With `scope`, only members of the table of that name. Facts lie sorted by
    kind: a few kinds are read one by one, each just where it lies, many in one go.
    """
    apart = sorted(set(kinds))
    wheres = [f"f.name = '{kind}'" for kind in apart] if len(apart) <= APART_MAX else [f"f.name IN ({names(apart)})"]
    conditions = ["f.workspace_id = $workspace_id", f"f.occurred_at < {literal(window.ends)}"]
    if window.begins != EARLIEST:
        conditions.append(f"f.occurred_at >= {literal(window.begins)}")
    if members_only:
        conditions.append("f.member_id IS NOT NULL AND (w.member_id IS NULL OR w.winner IS NOT NULL)")
    if scope:
        conditions.append(f"{MEMBER} IN (SELECT member_id FROM scope)")
    return " UNION ALL ".join(
        f"SELECT {MEMBER} AS member_id, {columns} FROM lake.facts AS f "
        f"LEFT JOIN winners AS w ON w.member_id = f.member_id WHERE {' AND '.join([where, *conditions])}"
        for where in wheres
    )


def first_joined(ends: datetime, scope: bool) -> str:
    """A SELECT of (member_id, occurred_at): when each member first became one, before `ends`."""
    created = facts(("member_created",), "f.occurred_at", Interval(EARLIEST, ends), scope, members_only=True)
    return f"SELECT member_id, min(occurred_at) AS occurred_at FROM ({created}) AS created GROUP BY member_id"


def measure(part: str, metric_names: tuple[str, ...], window: Interval, workspace_id: int, scope: bool) -> Statement:
    """Metrics by `part`, an expression over `occurred_at` that is null outside what is asked for.

    ResultSets (part, each metric of `metric_names` and its parts), a row for each part with any fact at all.
    """
    every = with_parts(metric_names)
    metrics = [METRICS[name] for name in every]
    kinds = {kind for metric in metrics for kind in metric.kinds} - {JOINED}
    # only columns that are read: a column nobody asks for still costs its bytes
    columns = sorted(set(NEEDED.findall(" ".join([part, *(metric.sql for metric in metrics)]))))
    rows = facts(kinds or {"order_paid"}, ", ".join(f"f.{c}" for c in ("name", "occurred_at", *columns)), window, scope)
    if any(JOINED in metric.kinds for metric in metrics):
        nothing = "".join(f", NULL AS {column}" for column in columns)
        rows += (
            f" UNION ALL SELECT member_id, '{JOINED}' AS name, occurred_at{nothing} "
            f"FROM ({first_joined(window.ends, scope)}) AS j WHERE occurred_at >= {literal(window.begins)}"
        )
    by_fact = ["part", *(f"{m.sql} AS {m.name}" for m in metrics if m.over == "fact")]
    by_member = ["part", *(f"{m.sql} AS {m.name}" for m in metrics if m.over == "member")]
    chosen = ["a.*", *(f"coalesce(b.{m.name}, 0) AS {m.name}" for m in metrics if m.over == "member")]
    final = ["m.*", *(f"{m.sql} AS {m.name}" for m in metrics if m.over == "ratio")]
    return Statement(
        f"""
        WITH {WINNERS},
        every_fact AS ({rows}),
        happened AS (
            SELECT {part} AS part, {", ".join(("member_id", "name", *columns))} FROM every_fact WHERE ({part}) IS NOT NULL),
        of_member AS (
            SELECT part, member_id, count(*) FILTER (WHERE name = 'order_paid') AS orders
            FROM happened WHERE member_id IS NOT NULL GROUP BY part, member_id),
        by_fact AS (SELECT {", ".join(by_fact)} FROM happened GROUP BY part),
        by_member AS (SELECT {", ".join(by_member)} FROM of_member GROUP BY part),
        measured AS (SELECT {", ".join(chosen)} FROM by_fact AS a LEFT JOIN by_member AS b ON a.part = b.part)
        SELECT {", ".join(final)} FROM measured AS m ORDER BY part
        """,
        {"workspace_id": workspace_id},
    )
