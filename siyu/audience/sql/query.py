"""`compile`: parsed trees -> one query over the lake, in DuckDB's dialect. Syntax only; `evaluate` is its oracle.

Every condition becomes a set of members, and a tree an intersection, union or difference of sets: what few satisfy is
never looked up for everybody. Several trees in one query share their scans of facts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from siyu.audience.language import lifecycle
from siyu.audience.language.lifecycle import ORDER, RFM_WITHIN
from siyu.audience.language.predicates import Test
from siyu.audience.language.schema import BUILT_IN
from siyu.audience.language.tree import (
    All,
    AnyOf,
    Consent,
    Did,
    InGroup,
    Leaf,
    Not,
    Profile,
    Reachable,
    Reference,
    Rfm,
    Sample,
    Sequence_,
    Stage,
    Tag,
    Top,
    Tree,
    deep,
    walk,
)
from siyu.audience.sql.fact_scan import MERGED, Facts, Filter, Params, Scan, did_test, measured, moment, one_in
from siyu.audience.sql.member_sets import EVERYBODY, MEMBERS, MemberSet, intersect, union
from siyu.audience.sql.profile_sql import attribute, built_in, consent, reachable, sample, tag
from siyu.audience.sql.sequences import in_group, sequence_tables


@dataclass(frozen=True)
class Query:
    """SQL with `$n` placeholders and their values."""

    sql: str
    params: tuple[Any, ...]


class QueryBuilder:
    """Builds one query; `members` may be called for several trees, which then share scans."""

    def __init__(self, workspace_id: int, now: datetime, zone: str, only: Sequence[int] | None = None) -> None:
        self.workspace_id = int(workspace_id)
        self.now = now
        self.zone = zone
        self.params = Params()
        self.scope = None if only is None else self.params.add(sorted(set(only)), "BIGINT[]")
        self._tables: dict[str, str | Scan] = {}
        self.facts = Facts(self.params, self.workspace_id, now, zone, only is not None, self._tables)
        self._names: dict[str, str] = {}
        self._known: dict[Tree, MemberSet] = {}

    # --- trees

    def members(self, tree: Tree) -> MemberSet:
        """The members for whom `tree` is true."""
        if tree not in self._known:
            self._known[tree] = self._members(tree)
        return self._known[tree]

    def _members(self, tree: Tree) -> MemberSet:
        match tree:
            case All():
                return self.intersection(_conjuncts(tree))
            case AnyOf(parts):
                return union([self.members(part) for part in parts], self.named)
            case Not(part):
                return ~self.members(part)
            case Reference(_, inner):
                return self.members(inner)
            case _:
                return self._leaf(tree)

    def intersection(self, trees: Sequence[Tree]) -> MemberSet:
        """The members for whom all of `trees` are true."""
        return intersect([self.members(tree) for tree in trees], self.named)

    def _leaf(self, leaf: Leaf) -> MemberSet:
        match leaf:
            case Did():
                return self._did(leaf)
            case Profile(field, test):
                if any(one.name == field for one in BUILT_IN):
                    return MemberSet(MEMBERS, built_in(self, field, test))
                return attribute(self, field, test)
            case Tag(how, tags):
                return tag(self, how, tags)
            case Stage(stages):
                return self._stage(stages)
            case Consent(channel, state):
                return MemberSet(MEMBERS, consent(self.params, channel, state))
            case Reachable(channel):
                return MemberSet(MEMBERS, reachable(self.params, channel))
            case Sample():
                return sample(self.params, leaf)
            case Rfm():
                return self._rfm(leaf)
            case Sequence_():
                return self._sequence(leaf)
            case InGroup(name):
                return MemberSet(self.named(in_group(self.facts, name)))
            case Top():
                return MemberSet(self.named(f"SELECT member_id FROM ({ranking(self, leaf)})"))
            case Reference(_, inner):
                return self.members(inner)

    def narrowed(self, tree: Tree) -> MemberSet:
        """The members for whom `tree` is true, when nothing else is asked: facts of those who cannot be in are not counted up.

        A tag or an attribute that must hold comes first, then one thing after another that somebody must have done, the
        shortest window first: each scan looks only at those whom all before it let in.
        """
        parts = _conjuncts(tree)
        cheap = [part for part in parts if self.scope is None and isinstance(part, Tag | Profile)]
        first = [part for part in cheap if not (found := self.members(part)).outside and found.table != MEMBERS]
        if not first:
            return self.members(tree)
        inside = [self.members(part) for part in first]
        did = sorted((part for part in parts if isinstance(part, Did) and not _true_of_nothing(part)), key=self._width)
        for part in did:
            self._look_among(inside)
            known = len(self._tables)
            found = self.members(part)
            # a scan made just now has nobody but those inside already
            inside = [found] if len(self._tables) > known else [*inside, found]
        self._look_among(inside)
        return intersect([*inside, *(self.members(part) for part in parts if part not in (*first, *did))], self.named)

    def _width(self, did: Did) -> timedelta:
        low = self.facts.filter(did).low
        return timedelta.max if low is None else self.now - low

    def _look_among(self, inside: Sequence[MemberSet]) -> None:
        one = intersect(inside, self.named)
        self.facts.among = one.table if one.test == "TRUE" else self.named(one.select())

    def named(self, select: str) -> str:
        """The name of a table of this query that holds `select`; equal ones are one."""
        if select not in self._names:
            self._names[select] = self.table(f"x{len(self._names)}", select)
        return self._names[select]

    def table(self, name: str, select: str) -> str:
        """Give the query a table of this name."""
        self._tables.setdefault(name, select)
        return name

    # --- what they did

    def _did(self, leaf: Did) -> MemberSet:
        table, test = did_test(self.facts, leaf)
        # somebody without any such fact has no row there
        return MemberSet(table, f"(NOT {test})", outside=True) if _true_of_nothing(leaf) else MemberSet(table, test)

    def _stage(self, stages: tuple[str, ...]) -> MemberSet:
        table, case = stage_case(self)
        return MemberSet(table, f"({case} IN ({', '.join(repr(stage) for stage in stages)}))")

    def _rfm(self, leaf: Rfm) -> MemberSet:
        """Scores are places among everybody's values, whoever is asked about."""
        wanted = {axis: scores for axis in "rfm" if (scores := getattr(leaf, axis)) is not None}
        tests = [_scored(axis, scores) for axis, scores in wanted.items()]
        values, points = rfm_tables(self)
        return MemberSet(
            self.named(f"SELECT v.member_id FROM {values} v CROSS JOIN {points} c WHERE {' AND '.join(tests)}")
        )

    def _sequence(self, leaf: Sequence_) -> MemberSet:
        name = f"q{sum(1 for table in self._tables if table.startswith('q') and '_' not in table)}"
        for table, select in sequence_tables(self.facts, leaf, name):
            self.table(table, select)
        return MemberSet(name)

    # --- the query

    def tables(self) -> str:
        """WITH ... of everything that the sets so far refer to; `members` are those asked about.

        Every table is made once, and DuckDB is told so: left to decide, it has let questions wait for themselves for ever
        (1.5.5: four trees in one UNION ALL over ten million facts). Only `members` is read where it is asked for: a pass over
        two columns costs less than keeping twenty million rows.
        """
        columns = "member_id, created_at, zone, source, identities, consents, suppressed"
        everyone = (
            f"SELECT {columns} FROM lake.profiles WHERE workspace_id = {self.workspace_id} AND merged_into IS NULL"
        )
        made = {"merged": MERGED.format(self.workspace_id)}
        if self.scope is not None:
            made["asked"] = f"SELECT unnest({self.scope}) AS member_id"
            made["scope"] = (
                "SELECT DISTINCT coalesce(merged.winner, asked.member_id) AS member_id FROM asked LEFT JOIN merged ON merged.member_id = asked.member_id"
            )
            made["family"] = (
                "SELECT member_id FROM scope UNION "
                "SELECT merged.member_id FROM merged JOIN scope ON scope.member_id = merged.winner"
            )
            everyone += " AND member_id IN (SELECT member_id FROM scope)"
        made[MEMBERS] = everyone + one_in(self.facts.one_in, "member_id")
        return "WITH " + ", ".join(
            f"{name} AS {'NOT ' if name == MEMBERS else ''}MATERIALIZED ({select})"
            for name, select in self._ordered(made)
        )

    def _ordered(self, made: dict[str, str]) -> list[tuple[str, str]]:
        parts = self._tables.items()
        return [
            *made.items(),
            *((name, self.facts.select(one) if isinstance(one, Scan) else one) for name, one in parts),
        ]

    def select(self, members: MemberSet) -> str:
        """The ids of `members`, each once."""
        if members.outside:
            inside = replace(members, outside=False).select()
            return f"SELECT member_id FROM {MEMBERS} ANTI JOIN ({inside}) AS inside USING (member_id)"
        return members.select()

    def count(self, members: MemberSet) -> str:
        """How many `members` are, as SQL of one value; `everybody` is the number of all."""
        number = f"(SELECT count(*) FROM ({replace(members, outside=False).select()}) AS counted)"
        return f"(SELECT count(*) FROM {MEMBERS}) - {number}" if members.outside else number

    def query(self, select: str) -> Query:
        """The finished query around `select`; a value that nothing refers to in the end is left out."""
        sql = f"{self.tables()} {select}"
        used = sorted({int(number) for number in re.findall(r"\$(\d+)::", sql)})
        places = {number: place for place, number in enumerate(used, start=1)}
        numbered = re.sub(r"\$(\d+)::", lambda found: f"${places[int(found[1])]}::", sql)
        return Query(numbered, tuple(self.params.values[number - 1] for number in used))


def _conjuncts(tree: Tree) -> list[Tree]:
    """What must all be true, through groups inside groups and referenced audiences."""
    match tree:
        case All(parts):
            return [one for part in parts for one in _conjuncts(part)]
        case Reference(_, inner):
            return _conjuncts(inner)
        case _:
            return [tree]


def _true_of_nothing(leaf: Did) -> bool:
    """Whether `leaf` is true for somebody without any fact that it is about."""
    if leaf.first is not None or leaf.last is not None:
        return False
    tests = [leaf.count or Test(">=", 1, "number"), *(one.test for one in (leaf.sum, leaf.distinct) if one is not None)]
    return all(_zero_passes(test) for test in tests)


def _zero_passes(test: Test) -> bool:
    value = test.value
    match test.op:
        case "is" | "is_not":
            return bool((value == 0) == (test.op == "is"))
        case "in" | "not_in":
            return bool((0 in value) == (test.op == "in"))
        case "between":
            return bool(value[0] <= 0 <= value[1])
        case op:
            return bool({">": value < 0, ">=": value <= 0, "<": value > 0, "<=": value >= 0}[op])


def stage_case(builder: QueryBuilder) -> tuple[str, str]:
    """A table of everybody asked about with an order, and the stage of a row of it."""
    now, scan_of = builder.now, builder.facts
    table, scan = scan_of.scan(ORDER)
    ever, recent = scan_of.filter(Did(ORDER)), Filter(now - lifecycle.CORE_WITHIN, None, "")
    first = f"{table}.{scan.column('min(f.occurred_at)', ever)}"
    last = f"{table}.{scan.column('max(f.occurred_at)', ever)}"
    number = f"{table}.{scan.column('count(*)', recent)}"
    return table, (
        f"CASE WHEN {last} < {moment(now - lifecycle.LOST_AFTER)} THEN 'lost' "
        f"WHEN {last} < {moment(now - lifecycle.SILENT_AFTER)} THEN 'silent' "
        f"WHEN {first} >= {moment(now - lifecycle.NEW_WITHIN)} THEN 'new' "
        f"WHEN {number} >= {lifecycle.CORE_ORDERS_MIN} THEN 'core' ELSE 'ordinary' END"
    )


def score(axis: str) -> str:
    """The score of a value `v` against cut points `c`, as `rfm_tables` makes them."""
    above = " + ".join(f"CAST(v.{axis} > c.{axis}[{n}] AS INTEGER)" for n in range(1, lifecycle.RFM_SCORES))
    return f"1 + {above}"


def _scored(axis: str, scores: Sequence[int]) -> str:
    """Whether a value's score, one more than the cut points it is above, is one of `scores`."""
    arms = []
    for score in sorted(set(scores)):
        above = f"v.{axis} > c.{axis}[{score - 1}]" if score > 1 else "TRUE"
        below = f"v.{axis} <= c.{axis}[{score}]" if score < lifecycle.RFM_SCORES else "TRUE"
        arms.append(f"({above} AND {below})")
    return f"({' OR '.join(arms)})"


def rfm_tables(builder: QueryBuilder) -> tuple[str, str]:
    """Names of tables: (member_id, r, f, m) of everybody with an order in RFM_WITHIN, and one row of the cut points."""
    year = Filter(builder.now - RFM_WITHIN, None, "")
    table, scan = builder.facts.scan(ORDER, everybody=True)
    r, f, m = (scan.column(aggregate, year) for aggregate in ("max(f.occurred_at)", "count(*)", "sum(f.amount)"))
    values = builder.table(
        "rfm_values",
        f"SELECT member_id, {r} AS r, {f} AS f, CAST(coalesce({m}, 0) AS BIGINT) AS m FROM {table} WHERE {f} > 0",
    )
    quantiles = ", ".join(map(str, lifecycle.RFM_QUANTILES))
    points = ", ".join(f"quantile_disc({axis}, [{quantiles}]) AS {axis}" for axis in "rfm")
    return values, builder.table("rfm_points", f"SELECT {points} FROM {values}")


def ranking(builder: QueryBuilder, leaf: Top) -> str:
    """(member_id, value) of the first `leaf.n` of all members with a fact of `leaf`, whoever is asked about."""
    table, scan = builder.facts.scan(leaf.by.fact, everybody=True)
    which = builder.facts.filter(leaf.by)
    aggregate = {"count": "count(*)", "sum": "sum({})", "distinct": "count(DISTINCT {})"}[leaf.measure]
    value = scan.column(aggregate.format(measured(leaf.by.fact, leaf.prop, leaf.measure) if leaf.prop else ""), which)
    number = scan.column("count(*)", which)
    return (
        f"SELECT member_id, coalesce({value}, 0) AS value FROM {table} WHERE {number} > 0 "
        f"ORDER BY value DESC, member_id LIMIT {int(leaf.n)}"
    )


def member_ids_query(
    tree: Tree, workspace_id: int, now: datetime, zone: str, only: Sequence[int] | None = None
) -> Query:
    """A query of the ids of the members (winners of merges) for whom `tree` is true; with `only`, of those asked about."""
    builder = QueryBuilder(workspace_id, now, zone, only)
    inside = builder.select(builder.narrowed(tree))
    if only is None:
        return builder.query(inside)
    return builder.query(
        f"SELECT asked.member_id FROM asked LEFT JOIN merged ON merged.member_id = asked.member_id "
        f"WHERE coalesce(merged.winner, asked.member_id) IN ({inside})"
    )


def members_query(
    trees: Sequence[Tree], workspace_id: int, now: datetime, zone: str, only: Sequence[int] | None = None
) -> Query:
    """A query of (k, member_id): the winners of merges in the tree number k; with `only`, the winners of those asked about.

    All trees share their scans of facts.
    """
    builder = QueryBuilder(workspace_id, now, zone, only)
    parts = [builder.select(builder.members(tree)) for tree in trees]
    # rankings and scores are over everybody, so what they choose is cut down to those asked about
    within = "" if only is None else " WHERE member_id IN (SELECT member_id FROM scope)"
    whole = " UNION ALL ".join(
        f"SELECT {k} AS k, member_id FROM ({part}) AS t{k}{within}" for k, part in enumerate(parts)
    )
    return builder.query(whole)


def estimate_query(tree: Tree, workspace_id: int, now: datetime, zone: str, share: int) -> Query | None:
    """A query of one row, (members looked at, those in), of one in `share` members by chance.

    None when somebody's place depends on all the others: a sample says nothing about a ranking.
    """
    if any(isinstance(leaf, Top | Rfm) for leaf in deep(tree)):
        return None
    builder = QueryBuilder(workspace_id, now, zone)
    builder.facts.one_in = share
    figures = [builder.count(one) for one in (EVERYBODY, builder.narrowed(tree))]
    return builder.query(f"SELECT {', '.join(figures)}")


def count_query(tree: Tree, workspace_id: int, now: datetime, zone: str) -> tuple[Query, list[str], list[str]]:
    """A query of one row: all members, those in, then each condition alone, then what is left after each outer part.

    With it the paths of the conditions and of the outer parts, in that order.
    """
    builder = QueryBuilder(workspace_id, now, zone)
    leaves = list(walk(tree))
    outer = [(f"all[{i}]", part) for i, part in enumerate(tree.parts)] if isinstance(tree, All) else [("", tree)]
    left = [builder.intersection([part for _, part in outer[: i + 1]]) for i in range(len(outer))]
    alone = [builder.members(leaf) for _, leaf in leaves]
    figures = [builder.count(one) for one in (EVERYBODY, left[-1] if left else EVERYBODY, *alone, *left)]
    return builder.query(f"SELECT {', '.join(figures)}"), [path for path, _ in leaves], [path for path, _ in outer]
