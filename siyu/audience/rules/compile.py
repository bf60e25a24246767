"""`compile`: a parsed tree -> one query over the lake, in DuckDB's dialect. Syntax only; `evaluate` is its oracle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from siyu.audience.rules import lifecycle
from siyu.audience.rules.lifecycle import ORDER, RFM_WITHIN
from siyu.audience.rules.moments import instant, local_day
from siyu.audience.rules.scan import (
    Facts,
    Params,
    compared,
    condition,
    did_expression,
    holds_word,
    listed,
    measured,
    moment,
    worded,
)
from siyu.audience.rules.tree import (
    All,
    Any_,
    Consent,
    Did,
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
    Test,
    Top,
    Tree,
    walk,
)
from siyu.audience.rules.vocabulary import BUILT_IN, CHANNELS


@dataclass(frozen=True)
class Query:
    """SQL with `$n` placeholders and their values."""

    sql: str
    params: tuple[Any, ...]


class Compiler:
    """Builds one query; `expression` may be called for several trees, which then share scans."""

    def __init__(self, workspace_id: int, now: datetime, zone: str, only: Sequence[int] | None = None) -> None:
        self.workspace_id = int(workspace_id)
        self.now = now
        self.zone = zone
        self.params = Params()
        self.scope = None if only is None else self.params.add(sorted(set(only)), "BIGINT[]")
        self.facts = Facts(self.params, self.workspace_id, now, zone)
        self._extra: dict[Leaf, tuple[str, list[str]]] = {}
        self._known: dict[Leaf, str] = {}
        self._rfm = False

    def expression(self, tree: Tree) -> str:
        """The truth of `tree` for one row of the joined members, never null."""
        match tree:
            case All(parts):
                return f"({' AND '.join(map(self.expression, parts))})" if parts else "TRUE"
            case Any_(parts):
                return f"({' OR '.join(map(self.expression, parts))})"
            case Not(part):
                return f"(NOT {self.expression(part)})"
            case _:
                if tree not in self._known:
                    self._known[tree] = self._leaf(tree)
                return self._known[tree]

    def _leaf(self, leaf: Leaf) -> str:
        match leaf:
            case Did():
                return did_expression(self.facts, leaf)
            case Profile(field, test):
                return self._profile(field, test)
            case Tag(how, tags):
                return self._tag(how, tags)
            case Reference(_, tree):
                return self.expression(tree)
            case Stage(stages):
                return self._stage(stages)
            case Consent(channel, state):
                return self._consent(channel, state)
            case Reachable(channel):
                return self._reachable(channel)
            case Sample():
                return self._sample(leaf)
            case Rfm():
                return self._rfm_scores(leaf)
            case Sequence_() | Top():
                return f"(x{self._named(leaf)}.member_id IS NOT NULL)"

    def _named(self, leaf: Leaf) -> int:
        """The number of the common table expression that lists who satisfies `leaf`."""
        if leaf not in self._extra:
            number = len(self._extra)
            body = self._top(leaf, number) if isinstance(leaf, Top) else self._sequence(leaf, number)  # type: ignore[arg-type]
            self._extra[leaf] = (f"x{number}", body)
        return int(self._extra[leaf][0][1:])

    # --- who they are

    def _profile(self, field: str, test: Test) -> str:
        if field == "identities":
            return worded(self.params, "p.identities", test)
        if any(one.name == field for one in BUILT_IN):
            value = f"p.{field}"
            if test.op == "anniversary_within":
                zone = self.params.add(self.zone, "VARCHAR")
                return self._anniversary(f"CAST(timezone({zone}, timezone('UTC', {value})) AS DATE)", test)
            return compared(self.params, value, test, self.now, self.zone)
        path = self.params.add(f'$."{field}"', "VARCHAR")
        if test.type == "list":
            return listed(self.params, f"TRY_CAST(json_extract(p.attributes, {path}) AS VARCHAR[])", test)
        raw = f"json_extract_string(p.attributes, {path})"
        if test.type in ("text", "choice"):
            return compared(self.params, raw, test, self.now, self.zone)
        if test.type != "date":
            cast = {"number": "DOUBLE", "money": "BIGINT", "boolean": "BOOLEAN"}[test.type]
            return compared(self.params, f"TRY_CAST({raw} AS {cast})", test, self.now, self.zone)
        return self._date(f"TRY_CAST({raw} AS DATE)", test)

    def _date(self, value: str, test: Test) -> str:
        if test.op == "exists":
            return compared(self.params, value, test, self.now, self.zone)
        if test.op == "anniversary_within":
            return self._anniversary(value, test)
        if test.op == "between":
            low, high = (self._day(one) for one in test.value)
            return f"coalesce({value} >= {low} AND {value} < {high}, FALSE)"
        sign = {"is": "=", "before": "<", "after": ">="}[test.op]
        return f"coalesce({value} {sign} {self._day(test.value)}, FALSE)"

    def _day(self, when: Any) -> str:
        return f"DATE '{local_day(instant(when, self.now, self.zone), self.zone).isoformat()}'"

    def _anniversary(self, value: str, test: Test) -> str:
        """The days from today on whose anniversary counts; somebody of 29 February has theirs on the 28th in other years."""
        today = local_day(self.now, self.zone)
        days = [today + timedelta(days=n) for n in range(test.value.length.days)]
        wanted = {day.strftime("%m-%d") for day in days}
        if any((day.month, day.day) == (2, 28) and not _leap(day) for day in days):
            wanted.add("02-29")
        return f"coalesce(list_contains({self.params.add(sorted(wanted), 'VARCHAR[]')}, strftime({value}, '%m-%d')), FALSE)"

    def _tag(self, how: str, tags: tuple[str, ...]) -> str:
        def has(tag: str) -> str:
            held = f"tag = {self.params.add(tag, 'VARCHAR')} AND (until IS NULL OR until > {moment(self.now)})"
            return f"(p.member_id IN (SELECT member_id FROM lake.tags WHERE workspace_id = {self.workspace_id} AND {held}))"

        joined = (" AND " if how == "all" else " OR ").join(map(has, tags))
        return f"(NOT ({joined}))" if how == "none" else f"({joined})"

    def _consent(self, channel: str, state: str) -> str:
        def said(what: str) -> str:
            return holds_word(self.params, "p.consents", f"{channel}:{what}")

        return f"(NOT ({said('given')} OR {said('withdrawn')}))" if state == "unknown" else said(state)

    def _reachable(self, channel: str) -> str:
        identity = CHANNELS[channel][2]
        parts = [self._consent(channel, "given")]
        parts += [f"NOT {holds_word(self.params, 'p.suppressed', barred)}" for barred in (channel, "*")]
        if identity is not None:
            parts.append(holds_word(self.params, "p.identities", identity))
        return f"({' AND '.join(parts)})"

    def _sample(self, leaf: Sample) -> str:
        if leaf.threshold >= 2**32:
            return "TRUE"
        salt = self.params.add(f"{leaf.salt}:", "VARCHAR")
        return f"(left(md5({salt} || CAST(p.member_id AS VARCHAR)), 8) < '{leaf.threshold:08x}')"

    # --- what they did

    def _stage(self, stages: tuple[str, ...]) -> str:
        _, scan = self.facts.of(Did(ORDER))
        recent = f"count(*) FILTER (WHERE f.occurred_at >= {moment(self.now - lifecycle.CORE_WITHIN)})"
        row = f"f_{ORDER}"
        first, last = f"{row}.{scan.column('min(f.occurred_at)')}", f"{row}.{scan.column('max(f.occurred_at)')}"
        case = (
            f"CASE WHEN {last} IS NULL THEN '' WHEN {last} < {moment(self.now - lifecycle.LOST_AFTER)} THEN 'lost' "
            f"WHEN {last} < {moment(self.now - lifecycle.SILENT_AFTER)} THEN 'silent' "
            f"WHEN {first} >= {moment(self.now - lifecycle.NEW_WITHIN)} THEN 'new' "
            f"WHEN {row}.{scan.column(recent)} >= {lifecycle.CORE_ORDERS_MIN} THEN 'core' ELSE 'ordinary' END"
        )
        return f"({case} IN ({', '.join(repr(stage) for stage in stages)}))"

    def _rfm_scores(self, leaf: Rfm) -> str:
        self._rfm = True
        parts = []
        for axis, wanted in (("r", leaf.r), ("f", leaf.f), ("m", leaf.m)):
            if wanted is not None:
                parts.append(f"coalesce(rfm.{axis} IN ({', '.join(map(str, wanted))}), FALSE)")
        return f"({' AND '.join(parts)})"

    def _top(self, leaf: Top, number: int) -> list[str]:
        """Over everybody, whatever the scope: the place in a ranking depends on the others."""
        low = leaf.by.window.bounds(self.now, self.zone)[0]
        return [
            f"x{number} AS ({ranking(self, leaf, low)} QUALIFY row_number() OVER (ORDER BY value DESC, member_id) <= {leaf.n})"
        ]

    def _sequence(self, leaf: Sequence_, number: int) -> list[str]:
        name, names = f"x{number}", ", ".join(f"'{step.fact}'" for step in dict.fromkeys(leaf.steps))
        steps, lows = [], []
        for step in leaf.steps:
            steps.append(f"(f.name = '{step.fact}' AND {condition(self.params, step, self.now, self.zone)})")
            lows.append(step.window.bounds(self.now, self.zone)[0])
        known = [low for low in lows if low is not None]
        source = self.facts.source(
            min(known) if len(known) == len(lows) else None, f"IN ({names})", self.scope is not None
        )
        columns = ", ".join(f"{step} AS s{index}" for index, step in enumerate(steps))
        events = (
            f"{name}_e AS (SELECT * FROM (SELECT coalesce(merged.winner, f.member_id) AS member_id, "
            f"epoch_us(f.occurred_at) AS us, {columns} {source}) WHERE {' OR '.join(f's{i}' for i in range(len(steps)))})"
        )
        span = leaf.within.length // timedelta(microseconds=1)
        return [events, *(_in_turn if leaf.ordered else _together)(name, len(steps), span)]

    # --- the query

    def ctes(self) -> str:
        """WITH ... of everything that the expressions so far refer to; `members` are those asked about."""
        profile = f"lake.profiles WHERE workspace_id = {self.workspace_id}"
        made = [f"merged AS (SELECT member_id, winner FROM lake.merges WHERE workspace_id = {self.workspace_id})"]
        within = ""
        if self.scope is not None:
            made.append(f"asked AS (SELECT unnest({self.scope}) AS member_id)")
            made.append(
                "scope AS (SELECT DISTINCT coalesce(merged.winner, asked.member_id) AS member_id "
                "FROM asked LEFT JOIN merged ON merged.member_id = asked.member_id)"
            )
            made.append(
                "family AS (SELECT member_id FROM scope UNION "
                "SELECT merged.member_id FROM merged JOIN scope ON scope.member_id = merged.winner)"
            )
            within = " AND member_id IN (SELECT member_id FROM scope)"
        made.append(f"members AS (SELECT * FROM {profile} AND merged_into IS NULL{within})")
        if self._rfm:
            made += rfm_ctes(self)
        made += [cte for _, body in self._extra.values() for cte in body]
        return "WITH " + ", ".join(made + self.facts.ctes(self.scope is not None))

    def joined(self, required: frozenset[str] = frozenset()) -> str:
        """FROM the members with all that is known of them; facts in `required` must be there."""
        parts = ["FROM members p"]
        for name in self.facts.scans:
            kind = "JOIN" if name in required else "LEFT JOIN"
            parts.append(f"{kind} f_{name} ON f_{name}.member_id = p.member_id")
        parts += [f"LEFT JOIN {name} ON {name}.member_id = p.member_id" for name, _ in self._extra.values()]
        if self._rfm:
            parts.append("LEFT JOIN rfm ON rfm.member_id = p.member_id")
        return " ".join(parts)

    def query(self, select: str) -> Query:
        """The finished query around `select`."""
        return Query(f"{self.ctes()} {select}", tuple(self.params.values))


def _leap(day: date) -> bool:
    return day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)


def _in_turn(name: str, steps: int, span: int) -> list[str]:
    """For each first step the earliest end of the whole: from the last step back, the least end after each event."""
    made = [f"{name}_{steps - 1} AS (SELECT *, CASE WHEN s{steps - 1} THEN us END AS e{steps - 1} FROM {name}_e)"]
    after = "OVER (PARTITION BY member_id ORDER BY us RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
    for index in range(steps - 2, -1, -1):
        value = f"CASE WHEN s{index} THEN min(e{index + 1}) {after} END AS e{index}"
        made.append(f"{name}_{index} AS (SELECT *, {value} FROM {name}_{index + 1})")
    made.append(f"{name} AS (SELECT DISTINCT member_id FROM {name}_0 WHERE e0 < us + {span})")
    return made


def _together(name: str, steps: int, span: int) -> list[str]:
    """Every step within one span that begins at some event."""
    ahead = f"OVER (PARTITION BY member_id ORDER BY us RANGE BETWEEN CURRENT ROW AND {span - 1} FOLLOWING)"
    seen = ", ".join(f"bool_or(s{index}) {ahead} AS w{index}" for index in range(steps))
    every = " AND ".join(f"w{index}" for index in range(steps))
    return [
        f"{name}_w AS (SELECT member_id, {seen} FROM {name}_e)",
        f"{name} AS (SELECT DISTINCT member_id FROM {name}_w WHERE {every})",
    ]


def ranking(compiler: Compiler, leaf: Top, low: datetime | None) -> str:
    """(member_id, value) of every member with a fact of `leaf`."""
    facts = compiler.facts
    aggregate = {"count": "count(*)", "sum": "coalesce(sum({}), 0)", "distinct": "count(DISTINCT {})"}[leaf.measure]
    value = aggregate.format(measured(leaf.by.fact, leaf.prop, leaf.measure) if leaf.prop else "")
    predicate = condition(compiler.params, leaf.by, compiler.now, compiler.zone)
    return (
        f"SELECT * FROM (SELECT coalesce(merged.winner, f.member_id) AS member_id, {value} AS value "
        f"{facts.source(low, f'= {leaf.by.fact!r}', False)} AND {predicate} GROUP BY 1) "
        f"WHERE member_id IN (SELECT member_id FROM lake.profiles WHERE workspace_id = {compiler.workspace_id} "
        "AND merged_into IS NULL)"
    )


def rfm_ctes(compiler: Compiler) -> list[str]:
    """`rfm` (member_id, r, f, m): scores over everybody with an order in RFM_WITHIN."""
    source = compiler.facts.source(compiler.now - RFM_WITHIN, f"= '{ORDER}'", False)
    quantiles = ", ".join(map(str, lifecycle.RFM_QUANTILES))
    cuts = ", ".join(f"quantile_disc({axis}, [{quantiles}]) AS {axis}" for axis in "rfm")
    scores = ", ".join(f"1 + len(list_filter(c.{axis}, lambda x: v.{axis} > x)) AS {axis}" for axis in "rfm")
    return [
        "rfm_values AS (SELECT * FROM (SELECT coalesce(merged.winner, f.member_id) AS member_id, max(f.occurred_at) AS r, "
        f"count(*) AS f, CAST(coalesce(sum(f.amount), 0) AS BIGINT) AS m {source} GROUP BY 1) WHERE member_id IN "
        f"(SELECT member_id FROM lake.profiles WHERE workspace_id = {compiler.workspace_id} AND merged_into IS NULL))",
        f"rfm_cuts AS (SELECT {cuts} FROM rfm_values)",
        f"rfm AS (SELECT v.member_id, {scores} FROM rfm_values v, rfm_cuts c)",
    ]


def required(tree: Tree) -> frozenset[str]:
    """The kinds of facts without one of which `tree` cannot be true."""
    match tree:
        case All(parts):
            return frozenset().union(*map(required, parts))
        case Any_(parts):
            return frozenset.intersection(*map(required, parts))
        case Reference(_, inner):
            return required(inner)
        case Did(fact=fact, count=None):
            return frozenset({fact})
        case Did(fact=fact, count=Test(op, value)) if op in (">", ">=", "is") and value >= 1:
            return frozenset({fact})
        case Stage():
            return frozenset({ORDER})
        case _:
            return frozenset()


def member_ids(tree: Tree, workspace_id: int, now: datetime, zone: str, only: Sequence[int] | None = None) -> Query:
    """A query of the ids of the members (winners of merges) for whom `tree` is true; with `only`, of those asked about."""
    compiler = Compiler(workspace_id, now, zone, only)
    expression = compiler.expression(tree)
    joined = compiler.joined(required(tree))
    if only is None:
        return compiler.query(f"SELECT p.member_id {joined} WHERE {expression}")
    return compiler.query(
        f"SELECT asked.member_id FROM asked LEFT JOIN merged ON merged.member_id = asked.member_id "
        f"WHERE coalesce(merged.winner, asked.member_id) IN (SELECT p.member_id {joined} WHERE {expression})"
    )


def counts(tree: Tree, workspace_id: int, now: datetime, zone: str) -> tuple[Query, list[str], list[str]]:
    """A query of one row: all members, those in, then each condition alone, then what is left after each outer part.

    With it the paths of the conditions and of the outer parts, in that order.
    """
    compiler = Compiler(workspace_id, now, zone)
    leaves = list(walk(tree))
    outer = [(f"all[{i}]", part) for i, part in enumerate(tree.parts)] if isinstance(tree, All) else [("", tree)]
    flags = [compiler.expression(part) for _, part in outer]
    alone = [compiler.expression(leaf) for _, leaf in leaves]
    columns = ", ".join(f"{flag} AS {name}" for name, flag in _named_flags(flags, alone)) or "TRUE AS everybody"
    left = [" AND ".join(f"o{j}" for j in range(i + 1)) for i in range(len(flags))]
    figures = ["count(*)", f"count(*) FILTER (WHERE {left[-1] if left else 'TRUE'})"]
    figures += [f"count(*) FILTER (WHERE l{i})" for i in range(len(alone))]
    figures += [f"count(*) FILTER (WHERE {condition})" for condition in left]
    query = compiler.query(f"SELECT {', '.join(figures)} FROM (SELECT {columns} {compiler.joined()})")
    return query, [path for path, _ in leaves], [path for path, _ in outer]


def _named_flags(outer: list[str], alone: list[str]) -> list[tuple[str, str]]:
    return [(f"o{i}", flag) for i, flag in enumerate(outer)] + [(f"l{i}", flag) for i, flag in enumerate(alone)]
