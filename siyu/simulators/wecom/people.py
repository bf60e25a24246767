"""What simulated people do: staff and customers appear, customers scan a code, delete, and speak.

Each verb changes the tables and, where the platform would tell the corp, queues the callback in the same transaction.
"""

import json
import random
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from siyu.simulators.wecom.callbacks import CallbackRecipient, tell
from siyu.simulators.wecom.codes import require_code
from siyu.simulators.wecom.customers import require_relation
from siyu.simulators.wecom.errors import Refusal
from siyu.simulators.wecom.staff import require_staff

ADD_WAY_SCAN = 1
CONTACT_EVENT = "change_external_contact"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华文辉建国志玉婷雪梅浩宇轩子涵欣怡梓萱思雨佳琪晨曦嘉俊博瑞泽可心若彤梦瑶"


def simulated_name(seed: int, number: int) -> str:
    """A surname and one or two characters, the same for the same seed and number."""
    dice = random.Random(f"{seed}:{number}")
    given_name = "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2))))
    return dice.choice(SURNAMES) + given_name


def add_staff(db: sqlite3.Connection, people: Sequence[Mapping[str, Any]]) -> int:
    """Add or replace staff: userid, name, mobile, department (ids), follow (may talk to customers)."""
    rows = [
        (
            person["userid"],
            person.get("name") or person["userid"],
            person.get("mobile") or "",
            json.dumps(person.get("department") or [1]),
            int(person.get("follow", True)),
        )
        for person in people
    ]
    db.executemany(
        "INSERT INTO staff VALUES (?, ?, ?, ?, ?) ON CONFLICT (userid) DO UPDATE SET name = excluded.name,"
        " mobile = excluded.mobile, department = excluded.department, follow = excluded.follow",
        rows,
    )
    return len(rows)


def add_customers(
    db: sqlite3.Connection, recipient: CallbackRecipient, people: Sequence[Mapping[str, Any]], seed: int, events: bool
) -> list[str]:
    """Add customers, each a friend of `userid`; with `events`, as if each had just added them. Answers the ids.

    A person: userid, and external_userid, name, unionid, gender, phone, remark, add_way, state, createtime if wanted.
    An id that exists keeps its customer, and gains the relation.
    """
    start = db.execute("SELECT coalesce(max(rowid), 0) FROM customers").fetchone()[0]
    ids: list[str] = []
    customers, follows = [], []
    for place, person in enumerate(people, start=start):
        external_userid = person.get("external_userid") or "wm" + secrets.token_urlsafe(22)
        ids.append(external_userid)
        name = person.get("name") or simulated_name(seed, place)
        gender = person.get("gender", place % 3)
        customers.append((external_userid, name, person.get("unionid") or "", gender))
        mobiles = json.dumps([person["phone"]] if person.get("phone") else [])
        follows.append(
            (
                person["userid"],
                external_userid,
                person.get("remark") or name,
                mobiles,
                person.get("add_way", ADD_WAY_SCAN),
                person.get("state") or "",
                person.get("createtime", recipient.now),
            )
        )
    for userid in {row[0] for row in follows}:
        require_staff(db, userid)
    db.executemany("INSERT OR IGNORE INTO customers VALUES (?, ?, ?, ?)", customers)
    db.executemany(
        "INSERT INTO follows (userid, external_userid, remark, description, mobiles, add_way, state, created_at)"
        " VALUES (?, ?, ?, '', ?, ?, ?, ?) ON CONFLICT (userid, external_userid) DO UPDATE SET ended_at = NULL,"
        " state = excluded.state, add_way = excluded.add_way, created_at = excluded.created_at, spoke_at = NULL",
        follows,
    )
    if events:
        for row in follows:
            _announce(db, recipient, row[0], row[1], row[5])
    return ids


def _announce(
    db: sqlite3.Connection, recipient: CallbackRecipient, userid: str, external_userid: str, state: str
) -> str:
    """Issue a welcome code and tell the corp that the customer was added; answers the code."""
    code = secrets.token_urlsafe(24)
    db.execute("INSERT INTO welcomes VALUES (?, ?, ?, ?, NULL)", (code, userid, external_userid, recipient.now))
    fields = {"UserID": userid, "ExternalUserID": external_userid, "State": state, "WelcomeCode": code}
    tell(db, recipient, CONTACT_EVENT, "add_external_contact", {k: v for k, v in fields.items() if v})
    return code


def scan(
    db: sqlite3.Connection, recipient: CallbackRecipient, config_id: str, people: Sequence[Mapping[str, Any]], seed: int
) -> list[dict[str, Any]]:
    """Customers scan a contact code: staff take turns, the state is the code's. Who is a friend already stays one,
    and the corp is told nothing."""
    code = require_code(db, config_id)
    way = json.loads(code["body"])
    staff = way.get("user") or []
    if not staff:
        raise Refusal(41044, "no user")
    done: list[dict[str, Any]] = []
    for turn, person in enumerate(people, start=code["scans"]):
        userid = staff[turn % len(staff)]
        known = person.get("external_userid") or ""
        friend = db.execute(
            "SELECT userid FROM follows WHERE external_userid = ? AND ended_at IS NULL"
            " AND userid IN (SELECT value FROM json_each(?)) LIMIT 1",
            (known, json.dumps(staff)),
        ).fetchone()
        if friend is not None:
            done.append({"external_userid": known, "userid": friend["userid"], "welcome_code": "", "new": False})
            continue
        state = str(way.get("state") or "")
        (external_userid,) = add_customers(db, recipient, [{**person, "userid": userid, "state": state}], seed, False)
        welcome = _announce(db, recipient, userid, external_userid, state)
        done.append({"external_userid": external_userid, "userid": userid, "welcome_code": welcome, "new": True})
    db.execute("UPDATE codes SET scans = scans + ? WHERE id = ?", (len(people), code["id"]))
    return done


def part(db: sqlite3.Connection, recipient: CallbackRecipient, userid: str, external_userid: str, by: str) -> None:
    """A customer deletes the member of staff (del_follow_user), or is deleted by them (del_external_contact)."""
    relation = require_relation(db, userid, external_userid)
    db.execute("UPDATE follows SET ended_at = ? WHERE id = ?", (recipient.now, relation["id"]))
    db.execute("DELETE FROM marks WHERE userid = ? AND external_userid = ?", (userid, external_userid))
    change = "del_follow_user" if by == "customer" else "del_external_contact"
    tell(db, recipient, CONTACT_EVENT, change, {"UserID": userid, "ExternalUserID": external_userid})


def speak(db: sqlite3.Connection, recipient: CallbackRecipient, userid: str, external_userid: str, text: str) -> str:
    """A customer writes to a member of staff; answers the msgid.

    The platform itself gives such words only through its archive and service-desk interfaces; the simulator pushes them
    as a plain text message to keep it simple.
    """
    relation = require_relation(db, userid, external_userid)
    db.execute("UPDATE follows SET spoke_at = ? WHERE id = ?", (recipient.now, relation["id"]))
    msgid = secrets.token_hex(8)
    fields: dict[str, str | int] = {
        "FromUserName": external_userid,
        "CreateTime": int(recipient.now),
        "MsgType": "text",
        "Content": text,
        "MsgId": msgid,
        "UserID": userid,
        "ExternalUserID": external_userid,
    }
    tell(db, recipient, "", "", fields)
    return msgid
