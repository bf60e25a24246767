"""What journey, campaign and group conditions share: `did` of the facts that name one of them, which the catalogue lists."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.conditions.did import Did, parse_measures
from siyu.audience.language.identity import key_of
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.predicates import PropertyTest, Test
from siyu.audience.language.schema import FACTS, fact_props
from siyu.audience.language.schema_parts import TEXT, JsonSchema, choice, labelled, ref, windowed
from siyu.audience.language.time_windows import WINDOW_KEYS
from siyu.facts.catalogue import KINDS
from siyu.kit.text import LocalizedText

MEANT = {"journey": "journey_entered", "campaign": "campaign_sent", "group": "group_joined"}
"""What is meant where a condition does not say what happened. Kept trees rest on it, whatever facts are added."""


def facts_naming(thing: str) -> dict[str, str]:
    """The facts of a member that name a `thing`, the one of MEANT first, by the verb in their name: `journey_entered` is entered."""
    naming = [fact for fact in FACTS if _prop_naming(fact, thing) is not None]
    return {fact.split("_")[1]: fact for fact in sorted(naming, key=lambda fact: fact != MEANT[thing])}


def _prop_naming(fact: str, thing: str) -> str | None:
    return next((spec.name for spec in fact_props(fact).values() if spec.names == thing), None)


def parse_named(context: ParseContext, path: str, body: Any, thing: str) -> Did | None:
    """{"name": N, "did": a verb, "count", window}: facts that name the `thing` N; without `did` the first of them is meant."""
    facts = facts_naming(thing)
    fields = context.faults.keys(path, body, ("name", "did", "count", *WINDOW_KEYS))
    if fields is None:
        return None
    name = _key(context, f"{path}.name", fields["name"], thing) if "name" in fields else None
    if name is None and "name" in fields:
        return None
    verb = values.chosen(
        context.faults, f"{path}.did", fields.get("did", next(iter(facts))), tuple(facts), "value", "取值"
    )
    if verb is None:
        return None
    prop = _prop_naming(facts[verb], thing)
    tests = () if name is None or prop is None else (PropertyTest(prop, Test("is", name, "text")),)
    return parse_measures(context, path, fields, facts[verb], tests)


def _key(context: ParseContext, path: str, value: Any, thing: str) -> str | None:
    """The key of the thing that is named or kept."""
    if (kept := key_of(value)) is not None:
        return values.text(context.faults, f"{path}.key", kept)
    name = values.text(context.faults, path, value)
    return None if name is None else context.schema.keys_of(thing).get(name, name)


def named_schema(
    thing: str, zh: str, en: str, besides: Mapping[str, LocalizedText] = MappingProxyType({})
) -> JsonSchema:
    """What may be asked of facts that name one `thing`; `besides`: what `did` may say that is no fact."""
    verbs = {**besides, **{verb: KINDS[fact].label for verb, fact in facts_naming(thing).items()}}
    return windowed(
        {
            "name": labelled(TEXT, zh, en, thing),
            "did": labelled(choice(verbs), "发生了什么", "What happened", "named_fact"),
            "count": labelled(ref("count"), "次数", "How often", "count_test"),
        }
    )
