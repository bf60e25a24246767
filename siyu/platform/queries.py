"""Reads of the platform room."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.platform.models import ApiKey, Invitation, Role, SignIn, User, Workspace
from siyu.platform.rules import INVITATION_LASTS, OWN_CUSTOMERS, PERMISSIONS, ROLES, check_email

SYSTEM = "system"
"""The actor that is Siyu itself."""


@dataclass(frozen=True)
class Caller:
    """Who calls, for which brand, and what they may do. `actor` is what facts remember: `user:3`, `key:7`, `system`."""

    workspace_id: int
    zone: str
    actor: str
    permissions: frozenset[str]
    role: str | None = None
    user_id: int | None = None
    csrf: str | None = None
    password_temporary: bool = False
    owner_id: int | None = None
    """The person who answers for what is done: oneself, or a key's owner."""
    serves: str | None = None
    """None: every customer. Else only those connected with this member of staff; "" is connected with nobody."""

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def token_hash(token: str) -> bytes:
    """What is kept of a session token or an API key: they are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


async def caller_by_session(tx: Tx, token: str, now: datetime) -> Caller | None:
    """The caller behind a session cookie, or None when it is unknown or over."""
    row = (
        await tx.execute(
            select(SignIn, Role, Workspace.zone, User.password_temporary)
            .join(User, User.id == SignIn.user_id)
            .join(Role, (Role.user_id == SignIn.user_id) & (Role.workspace_id == SignIn.workspace_id))
            .join(Workspace, Workspace.id == SignIn.workspace_id)
            .where(SignIn.token_hash == token_hash(token), SignIn.expires_at > now)
        )
    ).one_or_none()
    if row is None:
        return None
    session, role, zone, temporary = row
    return Caller(
        session.workspace_id,
        zone,
        f"user:{session.user_id}",
        ROLES[role.role],
        role.role,
        session.user_id,
        session.csrf,
        temporary,
        session.user_id,
        _serves(role),
    )


def _serves(role: Role | None) -> str | None:
    return role.staff or "" if role is not None and role.role in OWN_CUSTOMERS else None


async def caller_by_key(tx: Tx, key: str) -> Caller | None:
    """The caller behind an API key that has not ended, or None. It may do what its scopes say and its owner still may."""
    row = (
        await tx.execute(
            select(ApiKey, Workspace.zone, Role)
            .join(Workspace, Workspace.id == ApiKey.workspace_id)
            .outerjoin(Role, (Role.workspace_id == ApiKey.workspace_id) & (Role.user_id == ApiKey.owner_id))
            .where(ApiKey.key_hash == token_hash(key), ApiKey.ended_at.is_(None))
        )
    ).one_or_none()
    if row is None:
        return None
    api_key, zone, role = row
    own = (
        frozenset(PERMISSIONS)
        if api_key.created_by == SYSTEM and api_key.owner_id is None
        else ROLES[role.role]
        if role is not None
        else frozenset()
    )
    return Caller(
        api_key.workspace_id,
        zone,
        f"key:{api_key.id}",
        frozenset(api_key.scopes) & own,
        owner_id=api_key.owner_id,
        serves=_serves(role),
    )


async def workspace(tx: Tx, workspace_id: int) -> Workspace:
    """The brand; raises NotFound."""
    row = await tx.get(Workspace, workspace_id)
    if row is None:
        raise NotFound()
    return row


async def workspaces(tx: Tx) -> list[Workspace]:
    """All brands, oldest first."""
    return list((await tx.scalars(select(Workspace).order_by(Workspace.id))).all())


async def user(tx: Tx, user_id: int) -> User:
    """The person; raises NotFound."""
    row = await tx.get(User, user_id)
    if row is None:
        raise NotFound()
    return row


async def team(tx: Tx, workspace_id: int) -> list[tuple[User, Role]]:
    """The people of a brand with their roles, oldest first."""
    rows = await tx.execute(
        select(User, Role)
        .join(Role, Role.user_id == User.id)
        .where(Role.workspace_id == workspace_id)
        .order_by(User.id)
    )
    return [(row[0], row[1]) for row in rows]


async def invited(tx: Tx, workspace_id: int, now: datetime) -> list[tuple[User, Invitation]]:
    """Whom a brand has asked to join and who has not answered, oldest first."""
    rows = await tx.execute(
        select(User, Invitation)
        .join(Invitation, Invitation.user_id == User.id)
        .where(Invitation.workspace_id == workspace_id, Invitation.invited_at > now - INVITATION_LASTS)
        .order_by(User.id)
    )
    return [(row[0], row[1]) for row in rows]


async def belongs(tx: Tx, user_id: int) -> bool:
    """Whether a person belongs to any brand."""
    return await tx.scalar(select(Role.role).where(Role.user_id == user_id).limit(1)) is not None


async def has_account(tx: Tx, email: str) -> bool:
    """Whether somebody of this address belongs to any brand."""
    own = select(Role.role).join(User, User.id == Role.user_id).where(User.email == check_email(email))
    return await tx.scalar(own.limit(1)) is not None


async def on_team(tx: Tx, workspace_id: int, email: str) -> bool:
    """Whether somebody of this address belongs to a brand."""
    own = select(Role.role).join(User, User.id == Role.user_id)
    return await tx.scalar(own.where(Role.workspace_id == workspace_id, User.email == email)) is not None


async def actors(tx: Tx, workspace_id: int, acted: Iterable[str] = ()) -> dict[str, str]:
    """What each actor of a brand is called: {`user:3`: name, `key:7`: name}; who `acted` there also after leaving the team."""
    people = {f"user:{person.id}": person.name for person, _ in await team(tx, workspace_id)}
    left = [int(actor.removeprefix("user:")) for actor in set(acted) - people.keys() if actor.startswith("user:")]
    if left:
        gone = await tx.execute(select(User.id, User.name).where(User.id.in_(left)))
        people |= {f"user:{id_}": name for id_, name in gone.tuples()}
    return people | {f"key:{key.id}": key.name for key in await keys(tx, workspace_id)}


async def keys(tx: Tx, workspace_id: int) -> list[ApiKey]:
    """The API keys of a brand, oldest first."""
    return list((await tx.scalars(select(ApiKey).where(ApiKey.workspace_id == workspace_id).order_by(ApiKey.id))).all())


HELD_WORKSPACES = """(
    SELECT w.id FROM workspace w JOIN database_move v ON v.moved_at >= w.created_at
    WHERE NOT EXISTS (SELECT 1 FROM hold_release r WHERE r.move_id = v.id AND r.workspace_id = w.id))"""
"""The brands whose data have moved and that nobody has let go since: none of them sends. Whoever claims work asks this in
the statement that claims."""


async def held_workspaces(tx: Tx) -> set[int]:
    """The brands that are held."""
    return set((await tx.scalars(text(f"SELECT id FROM workspace WHERE id IN {HELD_WORKSPACES}"))).all())


async def held_since(tx: Tx, workspace_id: int) -> datetime | None:
    """Since when a brand is held after a move of its database; None when it is not."""
    since: datetime | None = await tx.scalar(
        text("""
            SELECT min(v.moved_at) FROM workspace w JOIN database_move v ON v.moved_at >= w.created_at
            WHERE w.id = :workspace_id
              AND NOT EXISTS (SELECT 1 FROM hold_release r WHERE r.move_id = v.id AND r.workspace_id = w.id)
        """),
        {"workspace_id": workspace_id},
    )
    return since
