"""Group: in a customer group now, or what somebody did about one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.conditions.named_facts import facts_naming, named_schema, parse_named
from siyu.audience.language.describe import Describer
from siyu.audience.language.evaluate import EvalContext
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.schema import Schema
from siyu.audience.language.schema_parts import TEXT, JsonSchema, labelled, obj
from siyu.audience.language.time_dependence import TimeDependence
from siyu.audience.sql.fact_scan import MEMBER
from siyu.audience.sql.member_sets import MemberSet
from siyu.audience.sql.query import QueryBuilder
from siyu.facts.catalogue.communities import GroupJoined, GroupLeft
from siyu.kit.text import LocalizedText

NOW = "in"
"""What `did` says of those who are in it now."""
NOW_LABEL = LocalizedText("现在在客户群", "is in customer group")
JOINED, LEFT = GroupJoined.name, GroupLeft.name


@dataclass(frozen=True)
class Group(Condition):
    """In the customer group `name` (None: in any) now: joined it after leaving it last. Other verbs are read as a Did."""

    name: str | None

    key = "group"
    label = LocalizedText("客户群", "Customer group")
    example = {"did": "in"}

    @classmethod
    def parse(cls, context: ParseContext, path: str, body: Any) -> Condition | None:
        """{"name": N, "did": in | a verb, and for a verb "count" and a window}; in unless it says otherwise."""
        if isinstance(body, dict) and body.get("did", NOW) != NOW:
            verbs = (NOW, *facts_naming("group"))
            if values.chosen(context.faults, f"{path}.did", body["did"], verbs, "value", "取值") is None:
                return None
            return parse_named(context, path, body, "group")
        fields = context.faults.keys(path, body, ("name", "did"))
        if fields is None:
            return None
        name = values.text(context.faults, f"{path}.name", fields["name"]) if "name" in fields else None
        return None if name is None and "name" in fields else cls(name)

    @classmethod
    def json_schema(cls, schema: Schema) -> JsonSchema:
        return named_schema("group", "哪个客户群", "Which group", {NOW: NOW_LABEL})

    @classmethod
    def strict_schema(cls, schema: Schema) -> JsonSchema:
        return {
            "anyOf": [
                obj({"name": labelled(TEXT, "哪个客户群", "Which group", "group"), "did": {"const": NOW}}),
                {**named_schema("group", "哪个客户群", "Which group"), "required": ["did"]},
            ]
        }

    def members(self, query: QueryBuilder) -> MemberSet:
        which = "" if self.name is None else f" AND f.p_group = {query.params.add(self.name, 'VARCHAR')}"
        joined, left = (f"max(f.occurred_at) FILTER (WHERE f.name = '{fact}')" for fact in (JOINED, LEFT))
        source = query.facts.source(f"IN ('{JOINED}', '{LEFT}')", None)
        select = (
            f"SELECT DISTINCT member_id FROM (SELECT {MEMBER} AS member_id, f.p_group, {joined} AS joined, {left} AS departed "
            f"{source}{which} GROUP BY 1, 2) AS g "
            f"WHERE member_id >= 0 AND joined > coalesce(departed, TIMESTAMP '0001-01-01')"
        )
        return MemberSet(query.named(select))

    def holds(self, context: EvalContext) -> bool:
        groups = _groups_of(context)
        return bool(groups) if self.name is None else self.name in groups

    def facts(self) -> frozenset[str]:
        return frozenset({JOINED, LEFT})

    def add_time_dependence(self, dependence: TimeDependence) -> None:
        for fact in (JOINED, LEFT):
            dependence.fact(fact, timedelta(0))

    def describe(self, describer: Describer) -> str:
        if self.name is None:
            return describer.say("在任一客户群中", "is in a customer group")
        return describer.say(f"在客户群“{self.name}”中", f"is in the customer group “{self.name}”")

    def actual_value(self, context: EvalContext) -> tuple[Any, LocalizedText | None]:
        groups = sorted(_groups_of(context))
        beside = LocalizedText(f"现在 {'、'.join(groups)}", f"in {', '.join(groups)}") if groups else None
        return groups, beside


def _groups_of(context: EvalContext) -> set[str]:
    """The customer groups that the member is in: joined after leaving last; leaving at the same moment wins."""
    latest: dict[tuple[str, str], datetime] = {}
    for event in context.member.events:
        if event.name in (JOINED, LEFT) and event.occurred_at < context.now:
            key = event.name, event.props["group"]
            latest[key] = max(event.occurred_at, latest.get(key, event.occurred_at))
    never = datetime.min.replace(tzinfo=UTC)
    return {group for (name, group), at in latest.items() if name == JOINED and at > latest.get((LEFT, group), never)}
