"""Friends on WeCom: who is connected with whom, since when, and until when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import text

from siyu.channels.adapters.types import Account
from siyu.channels.adapters.wecom.contacts import Friend
from siyu.contacts.members import actions as contacts
from siyu.contacts.members.rules import MemberRow
from siyu.facts.catalogue.channels import FriendAdded, FriendRemoved
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx

SOURCE = "wecom"


@dataclass(frozen=True)
class Parting:
    """A connection that ended: by the `customer`, the `staff`, a `transfer`, or unnoticed (`unknown`)."""

    staff: str
    address: str
    at: datetime
    by: str


_LINK = text("""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (staff text, member_id bigint, address text, state text,
            added_at timestamptz)),
    before AS (
        SELECT l.staff, l.member_id, l.ended_at FROM friend_link l JOIN given USING (staff, member_id)
        WHERE l.account_id = :account_id),
    written AS (
        INSERT INTO friend_link (account_id, staff, member_id, address, state, added_at)
        SELECT :account_id, staff, member_id, address, state, added_at FROM given ORDER BY staff, member_id
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


async def befriend(
    tx: Tx, account: Account, friends: Sequence[Friend], *, certain: bool, now: datetime
) -> dict[str, int]:
    """Make each customer a member and connect them with their member of staff; returns address -> member.

    `certain`: the platform says so now (a sync), not an event that may be old. A new connection is a friend_added fact
    of the moment it was made. Where the account is set so, it opts in to marketing who never said otherwise.
    """
    if not friends:
        return {}
    by_address = {one.address: one for one in friends}
    consents = {account.channel: True} if account.config.get("friend_consents_marketing") else {}
    rows = [
        MemberRow(
            identities={"external_userid": one.address, **({"unionid": one.unionid} if one.unionid else {})},
            name=one.name,
            consents=consents,
            created_at=one.added_at,
        )
        for one in by_address.values()
    ]
    upserted = await contacts.upsert(tx, account.workspace_id, rows, source=SOURCE, actor="system", now=now)
    members = {address: one.member_id for address, one in zip(by_address, upserted, strict=True)}
    # two addresses of one person may have met in one member: the later connection is kept
    links = {(one.staff, members[one.address]): one for one in sorted(friends, key=lambda friend: friend.added_at)}
    given = [
        {"staff": staff, "member_id": member, "address": one.address, "state": one.state, "added_at": one.added_at}
        for (staff, member), one in links.items()
    ]
    added = await tx.execute(
        _LINK, {"rows": orjson.dumps(given).decode(), "account_id": account.id, "certain": certain}
    )
    entries = [
        Entry(
            account.workspace_id, FriendAdded(staff=row.staff, state=row.state), min(row.added_at, now), row.member_id
        )
        for row in added
    ]
    await record(tx, entries, now)
    return members


async def unfriend(tx: Tx, account: Account, partings: Sequence[Parting], now: datetime) -> int:
    """End connections, each if it was made before it is said to have ended; returns how many."""
    given = [vars(one) for one in partings]
    ended = await tx.execute(
        text("""
            UPDATE friend_link l SET ended_at = r.at
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (staff text, address text, at timestamptz, by text)
            WHERE l.account_id = :account_id AND l.staff = r.staff AND l.address = r.address AND l.ended_at IS NULL
              AND l.added_at <= r.at
            RETURNING l.staff, l.member_id, r.at, r.by
        """),
        {"rows": orjson.dumps(given).decode(), "account_id": account.id},
    )
    entries = [
        Entry(account.workspace_id, FriendRemoved(staff=row.staff, by=row.by), min(row.at, now), row.member_id)
        for row in ended
    ]
    await record(tx, entries, now)
    return len(entries)


async def end_unseen(tx: Tx, account: Account, staff: Collection[str], seen: Collection[str], now: datetime) -> int:
    """End connections of these staff with customers whom the platform did not name any more (`staff␟address` each)."""
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
