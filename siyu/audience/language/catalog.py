"""What can be said in one workspace: `catalog` is typed, for the builder, which draws a form for every condition from its schema;
`json_schema` is a JSON Schema (draft 2020-12) of whole trees, for editors and for those who write trees by hand.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from siyu.audience.language import limits
from siyu.audience.language.conditions import catalogue
from siyu.audience.language.lifecycle import RFM_SCORES, STAGES
from siyu.audience.language.predicates import COUNT_OPERATORS, MOMENT_OPERATORS, OPERATOR_LABELS, OPERATORS
from siyu.audience.language.schema import CONSENTS, FACTS, ProfileField, Schema, fact_props
from siyu.audience.language.schema_parts import JsonSchema, listed, obj, ref, shared_definitions
from siyu.audience.language.time_windows import CALENDARS, UNIT_TEXTS
from siyu.channels.catalogue import CHANNEL_LABELS, CONSENT_CHANNELS, SENDABLE
from siyu.contacts.identities.rules import KIND_LABELS
from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import FACT_SECTIONS, PropSpec
from siyu.kit.text import LocalizedText, same


class Choice(BaseModel):
    """A value that can be chosen and what it is called."""

    value: str
    label: LocalizedText


class ConditionKindOut(Choice):
    """A kind of condition: `value` is its key in a tree, `schema` what stands under it, `example` a body to start from.

    In `schema` a field's `x-label` is what it is called, `x-options` its choices with what they are called, and its `format`
    what it is chosen from or drawn as.
    """

    model_config = ConfigDict(populate_by_name=True)

    body_schema: dict[str, Any] = Field(alias="schema")
    example: Any


class PropOut(BaseModel):
    """A profile field or a property of a fact: its type's operators, and its choices where there are some."""

    name: str
    type: str
    label: LocalizedText
    operators: list[str]
    values: list[Choice]


class FactOut(BaseModel):
    """A fact to choose; those of a `group` stand together, what members do first."""

    name: str
    label: LocalizedText
    group: LocalizedText
    props: list[PropOut]


class AudienceLanguageOut(BaseModel):
    """All that trees can be made of here. `operators`: those of counts, moments and of each type of value;
    `definitions`: what the kinds' schemas refer to (`#/$defs`)."""

    kinds: list[ConditionKindOut]
    facts: list[FactOut]
    fields: list[PropOut]
    tags: list[Choice]
    stages: list[Choice]
    channels: list[Choice]
    consent_channels: list[Choice]
    consents: list[Choice]
    audiences: list[Choice]
    windows: list[Choice]
    operators: dict[str, list[str]]
    operator_labels: list[Choice]
    units: list[str]
    unit_labels: list[Choice]
    limits: dict[str, int]
    definitions: dict[str, Any]


def _choices(labels: dict[str, LocalizedText]) -> list[Choice]:
    return [Choice(value=value, label=label) for value, label in labels.items()]


def _field(field: ProfileField) -> PropOut:
    labels = KIND_LABELS if field.name == "identities" else {value: same(value) for value in field.options or ()}
    return PropOut(
        name=field.name,
        type=field.type,
        label=field.label,
        operators=list(OPERATORS[field.type]),
        values=_choices(labels),
    )


def _prop(spec: PropSpec) -> PropOut:
    return PropOut(name=spec.name, type=spec.type, label=spec.label, operators=list(OPERATORS[spec.type]), values=[])


def catalog(schema: Schema) -> AudienceLanguageOut:
    """Kinds of condition with their schemas, facts with their properties, profile fields, and every list of choices."""
    return AudienceLanguageOut(
        kinds=[
            ConditionKindOut(
                value=kind.key, label=kind.label, body_schema=kind.json_schema(schema), example=kind.example
            )
            for kind in catalogue.CONDITIONS
        ],
        facts=[
            FactOut(
                name=name,
                label=KINDS[name].label,
                group=FACT_SECTIONS[KINDS[name].section],
                props=[_prop(spec) for spec in fact_props(name).values()],
            )
            for name in FACTS
        ],
        fields=[_field(field) for field in schema.fields.values()],
        tags=_choices({tag: same(tag) for tag in sorted(schema.tags or ())}),
        stages=_choices(STAGES),
        channels=_choices({channel.name: channel.label for channel in SENDABLE}),
        consent_channels=_choices({name: CHANNEL_LABELS[name] for name in CONSENT_CHANNELS}),
        consents=_choices(CONSENTS),
        audiences=_choices({name: same(saved.label) for name, saved in schema.audiences.items()}),
        windows=_choices({name: calendar.text for name, calendar in CALENDARS.items()}),
        operators={
            "count": list(COUNT_OPERATORS),
            "moment": list(MOMENT_OPERATORS),
            **{kind: list(operators) for kind, operators in OPERATORS.items()},
        },
        operator_labels=_choices(OPERATOR_LABELS),
        units=list(UNIT_TEXTS),
        unit_labels=_choices(UNIT_TEXTS),
        limits={
            "depth": limits.DEPTH_MAX,
            "width": limits.WIDTH_MAX,
            "conditions": limits.CONDITIONS_MAX,
            "values": limits.LIST_VALUES_MAX,
            "where": limits.WHERE_MAX,
            "steps": limits.STEPS_MAX,
            "scores": RFM_SCORES,
        },
        definitions={name: part for name, part in shared_definitions().items() if not name.startswith("where_")},
    )


def json_schema(schema: Schema) -> JsonSchema:
    """The JSON Schema of trees that may use the names of `schema`.

    `check_tree` is stricter where a schema cannot say it (references that go in circles, windows the wrong way round, how
    deep and how many).
    """
    tree = ref("tree")
    groups = [
        obj({"all": listed(tree, 0, limits.WIDTH_MAX)}, ["all"]),
        obj({"any": listed(tree, 1, limits.WIDTH_MAX)}, ["any"]),
        obj({"not": tree}, ["not"]),
    ]
    kinds = [obj({kind.key: ref(kind.key)}, [kind.key]) for kind in catalogue.CONDITIONS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Audience",
        "$ref": "#/$defs/tree",
        "$defs": {
            "tree": {"anyOf": [*groups, *kinds]},
            **shared_definitions(),
            **{kind.key: kind.strict_schema(schema) for kind in catalogue.CONDITIONS},
        },
    }
