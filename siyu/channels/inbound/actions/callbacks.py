"""Callbacks: kept as they come, handled afterwards, in order, each once; they may be handled again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import orjson
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from siyu.channels.adapters.types import Account, Inbound
from siyu.channels.adapters.wecom.contacts import Friend
from siyu.channels.adapters.wecom.crypto import CallbackRefused
from siyu.channels.adapters.wecom.events import Event, read
from siyu.channels.inbound.actions import contact_links, delivery_reports
from siyu.channels.inbound.actions.contact_links import Parting
from siyu.channels.models import Callback
from siyu.contacts.identities import queries as contacts
from siyu.facts.catalogue.channels import MessageReceived
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx

BATCH_ROWS_MAX = 500
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Waiting:
    """A callback that has not been handled."""

    id: int
    account_id: int
    body: str
    received_at: datetime


@dataclass(frozen=True)
class Known:
    """What the platform tells now: connections by (staff, address), and the addresses it told about at all."""

    friends: Mapping[tuple[str, str], Friend]
    told: frozenset[str]

    def parted(self, event: Event) -> bool:
        """Whether the connection is certainly no more."""
        return event.address in self.told and (event.staff, event.address) not in self.friends


async def keep(tx: Tx, account_id: int, inbound: Inbound, now: datetime) -> bool:
    """Keep what came; False when it is known already."""
    statement = (
        insert(Callback)
        .values(account_id=account_id, content_key=inbound.key, body=inbound.event, received_at=now)
        .on_conflict_do_nothing()
        .returning(Callback.id)
    )
    return (await tx.scalar(statement)) is not None


async def waiting(tx: Tx, rows_max: int = BATCH_ROWS_MAX) -> list[Waiting]:
    """The oldest callbacks that wait, of all accounts."""
    rows = await tx.scalars(select(Callback).where(Callback.handled_at.is_(None)).order_by(Callback.id).limit(rows_max))
    return [Waiting(row.id, row.account_id, row.body, row.received_at) for row in rows]


async def take(tx: Tx, callbacks: Sequence[Waiting]) -> list[Waiting]:
    """Those of `callbacks` that nobody else handles now or has handled, locked."""
    free = await tx.scalars(
        select(Callback.id)
        .where(Callback.id.in_([one.id for one in callbacks]), Callback.handled_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    mine = set(free)
    return [one for one in callbacks if one.id in mine]


async def handled(tx: Tx, ids: Sequence[int], now: datetime, trouble: str | None = None) -> None:
    """Mark callbacks as handled; with what was in the way, if something was."""
    await tx.execute(
        text("UPDATE callback SET handled_at = :now, trouble = :trouble WHERE id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": list(ids), "now": now, "trouble": trouble},
    )


async def replay(tx: Tx, account_id: int, ids: Sequence[int] | None) -> int:
    """Let callbacks of an account be handled again (all that had trouble when `ids` is None); returns how many."""
    result = await tx.execute(
        text("""
            UPDATE callback SET handled_at = NULL, trouble = NULL WHERE account_id = :account_id AND handled_at IS NOT NULL
              AND CASE WHEN CAST(:ids AS bigint[]) IS NULL THEN trouble IS NOT NULL ELSE id = ANY(CAST(:ids AS bigint[])) END
        """),
        {"account_id": account_id, "ids": None if ids is None else list(ids)},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


async def forget(tx: Tx, now: datetime) -> None:
    """Delete what was handled a month ago: it is personal data."""
    await tx.execute(delete(Callback).where(Callback.handled_at < now - KEPT))


def events(callbacks: Sequence[Waiting]) -> tuple[list[tuple[Waiting, Event]], list[Waiting]]:
    """(what WeCom's callbacks say, those that cannot be read)."""
    said: list[tuple[Waiting, Event]] = []
    unreadable: list[Waiting] = []
    for one in callbacks:
        try:
            said.append((one, read(one.body)))
        except CallbackRefused:
            unreadable.append(one)
    return said, unreadable


async def apply(tx: Tx, account: Account, happened: Sequence[Event], known: Known, now: datetime) -> None:
    """Do what WeCom's `happened` says. Pushes overtake one another, so the order is that of the events themselves, and
    who added us but is certainly gone already is written down as both."""
    ordered = sorted(happened, key=lambda event: event.at)
    for kind, run in groupby(ordered, key=lambda event: event.kind):
        part = list(run)
        if kind in ("added", "edited"):
            await _added(tx, account, part, known, now)
        elif kind == "removed":
            await contact_links.unfriend(tx, account, [Parting(e.staff, e.address, e.at, e.by) for e in part], now)
        elif kind == "wrote":
            await _wrote(tx, account, part, now)
    gone = {(e.staff, e.address): e for e in ordered if e.kind == "added" and known.parted(e)}
    await contact_links.unfriend(
        tx, account, [Parting(e.staff, e.address, e.at, "unknown") for e in gone.values()], now
    )


async def _added(tx: Tx, account: Account, part: Sequence[Event], known: Known, now: datetime) -> None:
    found = []
    for event in part:
        told = known.friends.get((event.staff, event.address))
        if event.kind == "edited" and told is None:
            continue
        name, unionid = (told.name, told.unionid) if told else (None, None)
        state = event.state or (told.state if told else "")
        # the platform's own time of the connection, where it is known: a sync then finds the same one
        at = told.added_at if told else event.at
        found.append(Friend(event.staff, event.address, at, name, unionid, state))
    await contact_links.befriend(tx, account, found, certain=False, now=now)


async def _wrote(tx: Tx, account: Account, part: Sequence[Event], now: datetime) -> None:
    addresses = {event.address for event in part}
    members = await contacts.resolve(tx, account.workspace_id, "external_userid", addresses)
    entries = [
        Entry(
            account.workspace_id, MessageReceived(channel=account.channel), min(event.at, now), members[event.address]
        )
        for event in part
        if event.address in members
    ]
    await record(tx, entries, now)


async def apply_reports(tx: Tx, account: Account, callbacks: Sequence[Waiting], now: datetime) -> None:
    """Do what a webhook's receiver reports about messages of its account."""
    said = [orjson.loads(one.body) for one in callbacks]
    await delivery_reports.apply(tx, account, [one for one in said if isinstance(one, dict)], now)
