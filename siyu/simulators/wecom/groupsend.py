"""Group send (群发): the request, its lists, reminder and cancellation. Sending itself is the staff's (confirm.py)."""

import json
import secrets
import sqlite3
from typing import Any

from siyu.simulators.wecom.call import Call, next_cursor
from siyu.simulators.wecom.content import keep_message, message_of, shown
from siyu.simulators.wecom.errors import Refusal
from siyu.simulators.wecom.staff import require_staff

DAY_S = 86_400
MONTH_S = 31 * DAY_S


def add_msg_template(call: Call) -> dict[str, Any]:
    """msgid and fail_list (ids that are not a customer of the sender, or of anybody when no sender is named).

    Nothing is sent yet. Without external_userid, all customers of the sender. 41048 when nobody is left to send to.
    """
    chat_type = call.body.get("chat_type") or "single"
    if chat_type not in ("single", "group"):
        raise Refusal(40058, "chat_type")
    sender = str(call.body.get("sender") or "")
    if sender:
        require_staff(call.db, sender)
    message = message_of(call)
    msgid = "msg" + secrets.token_urlsafe(24)
    aim = {"group": _aim_at_chats, "single": _aim_at_customers}[chat_type]
    failed = aim(call, msgid, sender)
    call.db.execute(
        "INSERT INTO tasks (msgid, userid) SELECT msgid, userid FROM targets WHERE msgid = ? GROUP BY userid", (msgid,)
    )
    if not call.db.execute("SELECT 1 FROM tasks WHERE msgid = ?", (msgid,)).fetchone():
        raise Refusal(41048, fail_list=failed)
    call.db.execute(
        "INSERT INTO sends (msgid, chat_type, creator, content_key, created_at) VALUES (?, ?, ?, ?, ?)",
        (msgid, chat_type, sender, keep_message(call, message), call.now),
    )
    return {"fail_list": failed, "msgid": msgid}


def _aim_at_customers(call: Call, msgid: str, sender: str) -> list[str]:
    """Write the targets, each with who is to send it (the sender, else the first who has them); answer the rest."""
    customer_ids = list(dict.fromkeys(call.texts("external_userid")))
    if not customer_ids and not sender:
        raise Refusal(41035, "external_userid and sender are both empty")
    if len(customer_ids) > call.store.limit("group_send_customers"):
        raise Refusal(40058, "too many external_userid")
    if not customer_ids:
        call.db.execute(
            "INSERT INTO targets (msgid, userid, external_userid, chat_id)"
            " SELECT ?, userid, external_userid, '' FROM follows WHERE userid = ? AND ended_at IS NULL ORDER BY id",
            (msgid, sender),
        )
        return []
    aim = {"msgid": msgid, "sender": sender, "customer_ids": json.dumps(customer_ids)}
    call.db.execute(
        """INSERT INTO targets (msgid, userid, external_userid, chat_id)
           SELECT :msgid, owner, external_userid, '' FROM (
               SELECT j.key AS place, j.value AS external_userid,
                      (SELECT f.userid FROM follows f WHERE f.external_userid = j.value AND f.ended_at IS NULL
                          AND (:sender = '' OR f.userid = :sender) ORDER BY f.id LIMIT 1) AS owner
               FROM json_each(:customer_ids) j)
           WHERE owner IS NOT NULL ORDER BY place""",
        aim,
    )
    rows = call.db.execute(
        "SELECT value FROM json_each(:customer_ids) WHERE value NOT IN"
        " (SELECT external_userid FROM targets WHERE msgid = :msgid) ORDER BY key",
        aim,
    )
    return [row["value"] for row in rows]


def _aim_at_chats(call: Call, msgid: str, sender: str) -> list[str]:
    """Write the sender's groups (those of chat_id_list when given) as targets; answer ids that are not the sender's."""
    if not sender:
        raise Refusal(40063, "sender")
    chat_ids = call.texts("chat_id_list")
    if len(chat_ids) > call.store.limit("group_send_chats"):
        raise Refusal(40058, "too many chat_id")
    call.db.execute(
        "INSERT INTO targets (msgid, userid, external_userid, chat_id) SELECT :msgid, owner, '', chat_id FROM chats"
        " WHERE owner = :sender AND (:all OR chat_id IN (SELECT value FROM json_each(:chat_ids)))",
        {"msgid": msgid, "sender": sender, "all": not chat_ids, "chat_ids": json.dumps(chat_ids)},
    )
    taken = {row["chat_id"] for row in call.db.execute("SELECT chat_id FROM targets WHERE msgid = ?", (msgid,))}
    return [chat_id for chat_id in chat_ids if chat_id not in taken]


def get_groupmsg_list_v2(call: Call) -> dict[str, Any]:
    """One page of sends made in [start_time, end_time], at most a month apart."""
    start, end = call.number("start_time"), call.number("end_time")
    if not 0 < start <= end or end - start > MONTH_S:
        raise Refusal(40058, "start_time and end_time should be at most one month apart")
    most = call.store.limit("group_list_rows")
    after, limit = call.page(min(50, most), most)
    rows = call.db.execute(
        """SELECT s.*, c.body FROM sends s JOIN contents c USING (content_key)
           WHERE s.chat_type = ? AND s.id > ? AND s.created_at >= ? AND s.created_at < ? + 1
             AND (? = '' OR s.creator = ?) ORDER BY s.id LIMIT ?""",
        (
            call.body.get("chat_type") or "single",
            after,
            start,
            end,
            call.body.get("creator") or "",
            call.body.get("creator") or "",
            limit,
        ),
    ).fetchall()
    listed = [
        {
            "msgid": row["msgid"],
            "creator": row["creator"],
            "create_time": str(int(row["created_at"])),
            "create_type": 0,
            **shown(row["body"]),
        }
        for row in rows
    ]
    return {"next_cursor": next_cursor(rows, limit), "group_msg_list": listed}


def _require_send(call: Call) -> sqlite3.Row:
    row: sqlite3.Row | None = call.db.execute(
        "SELECT * FROM sends WHERE msgid = ?", (call.text("msgid", 41046),)
    ).fetchone()
    if row is None:
        raise Refusal(41047)
    return row


def get_groupmsg_task(call: Call) -> dict[str, Any]:
    """One page of staff: status 0 not yet confirmed, 2 sent; send_time only once sent."""
    send = _require_send(call)
    most = call.store.limit("result_rows")
    after, limit = call.page(min(500, most), most)
    rows = call.db.execute(
        "SELECT * FROM tasks WHERE msgid = ? AND id > ? ORDER BY id LIMIT ?", (send["msgid"], after, limit)
    ).fetchall()
    listed = [{"userid": row["userid"], "status": row["status"], **_sent_at(row)} for row in rows]
    return {"next_cursor": next_cursor(rows, limit), "task_list": listed}


def get_groupmsg_send_result(call: Call) -> dict[str, Any]:
    """One page of one member of staff's targets: status 0 unsent, 1 sent, 2 no longer a friend, 3 over the quota."""
    send = _require_send(call)
    userid = call.text("userid")
    if not call.db.execute("SELECT 1 FROM tasks WHERE msgid = ? AND userid = ?", (send["msgid"], userid)).fetchone():
        raise Refusal(40003, userid)
    most = call.store.limit("result_rows")
    after, limit = call.page(min(500, most), most)
    rows = call.db.execute(
        "SELECT * FROM targets WHERE msgid = ? AND userid = ? AND id > ? ORDER BY id LIMIT ?",
        (send["msgid"], userid, after, limit),
    ).fetchall()
    listed = []
    for row in rows:
        who = {"chat_id": row["chat_id"]} if row["chat_id"] else {"external_userid": row["external_userid"]}
        listed.append({**who, "userid": userid, "status": row["status"], **_sent_at(row)})
    return {"next_cursor": next_cursor(rows, limit), "send_list": listed}


def _sent_at(row: sqlite3.Row) -> dict[str, int]:
    return {} if row["send_time"] is None else {"send_time": int(row["send_time"])}


def remind_groupmsg_send(call: Call) -> dict[str, Any]:
    """Nudge those who have not confirmed: an unwilling one decides anew. 3 in 24 h, then 45009."""
    send = _require_send(call)
    recent = call.db.execute(
        "SELECT count(*) FROM reminders WHERE msgid = ? AND at > ?", (send["msgid"], call.now - DAY_S)
    ).fetchone()[0]
    if recent >= call.store.limit("reminders"):
        raise Refusal(45009, "reminders of one message in 24 hours")
    call.db.execute("INSERT INTO reminders VALUES (?, ?)", (send["msgid"], call.now))
    call.db.execute("UPDATE tasks SET reminded = reminded + 1 WHERE msgid = ? AND status = 0", (send["msgid"],))
    return {}


def cancel_groupmsg_send(call: Call) -> dict[str, Any]:
    """Stop what is not yet confirmed. It is no recall: what was sent stays sent (2025-11-17)."""
    send = _require_send(call)
    call.db.execute("UPDATE sends SET cancelled_at = ? WHERE id = ? AND cancelled_at IS NULL", (call.now, send["id"]))
    return {}
