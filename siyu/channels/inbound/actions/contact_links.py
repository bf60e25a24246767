"""Links between staff and customers on a platform: who is connected with whom, since when, and until when."""

from collections.abc import Collection, Sequence
from datetime import datetime

import orjson
from sqlalchemy import text

from siyu.channels.adapters.types import Account
from siyu.channels.catalogue import CHANNELS
from siyu.channels.inbound.types import ContactRemoved, PlatformContact
from siyu.contacts.members import actions as members
from siyu.contacts.members.rules import MemberRow
from siyu.facts.catalogue.channels import FriendAdded, FriendRemoved
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx

_SEPARATOR = "\x1f"

_LINK = text("""
    WITH contact AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (staff text, member_id bigint, address text, state text,
            added_at timestamptz)),
    before AS (
        SELECT l.staff, l.member_id, l.ended_at FROM friend_link l JOIN contact USING (staff, member_id)
        WHERE l.account_id = :account_id),
    written AS (
        INSERT INTO friend_link (account_id, staff, member_id, address, state, added_at)
        SELECT :account_id, staff, member_id, address, state, added_at FROM contact ORDER BY staff, member_id
        ON CONFLICT (account_id, staff, member_id) DO UPDATE
        SET address = EXCLUDED.address, added_at = EXCLUDED.added_at, ended_at = NULL,
            state = CASE WHEN EXCLUDED.state = '' THEN friend_link.state ELSE EXCLUDED.state END
        -- an old callback that comes late must not bring back a friend who has left since
        WHERE friend_link.ended_at IS NULL OR :certain OR EXCLUDED.added_at >= friend_link.ended_at
        RETURNING staff, member_id, state, added_at)
    SELECT w.staff, w.member_id, w.state, w.added_at FROM written w LEFT JOIN before b USING (staff, member_id)
    WHERE b.staff IS NULL OR b.ended_at IS NOT NULL
    ORDER BY w.added_at, w.member_id
""")


def link_key(staff: str, address: str) -> str:
    """What names a link in a list of those a sync saw."""
    return f"{staff}{_SEPARATOR}{address}"


async def connect(
    tx: Tx, account: Account, contacts: Sequence[PlatformContact], *, certain: bool, now: datetime
) -> dict[str, int]:
    """Make each customer a member and connect them with their member of staff; returns address -> member.

    `certain`: the platform says so now (a sync), not an event that may be old. A new connection is a friend_added fact
    of the moment it was made. Where the account is set so, it opts in to marketing who never said otherwise.
    """
    kind = CHANNELS[account.channel].identity
    if not contacts or kind is None:
        return {}
    by_address = {contact.address: contact for contact in contacts}
    consents = {account.channel: True} if account.config.get("friend_consents_marketing") else {}
    rows = [
        MemberRow(
            identities={kind: contact.address, **contact.identities},
            name=contact.name,
            consents=consents,
            created_at=contact.added_at,
        )
        for contact in by_address.values()
    ]
    upserted = await members.upsert(tx, account.workspace_id, rows, source=account.channel, actor="system", now=now)
    member_ids = {address: row.member_id for address, row in zip(by_address, upserted, strict=True)}
    # two addresses of one person may have met in one member: the later connection is kept
    links = {
        (contact.staff, member_ids[contact.address]): contact
        for contact in sorted(contacts, key=lambda contact: contact.added_at)
    }
    rows_json = [
        {
            "staff": staff,
            "member_id": member_id,
            "address": contact.address,
            "state": contact.state,
            "added_at": contact.added_at,
        }
        for (staff, member_id), contact in links.items()
    ]
    added = await tx.execute(
        _LINK, {"rows": orjson.dumps(rows_json).decode(), "account_id": account.id, "certain": certain}
    )
    entries = [
        Entry(
            account.workspace_id, FriendAdded(staff=row.staff, state=row.state), min(row.added_at, now), row.member_id
        )
        for row in added
    ]
    await record(tx, entries, now)
    return member_ids


async def disconnect(tx: Tx, account: Account, removed: Sequence[ContactRemoved], now: datetime) -> int:
    """End connections, each if it was made before it is said to have ended; returns how many."""
    if not removed:
        return 0
    rows = [vars(value) for value in removed]
    ended = await tx.execute(
        text("""
            UPDATE friend_link l SET ended_at = r.at
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (staff text, address text, at timestamptz, by text)
            WHERE l.account_id = :account_id AND l.staff = r.staff AND l.address = r.address AND l.ended_at IS NULL
              AND l.added_at <= r.at
            RETURNING l.staff, l.member_id, r.at, r.by
        """),
        {"rows": orjson.dumps(rows).decode(), "account_id": account.id},
    )
    entries = [
        Entry(account.workspace_id, FriendRemoved(staff=row.staff, by=row.by), min(row.at, now), row.member_id)
        for row in ended
    ]
    await record(tx, entries, now)
    return len(entries)


async def end_missing(tx: Tx, account: Account, staff: Collection[str], seen: Collection[str], now: datetime) -> int:
    """End connections of these staff with customers whom the platform did not name any more; `seen` are link keys."""
    ended = await tx.execute(
        text("""
            UPDATE friend_link l SET ended_at = greatest(:now, l.added_at)
            WHERE l.account_id = :account_id AND l.staff = ANY(CAST(:staff AS text[])) AND l.ended_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM unnest(CAST(:seen AS text[])) AS s (pair) WHERE s.pair = l.staff || chr(31) || l.address)
            RETURNING l.staff, l.member_id
        """),
        {"account_id": account.id, "staff": list(staff), "seen": list(seen), "now": now},
    )
    entries = [
        Entry(account.workspace_id, FriendRemoved(staff=row.staff, by="unknown"), now, row.member_id) for row in ended
    ]
    await record(tx, entries, now)
    return len(entries)


async def erase(tx: Tx, member_ids: Collection[int]) -> None:
    """Delete the links of erased members, and of those merged into them."""
    await tx.execute(
        text("""
            DELETE FROM friend_link WHERE member_id IN (
                SELECT id FROM member WHERE id = ANY(CAST(:ids AS bigint[])) OR merged_into = ANY(CAST(:ids AS bigint[])))
        """),
        {"ids": list(member_ids)},
    )
