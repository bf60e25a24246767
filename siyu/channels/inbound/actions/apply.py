"""Doing what inbound values say: contacts connected and gone, messages received, delivery reports."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import select

from siyu.channels.adapters.types import Account
from siyu.channels.catalogue import CHANNELS
from siyu.channels.inbound.actions import contact_links
from siyu.channels.inbound.types import (
    ContactAdded,
    ContactChanged,
    ContactRemoved,
    ContactSnapshot,
    DeliveryReport,
    InboundMessage,
    InboundValue,
    PlatformContact,
    WelcomeDue,
)
from siyu.channels.messages.actions.outcomes import StateChange, change_states, close_done
from siyu.channels.messages.models import Message
from siyu.contacts.identities import queries as identities
from siyu.facts.catalogue import channels as facts
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx

REPORTABLE_STATES = ("sending", "sent", "in_doubt")


async def apply(
    tx: Tx, account: Account, values: Sequence[InboundValue], snapshot: ContactSnapshot, now: datetime
) -> None:
    """Do what `values` say. Pushes overtake one another, so the order is that of their own moments, and who was added
    but is certainly gone already is written down as both."""
    await _apply_reports(tx, account, [value for value in values if isinstance(value, DeliveryReport)], now)
    timed = [value for value in values if not isinstance(value, DeliveryReport | WelcomeDue)]
    ordered = sorted(timed, key=lambda value: value.at)
    for _, run in groupby(ordered, key=type):
        part = list(run)
        if links := [value for value in part if isinstance(value, ContactAdded | ContactChanged)]:
            await contact_links.connect(tx, account, _contacts(links, snapshot), certain=False, now=now)
        if removed := [value for value in part if isinstance(value, ContactRemoved)]:
            await contact_links.disconnect(tx, account, removed, now)
        if received := [value for value in part if isinstance(value, InboundMessage)]:
            await _record_received(tx, account, received, now)
    gone = {
        (value.staff, value.address): ContactRemoved(value.at, value.staff, value.address, "unknown")
        for value in ordered
        if isinstance(value, ContactAdded) and snapshot.is_gone(value)
    }
    await contact_links.disconnect(tx, account, list(gone.values()), now)


def _contacts(values: Sequence[ContactAdded | ContactChanged], snapshot: ContactSnapshot) -> list[PlatformContact]:
    """The connections that `values` speak of, as the platform told them where it did. What it told of a connection is
    the better word: a sync then finds the same moment."""
    contacts = []
    for value in values:
        known = snapshot.contacts.get((value.staff, value.address))
        state = value.state if isinstance(value, ContactAdded) else ""
        if known is not None:
            contacts.append(
                PlatformContact(
                    value.staff, value.address, known.added_at, known.name, known.identities, state or known.state
                )
            )
        elif isinstance(value, ContactAdded):
            contacts.append(PlatformContact(value.staff, value.address, value.at, state=state))
    return contacts


async def _record_received(tx: Tx, account: Account, values: Sequence[InboundMessage], now: datetime) -> None:
    kind = CHANNELS[account.channel].identity
    if kind is None:
        return
    members = await identities.resolve(tx, account.workspace_id, kind, {value.address for value in values})
    entries = [
        Entry(
            account.workspace_id,
            facts.MessageReceived(channel=account.channel),
            min(value.at, now),
            members[value.address],
        )
        for value in values
        if value.address in members
    ]
    await record(tx, entries, now)


async def _apply_reports(tx: Tx, account: Account, reports: Sequence[DeliveryReport], now: datetime) -> None:
    """Move the messages of `account` to what is reported of them; of two reports of one message the later holds."""
    if not reports:
        return
    by_message = {report.message_id: report for report in reports}
    rows = await tx.scalars(
        select(Message).where(
            Message.id.in_(by_message), Message.account_id == account.id, Message.dispatch_id.is_not(None)
        )
    )
    changes = [
        StateChange(row.id, row.dispatch_id or 0, by_message[row.id].state, by_message[row.id].reason) for row in rows
    ]
    await change_states(tx, changes, REPORTABLE_STATES, now)
    await close_done(tx, [change.dispatch_id for change in changes], now)
