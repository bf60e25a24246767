"""Departments and staff: department/list, user/get, user/list, user/simplelist, get_follow_user_list."""

import json
import sqlite3
from typing import Any

from siyu.simulators.wecom.call import Call
from siyu.simulators.wecom.errors import Refusal

UNDER = """WITH RECURSIVE under(id) AS (
    SELECT id FROM departments WHERE id = :root
    UNION SELECT d.id FROM departments d JOIN under u ON d.parentid = u.id)"""


def _department(call: Call, name: str) -> int:
    try:
        department_id = int(call.query.get(name, ""))
    except ValueError:
        raise Refusal(40058, f"{name} should be an integer") from None
    if call.db.execute("SELECT 1 FROM departments WHERE id = ?", (department_id,)).fetchone() is None:
        raise Refusal(60003)
    return department_id


def department_list(call: Call) -> dict[str, Any]:
    """The department asked for and all below it; every department without `id`."""
    root = _department(call, "id") if call.query.get("id") else 1
    rows = call.db.execute(
        f"{UNDER} SELECT d.* FROM departments d JOIN under u USING (id) ORDER BY d.id", {"root": root}
    )
    return {
        "department": [
            {"id": r["id"], "name": r["name"], "name_en": "", "parentid": r["parentid"], "order": r["id"]} for r in rows
        ]
    }


def _user(row: sqlite3.Row) -> dict[str, Any]:
    departments = json.loads(row["department"])
    return {
        "userid": row["userid"],
        "name": row["name"],
        "department": departments,
        "order": [0] * len(departments),
        "is_leader_in_dept": [0] * len(departments),
        "position": "",
        "mobile": row["mobile"],
        "gender": "0",
        "email": "",
        "status": 1,
        "main_department": departments[0] if departments else 1,
    }


def user_get(call: Call) -> dict[str, Any]:
    """One member of staff; 60111 when there is none."""
    row = call.db.execute("SELECT * FROM staff WHERE userid = ?", (call.query.get("userid", ""),)).fetchone()
    if row is None:
        raise Refusal(60111)
    return _user(row)


def user_list(call: Call) -> dict[str, Any]:
    """Staff of a department, and with fetch_child=1 of those below it."""
    root = _department(call, "department_id")
    below = call.query.get("fetch_child") == "1"
    scope = "SELECT id FROM under" if below else "SELECT :root"
    rows = call.db.execute(
        f"{UNDER} SELECT * FROM staff s WHERE EXISTS (SELECT 1 FROM json_each(s.department) j WHERE j.value IN ({scope}))"
        " ORDER BY s.rowid",
        {"root": root},
    )
    return {"userlist": [_user(row) for row in rows]}


def user_simplelist(call: Call) -> dict[str, Any]:
    """As user/list, with userid, name and department only."""
    kept = ("userid", "name", "department")
    return {"userlist": [{key: user[key] for key in kept} for user in user_list(call)["userlist"]]}


def follow_user_list(call: Call) -> dict[str, Any]:
    """Staff who may talk to customers."""
    rows = call.db.execute("SELECT userid FROM staff WHERE follow = 1 ORDER BY rowid")
    return {"follow_user": [row["userid"] for row in rows]}


def require_staff(db: sqlite3.Connection, userid: str, errcode: int = 40003) -> None:
    """Refuse a userid that is not a member of staff who may talk to customers."""
    if db.execute("SELECT 1 FROM staff WHERE userid = ? AND follow = 1", (userid,)).fetchone() is None:
        raise Refusal(errcode, userid)
