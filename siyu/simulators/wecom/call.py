"""One call of the platform's API: what an endpoint is given, and the checks that all of them share."""

import base64
import binascii
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from siyu.simulators.wecom.errors import Refusal
from siyu.simulators.wecom.store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """`query` and `body` as sent, `db` inside the call's transaction, `now` in epoch seconds of the simulated clock."""

    store: Store
    db: sqlite3.Connection
    now: float
    query: Mapping[str, str]
    body: Mapping[str, Any]
    base_url: str
    corp_id: str
    secrets: tuple[str, ...] = ()

    def text(self, name: str, missing: int = 40063) -> str:
        """A required text of the body; refuses with `missing` when absent, 40058 when not a text."""
        value = self.body.get(name)
        if value in (None, ""):
            raise Refusal(missing, name)
        if not isinstance(value, str):
            raise Refusal(40058, f"{name} should be a string")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts of the body, empty when absent; 40058 for anything else."""
        value = self.body.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Refusal(40058, f"{name} should be a list of strings")
        return value

    def number(self, name: str, otherwise: int = 0) -> int:
        """A whole number of the body; 40058 for anything else."""
        value = self.body.get(name)
        if value is None:
            return otherwise
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refusal(40058, f"{name} should be an integer")
        return value

    def page(self, default: int, most: int) -> tuple[int, int]:
        """(row id to go on after, rows wanted) from cursor and limit; 50100 for a cursor that is not ours."""
        limit = self.number("limit", default) or default
        if not 1 <= limit <= most:
            raise Refusal(40058, f"limit should be in [1,{most}]")
        cursor = self.body.get("cursor") or self.query.get("cursor") or ""
        return read_cursor(str(cursor)), limit


def make_cursor(last_id: int) -> str:
    """An opaque cursor that goes on after a row id."""
    return base64.urlsafe_b64encode(f"after:{last_id}".encode()).decode()


def read_cursor(cursor: str) -> int:
    """The row id inside, 0 for an empty cursor; refuses 50100."""
    if not cursor:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(cursor).decode().partition(":")
        if word == "after":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise Refusal(50100)


def next_cursor(rows: list[sqlite3.Row], limit: int) -> str:
    """The cursor after a page, empty when the page was not full."""
    return make_cursor(rows[-1]["id"]) if len(rows) == limit else ""


def as_json(value: Any) -> str:
    """Canonical JSON: the same value is the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
