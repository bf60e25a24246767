"""send_welcome_msg: within 20 s of the event, once, and never to a customer already talking (2025-11-17)."""

from typing import Any

from siyu.simulators.wecom.call import Call
from siyu.simulators.wecom.content import keep_message, message_of
from siyu.simulators.wecom.errors import Refusal


def send_welcome_msg(call: Call) -> dict[str, Any]:
    """41049 without a code, 41050 for an unknown or late one, 41051 for one already used or a talk begun."""
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
