"""The brands of a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from siyu.kit.db import Tx
from siyu.platform.models import Invitation, Role, Workspace
from siyu.platform.rules import INVITATION_LASTS


@dataclass(frozen=True)
class Belonging:
    """A brand and what a person is there, or would be."""

    workspace: Workspace
    role: str
    since: datetime


async def of_person(tx: Tx, user_id: int) -> list[Belonging]:
    """The brands a person belongs to, oldest first."""
    rows = await tx.execute(
        select(Workspace, Role.role, Role.added_at)
        .join(Role, Role.workspace_id == Workspace.id)
        .where(Role.user_id == user_id)
        .order_by(Workspace.id)
    )
    return [Belonging(*row) for row in rows]


async def invitations(tx: Tx, user_id: int, now: datetime) -> list[Belonging]:
    """The brands that ask a person to join, oldest first."""
    rows = await tx.execute(
        select(Workspace, Invitation.role, Invitation.invited_at)
        .join(Invitation, Invitation.workspace_id == Workspace.id)
        .where(Invitation.user_id == user_id, Invitation.invited_at > now - INVITATION_LASTS)
        .order_by(Workspace.id)
    )
    return [Belonging(*row) for row in rows]
