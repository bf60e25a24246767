"""The verbs of the platform room."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from siyu.facts.catalogue.platform import SettingChanged
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx
from siyu.kit.errors import Fault, Forbidden, Invalid, NotFound
from siyu.kit.ids import token
from siyu.kit.locks import Lock, lock_until_commit
from siyu.platform import queries, rules
from siyu.platform.models import ApiKey, Invitation, Role, SignIn, User, Workspace
from siyu.platform.queries import Caller
from siyu.platform.sign_in import actions as sign_in
from siyu.platform.sign_in.actions import Attempt
from siyu.platform.sign_in.password_hashing import hashed
from siyu.platform.sign_in.rules import WrongOldPassword, check_password


async def create_workspace(
    tx: Tx,
    *,
    name: str,
    zone: str,
    locale: str,
    email: str,
    person: str | None,
    password: str | None,
    now: datetime,
    temporary: bool = False,
) -> tuple[Workspace, User]:
    """Create a brand with its first admin, whose password is to be changed at the first sign-in when it is `temporary`.

    Somebody of another brand becomes its admin with the password they have; raises HasOwnAccount when one is given.
    """
    workspace = await new_workspace(tx, name=name, zone=zone, locale=locale, now=now)
    user = await _person(tx, email, person, password, temporary, now)
    add_role(tx, workspace.id, user.id, "admin", now)
    await audit(tx, system(workspace), "workspace", "founded", name, now)
    return workspace, user


async def new_workspace(tx: Tx, *, name: str, zone: str, locale: str, now: datetime) -> Workspace:
    """A brand that nobody belongs to yet; raises Invalid, TooManyWorkspaces."""
    rules.check_zone(zone)
    name = rules.check_workspace_name(name)
    await lock_until_commit(tx, Lock.WORKSPACES)
    if len(await queries.workspaces(tx)) >= rules.WORKSPACES_MAX:
        raise rules.TooManyWorkspaces()
    workspace = Workspace(name=name, zone=zone, locale=locale, created_at=now)
    tx.add(workspace)
    await tx.flush()
    return workspace


def add_role(tx: Tx, workspace_id: int, user_id: int, role: str, now: datetime) -> None:
    """Make somebody one of the team."""
    tx.add(Role(workspace_id=workspace_id, user_id=user_id, role=role, added_at=now))


def system(workspace: Workspace) -> Caller:
    """Siyu itself, acting for a brand."""
    return Caller(workspace.id, workspace.zone, "system", frozenset(rules.PERMISSIONS))


async def audit(
    tx: Tx,
    caller: Caller,
    what: str,
    verb: str,
    subject: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
    changes: Sequence[rules.AuditChange] = (),
) -> None:
    """Leave a line in the audit trail: `what` kind of thing, the `verb`, which one by its name, and what changed with both
    values. No personal data in any of them."""
    assert f"{what}.{verb}" in rules.AUDIT_ACTIONS, f"{what}.{verb}"
    noted = {**(detail or {}), **({"changes": [asdict(change) for change in changes]} if changes else {})}
    fact = SettingChanged(what=what, verb=verb, subject=subject, detail=noted)
    await record(tx, [Entry(caller.workspace_id, fact, now, actor=caller.actor)], now)


async def _person(tx: Tx, email: str, name: str | None, password: str | None, temporary: bool, now: datetime) -> User:
    """The person who signs in with this address, locked; with this name and password when they belong to no brand.

    Raises Invalid, and HasOwnAccount when somebody of another brand is given a name or a password.
    """
    email = rules.check_email(email)
    user = await tx.scalar(select(User).where(User.email == email).with_for_update())
    if user is not None and await queries.belongs(tx, user.id):
        ignored = [path for path, value in (("password", password), ("name", name)) if value is not None]
        if ignored:
            raise rules.HasOwnAccount(*ignored)
        return user
    if name is None or password is None:
        missing = [path for path, value in (("name", name), ("password", password)) if value is None]
        raise Invalid(
            errors=[Fault(path, "is required: they are new here", "必填：对方还没有账号") for path in missing]
        )
    check_password(password, (name, email))
    values = {"name": name, "password_hash": await hashed(password)}
    if user is None:
        # two may add the same address at once: the second finds the person of the first
        new = {"email": email, "password_temporary": temporary, "created_at": now}
        made = await tx.scalar(insert(User).values(values | new).on_conflict_do_nothing().returning(User.id))
        if made is None:
            return await _person(tx, email, name, password, temporary, now)
        return await queries.user(tx, made)
    # removed everywhere and added again: whoever knew the password of then is not meant, nor whoever was invited then
    user.name = name
    await sign_in.set_password(tx, user, values["password_hash"], temporary=temporary)
    await _forget_invitations(tx, user.id)
    return user


async def _forget_invitations(tx: Tx, user_id: int) -> None:
    """No brand that invited a person means whoever is given their account by another."""
    await tx.execute(delete(Invitation).where(Invitation.user_id == user_id))


async def change_password(tx: Tx, caller: Caller, attempt: Attempt, password_hash: str, now: datetime) -> None:
    """Change one's own password, the present one having been compared, and close every session; raises WrongOldPassword when
    it was changed meanwhile."""
    user = await _user_for_update(tx, attempt.user_id or 0)
    if user.password_hash != attempt.password_hash:
        raise WrongOldPassword()
    await sign_in.set_password(tx, user, password_hash, temporary=False)
    await audit(tx, caller, "user", "password_changed", user.name, now)


async def set_password(tx: Tx, email: str, new: str) -> None:
    """Give a person a new first password and close every session (for `siyu user password`); raises NotFound."""
    check_password(new)
    user = await tx.scalar(select(User).where(User.email == rules.check_email(email)).with_for_update())
    if user is None:
        raise NotFound()
    await sign_in.set_password(tx, user, await hashed(new), temporary=True)


async def reset_password(tx: Tx, caller: Caller, user_id: int, password_hash: str, now: datetime) -> None:
    """Give a person of the team another first password and close every session.

    Raises NotFound, NotYours for somebody who may do more than the caller, OtherBrand for a person of other brands too: there
    the password opens what is no business of this one's.
    """
    role = await team_role(tx, caller, user_id)
    rules.check_grant(caller.permissions, rules.ROLES[role.role])
    user = await _user_for_update(tx, user_id)
    if await tx.scalar(select(Role).where(Role.user_id == user_id, Role.workspace_id != caller.workspace_id)):
        raise rules.OtherBrand()
    await sign_in.set_password(tx, user, password_hash, temporary=True)
    await _forget_invitations(tx, user_id)
    await audit(tx, caller, "user", "password_reset", user.name, now)


async def _user_for_update(tx: Tx, user_id: int) -> User:
    user = await tx.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound()
    return user


async def invite(
    tx: Tx,
    caller: Caller,
    *,
    email: str,
    name: str | None = None,
    password: str | None = None,
    role: str,
    now: datetime,
    temporary: bool = True,
) -> User:
    """Add a person to the team with a first password, to be changed at the first sign-in unless it is not `temporary`.

    Somebody of another brand keeps name and password and is asked instead: they join when they accept. Raises EmailTaken,
    HasOwnAccount, Invalid, NotYours for a role that may do more than the caller.
    """
    rules.check_role(role)
    rules.check_grant(caller.permissions, rules.ROLES[role])
    if await queries.on_team(tx, caller.workspace_id, rules.check_email(email)):
        raise rules.EmailTaken()
    user = await _person(tx, email, name, password, temporary, now)
    if await tx.get(Role, (caller.workspace_id, user.id)) is not None:
        raise rules.EmailTaken()
    if await queries.belongs(tx, user.id):
        await _ask_to_join(tx, caller, user, role, now)
    else:
        add_role(tx, caller.workspace_id, user.id, role, now)
        await audit(tx, caller, "user", "added", user.name, now, {"to": role})
    await tx.flush()
    return user


async def _ask_to_join(tx: Tx, caller: Caller, user: User, role: str, now: datetime) -> None:
    values = {"role": role, "invited_by": caller.actor, "invited_at": now}
    key = {"workspace_id": caller.workspace_id, "user_id": user.id}
    await tx.execute(
        insert(Invitation).values(key | values).on_conflict_do_update(index_elements=list(key), set_=values)
    )
    await audit(tx, caller, "user", "invited", user.email, now, {"to": role})


async def withdraw_invitation(tx: Tx, caller: Caller, user_id: int, now: datetime) -> None:
    """Take an invitation back before it is accepted; raises NotFound, NotYours."""
    user = await _user_for_update(tx, user_id)
    invitation = await tx.get(Invitation, (caller.workspace_id, user_id), populate_existing=True)
    if invitation is None:
        raise NotFound()
    rules.check_grant(caller.permissions, rules.ROLES[invitation.role])
    await tx.delete(invitation)
    await audit(tx, caller, "user", "invitation_withdrawn", user.email, now)


async def change_role(tx: Tx, caller: Caller, user_id: int, role: str, now: datetime) -> None:
    """Give a person another role; raises NotFound, LastAdmin, and NotYours when the old or the new may do more than the caller."""
    rules.check_role(role)
    row = await team_role(tx, caller, user_id)
    for each in (row.role, role):
        rules.check_grant(caller.permissions, rules.ROLES[each])
    if row.role == role:
        return
    if row.role == "admin":
        await _keep_an_admin(tx, caller, user_id)
    before, row.role = row.role, role
    user = await queries.user(tx, user_id)
    await audit(tx, caller, "user", "role_changed", user.name, now, {"from": before, "to": role})
    await _end_keys(tx, caller, user_id, rules.ROLES[role], "owner_demoted", now)


async def remove_user(tx: Tx, caller: Caller, user_id: int, now: datetime) -> None:
    """Take a person off the team and close their sessions here; raises NotFound, LastAdmin, NotYours."""
    row = await team_role(tx, caller, user_id)
    rules.check_grant(caller.permissions, rules.ROLES[row.role])
    if row.role == "admin":
        await _keep_an_admin(tx, caller, user_id)
    user = await _user_for_update(tx, user_id)
    await tx.execute(delete(SignIn).where(SignIn.user_id == user_id, SignIn.workspace_id == caller.workspace_id))
    await tx.delete(row)
    await tx.flush()
    if not await queries.belongs(tx, user_id):
        await _forget_invitations(tx, user_id)
    await audit(tx, caller, "user", "removed", user.name, now, {"from": row.role})
    await _end_keys(tx, caller, user_id, frozenset(), "owner_removed", now)


async def _hold_team(tx: Tx, caller: Caller) -> None:
    """Nobody else changes the team or its keys until `tx` ends; raises Forbidden when the caller was changed meanwhile.

    Of two admins who remove each other at once the second is refused, as they are nobody's admin any more.
    """
    await tx.execute(select(Workspace.id).where(Workspace.id == caller.workspace_id).with_for_update(key_share=True))
    if caller.user_id is not None:
        own = await tx.get(Role, (caller.workspace_id, caller.user_id), populate_existing=True)
        if own is None or own.role != caller.role:
            raise Forbidden()


async def team_role(tx: Tx, caller: Caller, user_id: int) -> Role:
    """The role of somebody of the team, with the team held; raises NotFound."""
    await _hold_team(tx, caller)
    row = await tx.get(Role, (caller.workspace_id, user_id), populate_existing=True)
    if row is None:
        raise NotFound()
    return row


async def _keep_an_admin(tx: Tx, caller: Caller, leaving: int) -> None:
    others = select(Role).where(Role.workspace_id == caller.workspace_id, Role.role == "admin", Role.user_id != leaving)
    if await tx.scalar(others.limit(1)) is None:
        raise rules.LastAdmin()


async def _end_keys(tx: Tx, caller: Caller, owner_id: int, left: frozenset[str], reason: str, now: datetime) -> None:
    """End the keys of an owner that may do more than what is `left` to them."""
    for key in await queries.keys(tx, caller.workspace_id):
        if key.owner_id == owner_id and key.ended_at is None and not left.issuperset(key.scopes):
            key.ended_at, key.ended_reason = now, reason
            await audit(tx, caller, "api_key", "ended", key.name, now, {"reason": reason})


async def make_key(tx: Tx, caller: Caller, name: str, scopes: list[str], now: datetime) -> tuple[ApiKey, str]:
    """A new API key and its secret, which nobody can show again; raises NotYours for scopes the caller has not."""
    rules.check_scopes(scopes)
    rules.check_grant(caller.permissions, scopes, "scopes")
    await _hold_team(tx, caller)
    secret = rules.KEY_PREFIX + token()
    key = ApiKey(
        workspace_id=caller.workspace_id,
        name=name,
        prefix=secret[: len(rules.KEY_PREFIX) + 6],
        key_hash=queries.token_hash(secret),
        scopes=sorted(set(scopes)),
        created_by=caller.actor,
        owner_id=caller.owner_id,
        created_at=now,
    )
    tx.add(key)
    await tx.flush()
    await audit(tx, caller, "api_key", "made", name, now, {"scopes": key.scopes})
    return key, secret


async def take_over_key(tx: Tx, caller: Caller, key_id: int, now: datetime) -> ApiKey:
    """Answer for a key from now on, so that its programs go on when its owner does not.

    Raises NotFound, NotYours for a key that may do more than the caller, KeyRevoked, Forbidden for keys: a person takes over.
    """
    if caller.user_id is None:
        raise Forbidden("A person takes over a key", "只能由成员本人接手")
    await _hold_team(tx, caller)
    key = await _key(tx, caller, key_id)
    rules.check_grant(caller.permissions, key.scopes, "scopes")
    if key.ended_reason == "revoked":
        raise rules.KeyRevoked()
    change = {"from": f"user:{key.owner_id}", "to": caller.actor}
    key.owner_id, key.ended_at, key.ended_reason = caller.user_id, None, None
    await audit(tx, caller, "api_key", "taken_over", key.name, now, change)
    return key


async def _key(tx: Tx, caller: Caller, key_id: int) -> ApiKey:
    key = await tx.get(ApiKey, key_id, with_for_update=True, populate_existing=True)
    if key is None or key.workspace_id != caller.workspace_id:
        raise NotFound()
    return key


async def revoke_key(tx: Tx, caller: Caller, key_id: int, now: datetime) -> None:
    """Make an API key worthless for good; raises NotFound."""
    key = await _key(tx, caller, key_id)
    if key.ended_reason == "revoked":
        raise NotFound()
    key.ended_at, key.ended_reason = key.ended_at or now, "revoked"
    await audit(tx, caller, "api_key", "dropped", key.name, now)


async def touch_key(tx: Tx, key: str, now: datetime) -> None:
    """Remember that a key was used, at most once a minute."""
    await tx.execute(
        text("""
            UPDATE api_key SET last_used_at = :now
            WHERE key_hash = :hash AND (last_used_at IS NULL OR last_used_at > :now
              OR last_used_at < CAST(:now AS timestamptz) - interval '1 minute')
        """),
        {"now": now, "hash": queries.token_hash(key)},
    )


async def set_up(
    tx: Tx, caller: Caller, *, name: str | None, zone: str | None, locale: str | None, now: datetime
) -> Workspace:
    """Change a brand's name, zone or language."""
    workspace = await queries.workspace(tx, caller.workspace_id)
    before = {field: getattr(workspace, field) for field in rules.WORKSPACE_LABELS}
    if zone is not None:
        rules.check_zone(zone)
        workspace.zone = zone
    workspace.name = rules.check_workspace_name(name) if name is not None else workspace.name
    workspace.locale = locale or workspace.locale
    changes = rules.changes_between(rules.WORKSPACE_LABELS, before, vars(workspace))
    await audit(tx, caller, "workspace", "changed", workspace.name, now, changes=changes)
    return workspace


async def release_hold(tx: Tx, caller: Caller, choice: str, detail: dict[str, Any], now: datetime) -> None:
    """Let a brand go on after a move; raises NotHeld. `choice` is what became of what was due (`send` or `cancel`)."""
    released = await tx.scalars(
        text("""
            INSERT INTO hold_release (move_id, workspace_id, choice, released_by, released_at)
            SELECT v.id, w.id, :choice, :by, :now FROM workspace w JOIN database_move v ON v.moved_at >= w.created_at
            WHERE w.id = :workspace_id ON CONFLICT DO NOTHING RETURNING move_id
        """),
        {"choice": choice, "by": caller.actor, "now": now, "workspace_id": caller.workspace_id},
    )
    if not released.all():
        raise rules.NotHeld()
    await audit(tx, caller, "hold", "released", choice, now, detail)
