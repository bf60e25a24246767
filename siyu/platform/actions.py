"""The verbs of the platform room."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete, select, text

from siyu.facts.catalogue.platform import SettingChanged, SignedIn, SignInRefused
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound, TooMany
from siyu.kit.ids import token
from siyu.platform import queries, rules
from siyu.platform.models import ApiKey, Role, SignIn, SignInRefusal, User, Workspace
from siyu.platform.queries import Caller

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """Verified when the address is unknown, so that the answer takes as long."""
    return _hasher.hash("nobody has this password")


@dataclass(frozen=True)
class NewSession:
    """A new session: the cookie's token is shown once."""

    token: str
    csrf: str
    user_id: int


async def create_workspace(
    tx: Tx, *, name: str, zone: str, locale: str, email: str, person: str, password: str, now: datetime
) -> tuple[Workspace, User]:
    """Create a brand with its first admin."""
    rules.check_zone(zone)
    workspace = Workspace(name=name, zone=zone, locale=locale, created_at=now)
    tx.add(workspace)
    await tx.flush()
    user = await _add_user(tx, workspace.id, email, person, password, "admin", now)
    await audit(tx, system(workspace), "workspace", "founded", name, now)
    return workspace, user


def system(workspace: Workspace) -> Caller:
    """Siyu itself, acting for a brand."""
    return Caller(workspace.id, workspace.zone, "system", frozenset(rules.PERMISSIONS))


async def audit(
    tx: Tx, caller: Caller, what: str, verb: str, subject: str, now: datetime, detail: dict[str, Any] | None = None
) -> None:
    """Leave a line in the audit trail: `what` kind of thing, the `verb`, which one. No personal data in `detail`."""
    assert f"{what}.{verb}" in rules.AUDIT_ACTIONS, f"{what}.{verb}"
    fact = SettingChanged(what=what, verb=verb, subject=subject, detail=detail or {})
    await record(tx, [Entry(caller.workspace_id, fact, now, actor=caller.actor)], now)


async def _add_user(tx: Tx, workspace_id: int, email: str, name: str, password: str, role: str, now: datetime) -> User:
    email = rules.check_email(email)
    rules.check_password(password)
    rules.check_role(role)
    user = await tx.scalar(select(User).where(User.email == email))
    if user is None:
        user = User(email=email, name=name, password_hash=_hasher.hash(password), created_at=now)
        tx.add(user)
        await tx.flush()
    elif await tx.get(Role, (workspace_id, user.id)) is not None:
        raise rules.EmailTaken()
    tx.add(Role(workspace_id=workspace_id, user_id=user.id, role=role))
    await tx.flush()
    return user


async def sign_in(tx: Tx, email: str, password: str, now: datetime) -> NewSession | None:
    """Open a session; None (with the failed try kept) when address or password is wrong.

    Returns rather than raises so that the failed try is committed. Raises TooMany after too many of them.
    """
    email = email.strip().lower()
    if await queries.refusals(tx, email, now) >= rules.REFUSALS_MAX:
        raise TooMany()
    user = await tx.scalar(select(User).where(User.email == email))
    right = _verify(user.password_hash if user else _nobody(), password)
    role = await tx.scalar(select(Role).where(Role.user_id == user.id).order_by(Role.workspace_id)) if user else None
    if user is None or role is None or not right:
        tx.add(SignInRefusal(email_hash=queries.email_hash(email), refused_at=now))
        if role is not None:
            refused = SignInRefused(reason="wrong_password")
            await record(tx, [Entry(role.workspace_id, refused, now, actor=f"user:{role.user_id}")], now)
        return None
    session = NewSession(token(), token(18), user.id)
    tx.add(
        SignIn(
            token_hash=queries.token_hash(session.token),
            user_id=user.id,
            workspace_id=role.workspace_id,
            csrf=session.csrf,
            created_at=now,
            expires_at=now + rules.SESSION_LASTS,
        )
    )
    fact = SignedIn(user_id=user.id)
    await record(tx, [Entry(role.workspace_id, fact, now, actor=f"user:{user.id}")], now)
    return session


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except VerifyMismatchError:
        return False


async def sign_out(tx: Tx, session_token: str) -> None:
    """Close a session."""
    await tx.execute(delete(SignIn).where(SignIn.token_hash == queries.token_hash(session_token)))


async def change_password(tx: Tx, caller: Caller, old: str, new: str, now: datetime) -> None:
    """Change one's own password and close every session; raises WrongCredentials when `old` is wrong."""
    assert caller.user_id is not None
    user = await queries.user(tx, caller.user_id)
    if not _verify(user.password_hash, old):
        raise rules.WrongCredentials()
    rules.check_password(new)
    user.password_hash = _hasher.hash(new)
    await tx.execute(delete(SignIn).where(SignIn.user_id == user.id))
    await audit(tx, caller, "user", "password_changed", user.name, now)


async def set_password(tx: Tx, email: str, new: str) -> None:
    """Give a person a new password and close every session (for `siyu user password`); raises NotFound."""
    rules.check_password(new)
    user = await tx.scalar(select(User).where(User.email == rules.check_email(email)))
    if user is None:
        raise NotFound()
    user.password_hash = _hasher.hash(new)
    await tx.execute(delete(SignIn).where(SignIn.user_id == user.id))


async def invite(tx: Tx, caller: Caller, *, email: str, name: str, password: str, role: str, now: datetime) -> User:
    """Add a person to the team with a first password; raises EmailTaken, Invalid."""
    user = await _add_user(tx, caller.workspace_id, email, name, password, role, now)
    await audit(tx, caller, "user", "added", user.name, now, {"role": role})
    return user


async def change_role(tx: Tx, caller: Caller, user_id: int, role: str, now: datetime) -> None:
    """Give a person another role; raises NotFound, LastAdmin."""
    rules.check_role(role)
    row = await _role(tx, caller, user_id)
    if row.role == "admin" and role != "admin":
        await _keep_an_admin(tx, caller, user_id)
    row.role = role
    user = await queries.user(tx, user_id)
    await audit(tx, caller, "user", "role_changed", user.name, now, {"role": role})


async def remove_user(tx: Tx, caller: Caller, user_id: int, now: datetime) -> None:
    """Take a person off the team and close their sessions here; raises NotFound, LastAdmin."""
    row = await _role(tx, caller, user_id)
    if row.role == "admin":
        await _keep_an_admin(tx, caller, user_id)
    user = await queries.user(tx, user_id)
    await tx.execute(delete(SignIn).where(SignIn.user_id == user_id, SignIn.workspace_id == caller.workspace_id))
    await tx.delete(row)
    await audit(tx, caller, "user", "removed", user.name, now)


async def _role(tx: Tx, caller: Caller, user_id: int) -> Role:
    row = await tx.get(Role, (caller.workspace_id, user_id), with_for_update=True)
    if row is None:
        raise NotFound()
    return row


async def _keep_an_admin(tx: Tx, caller: Caller, leaving: int) -> None:
    """Two admins who leave at once must not leave none: lock them all before counting."""
    admins = await tx.scalars(
        select(Role).where(Role.workspace_id == caller.workspace_id, Role.role == "admin").with_for_update()
    )
    if all(admin.user_id == leaving for admin in admins):
        raise rules.LastAdmin()


async def make_key(tx: Tx, caller: Caller, name: str, scopes: list[str], now: datetime) -> tuple[ApiKey, str]:
    """A new API key and its secret, which nobody can show again."""
    rules.check_scopes(scopes)
    secret = rules.KEY_PREFIX + token()
    key = ApiKey(
        workspace_id=caller.workspace_id,
        name=name,
        prefix=secret[: len(rules.KEY_PREFIX) + 6],
        key_hash=queries.token_hash(secret),
        scopes=sorted(set(scopes)),
        created_by=caller.actor,
        created_at=now,
    )
    tx.add(key)
    await tx.flush()
    await audit(tx, caller, "api_key", "made", name, now, {"scopes": key.scopes})
    return key, secret


async def revoke_key(tx: Tx, caller: Caller, key_id: int, now: datetime) -> None:
    """Make an API key worthless; raises NotFound."""
    key = await tx.get(ApiKey, key_id)
    if key is None or key.workspace_id != caller.workspace_id:
        raise NotFound()
    await tx.delete(key)
    await audit(tx, caller, "api_key", "dropped", key.name, now)


async def touch_key(tx: Tx, key: str, now: datetime) -> None:
    """Remember that a key was used, at most once a minute."""
    await tx.execute(
        text("""
            UPDATE api_key SET last_used_at = :now
            WHERE key_hash = :hash AND (last_used_at IS NULL OR last_used_at < CAST(:now AS timestamptz) - interval '1 minute')
        """),
        {"now": now, "hash": queries.token_hash(key)},
    )


async def set_up(
    tx: Tx, caller: Caller, *, name: str | None, zone: str | None, locale: str | None, now: datetime
) -> Workspace:
    """Change a brand's name, zone or language."""
    workspace = await queries.workspace(tx, caller.workspace_id)
    if zone is not None:
        rules.check_zone(zone)
        workspace.zone = zone
    workspace.name = name or workspace.name
    workspace.locale = locale or workspace.locale
    await audit(tx, caller, "workspace", "changed", workspace.name, now)
    return workspace
