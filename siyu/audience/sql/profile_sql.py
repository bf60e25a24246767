"""Conditions on who somebody is: profile fields, attributes, tags, consent, chance."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from siyu.audience.language.predicates import Test
from siyu.audience.language.schema import CHANNELS
from siyu.audience.language.time_windows import instant, local_day
from siyu.audience.language.tree import Sample
from siyu.audience.sql.fact_scan import Params, compared, holds_word, moment, one_in, positive, worded
from siyu.audience.sql.member_sets import ANY_TABLE, EVERYBODY, MEMBERS, MemberSet

if TYPE_CHECKING:
    from siyu.audience.sql.query import QueryBuilder


def built_in(builder: QueryBuilder, field: str, test: Test) -> str:
    """A test on a field that every member has."""
    column = f"{MEMBERS}.{field}"
    if field == "identities":
        return worded(builder.params, column, test)
    if test.op == "anniversary_within":
        zone = builder.params.add(builder.zone, "VARCHAR")
        value = f"CAST(timezone({zone}, timezone('UTC', {column})) AS DATE)"
        listed = ", ".join(str(month * 100 + day) for month, day in _anniversaries(builder, test))
        return f"coalesce(month({value}) * 100 + day({value}) IN ({listed}), FALSE)"
    return compared(builder.params, column, test, builder.now, builder.zone)


def attribute(builder: QueryBuilder, field: str, test: Test) -> MemberSet:
    """The members whose attribute passes `test`; a missing one passes only the opposite of something."""
    if test.op in ("is_not", "not_in"):
        return ~attribute(builder, field, positive(test))
    rows = _rows(builder, "attributes", f"field = {builder.params.add(field, 'VARCHAR')}")
    distinct = "DISTINCT " if test.type == "list" else ""
    if test.op == "exists":
        found = MemberSet(builder.named(f"SELECT {distinct}member_id {rows}"))
        return found if test.value else ~found
    passes = _attribute_test(builder, test)
    return MemberSet(builder.named(f"SELECT {distinct}member_id {rows} AND {passes}"))


def _attribute_test(builder: QueryBuilder, test: Test) -> str:
    if test.type == "date":
        return _date(builder, test)
    if test.type == "boolean":
        return f"text = '{str(test.value).lower()}'"
    if test.type in ("number", "money"):
        as_number = Test(test.op, test.value, "number")
        return compared(builder.params, "number", as_number, builder.now, builder.zone)
    if test.type == "list" and test.op == "contains":
        test = Test("is", test.value, "text")
    as_text = Test(test.op, test.value, "text")
    return compared(builder.params, "text", as_text, builder.now, builder.zone)


def _rows(builder: QueryBuilder, table: str, condition: str) -> str:
    """FROM and WHERE of the rows of a narrow table."""
    within = "" if builder.scope is None else " AND member_id IN (SELECT member_id FROM scope)"
    within += one_in(builder.facts.one_in, "member_id")
    return f"FROM lake.{table} WHERE workspace_id = {builder.workspace_id} AND {condition}{within}"


def _date(builder: QueryBuilder, test: Test) -> str:
    def day(when: Any) -> str:
        return f"DATE '{local_day(instant(when, builder.now, builder.zone), builder.zone).isoformat()}'"

    value = "TRY_CAST(text AS DATE)"
    if test.op == "anniversary_within":
        # dates are kept as YYYY-MM-DD: their end is compared first, since few need to be read as a date then
        listed = ", ".join(f"'{month:02}-{day:02}'" for month, day in _anniversaries(builder, test))
        return f"(substr(text, 6, 5) IN ({listed}) AND {value} IS NOT NULL)"
    if test.op == "between":
        low, high = (day(one) for one in test.value)
        return f"coalesce({value} >= {low} AND {value} < {high}, FALSE)"
    sign = {"is": "=", "before": "<", "after": ">="}[test.op]
    return f"coalesce({value} {sign} {day(test.value)}, FALSE)"


def _anniversaries(builder: QueryBuilder, test: Test) -> list[tuple[int, int]]:
    """(month, day) of today and the days after it whose anniversary counts; somebody of 29 February has theirs on the 28th
    in other years."""
    today = local_day(builder.now, builder.zone)
    days = [today + timedelta(days=n) for n in range(test.value.length.days)]
    wanted = {(day.month, day.day) for day in days}
    if any((day.month, day.day) == (2, 28) and not _leap(day) for day in days):
        wanted.add((2, 29))
    return sorted(wanted)


def _leap(day: date) -> bool:
    return day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)


def tag(builder: QueryBuilder, how: str, tags: tuple[str, ...]) -> MemberSet:
    """Those with any or all of `tags`, or none of them; a tag that has ended is no longer held."""
    names = sorted(set(tags))
    held = f"tag IN ({builder.params.listed(names, 'VARCHAR')}) AND (until IS NULL OR until > {moment(builder.now)})"
    select = f"SELECT member_id {_rows(builder, 'tags', held)}"
    if how == "all" and len(names) > 1:
        return MemberSet(builder.named(f"{select} GROUP BY member_id HAVING count(*) = {len(names)}"))
    found = MemberSet(builder.named(select if len(names) == 1 else select.replace("SELECT ", "SELECT DISTINCT ", 1)))
    return ~found if how == "none" else found


def consent(params: Params, channel: str, state: str) -> str:
    """What somebody said of a channel; unknown: nothing."""
    column = f"{MEMBERS}.consents"
    if state != "unknown":
        return holds_word(params, column, f"{channel}:{state}")
    said = " OR ".join(holds_word(params, column, f"{channel}:{one}") for one in ("given", "withdrawn"))
    return f"(NOT ({said}))"


def reachable(params: Params, channel: str) -> str:
    """Agreed, not barred, and with the identity that the channel needs."""
    identity = CHANNELS[channel][2]
    parts = [consent(params, channel, "given")]
    parts += [f"NOT {holds_word(params, f'{MEMBERS}.suppressed', barred)}" for barred in (channel, "*")]
    if identity is not None:
        parts.append(holds_word(params, f"{MEMBERS}.identities", identity))
    return f"({' AND '.join(parts)})"


def sample(params: Params, leaf: Sample) -> MemberSet:
    """A share of the members by the hash of their number."""
    if leaf.threshold >= 2**32:
        return EVERYBODY
    salt = params.add(f"{leaf.salt}:", "VARCHAR")
    return MemberSet(ANY_TABLE, f"(left(md5({salt} || CAST(member_id AS VARCHAR)), 8) < '{leaf.threshold:08x}')")
