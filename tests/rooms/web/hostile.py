"""Values that no form sends, for every parameter and field of every route, taken from the OpenAPI document."""

import base64
import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

IN_ADDRESS = (
    "%00", "a%00b", "%ff", "%ed%a0%80", "a" * 300, "0", "-1", "2147483648", "9223372036854775808", "1" + "0" * 400, "1e400", "NaN", "%F0%9F%98%80",
    "%25", "%27%3B--", "..%2f..%2fetc%2fpasswd", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z",
    "0001-01-01", "9999-12-31", "null", "%EF%BC%91",
)  # fmt: skip
"""As they stand in a path or a query, percent-encoded."""

TEXTS = (
    "\0",
    "a\0b",
    "\ud800",
    "a" * 300,
    "",
    "9" * 400,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "%s{{x}}'\"",
    "\u202e",
)
NUMBERS = (-1, 0, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1.5, float("nan"), float("inf"))
OTHERS: tuple[Any, ...] = (None, True, [], {}, [[[[[[]]]]]], {"\0": 1}, {"a": "\ud800"})

_CURSOR_PARTS: tuple[Any, ...] = ([2**70], ["\0"], [None], [[1]], [{}], [-1], [1.5], ["9999-12-31T23:59:59-14:00", 1], ["0001-01-01T00:00:00+14:00", 1],
    ["x", 1], [1, "x"], ["-id", 2**70, 1], ["-id", None, None], ["name", "\0", 1], ["-created_at", "9999-12-31T23:59:59-14:00", 1], {}, "x", 7)  # fmt: skip
CURSORS = (
    *(quote(base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()) for parts in _CURSOR_PARTS),
    "%E4%B8%AD", "====", "A", quote(base64.urlsafe_b64encode(b"[" * 100_000).decode()[:1_500]),
)  # fmt: skip
"""Cursors that no list made."""


@dataclass(frozen=True)
class Attack:
    """One request: `content` is the body as it is sent."""

    method: str
    url: str
    content: bytes | None
    about: str


def attacks(document: dict[str, Any], skipped: Sequence[str]) -> Iterator[Attack]:
    """Every route with every hostile value in every place, one place at a time."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path in skipped:
                continue
            yield from _of_operation(document, path, method.upper(), operation)


def _of_operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Iterator[Attack]:
    parameters = operation.get("parameters", [])
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    body = _sample(document, schema, 0) if schema else None
    plain = None if schema is None else _encoded(body)
    usual = path
    for parameter in parameters:
        usual = usual.replace(f"{{{parameter['name']}}}", "1")
    for number, parameter in enumerate(parameters, len(path)):
        name = parameter["name"]
        for value in (*_share(IN_ADDRESS, number), *(CURSORS if name in ("cursor", "before") else ())):
            if parameter["in"] == "path":
                changed = path.replace(f"{{{name}}}", value)
                for other in parameters:
                    changed = changed.replace(f"{{{other['name']}}}", "1")
                yield Attack(method, changed, plain, f"{name}={value[:30]}")
            elif parameter["in"] == "query":
                yield Attack(method, f"{usual}?{name}={value}", plain, f"{name}={value[:30]}")
    yield Attack(method, f"{usual}?%00=1", plain, "NUL in a name")
    if schema is None:
        return
    for content in (
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 50_000,
        b"null",
        b'"x"',
        b"[]",
        b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
    ):
        yield Attack(method, usual, content, repr(content[:10]))
    for number, place in enumerate(_places(body, ()), len(path)):
        for value in _share((*TEXTS, *NUMBERS, *OTHERS), number):
            yield Attack(method, usual, _encoded(_replaced(body, place, value)), f"{place}={str(value)[:30]!r}")


def _share(values: Sequence[Any], number: int) -> Iterator[Any]:
    """A third of the values, for each place another: every place meets some of them, every kind of place all of them."""
    return (value for index, value in enumerate(values) if (index + number) % 3 == 0)


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


def _places(body: Any, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(body, dict):
        for name, value in body.items():
            yield (*at, name)
            yield from _places(value, (*at, name))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield (*at, index)
            yield from _places(value, (*at, index))


def _replaced(body: Any, place: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return changed


TREE = {"all": [{"did": {"fact": "order_paid"}}, {"order": {"within": "90d"}}]}


def _sample(document: dict[str, Any], schema: dict[str, Any], depth: int) -> Any:
    """A document that fits `schema`, every field there, so that only the hostile one is wrong."""
    if "$ref" in schema:
        return _sample(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _sample(document, schema[choice][0], depth)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            if depth > 5 or not fields:
                return {"a": "b"}
            return {
                name: TREE if name == "tree" else _sample(document, field, depth + 1) for name, field in fields.items()
            }
        case "array":
            return [_sample(document, schema["items"], depth + 1)] if depth < 6 else []
        case "integer" | "number":
            return max(1, int(schema.get("minimum", 1)))
        case "boolean":
            return False
        case "string":
            samples = {"date-time": "2026-01-31T08:00:00Z", "date": "2026-01-31"}
            return samples.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
    return "x"
