"""The staff: who confirms which group send, and when; what the customer then receives.

A member of staff confirms `delay_s` seconds after the request, and only a `share` of requests, chosen by a hash of
(seed, msgid, userid, reminders so far): the same script always gives the same outcome.
"""

import calendar
import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from siyu.simulators.wecom.store import Store, china

TASKS_A_TRANSACTION = 500
UNSENT, SENT, NOT_FRIEND, OVER_QUOTA = 0, 1, 2, 3
TASK_DONE = 2


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`delay_s` seconds, `share` of requests in [0, 1]; `auto`: without waiting for ``/sim/run``."""

    delay_s: float = 0.0
    share: float = 1.0
    seed: int = 0
    auto: bool = False


def willing(behaviour: Behaviour, msgid: str, userid: str, reminded: int) -> bool:
    """Whether this one confirms; a reminder lets an unwilling one decide anew."""
    for attempt in range(reminded + 1):
        digest = hashlib.sha256(f"{behaviour.seed}:{msgid}:{userid}:{attempt}".encode()).digest()
        if int.from_bytes(digest[:6]) / 2**48 < behaviour.share:
            return True
    return False


def quota(limit: Callable[[str], int], now: float) -> tuple[float, int]:
    """(epoch second from which receptions count, how many are allowed): a day or week if the admin set it, else the
    month, with as many messages as it has days (2025-11-17)."""
    midnight = china(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if limit("group_send_day"):
        return midnight.timestamp(), limit("group_send_day")
    if limit("group_send_week"):
        return (midnight - timedelta(days=midnight.weekday())).timestamp(), limit("group_send_week")
    days = calendar.monthrange(midnight.year, midnight.month)[1]
    return midnight.replace(day=1).timestamp(), limit("group_send_month") or days


def behaviours(db: sqlite3.Connection) -> dict[str, Behaviour]:
    """userid -> behaviour; the one of '' is everybody else's."""
    rows = db.execute("SELECT * FROM behaviour")
    by_userid = {r["userid"]: Behaviour(r["delay_s"], r["share"], r["seed"], bool(r["auto"])) for r in rows}
    return {"": Behaviour(), **by_userid}


def _due(
    db: sqlite3.Connection, now: float, force: bool, only_auto: bool, userid: str, msgid: str
) -> list[sqlite3.Row]:
    rows = db.execute(
        """SELECT t.*, s.created_at, s.content_key FROM tasks t JOIN sends s USING (msgid)
           WHERE t.status = 0 AND s.cancelled_at IS NULL AND (:userid = '' OR t.userid = :userid)
             AND (:msgid = '' OR t.msgid = :msgid) ORDER BY t.id""",
        {"userid": userid, "msgid": msgid},
    ).fetchall()
    ways = behaviours(db)
    if force:
        return rows
    due = []
    for row in rows:
        way = ways.get(row["userid"], ways[""])
        ripe = now >= row["created_at"] + way.delay_s and (way.auto or not only_auto)
        if ripe and willing(way, row["msgid"], row["userid"], row["reminded"]):
            due.append(row)
    return due


def _send(db: sqlite3.Connection, task: sqlite3.Row, now: float, since: float, allowed: int) -> None:
    """One member of staff confirms one request: decide every target, then deliver the ones that may be."""
    values = {
        "msgid": task["msgid"],
        "userid": task["userid"],
        "key": task["content_key"],
        "now": now,
        "since": since,
        "allowed": allowed,
    }
    db.execute(
        f"""UPDATE targets AS t SET send_time = :now, status = CASE
              WHEN t.external_userid <> '' AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.userid = t.userid
                  AND f.external_userid = t.external_userid AND f.ended_at IS NULL) THEN {NOT_FRIEND}
              WHEN (SELECT count(*) FROM received r WHERE r.external_userid = t.external_userid
                  AND r.chat_id = t.chat_id AND r.kind = 'group_send' AND r.at >= :since) >= :allowed THEN {OVER_QUOTA}
              ELSE {SENT} END
            WHERE t.msgid = :msgid AND t.userid = :userid AND t.status = {UNSENT}""",
        values,
    )
    db.execute(
        f"""INSERT INTO received (external_userid, chat_id, userid, kind, msgid, content_key, at)
            SELECT external_userid, chat_id, userid, 'group_send', msgid, :key, :now FROM targets
            WHERE msgid = :msgid AND userid = :userid AND status = {SENT} ORDER BY id""",
        values,
    )
    db.execute("UPDATE tasks SET status = ?, send_time = ? WHERE id = ?", (TASK_DONE, now, task["id"]))


def run(
    store: Store, force: bool = False, only_auto: bool = False, userid: str = "", msgid: str = ""
) -> dict[str, int]:
    """Let staff confirm what is due now (with `force`, all that is open); answers the counts.

    Each batch is committed whole, so a kill in between leaves every task either done with its receptions or untouched.
    """
    counts = {"tasks": 0, "sent": 0, "not_friend": 0, "over_quota": 0, "waiting": 0}
    while True:
        with store.transaction() as db:
            now = store.now()
            since, allowed = quota(store.limit, now)
            due = _due(db, now, force, only_auto, userid, msgid)
            batch = due[:TASKS_A_TRANSACTION]
            for task in batch:
                _send(db, task, now, since, allowed)
                rows = db.execute(
                    "SELECT status, count(*) AS n FROM targets WHERE msgid = ? AND userid = ? GROUP BY status",
                    (task["msgid"], task["userid"]),
                )
                for row in rows:
                    counts[{SENT: "sent", NOT_FRIEND: "not_friend"}.get(row["status"], "over_quota")] += row["n"]
            counts["tasks"] += len(batch)
            if len(due) > len(batch):
                continue
            counts["waiting"] = db.execute(
                "SELECT count(*) FROM tasks t JOIN sends s USING (msgid) WHERE t.status = 0 AND s.cancelled_at IS NULL"
            ).fetchone()[0]
            return counts
