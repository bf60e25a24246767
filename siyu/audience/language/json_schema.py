"""The language as a JSON JsonSchema (draft 2020-12), for editors and for those who write trees by hand.

It says what a tree may look like in a workspace. `check` is stricter where a schema cannot say it (references that go in
circles, windows the wrong way round, how deep and how many).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from siyu.audience.language.conditions.parsers import CAMPAIGN_FACTS, GROUP_FACTS, IN_GROUP, JOURNEY_FACTS, WINDOW
from siyu.audience.language.lifecycle import RFM_SCORES, STAGES
from siyu.audience.language.limits import (
    LIST_VALUES_MAX,
    NUMBER_MAX,
    PERCENT_MIN,
    STEPS_MAX,
    TEXT_CHARS_MAX,
    TOP_MEMBERS_MAX,
    WHERE_MAX,
    WIDTH_MAX,
)
from siyu.audience.language.predicates import COUNT_OPERATORS, MOMENT_OPERATORS, NUMERIC, OPERATORS
from siyu.audience.language.schema import CHANNELS, CONSENTS, FACTS, Schema, fact_props
from siyu.audience.language.time_windows import CALENDARS, UNIT_SECONDS
from siyu.channels.catalogue import CONSENT_CHANNELS

JsonSchema = dict[str, Any]

_TEXT: JsonSchema = {"type": "string", "minLength": 1, "maxLength": TEXT_CHARS_MAX}
_NUMBER: JsonSchema = {"type": "number", "minimum": -NUMBER_MAX, "maximum": NUMBER_MAX}
_VALUES: dict[str, JsonSchema] = {
    "text": {"$ref": "#/$defs/text"},
    "choice": {"$ref": "#/$defs/text"},
    "list": {"$ref": "#/$defs/text"},
    "number": {"$ref": "#/$defs/number"},
    "money": {"$ref": "#/$defs/money"},
    "boolean": {"type": "boolean"},
    "date": {"$ref": "#/$defs/when"},
    "time": {"$ref": "#/$defs/when"},
}


def _object(properties: dict[str, JsonSchema], required: Iterable[str] = (), **more: Any) -> JsonSchema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def _list(items: JsonSchema, least: int = 1, most: int = LIST_VALUES_MAX) -> JsonSchema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _test(kind: str, operators: Sequence[str], options: Sequence[str] | None = None) -> dict[str, JsonSchema]:
    """What each operator takes on a value of `kind`."""
    one: JsonSchema = {"enum": list(options)} if options else _VALUES[kind]
    special = {
        "exists": {"type": "boolean"},
        "anniversary_within": {"$ref": "#/$defs/span"},
        "between": _list(one, 2, 2),
        "in": _list(one),
        "not_in": _list(one),
    }
    return {op: special.get(op, one) for op in operators}


def _one_test(
    name: str, value: str, kind: str, operators: Sequence[str], options: Sequence[str] | None = None
) -> JsonSchema:
    """{name: value, OP: V} with exactly one operator."""
    return _object(
        {name: {"const": value}, **_test(kind, operators, options)}, [name], minProperties=2, maxProperties=2
    )


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _windowed(properties: dict[str, JsonSchema], required: Iterable[str] = ()) -> JsonSchema:
    """An object that may also have one window."""
    when: JsonSchema = _ref("when")
    windows: dict[str, JsonSchema] = {"within": _ref("within"), "between": _list(when, 2, 2), "since": when}
    at_most_one = [{"not": {"required": [a, b]}} for n, a in enumerate(WINDOW) for b in WINDOW[n + 1 :]]
    return _object({**properties, **windows}, required, allOf=at_most_one)


def _wheres(fact: str) -> JsonSchema:
    tests = [_one_test("prop", spec.name, spec.type, OPERATORS[spec.type]) for spec in fact_props(fact).values()]
    return _list({"anyOf": tests}, 0, WHERE_MAX) if tests else _list({}, 0, 0)


def _measures(fact: str) -> dict[str, JsonSchema]:
    props = fact_props(fact)
    summable = [name for name, spec in props.items() if spec.type in NUMERIC]
    found: dict[str, JsonSchema] = {
        "where": _ref(f"where_{fact}"),
        "count": _ref("count"),
        "first": _ref("moment"),
        "last": _ref("moment"),
    }
    for measure, names in (("sum", summable), ("distinct", list(props))):
        if names:
            tests = _test("number", COUNT_OPERATORS)
            found[measure] = _object({"prop": {"enum": names}, **tests}, ["prop"], minProperties=2, maxProperties=2)
    return found


def _by(fact: str) -> JsonSchema:
    props = fact_props(fact)
    summable = [name for name, spec in props.items() if spec.type in NUMERIC]
    properties: dict[str, JsonSchema] = {"fact": {"const": fact}, "where": _ref(f"where_{fact}")}
    properties |= {"sum": {"enum": summable}} if summable else {}
    properties |= {"distinct": {"enum": list(props)}} if props else {}
    return _windowed(properties, ["fact"])


def _named(facts: dict[str, str]) -> JsonSchema:
    return _windowed({"name": _TEXT, "did": {"enum": list(facts)}, "count": _ref("count")})


def _or_wrapped(inner: JsonSchema) -> JsonSchema:
    """A `did`, or only what is inside it."""
    return {"anyOf": [inner, _object({"did": inner}, ["did"])]}


def _conditions(words: Schema) -> dict[str, JsonSchema]:
    fields = [_one_test("field", one.name, one.type, OPERATORS[one.type], one.options) for one in words.fields.values()]
    tag: JsonSchema = {"enum": sorted(words.tags)} if words.tags else _TEXT
    steps = [_windowed({"fact": {"const": fact}, "where": _ref(f"where_{fact}")}, ["fact"]) for fact in FACTS]
    scores = _list({"type": "integer", "minimum": 1, "maximum": RFM_SCORES})
    order = _measures("order_paid")
    order["sum"] = {"anyOf": [order["sum"], _ref("count")]}
    return {
        "profile": {"anyOf": fields},
        "tag": _object({how: _list(tag) for how in ("any", "all", "none")}, minProperties=1, maxProperties=1),
        "did": {"anyOf": [_windowed({"fact": {"const": fact}, **_measures(fact)}, ["fact"]) for fact in FACTS]},
        "sequence": _object(
            {
                "steps": _list(_or_wrapped({"anyOf": steps}), 2, STEPS_MAX),
                "within": _ref("span"),
                "ordered": {"type": "boolean"},
            },
            ["steps", "within"],
        ),
        "order": _windowed(order),
        "rfm": _object(dict.fromkeys("rfm", scores), minProperties=1),
        "stage": _list({"enum": list(STAGES)}),
        "audience": {"enum": sorted(words.audiences)} if words.audiences else _TEXT,
        "consent": _object(
            {"channel": {"enum": list(CONSENT_CHANNELS)}, "state": {"enum": list(CONSENTS)}}, ["channel"]
        ),
        "reachable": _object({"channel": {"enum": list(CHANNELS)}}, ["channel"]),
        "journey": _named(JOURNEY_FACTS),
        "campaign": _named(CAMPAIGN_FACTS),
        "group": {
            "anyOf": [
                _object({"name": _TEXT, "did": {"const": IN_GROUP}}),
                {**_named(GROUP_FACTS), "required": ["did"]},
            ]
        },
        "sample": _object(
            {
                "percent": {"type": "number", "minimum": PERCENT_MIN, "maximum": 100},
                "salt": {"type": "string", "maxLength": TEXT_CHARS_MAX},
            },
            ["percent"],
        ),
        "top": _object(
            {
                "n": {"type": "integer", "minimum": 1, "maximum": TOP_MEMBERS_MAX},
                "by": _or_wrapped({"anyOf": [_by(fact) for fact in FACTS]}),
            },
            ["n", "by"],
        ),
    }


def json_schema(schema: Schema) -> JsonSchema:
    """The JSON JsonSchema of trees that may use `words`."""
    tree: JsonSchema = {"$ref": "#/$defs/tree"}
    groups = [
        _object({"all": _list(tree, 0, WIDTH_MAX)}, ["all"]),
        _object({"any": _list(tree, 1, WIDTH_MAX)}, ["any"]),
        _object({"not": tree}, ["not"]),
    ]
    conditions = _conditions(schema)
    kinds = [_object({kind: {"$ref": f"#/$defs/{kind}"}}, [kind]) for kind in conditions]
    span = f"[1-9][0-9]*[{''.join(UNIT_SECONDS)}]"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Audience",
        "$ref": "#/$defs/tree",
        "$defs": {
            "tree": {"anyOf": [*groups, *kinds]},
            "within": {"anyOf": [_ref("span"), {"enum": list(CALENDARS)}]},
            "span": {"type": "string", "pattern": f"^{span}$"},
            "when": {"type": "string", "pattern": rf"^([-+]{span}|\d{{4}}-\d{{2}}-\d{{2}}.*)$"},
            "text": _TEXT,
            "number": _NUMBER,
            "money": {**_NUMBER, "type": "integer"},
            "count": _object(_test("number", COUNT_OPERATORS), minProperties=1, maxProperties=1),
            "moment": _object(_test("time", MOMENT_OPERATORS), minProperties=1, maxProperties=1),
            **{f"where_{fact}": _wheres(fact) for fact in FACTS},
            **conditions,
        },
    }
