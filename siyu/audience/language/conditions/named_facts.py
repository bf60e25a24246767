"""What journey, campaign and group conditions share: `did` of the facts that name one of them, which the catalogue lists."""

from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.did import Did, parse_measures
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.predicates import PropertyTest, Test
from siyu.audience.language.schema import FACTS, fact_props
from siyu.audience.language.schema_parts import TEXT, JsonSchema, labelled, ref, windowed
from siyu.audience.language.time_windows import WINDOW_KEYS


def facts_naming(prop: str) -> dict[str, str]:
    """The facts of a member that have `prop`, by the verb in their name: `journey_entered` is entered."""
    return {fact.split("_")[1]: fact for fact in FACTS if prop in fact_props(fact)}


def parse_named(context: ParseContext, path: str, body: Any, prop: str) -> Did | None:
    """{"name": N, "did": a verb, "count", window}: facts whose `prop` is N; without `did` the first of them is meant."""
    facts = facts_naming(prop)
    fields = context.faults.keys(path, body, ("name", "did", "count", *WINDOW_KEYS))
    if fields is None:
        return None
    extra: tuple[PropertyTest, ...] = ()
    if "name" in fields:
        name = values.text(context.faults, f"{path}.name", fields["name"])
        if name is None:
            return None
        extra = (PropertyTest(prop, Test("is", name, "text")),)
    verb = values.chosen(
        context.faults, f"{path}.did", fields.get("did", next(iter(facts))), tuple(facts), "value", "取值"
    )
    return None if verb is None else parse_measures(context, path, fields, facts[verb], extra)


def named_schema(prop: str, zh: str, en: str) -> JsonSchema:
    """What may be asked of facts that name one journey, campaign or group."""
    return windowed(
        {
            "name": labelled(TEXT, zh, en, prop),
            "did": labelled({"enum": list(facts_naming(prop))}, "发生了什么", "What happened", "named_fact"),
            "count": labelled(ref("count"), "次数", "How often", "count_test"),
        }
    )
