"""The verbs of signing in. Passwords are hashed between them, outside any transaction: see `password_hashing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text

from siyu.facts.catalogue.platform import SignedIn, SignInRefused
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.kit.ids import token
from siyu.platform.models import KnownDevice, Role, SignIn, User
from siyu.platform.queries import token_hash
from siyu.platform.sign_in import queries, rules
from siyu.platform.sign_in.queries import counter


@dataclass(frozen=True)
class Attempt:
    """A try that has been counted: whose it is, the hash to compare with, and what it was counted by."""

    email: str
    user_id: int | None
    password_hash: str | None
    settled: tuple[bytes, ...]
    """Counters that a right password clears."""
    shared: tuple[bytes, ...]
    """Counters that a right password only takes itself off."""
    source: str
    device: str


@dataclass(frozen=True)
class NewSession:
    """A new session: its token and the device's are shown once."""

    token: str
    csrf: str
    user_id: int
    device: str


async def begin_sign_in(tx: Tx, email: str, source: str, device: str, now: datetime) -> Attempt:
    """Count a try before its password is looked at; raises TooManyTries.

    Somebody who comes with a device of theirs meets only the limit of that device, and from a source of theirs only those
    of that source: whatever strangers do to an address, its owner gets in.
    """
    email = email.strip().lower()
    user = await tx.scalar(select(User).where(User.email == email))
    known = queries.KnownFrom(False, False)
    if user is not None:
        known = await queries.known_from(tx, user.id, device, source, now)
    by_source, by_address = counter("source", source), counter("address", email)
    shared: tuple[bytes, ...] = ()
    if known.device:
        settled = counter("device", email, device)
    else:
        settled = counter("pair", email, source)
        shared = (by_source,) if known.source else (by_source, by_address)
    counts = await queries.with_this_try(tx, (settled, *shared), now)
    for key, tries_max in ((settled, rules.PAIR_TRIES_MAX), (by_source, rules.SOURCE_TRIES_MAX)):
        count = counts.get(key)
        if count and (wait := rules.wait_after(count.tries, count.began_at, tries_max, now)):
            raise rules.TooManyTries(wait)
    count = counts.get(by_address)
    if count and (wait := rules.turn_after(count.tries, count.began_at, now)):
        raise rules.TooManyTries(wait)
    return Attempt(
        email, user.id if user else None, user.password_hash if user else None, (settled,), shared, source, device
    )


async def give_back(tx: Tx, attempt: Attempt) -> None:
    """The password was never looked at: the try does not count."""
    await _take_off(tx, (*attempt.settled, *attempt.shared))


async def _take_off(tx: Tx, counters: Sequence[bytes]) -> None:
    await tx.execute(
        text("UPDATE sign_in_limit SET tries = greatest(tries - 1, 0) WHERE key = ANY(CAST(:keys AS bytea[]))"),
        {"keys": sorted(counters)},
    )


async def _clear(tx: Tx, counters: Sequence[bytes]) -> None:
    await tx.execute(
        text("DELETE FROM sign_in_limit WHERE key = ANY(CAST(:keys AS bytea[]))"), {"keys": sorted(counters)}
    )


async def conclude_sign_in(tx: Tx, attempt: Attempt, right: bool, now: datetime) -> NewSession | None:
    """Open a session when the password was `right`; None (with the failed try on record) when address or password is wrong."""
    role = await tx.scalar(
        select(Role)
        .join(User, User.id == Role.user_id)
        # a password that was changed while this one was compared is no longer the person's
        .where(User.id == attempt.user_id, User.password_hash == attempt.password_hash)
        .order_by(Role.opened_at.desc().nulls_last(), Role.workspace_id)
    )
    if role is None or not right:
        if role is not None:
            refused = SignInRefused(reason="wrong_password")
            await record(tx, [Entry(role.workspace_id, refused, now, actor=f"user:{role.user_id}")], now)
        return None
    await _clear(tx, attempt.settled)
    await _take_off(tx, attempt.shared)
    device = await _remember_device(tx, role.user_id, attempt, now)
    return await _open_session(tx, role, device, now, now + rules.SESSION_LASTS)


async def _open_session(tx: Tx, role: Role, device: str, now: datetime, expires_at: datetime) -> NewSession:
    session = NewSession(token(), token(18), role.user_id, device)
    role.opened_at = now
    tx.add(
        SignIn(
            token_hash=token_hash(session.token),
            user_id=role.user_id,
            workspace_id=role.workspace_id,
            csrf=session.csrf,
            created_at=now,
            expires_at=expires_at,
        )
    )
    await record(tx, [Entry(role.workspace_id, SignedIn(user_id=role.user_id), now, actor=f"user:{role.user_id}")], now)
    return session


async def switch_workspace(tx: Tx, session_token: str, workspace_id: int, now: datetime) -> NewSession:
    """Go on in another brand of one's own: the session becomes one of that brand, with new tokens, so that a page of the brand
    left behind can change nothing here. Raises NotFound."""
    left = await tx.scalar(
        select(SignIn).where(SignIn.token_hash == token_hash(session_token), SignIn.expires_at > now).with_for_update()
    )
    role = await tx.get(Role, (workspace_id, left.user_id)) if left is not None else None
    if left is None or role is None:
        raise NotFound()
    await tx.delete(left)
    return await _open_session(tx, role, "", now, left.expires_at)


async def _remember_device(tx: Tx, user_id: int, attempt: Attempt, now: datetime) -> str:
    """The device's token: the one it came with when it is this person's, else a new one."""
    source = queries.source_hash(attempt.source)
    known = await tx.scalar(
        select(KnownDevice).where(KnownDevice.token_hash == token_hash(attempt.device), KnownDevice.user_id == user_id)
    )
    if known is not None:
        known.source_hash, known.used_at = source, now
        return attempt.device
    device = token()
    tx.add(KnownDevice(token_hash=token_hash(device), user_id=user_id, source_hash=source, used_at=now))
    await tx.flush()
    kept = (
        select(KnownDevice.token_hash)
        .where(KnownDevice.user_id == user_id)
        .order_by(KnownDevice.used_at.desc())
        .limit(rules.DEVICES_MAX)
    )
    await tx.execute(
        delete(KnownDevice).where(KnownDevice.user_id == user_id, KnownDevice.token_hash.not_in(kept.scalar_subquery()))
    )
    return device


async def sign_out(tx: Tx, session_token: str) -> None:
    """Close a session."""
    await tx.execute(delete(SignIn).where(SignIn.token_hash == token_hash(session_token)))


async def begin_password_change(tx: Tx, user: User, now: datetime) -> Attempt:
    """Count a try on one's own present password: whoever found an open window must not guess it there. Raises TooManyTries."""
    key = counter("password", str(user.id))
    count = (await queries.with_this_try(tx, (key,), now))[key]
    if wait := rules.wait_after(count.tries, count.began_at, rules.PAIR_TRIES_MAX, now):
        raise rules.TooManyTries(wait)
    return Attempt(user.email, user.id, user.password_hash, (key,), (), "", "")


async def set_password(tx: Tx, user: User, password_hash: str, *, temporary: bool) -> None:
    """Give a person another password and close every session. A `temporary` one must be changed before anything else is done;
    it comes from somebody else, who may have reason to: the devices of before are strangers then."""
    user.password_hash, user.password_temporary = password_hash, temporary
    await tx.execute(delete(SignIn).where(SignIn.user_id == user.id))
    if temporary:
        await tx.execute(delete(KnownDevice).where(KnownDevice.user_id == user.id))
    await _clear(tx, (counter("password", str(user.id)),))


async def forget(tx: Tx, now: datetime) -> None:
    """Delete sessions that are over, counts that are, and devices long unused."""
    await tx.execute(text("DELETE FROM sign_in WHERE expires_at <= :now"), {"now": now})
    await tx.execute(
        text("DELETE FROM sign_in_limit WHERE began_at <= :over OR began_at > :ahead"),
        {"over": now - rules.TRIES_WITHIN, "ahead": now + rules.CLOCKS_DIFFER_MAX},
    )
    await tx.execute(text("DELETE FROM known_device WHERE used_at <= :over"), {"over": now - rules.DEVICE_LASTS})
