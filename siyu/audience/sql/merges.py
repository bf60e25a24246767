"""Merges of members as all queries of the lake resolve them: the one place that reads `lake.merges`."""


def winners(workspace_id: int | str) -> str:
    """SELECT (member_id, winner) of everybody who is somebody else by now; `winner` is null of an erased member.

    A fact keeps the member it was recorded with; whose it is now is told by this table. `workspace_id` is a number, or the
    placeholder of one.
    """
    return f"SELECT member_id, winner FROM lake.merges WHERE workspace_id = {workspace_id}"


def current_member(fact: str, merged: str) -> str:
    """Whose a row is now, of `fact` left joined with the winners `merged`; null of an erased member."""
    return f"CASE WHEN {merged}.member_id IS NULL THEN {fact}.member_id ELSE {merged}.winner END"
