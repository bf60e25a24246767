"""What customers received: the counts which tests read, instead of believing the sender's own tables."""

import json
import sqlite3
from typing import Any

from siyu.simulators.wecom.store import CHINA_S

WHERE = "(:kind = '' OR r.kind = :kind) AND r.at >= :since AND r.at < :until"
LIST_ROWS_MAX = 10_000


def listed(
    db: sqlite3.Connection, external_userid: str = "", chat_id: str = "", kind: str = "", after: int = 0
) -> list[dict[str, Any]]:
    """Receptions in order, of one customer or group or of all, at most 10,000 after a row id."""
    rows = db.execute(
        """SELECT r.*, c.body FROM received r JOIN contents c USING (content_key)
           WHERE (:customer = '' OR r.external_userid = :customer) AND (:chat = '' OR r.chat_id = :chat)
             AND (:kind = '' OR r.kind = :kind) AND r.id > :after ORDER BY r.id LIMIT :most""",
        {"customer": external_userid, "chat": chat_id, "kind": kind, "after": after, "most": LIST_ROWS_MAX},
    )
    receptions = []
    for row in rows:
        message = json.loads(row["body"])
        receptions.append(
            {
                "id": row["id"],
                "external_userid": row["external_userid"],
                "chat_id": row["chat_id"],
                "userid": row["userid"],
                "kind": row["kind"],
                "msgid": row["msgid"],
                "content_key": row["content_key"],
                "content": message["text"],
                "attachments": message["attachments"],
                "time": row["at"],
            }
        )
    return receptions


def counts(db: sqlite3.Connection, kind: str = "", since: float = 0.0, until: float = 1e12) -> dict[str, int]:
    """customers, received, by_customer_max, and duplicates: receptions beyond the first of the same content by the same
    customer or group, whatever their msgid."""
    row = db.execute(
        f"""WITH r AS (SELECT * FROM received r WHERE {WHERE}),
             people AS (SELECT count(*) AS n FROM r GROUP BY external_userid, chat_id),
             same AS (SELECT count(*) AS n FROM r GROUP BY external_userid, chat_id, content_key)
            SELECT (SELECT count(*) FROM r) AS received, (SELECT count(*) FROM people) AS receivers,
                   (SELECT coalesce(max(n), 0) FROM people) AS by_customer_max,
                   (SELECT coalesce(sum(n - 1), 0) FROM same) AS duplicates,
                   (SELECT count(*) FROM customers) AS customers,
                   (SELECT count(*) FROM sends) AS messages""",
        {"kind": kind, "since": since, "until": until},
    ).fetchone()
    return dict(row)


def summary(db: sqlite3.Connection, kind: str = "", since: float = 0.0, until: float = 1e12) -> dict[str, Any]:
    """Receptions by hour of day (China Standard Time) and by day, in all and by customer (or group)."""
    rows = db.execute(
        f"""SELECT CASE r.chat_id WHEN '' THEN r.external_userid ELSE r.chat_id END AS who,
                   CAST((r.at + {CHINA_S}) % 86400 AS INT) / 3600 AS hour,
                   date(r.at + {CHINA_S}, 'unixepoch') AS day, count(*) AS n
            FROM received r WHERE {WHERE} GROUP BY who, hour, day""",
        {"kind": kind, "since": since, "until": until},
    )
    hours: dict[str, int] = {}
    days: dict[str, int] = {}
    people: dict[str, dict[str, Any]] = {}
    for row in rows:
        hour, day, n = str(row["hour"]), row["day"], row["n"]
        hours[hour] = hours.get(hour, 0) + n
        days[day] = days.get(day, 0) + n
        person = people.setdefault(row["who"], {"count": 0, "hours": {}, "days": {}})
        person["count"] += n
        person["hours"][hour] = person["hours"].get(hour, 0) + n
        person["days"][day] = person["days"].get(day, 0) + n
    return {"hours": hours, "days": days, "customers": people}
