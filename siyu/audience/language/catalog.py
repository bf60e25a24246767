"""`catalog`: what the builder may offer in one workspace."""

from typing import Any

from siyu.audience.language.lifecycle import RFM_SCORES, STAGES
from siyu.audience.language.limits import CONDITIONS_MAX, DEPTH_MAX, LIST_VALUES_MAX, WIDTH_MAX
from siyu.audience.language.predicates import COUNT_OPERATORS, MOMENT_OPERATORS, OPERATORS
from siyu.audience.language.schema import CHANNELS, CONSENTS, FACTS, KINDS_OF_CONDITION, Field, Schema
from siyu.audience.language.time_windows import CALENDARS, UNIT_SECONDS
from siyu.contacts.identities.rules import KINDS as IDENTITIES
from siyu.facts.catalogue import KINDS
from siyu.facts.catalogue.fact import PropSpec, props_of


def _label(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _choice(value: str, zh: str, en: str) -> dict[str, Any]:
    return {"value": value, "label": _label(zh, en)}


def _field(field: Field) -> dict[str, Any]:
    options = [_choice(one, one, one) for one in field.options or ()]
    if field.name == "identities":
        options = [_choice(name, kind.label.zh, kind.label.en) for name, kind in IDENTITIES.items()]
    return {
        "name": field.name,
        "type": field.type,
        "label": _label(field.zh, field.en),
        "operators": list(OPERATORS[field.type]),
        "values": options,
    }


def _prop(spec: PropSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "type": spec.type,
        "label": _label(spec.label.zh, spec.label.en),
        "operators": list(OPERATORS[spec.type]),
        "values": [],
    }


def catalog(vocabulary: Schema) -> dict[str, Any]:
    """Kinds of condition, facts with their properties, profile fields, and every list of choices, with labels in both languages."""
    facts = [
        {
            "name": name,
            "label": _label(KINDS[name].label.zh, KINDS[name].label.en),
            "props": [_prop(spec) for spec in props_of(KINDS[name])],
        }
        for name in FACTS
    ]
    return {
        "kinds": [_choice(kind, zh, en) for kind, (zh, en) in KINDS_OF_CONDITION.items()],
        "facts": facts,
        "fields": [_field(field) for field in vocabulary.fields.values()],
        "tags": [_choice(tag, tag, tag) for tag in sorted(vocabulary.tags or ())],
        "stages": [_choice(name, zh, en) for name, (zh, en) in STAGES.items()],
        "channels": [_choice(name, zh, en) for name, (zh, en, _) in CHANNELS.items()],
        "consents": [_choice(name, zh, en) for name, (zh, en) in CONSENTS.items()],
        "audiences": [_choice(name, one.label, one.label) for name, one in vocabulary.audiences.items()],
        "windows": [_choice(name, zh, en) for name, (zh, en, _, _) in CALENDARS.items()],
        "operators": {"count": list(COUNT_OPERATORS), "moment": list(MOMENT_OPERATORS)},
        "units": list(UNIT_SECONDS),
        "limits": {
            "depth": DEPTH_MAX,
            "width": WIDTH_MAX,
            "conditions": CONDITIONS_MAX,
            "values": LIST_VALUES_MAX,
            "scores": RFM_SCORES,
        },
    }
