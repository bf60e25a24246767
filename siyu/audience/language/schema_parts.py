"""Parts of JSON Schemas (draft 2020-12) of conditions.

Besides the standard keywords `x-label` says what a field is called in both languages, `x-options` its values with what they
are called, and `format` what it is chosen from or
drawn as: fact, prop, property_tests, field_test, count_test, sum_test, moment_test, tag, audience, channel, consent_channel,
stage, score, window (with its three keys), span, when, percent.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from siyu.audience.language.limits import LIST_VALUES_MAX, NUMBER_MAX, TEXT_CHARS_MAX, WHERE_MAX
from siyu.audience.language.predicates import COUNT_OPERATORS, MOMENT_OPERATORS, NUMERIC, OPERATORS
from siyu.audience.language.schema import FACTS, fact_props
from siyu.audience.language.time_windows import CALENDARS, UNIT_SECONDS, WINDOW_KEYS
from siyu.kit.text import LocalizedText

JsonSchema = dict[str, Any]

TEXT: JsonSchema = {"type": "string", "minLength": 1, "maxLength": TEXT_CHARS_MAX}
_NUMBER: JsonSchema = {"type": "number", "minimum": -NUMBER_MAX, "maximum": NUMBER_MAX}


def ref(name: str) -> JsonSchema:
    """A shared definition."""
    return {"$ref": f"#/$defs/{name}"}


_VALUES: dict[str, JsonSchema] = {
    "text": ref("text"),
    "choice": ref("text"),
    "list": ref("text"),
    "number": ref("number"),
    "money": ref("money"),
    "boolean": {"type": "boolean"},
    "date": ref("when"),
    "time": ref("when"),
}


def labelled(schema: JsonSchema, zh: str, en: str, form: str | None = None) -> JsonSchema:
    """`schema` as a field that is called so, and drawn as `form`."""
    return {**schema, "x-label": {"zh": zh, "en": en}, **({"format": form} if form else {})}


def choice(labels: Mapping[str, LocalizedText]) -> JsonSchema:
    """One of these values, each with what it is called."""
    options = [{"value": value, "label": {"zh": label.zh, "en": label.en}} for value, label in labels.items()]
    return {"enum": list(labels), "x-options": options}


def obj(properties: dict[str, JsonSchema], required: Iterable[str] = (), **more: Any) -> JsonSchema:
    """An object with none but these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def listed(items: JsonSchema, least: int = 1, most: int = LIST_VALUES_MAX) -> JsonSchema:
    """A list of so many."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def tests(kind: str, operators: Sequence[str], options: Sequence[str] | None = None) -> dict[str, JsonSchema]:
    """What each operator takes on a value of `kind`."""
    value: JsonSchema = {"enum": list(options)} if options else _VALUES[kind]
    special = {
        "exists": {"type": "boolean"},
        "anniversary_within": ref("span"),
        "between": listed(value, 2, 2),
        "in": listed(value),
        "not_in": listed(value),
    }
    return {op: special.get(op, value) for op in operators}


def named_test(
    name: str, value: str, kind: str, operators: Sequence[str], options: Sequence[str] | None = None
) -> JsonSchema:
    """{name: value, OP: V} with exactly one operator."""
    return obj({name: {"const": value}, **tests(kind, operators, options)}, [name], minProperties=2, maxProperties=2)


def chosen_test(name: str, values: Sequence[str], form: str) -> JsonSchema:
    """{name: one of `values`, OP: V}, loosely: which operators and values there are depends on the one that is chosen."""
    return {
        "type": "object",
        "properties": {name: {"enum": list(values)}},
        "required": [name],
        "minProperties": 2,
        "maxProperties": 2,
        "format": form,
    }


def windowed(properties: dict[str, JsonSchema], required: Iterable[str] = ()) -> JsonSchema:
    """An object that may also have one window."""
    when: JsonSchema = ref("when")
    windows = {
        "within": labelled(ref("within"), "时间范围", "When", "window"),
        "between": labelled(listed(when, 2, 2), "时间范围", "When", "window"),
        "since": labelled(when, "时间范围", "When", "window"),
    }
    at_most_one = [{"not": {"required": [a, b]}} for n, a in enumerate(WINDOW_KEYS) for b in WINDOW_KEYS[n + 1 :]]
    return obj({**properties, **windows}, required, allOf=at_most_one)


def or_wrapped(inner: JsonSchema) -> JsonSchema:
    """A `did`, or only what is inside it."""
    return {"anyOf": [inner, obj({"did": inner}, ["did"])]}


def summable(fact: str) -> list[str]:
    """The properties of a fact that can be added up."""
    return [name for name, spec in fact_props(fact).items() if spec.type in NUMERIC]


def _property_tests(fact: str) -> JsonSchema:
    each = [named_test("prop", spec.name, spec.type, OPERATORS[spec.type]) for spec in fact_props(fact).values()]
    return listed({"anyOf": each}, 0, WHERE_MAX) if each else listed({}, 0, 0)


def shared_definitions() -> dict[str, JsonSchema]:
    """What the schemas of conditions refer to."""
    span = f"[1-9][0-9]*[{''.join(UNIT_SECONDS)}]"
    return {
        "within": {"anyOf": [ref("span"), {"enum": list(CALENDARS)}]},
        "span": {"type": "string", "pattern": f"^{span}$"},
        "when": {"type": "string", "pattern": rf"^([-+]{span}|\d{{4}}-\d{{2}}-\d{{2}}.*)$"},
        "text": TEXT,
        "number": _NUMBER,
        "money": {**_NUMBER, "type": "integer"},
        "count": obj(tests("number", COUNT_OPERATORS), minProperties=1, maxProperties=1),
        "moment": obj(tests("time", MOMENT_OPERATORS), minProperties=1, maxProperties=1),
        **{f"where_{fact}": _property_tests(fact) for fact in FACTS},
    }
