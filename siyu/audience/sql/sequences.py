"""One fact after another as tables of a query: sequences within a span of time, and groups joined and not left since."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from siyu.audience.language.tree import Did, Sequence_
from siyu.audience.sql.fact_scan import MEMBER, Facts


def sequence_tables(facts: Facts, leaf: Sequence_, name: str) -> Iterator[tuple[str, str]]:
    """(name, SELECT) of the tables that lead to `name`, the members who went through `leaf`."""
    span = leaf.within.length // timedelta(microseconds=1)
    if len(leaf.steps) == 2:
        yield from _pair(facts, leaf, name, span)
        return
    yield f"{name}_e", _events(facts, leaf.steps)
    # ranges are sorted by member: only those with every step are worth it
    every = " AND ".join(f"bool_or(s{index})" for index in range(len(leaf.steps)))
    yield f"{name}_m", f"SELECT member_id FROM {name}_e GROUP BY member_id HAVING {every}"
    yield f"{name}_w", f"SELECT * FROM {name}_e WHERE member_id IN (SELECT member_id FROM {name}_m)"
    yield from (_in_turn if leaf.ordered else _together)(name, len(leaf.steps), span)


def in_group(facts: Facts, name: str | None) -> str:
    """A SELECT of the members who are in a customer group (None: in any): joined after leaving last."""
    which = "" if name is None else f" AND f.p_group = {facts.params.add(name, 'VARCHAR')}"
    joined, left = (f"max(f.occurred_at) FILTER (WHERE f.name = '{kind}')" for kind in ("group_joined", "group_left"))
    source = facts.source("IN ('group_joined', 'group_left')", None)
    return (
        f"SELECT DISTINCT member_id FROM (SELECT {MEMBER} AS member_id, f.p_group, {joined} AS joined, {left} AS departed "
        f"{source}{which} GROUP BY 1, 2) AS g WHERE member_id >= 0 AND joined > coalesce(departed, TIMESTAMP '0001-01-01')"
    )


def _step(facts: Facts, step: Did) -> str:
    """(member_id, us) of the facts of one step."""
    which = facts.filter(step)
    source = facts.source(f"= '{step.fact}'", which.low, which.high)
    kept = f" AND {which.where}" if which.where else ""
    return f"SELECT {MEMBER} AS member_id, epoch_us(f.occurred_at) AS us {source}{kept} AND {MEMBER} >= 0"


def _pair(facts: Facts, leaf: Sequence_, name: str, span: int) -> Iterator[tuple[str, str]]:
    """Two steps: a hash join on the member and the stretch of one span that the fact lies in.

    Two facts less than a span apart lie in one stretch or in neighbouring ones, so each first fact looks into those.
    """
    first, then = f"{name}_first", f"{name}_then"
    yield first, _step(facts, leaf.steps[0])
    yield then, f"SELECT member_id, us, us // {span} AS stretch FROM ({_step(facts, leaf.steps[1])}) AS t"
    near = (0, 1) if leaf.ordered else (-1, 0, 1)
    looks = " UNION ALL ".join(f"SELECT member_id, us, us // {span} + {n} AS stretch FROM {first}" for n in near)
    apart = (
        f"b.us > a.us AND b.us < a.us + {span}" if leaf.ordered else f"b.us > a.us - {span} AND b.us < a.us + {span}"
    )
    yield (
        name,
        f"SELECT DISTINCT a.member_id FROM ({looks}) AS a SEMI JOIN {then} AS b "
        f"ON b.member_id = a.member_id AND b.stretch = a.stretch AND {apart}",
    )


def _events(facts: Facts, steps: tuple[Did, ...]) -> str:
    """(member_id, us, s0, s1...): the facts that can be a step, and which."""
    filters = [facts.filter(step) for step in steps]
    lows: list[datetime | None] = [which.low for which in filters]
    known = [low for low in lows if low is not None]
    names = ", ".join(f"'{step.fact}'" for step in dict.fromkeys(steps))
    flags = ", ".join(
        f"(f.name = '{step.fact}'{f' AND {kept}' if (kept := which.sql()) else ''}) AS s{index}"
        for index, (step, which) in enumerate(zip(steps, filters, strict=True))
    )
    source = facts.source(f"IN ({names})", min(known) if len(known) == len(lows) else None)
    some = " OR ".join(f"s{index}" for index in range(len(steps)))
    return (
        f"SELECT * FROM (SELECT {MEMBER} AS member_id, epoch_us(f.occurred_at) AS us, {flags} {source}) AS e "
        f"WHERE member_id >= 0 AND ({some})"
    )


def _in_turn(name: str, steps: int, span: int) -> Iterator[tuple[str, str]]:
    """For each first step the earliest end of the whole: from the last step back, the least end after each event."""
    last = steps - 1
    yield f"{name}_{last}", f"SELECT *, CASE WHEN s{last} THEN us END AS e{last} FROM {name}_w"
    after = "OVER (PARTITION BY member_id ORDER BY us RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
    for index in range(steps - 2, -1, -1):
        value = f"CASE WHEN s{index} THEN min(e{index + 1}) {after} END AS e{index}"
        yield f"{name}_{index}", f"SELECT *, {value} FROM {name}_{index + 1}"
    yield name, f"SELECT DISTINCT member_id FROM {name}_0 WHERE e0 < us + {span}"


def _together(name: str, steps: int, span: int) -> Iterator[tuple[str, str]]:
    """Every step within one span that begins at some event."""
    ahead = f"OVER (PARTITION BY member_id ORDER BY us RANGE BETWEEN CURRENT ROW AND {span - 1} FOLLOWING)"
    seen = ", ".join(f"bool_or(s{index}) {ahead} AS w{index}" for index in range(steps))
    every = " AND ".join(f"w{index}" for index in range(steps))
    yield f"{name}_0", f"SELECT member_id, {seen} FROM {name}_w"
    yield name, f"SELECT DISTINCT member_id FROM {name}_0 WHERE {every}"
