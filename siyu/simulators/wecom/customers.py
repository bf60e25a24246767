"""Customers as the platform shows them: list, get, batch/get_by_user, remark, unionid_to_external_userid.

A customer who deleted a member of staff is shown no longer as that one's (the relation is over), and a group send to
them ends with status 2.
"""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from siyu.simulators.wecom.call import Call, next_cursor
from siyu.simulators.wecom.errors import Refusal
from siyu.simulators.wecom.staff import require_staff

FOLLOWS_PAGE = 500
"""follow_user rows a page of externalcontact/get (the platform's page on it)."""


def customer_list(call: Call) -> dict[str, Any]:
    """external_userids of one member of staff; 84061 when there are none."""
    userid = call.query.get("userid", "")
    require_staff(call.db, userid)
    rows = call.db.execute(
        "SELECT external_userid FROM follows WHERE userid = ? AND ended_at IS NULL ORDER BY id", (userid,)
    ).fetchall()
    if not rows:
        raise Refusal(84061)
    return {"external_userid": [row["external_userid"] for row in rows]}


def _contact(row: sqlite3.Row) -> dict[str, Any]:
    contact = {
        "external_userid": row["external_userid"],
        "name": row["name"],
        "type": 1,
        "avatar": "",
        "gender": row["gender"],
    }
    return {**contact, "unionid": row["unionid"]} if row["unionid"] else contact


def _follow(row: sqlite3.Row) -> dict[str, Any]:
    follow = {
        "userid": row["userid"],
        "remark": row["remark"],
        "description": row["description"],
        "createtime": int(row["created_at"]),
        "remark_mobiles": json.loads(row["mobiles"]),
        "add_way": row["add_way"],
        "oper_userid": row["userid"],
    }
    return {**follow, "state": row["state"]} if row["state"] else follow


def _marks(db: sqlite3.Connection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(userid, external_userid) -> tags, for all pairs in one question."""
    rows = db.execute(
        """SELECT m.userid, m.external_userid, m.tag_id, t.name AS tag_name, g.name AS group_name
           FROM json_each(?) j
           JOIN marks m ON m.userid = json_extract(j.value, '$[0]') AND m.external_userid = json_extract(j.value, '$[1]')
           JOIN tags t USING (tag_id) JOIN tag_groups g USING (group_id)""",
        (json.dumps([list(pair) for pair in pairs]),),
    )
    tags_by_pair: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        tag = {"group_name": row["group_name"], "tag_name": row["tag_name"], "tag_id": row["tag_id"], "type": 1}
        tags_by_pair.setdefault((row["userid"], row["external_userid"]), []).append(tag)
    return tags_by_pair


def customer_get(call: Call) -> dict[str, Any]:
    """One customer with all staff who have them; 84061 when nobody has."""
    external_userid = call.query.get("external_userid", "")
    if not external_userid:
        raise Refusal(41035)
    contact = call.db.execute("SELECT * FROM customers WHERE external_userid = ?", (external_userid,)).fetchone()
    if contact is None:
        raise Refusal(40096)
    after, _ = call.page(FOLLOWS_PAGE, FOLLOWS_PAGE)
    rows = call.db.execute(
        "SELECT * FROM follows WHERE external_userid = ? AND ended_at IS NULL AND id > ? ORDER BY id LIMIT ?",
        (external_userid, after, FOLLOWS_PAGE),
    ).fetchall()
    if not rows and not after:
        raise Refusal(84061)
    marks = _marks(call.db, [(row["userid"], external_userid) for row in rows])
    follows = [{**_follow(row), "tags": marks.get((row["userid"], external_userid), [])} for row in rows]
    cursor = next_cursor(rows, FOLLOWS_PAGE)
    return {"external_contact": _contact(contact), "follow_user": follows, "next_cursor": cursor}


def batch_get_by_user(call: Call) -> dict[str, Any]:
    """One page of the customers of up to 100 staff, a row for each pair; tags as ids only."""
    userids = call.texts("userid_list")
    if not 1 <= len(userids) <= call.store.limit("batch_users"):
        raise Refusal(40058, "userid_list")
    for userid in userids:
        require_staff(call.db, userid)
    most = call.store.limit("batch_rows")
    after, limit = call.page(min(50, most), most)
    rows = call.db.execute(
        """SELECT f.*, c.name, c.unionid, c.gender FROM follows f JOIN customers c USING (external_userid)
           WHERE f.userid IN (SELECT value FROM json_each(?)) AND f.ended_at IS NULL AND f.id > ?
           ORDER BY f.id LIMIT ?""",
        (json.dumps(userids), after, limit),
    ).fetchall()
    if not rows and not after:
        raise Refusal(84061)
    marks = _marks(call.db, [(row["userid"], row["external_userid"]) for row in rows])
    listed = []
    for row in rows:
        tags = [tag["tag_id"] for tag in marks.get((row["userid"], row["external_userid"]), [])]
        listed.append({"external_contact": _contact(row), "follow_info": {**_follow(row), "tag_id": tags}})
    return {"external_contact_list": listed, "next_cursor": next_cursor(rows, limit)}


def require_relation(db: sqlite3.Connection, userid: str, external_userid: str) -> sqlite3.Row:
    """The live relation of a pair; refuses 40003, 40096 or 84061."""
    require_staff(db, userid)
    if db.execute("SELECT 1 FROM customers WHERE external_userid = ?", (external_userid,)).fetchone() is None:
        raise Refusal(40096)
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM follows WHERE userid = ? AND external_userid = ? AND ended_at IS NULL", (userid, external_userid)
    ).fetchone()
    if row is None:
        raise Refusal(84061)
    return row


def remark(call: Call) -> dict[str, Any]:
    """Change remark, description and remark_mobiles as one member of staff sees them; absent fields stay."""
    row = require_relation(call.db, call.text("userid"), call.text("external_userid", 41035))
    changeable = ("remark", "description", "remark_company", "remark_mobiles", "remark_pic_mediaid")
    if not any(name in call.body for name in changeable):
        raise Refusal(40058, "nothing to change")
    mobiles = json.dumps(call.texts("remark_mobiles")) if "remark_mobiles" in call.body else row["mobiles"]
    call.db.execute(
        "UPDATE follows SET remark = ?, description = ?, mobiles = ? WHERE id = ?",
        (call.body.get("remark", row["remark"]), call.body.get("description", row["description"]), mobiles, row["id"]),
    )
    return {}


def unionid_to_external_userid(call: Call) -> dict[str, Any]:
    """The external_userid of a unionid; an empty one when no customer has it."""
    unionid = call.text("unionid")
    row = call.db.execute("SELECT external_userid FROM customers WHERE unionid = ?", (unionid,)).fetchone()
    return {"external_userid": row["external_userid"] if row else "", "pending_id": ""}
