"""Conditions on who somebody is: profile fields, attributes, tags, consent, chance."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from siyu.audience.rules.moments import instant, local_day
from siyu.audience.rules.scan import Params, compared, holds_word, moment, one_in, positive, worded
from siyu.audience.rules.sets import ANY_TABLE, EVERYBODY, MEMBERS, Members
from siyu.audience.rules.tree import Sample, Test
from siyu.audience.rules.vocabulary import CHANNELS

if TYPE_CHECKING:
    from siyu.audience.rules.compile import Compiler


def built_in(compiler: Compiler, field: str, test: Test) -> str:
    """A test on a field that every member has."""
    column = f"{MEMBERS}.{field}"
    if field == "identities":
        return worded(compiler.params, column, test)
    if test.op == "anniversary_within":
        zone = compiler.params.add(compiler.zone, "VARCHAR")
        value = f"CAST(timezone({zone}, timezone('UTC', {column})) AS DATE)"
        listed = ", ".join(str(month * 100 + day) for month, day in _anniversaries(compiler, test))
        return f"coalesce(month({value}) * 100 + day({value}) IN ({listed}), FALSE)"
    return compared(compiler.params, column, test, compiler.now, compiler.zone)


def attribute(compiler: Compiler, field: str, test: Test) -> Members:
    """The members whose attribute passes `test`; a missing one passes only the opposite of something."""
    if test.op in ("is_not", "not_in"):
        return ~attribute(compiler, field, positive(test))
    rows = _rows(compiler, "attributes", f"field = {compiler.params.add(field, 'VARCHAR')}")
    distinct = "DISTINCT " if test.type == "list" else ""
    if test.op == "exists":
        found = Members(compiler.named(f"SELECT {distinct}member_id {rows}"))
        return found if test.value else ~found
    passes = _attribute_test(compiler, test)
    return Members(compiler.named(f"SELECT {distinct}member_id {rows} AND {passes}"))


def _attribute_test(compiler: Compiler, test: Test) -> str:
    if test.type == "date":
        return _date(compiler, test)
    if test.type == "boolean":
        return f"text = '{str(test.value).lower()}'"
    if test.type in ("number", "money"):
        as_number = Test(test.op, test.value, "number")
        return compared(compiler.params, "number", as_number, compiler.now, compiler.zone)
    if test.type == "list" and test.op == "contains":
        test = Test("is", test.value, "text")
    as_text = Test(test.op, test.value, "text")
    return compared(compiler.params, "text", as_text, compiler.now, compiler.zone)


def _rows(compiler: Compiler, table: str, condition: str) -> str:
    """FROM and WHERE of the rows of a narrow table."""
    within = "" if compiler.scope is None else " AND member_id IN (SELECT member_id FROM scope)"
    within += one_in(compiler.facts.one_in, "member_id")
    return f"FROM lake.{table} WHERE workspace_id = {compiler.workspace_id} AND {condition}{within}"


def _date(compiler: Compiler, test: Test) -> str:
    def day(when: Any) -> str:
        return f"DATE '{local_day(instant(when, compiler.now, compiler.zone), compiler.zone).isoformat()}'"

    value = "TRY_CAST(text AS DATE)"
    if test.op == "anniversary_within":
        # dates are kept as YYYY-MM-DD: their end is compared first, since few need to be read as a date then
        listed = ", ".join(f"'{month:02}-{day:02}'" for month, day in _anniversaries(compiler, test))
        return f"(substr(text, 6, 5) IN ({listed}) AND {value} IS NOT NULL)"
    if test.op == "between":
        low, high = (day(one) for one in test.value)
        return f"coalesce({value} >= {low} AND {value} < {high}, FALSE)"
    sign = {"is": "=", "before": "<", "after": ">="}[test.op]
    return f"coalesce({value} {sign} {day(test.value)}, FALSE)"


def _anniversaries(compiler: Compiler, test: Test) -> list[tuple[int, int]]:
    """(month, day) of today and the days after it whose anniversary counts; somebody of 29 February has theirs on the 28th
    in other years."""
    today = local_day(compiler.now, compiler.zone)
    days = [today + timedelta(days=n) for n in range(test.value.length.days)]
    wanted = {(day.month, day.day) for day in days}
    if any((day.month, day.day) == (2, 28) and not _leap(day) for day in days):
        wanted.add((2, 29))
    return sorted(wanted)


def _leap(day: date) -> bool:
    return day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)


def tag(compiler: Compiler, how: str, tags: tuple[str, ...]) -> Members:
    """Those with any or all of `tags`, or none of them; a tag that has ended is no longer held."""
    names = sorted(set(tags))
    held = f"tag IN ({compiler.params.listed(names, 'VARCHAR')}) AND (until IS NULL OR until > {moment(compiler.now)})"
    select = f"SELECT member_id {_rows(compiler, 'tags', held)}"
    if how == "all" and len(names) > 1:
        return Members(compiler.named(f"{select} GROUP BY member_id HAVING count(*) = {len(names)}"))
    found = Members(compiler.named(select if len(names) == 1 else select.replace("SELECT ", "SELECT DISTINCT ", 1)))
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


def sample(params: Params, leaf: Sample) -> Members:
    """A share of the members by the hash of their number."""
    if leaf.threshold >= 2**32:
        return EVERYBODY
    salt = params.add(f"{leaf.salt}:", "VARCHAR")
    return Members(ANY_TABLE, f"(left(md5({salt} || CAST(member_id AS VARCHAR)), 8) < '{leaf.threshold:08x}')")
