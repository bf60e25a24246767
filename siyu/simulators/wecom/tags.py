"""The corp's customer tags: list, add, edit, delete, and mark a customer with them."""

import json
import secrets
from typing import Any

from siyu.simulators.wecom.call import Call
from siyu.simulators.wecom.customers import require_relation
from siyu.simulators.wecom.errors import Refusal


def _name(call: Call, name: object) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= call.store.limit("tag_name_chars"):
        raise Refusal(40072)
    return name


def _groups(call: Call, condition: str, values: tuple[str, ...]) -> list[dict[str, Any]]:
    """Groups with those of their tags for which `condition` (over g and t) holds."""
    rows = call.db.execute(
        f"""SELECT g.group_id, g.name AS group_name, g.rank AS group_rank, g.created_at AS group_created, t.*
            FROM tag_groups g JOIN tags t USING (group_id) WHERE {condition}
            ORDER BY g.rank DESC, g.rowid, t.rank DESC, t.rowid""",
        values,
    )
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            row["group_id"],
            {
                "group_id": row["group_id"],
                "group_name": row["group_name"],
                "create_time": int(row["group_created"]),
                "order": row["group_rank"],
                "tag": [],
            },
        )
        group["tag"].append(
            {
                "id": row["tag_id"],
                "name": row["name"],
                "create_time": int(row["created_at"]),
                "order": row["rank"],
            }
        )
    return list(groups.values())


def get_corp_tag_list(call: Call) -> dict[str, Any]:
    """All tags, or those of tag_id or else of group_id; tag_id wins when both are given."""
    tag_ids, group_ids = call.texts("tag_id"), call.texts("group_id")
    if tag_ids:
        groups = _groups(call, "t.tag_id IN (SELECT value FROM json_each(?))", (json.dumps(tag_ids),))
    elif group_ids:
        groups = _groups(call, "g.group_id IN (SELECT value FROM json_each(?))", (json.dumps(group_ids),))
    else:
        groups = _groups(call, "1", ())
    return {"tag_group": groups}


def _group_for(call: Call) -> str:
    """The group to add to: by group_id, by name when there is one of that name, else a new one."""
    group_id = call.body.get("group_id") or ""
    if group_id:
        if call.db.execute("SELECT 1 FROM tag_groups WHERE group_id = ?", (group_id,)).fetchone() is None:
            raise Refusal(40068, "group_id")
        return str(group_id)
    name = _name(call, call.body.get("group_name"))
    row = call.db.execute("SELECT group_id FROM tag_groups WHERE name = ?", (name,)).fetchone()
    if row is not None:
        return str(row["group_id"])
    made = "et" + secrets.token_urlsafe(15)
    call.db.execute("INSERT INTO tag_groups VALUES (?, ?, ?, ?)", (made, name, call.number("order"), call.now))
    return made


def add_corp_tag(call: Call) -> dict[str, Any]:
    """The group with the tags just made. A name twice in one group is refused (40071)."""
    tags = call.body.get("tag")
    if not isinstance(tags, list) or not tags or not all(isinstance(tag, dict) for tag in tags):
        raise Refusal(40063, "tag")
    group_id = _group_for(call)
    names = [_name(call, tag.get("name")) for tag in tags]
    held = {row["name"] for row in call.db.execute("SELECT name FROM tags WHERE group_id = ?", (group_id,))}
    if len(set(names)) < len(names) or held & set(names):
        raise Refusal(40071)
    if call.db.execute("SELECT count(*) FROM tags").fetchone()[0] + len(names) > call.store.limit("tags"):
        raise Refusal(40126)
    ids = ["et" + secrets.token_urlsafe(15) for _ in names]
    ranks = [int(tag.get("order") or 0) for tag in tags]
    call.db.executemany(
        "INSERT INTO tags VALUES (?, ?, ?, ?, ?)",
        [(i, group_id, name, rank, call.now) for i, name, rank in zip(ids, names, ranks, strict=True)],
    )
    made = _groups(call, "t.tag_id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))
    return {"tag_group": made[0]}


def edit_corp_tag(call: Call) -> dict[str, Any]:
    """Rename or reorder a tag or a group, whichever the id is."""
    identity = call.text("id")
    row = call.db.execute("SELECT group_id FROM tags WHERE tag_id = ?", (identity,)).fetchone()
    if row is not None:
        table, key, scope = "tags", "tag_id", "AND group_id = :scope"
    elif call.db.execute("SELECT 1 FROM tag_groups WHERE group_id = ?", (identity,)).fetchone():
        table, key, scope = "tag_groups", "group_id", ""
    else:
        raise Refusal(40068)
    values = {"id": identity, "scope": row["group_id"] if row else "", "name": call.body.get("name")}
    if values["name"] is not None:
        _name(call, values["name"])
        sql = f"SELECT 1 FROM {table} WHERE name = :name AND {key} <> :id {scope}"
        if call.db.execute(sql, values).fetchone():
            raise Refusal(40071)
        call.db.execute(f"UPDATE {table} SET name = :name WHERE {key} = :id", values)
    if "order" in call.body:
        call.db.execute(f"UPDATE {table} SET rank = :rank WHERE {key} = :id", {**values, "rank": call.number("order")})
    return {}


def del_corp_tag(call: Call) -> dict[str, Any]:
    """Delete tags and groups; a group goes with its last tag, and marks go with their tag."""
    tag_ids, group_ids = call.texts("tag_id"), call.texts("group_id")
    if not tag_ids and not group_ids:
        raise Refusal(40063, "tag_id and group_id")
    call.db.execute(
        "DELETE FROM tags WHERE tag_id IN (SELECT value FROM json_each(?))"
        " OR group_id IN (SELECT value FROM json_each(?))",
        (json.dumps(tag_ids), json.dumps(group_ids)),
    )
    call.db.execute("DELETE FROM tag_groups WHERE group_id NOT IN (SELECT group_id FROM tags)")
    call.db.execute("DELETE FROM marks WHERE tag_id NOT IN (SELECT tag_id FROM tags)")
    return {}


def mark_tag(call: Call) -> dict[str, Any]:
    """Mark and unmark a customer as one member of staff's; repeating it changes nothing."""
    userid, external_userid = call.text("userid"), call.text("external_userid", 41035)
    require_relation(call.db, userid, external_userid)
    add, remove = call.texts("add_tag"), call.texts("remove_tag")
    if not add and not remove:
        raise Refusal(40063, "add_tag and remove_tag")
    known = "SELECT count(*) FROM tags WHERE tag_id IN (SELECT value FROM json_each(?))"
    if call.db.execute(known, (json.dumps(add),)).fetchone()[0] < len(set(add)):
        raise Refusal(40068)
    pair = (userid, external_userid)
    call.db.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?, ?)", [(*pair, tag) for tag in add])
    call.db.executemany(
        "DELETE FROM marks WHERE userid = ? AND external_userid = ? AND tag_id = ?", [(*pair, tag) for tag in remove]
    )
    held = call.db.execute("SELECT count(*) FROM marks WHERE userid = ? AND external_userid = ?", pair).fetchone()[0]
    if held > call.store.limit("tags_of_pair"):
        raise Refusal(40058, "too many tags")
    return {}
