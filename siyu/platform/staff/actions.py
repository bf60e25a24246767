"""The verb that links people of the team with the staff of platforms."""

from datetime import datetime

from siyu.kit.db import Tx
from siyu.platform import queries, rules
from siyu.platform.actions import audit, team_role
from siyu.platform.queries import Caller


async def link_staff(tx: Tx, caller: Caller, user_id: int, staff: str | None, now: datetime) -> None:
    """Say who a person is among the staff that customers are connected with; None takes it back. Raises NotFound, StaffTaken,
    NotYours for somebody who may do more than the caller."""
    row = await team_role(tx, caller, user_id)
    rules.check_grant(caller.permissions, rules.ROLES[row.role])
    staff = (staff or "").strip() or None
    if staff == row.staff:
        return
    for other, role in await queries.team(tx, caller.workspace_id):
        if staff is not None and role.staff == staff:
            raise rules.StaffTaken(other.name)
    before, row.staff = row.staff, staff
    user = await queries.user(tx, user_id)
    changes = rules.changes_between(rules.STAFF_LABELS, {"staff": before}, {"staff": staff})
    await audit(tx, caller, "user", "staff_linked", user.name, now, changes=changes)
