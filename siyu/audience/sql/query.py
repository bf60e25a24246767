"""Parsed trees -> one query over the lake, in DuckDB's dialect. Each condition says its own members; `evaluate` is the oracle.

Every condition becomes a set of members, and a tree an intersection, union or difference of sets: what few satisfy is
never looked up for everybody. Several trees in one query share their scans of facts.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.evaluate import ranked
from siyu.audience.language.tree import All, AnyOf, Not, Tree, conjuncts, outer_parts, walk
from siyu.audience.sql.fact_scan import FactScans, Scan, merged_table, one_in
from siyu.audience.sql.member_sets import EVERYBODY, MEMBERS, MemberSet, intersect, union
from siyu.audience.sql.params import Params, Query


class QueryBuilder:
    """Builds one query; `members` may be called for several trees, which then share scans."""

    def __init__(self, workspace_id: int, now: datetime, zone: str, only: Sequence[int] | None = None) -> None:
        self.workspace_id = int(workspace_id)
        self.now = now
        self.zone = zone
        self.params = Params()
        self.scope = None if only is None else self.params.add(sorted(set(only)), "BIGINT[]")
        self._tables: dict[str, str | Scan] = {}
        self.facts = FactScans(self.params, self.workspace_id, now, zone, only is not None, self._tables)
        self._names: dict[str, str] = {}
        self._fresh = 0
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
                return self.intersection(conjuncts(tree))
            case AnyOf(parts):
                return union([self.members(part) for part in parts], self.named)
            case Not(part):
                return self.members(part).complement()
            case _:
                return tree.members(self)

    def intersection(self, trees: Sequence[Tree]) -> MemberSet:
        """The members for whom all of `trees` are true."""
        return intersect([self.members(tree) for tree in trees], self.named)

    def narrowed(self, tree: Tree) -> MemberSet:
        """The members for whom `tree` is true, when nothing else is asked: facts of those who cannot be in are not counted up.

        A tag or an attribute that must hold comes first, then one thing after another that somebody must have done, the
        shortest window first: each scan looks only at those whom all before it let in.
        """
        parts = conjuncts(tree)
        conditions = [part for part in parts if isinstance(part, Condition)]
        narrow = [part for part in conditions if part.narrow] if self.scope is None else []
        first: list[Tree] = [part for part in narrow if self._is_small(self.members(part))]
        if not first:
            return self.members(tree)
        inside = [self.members(part) for part in first]
        windows = [(width, part) for part in conditions if (width := part.required_window(self)) is not None]
        required = [part for _, part in sorted(windows, key=lambda pair: pair[0])]
        for part in required:
            self._look_among(inside)
            known = len(self._tables)
            members = self.members(part)
            # a scan made just now has nobody but those inside already
            inside = [members] if len(self._tables) > known else [*inside, members]
        self._look_among(inside)
        rest = [self.members(part) for part in parts if part not in first and part not in required]
        return intersect([*inside, *rest], self.named)

    def _is_small(self, members: MemberSet) -> bool:
        return not members.outside and members.table != MEMBERS

    def _look_among(self, inside: Sequence[MemberSet]) -> None:
        members = intersect(inside, self.named)
        self.facts.among = members.table if members.test == "TRUE" else self.named(members.select())

    def named(self, select: str) -> str:
        """The name of a table of this query that holds `select`; equal ones are one."""
        if select not in self._names:
            self._names[select] = self.table(f"x{len(self._names)}", select)
        return self._names[select]

    def fresh_name(self, prefix: str) -> str:
        """A name that no table of the query has."""
        self._fresh += 1
        return f"{prefix}{self._fresh}"

    def rows(self, table: str, condition: str) -> str:
        """FROM and WHERE of the rows of a narrow table of members."""
        within = "" if self.scope is None else " AND member_id IN (SELECT member_id FROM scope)"
        within += one_in(self.facts.one_in, "member_id")
        return f"FROM lake.{table} WHERE workspace_id = {self.workspace_id} AND {condition}{within}"

    def table(self, name: str, select: str) -> str:
        """Give the query a table of this name."""
        self._tables.setdefault(name, select)
        return name

    # --- the query

    def tables(self) -> str:
        """WITH ... of everything that the sets so far refer to; `members` are those asked about.

        Every table is made once, and DuckDB is told so: left to decide, it has let questions wait for themselves for ever
        (1.5.5: four trees in one UNION ALL over ten million facts). Only `members` is read where it is asked for: a pass over
        two columns costs less than keeping twenty million rows.
        """
        columns = "member_id, created_at, zone, source, identities, consents, suppressed, addresses"
        everyone = (
            f"SELECT {columns} FROM lake.profiles WHERE workspace_id = {self.workspace_id} AND merged_into IS NULL"
        )
        made = {"merged": merged_table(self.workspace_id)}
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
            *((name, self.facts.select(part) if isinstance(part, Scan) else part) for name, part in parts),
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
        """The finished query around `select`."""
        return self.params.write(f"{self.tables()} {select}")


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
    if ranked(tree):
        return None
    builder = QueryBuilder(workspace_id, now, zone)
    builder.facts.one_in = share
    figures = [builder.count(members) for members in (EVERYBODY, builder.narrowed(tree))]
    return builder.query(f"SELECT {', '.join(figures)}")


def count_query(tree: Tree, workspace_id: int, now: datetime, zone: str) -> tuple[Query, list[str], list[str]]:
    """A query of one row: all members, those in, then each condition alone, then what is left after each outer part.

    With it the paths of the conditions and of the outer parts, in that order.
    """
    builder = QueryBuilder(workspace_id, now, zone)
    leaves = list(walk(tree))
    outer = outer_parts(tree)
    left = [builder.intersection([part for _, part in outer[: i + 1]]) for i in range(len(outer))]
    alone = [builder.members(leaf) for _, leaf in leaves]
    figures = [builder.count(members) for members in (EVERYBODY, left[-1] if left else EVERYBODY, *alone, *left)]
    return builder.query(f"SELECT {', '.join(figures)}"), [path for path, _ in leaves], [path for path, _ in outer]
