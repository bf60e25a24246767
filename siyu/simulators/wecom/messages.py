"""Messages other than group sends: welcomes, app messages to staff (message/send), a group robot, and media/upload."""

import json
import secrets
from typing import Any

from siyu.simulators.wecom.call import Call
from siyu.simulators.wecom.content import keep_message, message_of
from siyu.simulators.wecom.errors import Refusal

APP_KINDS = ("text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown", "template_card")
ROBOT_KINDS = ("text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card")
MEDIA_KINDS = ("image", "voice", "video", "file")


def _split(value: object) -> list[str]:
    return [part.strip() for part in str(value or "").split("|") if part.strip()]


def message_send(call: Call) -> dict[str, Any]:
    """An app message; part of the receivers may be invalid (named in the answer), all of them may not (81013)."""
    kind = call.body.get("msgtype")
    if kind not in APP_KINDS or not isinstance(call.body.get(kind), dict):
        raise Refusal(40058, "msgtype")
    userids, parties = _split(call.body.get("touser")), _split(call.body.get("toparty"))
    if len(userids) > call.store.limit("message_users"):
        raise Refusal(40031, "too many")
    rows = call.db.execute("SELECT userid, department FROM staff").fetchall()
    known = {row["userid"] for row in rows}
    if userids == ["@all"]:
        reached, invalid = set(known), []
    else:
        reached, invalid = known & set(userids), [userid for userid in userids if userid not in known]
        reached |= {row["userid"] for row in rows if set(map(str, json.loads(row["department"]))) & set(parties)}
    if not reached:
        raise Refusal(81013)
    msgid = secrets.token_urlsafe(24)
    body = json.dumps({"msgtype": kind, kind: call.body[kind]}, ensure_ascii=False)
    call.db.executemany(
        "INSERT INTO staff_messages (userid, msgid, body, at) VALUES (?, ?, ?, ?)",
        [(userid, msgid, body, call.now) for userid in sorted(reached)],
    )
    return {
        "invaliduser": "|".join(invalid),
        "invalidparty": "",
        "invalidtag": "",
        "unlicenseduser": "",
        "msgid": msgid,
    }


def webhook_send(call: Call) -> dict[str, Any]:
    """A robot's message; 93000 for an unknown key, 45009 over 20 in a minute."""
    key = call.query.get("key", "")
    if call.db.execute("SELECT 1 FROM robots WHERE key = ?", (key,)).fetchone() is None:
        raise Refusal(93000)
    kind = call.body.get("msgtype")
    if kind not in ROBOT_KINDS or not isinstance(call.body.get(kind), dict):
        raise Refusal(40058, "msgtype")
    recent = call.db.execute(
        "SELECT count(*) FROM robot_messages WHERE key = ? AND at > ?", (key, call.now - 60)
    ).fetchone()[0]
    if recent >= call.store.limit("robot_minute"):
        raise Refusal(45009)
    body = json.dumps({"msgtype": kind, kind: call.body[kind]}, ensure_ascii=False)
    call.db.execute("INSERT INTO robot_messages (key, body, at) VALUES (?, ?, ?)", (key, body, call.now))
    return {}


def media_upload(call: Call) -> dict[str, Any]:
    """A media_id good for 3 days. The content itself is not kept, only its name and size."""
    kind = call.query.get("type", "")
    if kind not in MEDIA_KINDS:
        raise Refusal(40004)
    if not call.body.get("bytes"):
        raise Refusal(44001)
    media_id = "3" + secrets.token_urlsafe(45)
    call.db.execute(
        "INSERT INTO media VALUES (?, ?, ?, ?, ?)",
        (media_id, kind, call.body.get("filename") or "", call.body["bytes"], call.now),
    )
    return {"type": kind, "media_id": media_id, "created_at": str(int(call.now))}


def send_welcome_msg(call: Call) -> dict[str, Any]:
    """Within 20 s of the event, once, and never to a customer already talking (2025-11-17).

    41049 without a code, 41050 for an unknown or late one, 41051 for one already used or a talk begun.
    """
    code = call.text("welcome_code", 41049)
    row = call.db.execute(
        "SELECT w.*, f.spoke_at, f.ended_at FROM welcomes w JOIN follows f USING (userid, external_userid) WHERE code = ?",
        (code,),
    ).fetchone()
    if row is None:
        raise Refusal(41050)
    if row["used_at"] is not None or (row["spoke_at"] or 0) >= row["issued_at"]:
        raise Refusal(41051)
    if call.now - row["issued_at"] > call.store.limit("welcome_s"):
        raise Refusal(41050, "expired")
    if row["ended_at"] is not None:
        raise Refusal(84061)
    key = keep_message(call, message_of(call))
    call.db.execute("UPDATE welcomes SET used_at = ? WHERE code = ?", (call.now, code))
    call.db.execute(
        "INSERT INTO received (external_userid, chat_id, userid, kind, msgid, content_key, at)"
        " VALUES (?, '', ?, 'welcome', ?, ?, ?)",
        (row["external_userid"], row["userid"], code, key, call.now),
    )
    return {}
