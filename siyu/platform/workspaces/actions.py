"""The verbs of a person among brands."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select

from siyu.kit.db import Tx
from siyu.kit.errors import Forbidden, NotFound
from siyu.platform import actions as platform
from siyu.platform.actions import audit
from siyu.platform.models import Invitation, User, Workspace
from siyu.platform.queries import Caller
from siyu.platform.rules import INVITATION_LASTS


def person(caller: Caller) -> int:
    """Who calls; raises Forbidden for keys, which belong to one brand."""
    if caller.user_id is None:
        raise Forbidden("This is for people, not for keys", "仅供登录用户使用")
    return caller.user_id


async def found(tx: Tx, caller: Caller, *, name: str, zone: str, locale: str, now: datetime) -> Workspace:
    """Create another brand and be its admin; raises Invalid, TooManyWorkspaces, Forbidden."""
    user_id = person(caller)
    workspace = await platform.new_workspace(tx, name=name, zone=zone, locale=locale, now=now)
    platform.add_role(tx, workspace.id, user_id, "admin", now)
    await audit(tx, replace(caller, workspace_id=workspace.id), "workspace", "founded", name, now)
    return workspace


async def accept(tx: Tx, caller: Caller, workspace_id: int, now: datetime) -> None:
    """Join a brand that asked; the session stays where it is. Raises NotFound."""
    user, role = await _answer(tx, caller, workspace_id, now)
    platform.add_role(tx, workspace_id, user.id, role, now)
    here = replace(caller, workspace_id=workspace_id)
    await audit(tx, here, "user", "invitation_accepted", user.name, now, {"to": role})


async def decline(tx: Tx, caller: Caller, workspace_id: int, now: datetime) -> None:
    """Do not join a brand that asked; raises NotFound."""
    user, _ = await _answer(tx, caller, workspace_id, now)
    await audit(tx, replace(caller, workspace_id=workspace_id), "user", "invitation_declined", user.email, now)


async def _answer(tx: Tx, caller: Caller, workspace_id: int, now: datetime) -> tuple[User, str]:
    """Take the invitation of a brand off: who was asked, and as what."""
    user = await tx.scalar(select(User).where(User.id == person(caller)).with_for_update())
    role = await tx.scalar(
        delete(Invitation)
        .where(
            Invitation.workspace_id == workspace_id,
            Invitation.user_id == person(caller),
            Invitation.invited_at > now - INVITATION_LASTS,
        )
        .returning(Invitation.role)
    )
    if user is None or role is None:
        raise NotFound("The invitation was withdrawn or is over", "邀请已撤回或已过期")
    return user, role
