"""Contact codes (联系我): add, get, list, update and delete a contact way."""

import json
import secrets
import sqlite3
from typing import Any

from siyu.simulators.wecom.call import Call, next_cursor
from siyu.simulators.wecom.errors import Refusal
from siyu.simulators.wecom.staff import require_staff

SINGLE, MULTI = 1, 2
MINI_PROGRAMME, QR = 1, 2
UPDATABLE = ("remark", "skip_verify", "style", "state", "user", "party", "expires_in", "chat_expires_in", "unionid")


def _check(call: Call, way: dict[str, Any]) -> None:
    """The rules of a contact way, new or changed."""
    users = way.get("user") or []
    if not isinstance(users, list):
        raise Refusal(40058, "user should be a list")
    if way["type"] == SINGLE and len(users) != 1:
        raise Refusal(40058, "user should be exactly one when type is 1")
    if way["type"] == MULTI and not users and not way.get("party"):
        raise Refusal(40058, "user and party are both empty")
    if len(users) > call.store.limit("contact_way_users"):
        raise Refusal(41041)
    for userid in users:
        require_staff(call.db, userid)
    for name in ("state", "remark"):
        if len(str(way.get(name) or "")) > call.store.limit("state_chars"):
            raise Refusal(40058, f"{name} is too long")


def add_contact_way(call: Call) -> dict[str, Any]:
    """config_id, and qr_code (a URL) for scene 2."""
    if "type" not in call.body:
        raise Refusal(41037)
    if "scene" not in call.body:
        raise Refusal(41038)
    if call.body["type"] not in (SINGLE, MULTI):
        raise Refusal(41039)
    if call.body["scene"] not in (MINI_PROGRAMME, QR):
        raise Refusal(41040)
    way = {"remark": "", "skip_verify": True, "state": "", "user": [], "party": [], **call.body}
    _check(call, way)
    held = call.db.execute("SELECT count(*) FROM codes").fetchone()[0]
    if held >= call.store.limit("contact_ways"):
        raise Refusal(41045)
    config_id = secrets.token_hex(16)
    answer: dict[str, Any] = {"config_id": config_id}
    if way["scene"] == QR:
        answer["qr_code"] = way["qr_code"] = f"{call.base_url}/sim/qr/{config_id}"
    body = json.dumps({**way, "config_id": config_id}, ensure_ascii=False)
    call.db.execute("INSERT INTO codes (config_id, body, created_at) VALUES (?, ?, ?)", (config_id, body, call.now))
    return answer


def require_code(db: sqlite3.Connection, config_id: str) -> sqlite3.Row:
    """A contact way's row; refuses 41044."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM codes WHERE config_id = ?", (config_id,)).fetchone()
    if row is None:
        raise Refusal(41044)
    return row


def get_contact_way(call: Call) -> dict[str, Any]:
    """A contact way as it stands."""
    row = require_code(call.db, call.text("config_id", 41043))
    return {"contact_way": json.loads(row["body"])}


def list_contact_way(call: Call) -> dict[str, Any]:
    """One page of config_ids, made between start_time and end_time when those are given."""
    after, limit = call.page(100, 1_000)
    start, end = call.number("start_time"), call.number("end_time") or 2**62
    rows = call.db.execute(
        "SELECT id, config_id FROM codes WHERE id > ? AND created_at BETWEEN ? AND ? ORDER BY id LIMIT ?",
        (after, start, end, limit),
    ).fetchall()
    return {"contact_way": [{"config_id": r["config_id"]} for r in rows], "next_cursor": next_cursor(rows, limit)}


def update_contact_way(call: Call) -> dict[str, Any]:
    """Change what may be changed; type and scene stay."""
    row = require_code(call.db, call.text("config_id", 41043))
    way = json.loads(row["body"])
    way.update({name: call.body[name] for name in UPDATABLE if name in call.body})
    _check(call, way)
    call.db.execute("UPDATE codes SET body = ? WHERE id = ?", (json.dumps(way, ensure_ascii=False), row["id"]))
    return {}


def del_contact_way(call: Call) -> dict[str, Any]:
    """Delete it; its QR no longer works."""
    row = require_code(call.db, call.text("config_id", 41043))
    call.db.execute("DELETE FROM codes WHERE id = ?", (row["id"],))
    return {}
