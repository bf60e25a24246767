"""Profile: a test on a built-in field or an attribute of the member."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.identity import Visit, map_test
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.predicates import OPERATORS, Test, describe_test, holds, parse_test, typed
from siyu.audience.language.schema import ATTRIBUTE, BUILT_IN_NAMES, OPTION, PROFILE_CHANGES, Schema
from siyu.audience.language.schema_parts import JsonSchema, chosen_test, labelled, named_test
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.language.time_windows import Relative, When, instant
from siyu.audience.sql.member_sets import MEMBERS, MemberSet
from siyu.audience.sql.predicates_sql import compared, positive, word_test
from siyu.audience.sql.query import QueryBuilder
from siyu.kit.text import LocalizedText
from siyu.kit.time import local_date


@dataclass(frozen=True)
class Profile(Condition):
    """`field` passes `test`."""

    field: str
    test: Test

    key = "profile"
    label = LocalizedText("客户属性", "Profile")
    example = {"field": ""}
    narrow = True

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> "Profile | None":
        """{"field": F, OP: V}"""
        fields = context.schema.fields
        if not isinstance(body, dict) or not isinstance(body.get("field"), str) or body["field"] not in fields:
            expected = " | ".join(sorted(fields)[:30])
            context.faults.add(f"{path}.field", "unknown profile field", "未知的客户属性", expected)
            return None
        field = fields[body["field"]]
        test = parse_test(
            context.faults,
            path,
            body,
            field.type,
            options=field.options,
            keys=field.option_keys,
            besides=("field",),
        )
        return None if test is None else cls(field.name, test)

    @classmethod
    def map_references(cls, body: Any, visit: Visit) -> Any:
        """Its attribute, and the options that it is held against."""
        if not isinstance(body, dict) or not isinstance(body.get("field"), str) or body["field"] in BUILT_IN_NAMES:
            return body
        visit(ATTRIBUTE, body["field"])
        return map_test(body, f"{OPTION}:{body['field']}", visit)

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        return labelled(
            chosen_test("field", list(schema.fields), "field_test"), "客户属性", "Profile field", "field_test"
        )

    @classmethod
    def strict_schema(cls, schema: Schema) -> JsonSchema:
        each = schema.fields.values()
        return {
            "anyOf": [
                named_test("field", field.name, field.type, OPERATORS[field.type], field.options) for field in each
            ]
        }

    def members(self, query: QueryBuilder) -> MemberSet:
        if self.field in BUILT_IN_NAMES:
            return MemberSet(MEMBERS, _built_in(query, self.field, self.test))
        return _attribute(query, self.field, self.test)

    def holds(self, context: EvalContext) -> bool:
        if self.field in BUILT_IN_NAMES:
            value: Any = getattr(context.member, self.field)
        else:
            value = typed(context.member.attributes.get(self.field), self.test.type)
        return holds(self.test, value, context.now, context.zone)

    def watches(self) -> frozenset[str]:
        return PROFILE_CHANGES

    def add_time_dependence(self, dependence: TimeDependence) -> None:
        if self.test.type not in ("date", "time"):
            return
        if self.test.op == "anniversary_within":
            dependence.days.add(timedelta(0))
            return
        for when in self.test.operands():
            if isinstance(when, Relative):
                ahead = when.sign * when.span.length
                if self.test.type == "date":
                    dependence.days.add(ahead)
                elif self.field == "created_at":
                    dependence.created(-ahead)

    def describe(self, describer: Describer) -> str:
        field = describer.schema.fields[self.field]
        return describe_test(describer, describer.pick(field.label), self.test, f"{OPTION}:{self.field}")

    def actual_value(self, context: EvalContext) -> tuple[Any, LocalizedText | None]:
        member, built_in = context.member, self.field in BUILT_IN_NAMES
        raw = getattr(member, self.field) if built_in else member.attributes.get(self.field)
        thing = f"{OPTION}:{self.field}"
        named = [context.name_of(thing, item) for item in raw] if isinstance(raw, list) else raw
        value = context.plain(context.name_of(thing, named) if isinstance(named, str) else named)
        return value, None if value is None else LocalizedText(f"现为 {value}", f"it is {value}")


def _built_in(query: QueryBuilder, field: str, test: Test) -> str:
    """A test on a field that every member has."""
    column = f"{MEMBERS}.{field}"
    if field == "identities":
        return word_test(query.params, column, test)
    if test.op == "anniversary_within":
        zone = query.params.add(query.zone, "VARCHAR")
        value = f"CAST(timezone({zone}, timezone('UTC', {column})) AS DATE)"
        listed = ", ".join(str(month * 100 + day) for month, day in _anniversaries(query, test))
        return f"coalesce(month({value}) * 100 + day({value}) IN ({listed}), FALSE)"
    return compared(query.params, column, test, query.now, query.zone)


def _attribute(query: QueryBuilder, field: str, test: Test) -> MemberSet:
    """The members whose attribute passes `test`; a missing one passes only the opposite of something."""
    if test.op in ("is_not", "not_in"):
        return _attribute(query, field, positive(test)).complement()
    rows = query.rows("attributes", f"field = {query.params.add(field, 'VARCHAR')}")
    distinct = "DISTINCT " if test.type == "list" else ""
    if test.op == "exists":
        filled = MemberSet(query.named(f"SELECT {distinct}member_id {rows}"))
        return filled if test.value else filled.complement()
    return MemberSet(query.named(f"SELECT {distinct}member_id {rows} AND {_attribute_test(query, test)}"))


def _attribute_test(query: QueryBuilder, test: Test) -> str:
    if test.type == "date":
        return _date_test(query, test)
    if test.type == "boolean":
        return f"text = '{str(test.value).lower()}'"
    if test.type in ("number", "money"):
        return compared(query.params, "number", replace(test, type="number"), query.now, query.zone)
    if test.type == "list" and test.op == "contains":
        test = Test("is", test.value, "text")
    return compared(query.params, "text", replace(test, type="text"), query.now, query.zone)


def _date_test(query: QueryBuilder, test: Test) -> str:
    def day(when: When) -> str:
        return f"DATE '{local_date(instant(when, query.now, query.zone), query.zone).isoformat()}'"

    value = "TRY_CAST(text AS DATE)"
    if test.op == "anniversary_within":
        # dates are kept as YYYY-MM-DD: their end is compared first, since few need to be read as a date then
        listed = ", ".join(f"'{month:02}-{day:02}'" for month, day in _anniversaries(query, test))
        return f"(substr(text, 6, 5) IN ({listed}) AND {value} IS NOT NULL)"
    if test.op == "between":
        low, high = (day(bound) for bound in test.value)
        return f"coalesce({value} >= {low} AND {value} < {high}, FALSE)"
    sign = {"is": "=", "before": "<", "after": ">="}[test.op]
    return f"coalesce({value} {sign} {day(test.value)}, FALSE)"


def _anniversaries(query: QueryBuilder, test: Test) -> list[tuple[int, int]]:
    """(month, day) of today and the days after it whose anniversary counts; somebody of 29 February has theirs on the 28th
    in other years."""
    today = local_date(query.now, query.zone)
    days = [today + timedelta(days=n) for n in range(test.value.length.days)]
    month_days = {(day.month, day.day) for day in days}
    if any((day.month, day.day) == (2, 28) and not _leap(day) for day in days):
        month_days.add((2, 29))
    return sorted(month_days)


def _leap(day: date) -> bool:
    return day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
