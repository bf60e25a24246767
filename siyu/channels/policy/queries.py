"""The send policy of a brand, and how eligible members are for a message: for a whole set at once.

A member that others were merged into is one person: links and messages of all of them are theirs.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from siyu.channels.accounts.queries import account_rows
from siyu.channels.catalogue import ADAPTERS, ANY_CHANNEL, SENDABLE
from siyu.channels.policy.models import Cap, QuietHours
from siyu.channels.policy.rules import PURPOSES, Candidate, CountedMessage, FrequencyCap, Policy, QuietWindow, refusal
from siyu.kit.db import Tx
from siyu.platform import queries as platform

FAMILY = """
    WITH RECURSIVE family (root, id) AS (
        SELECT id, id FROM unnest(CAST(:ids AS bigint[])) AS requested (id)
        UNION ALL
        SELECT family.root, m.id FROM family JOIN member m ON m.merged_into = family.id)
"""
OPEN = "('queued', 'sending', 'sent')"
COUNTING = "('queued', 'sending', 'sent', 'delivered', 'in_doubt')"


@dataclass(frozen=True)
class Address:
    """Where a member is reached, and through which member of staff where that matters."""

    account_id: int
    address: str
    staff: str | None = None


@dataclass
class Eligibility:
    """One member: zone, whether erased or suppressed, the word on consent, the address, and what counts against caps."""

    zone: str | None
    erased: bool
    consent: str | None
    suppressed: bool = False
    address: Address | None = None
    counted: list[CountedMessage] = field(default_factory=list)


_MEMBERS = text("""
    SELECT m.id, m.zone, m.erased_at IS NOT NULL AS erased, c.state AS consent
    FROM unnest(CAST(:ids AS bigint[])) AS requested (id) JOIN member m ON m.id = requested.id AND m.workspace_id = :workspace_id
    LEFT JOIN consent c ON c.member_id = m.id AND c.channel = :channel
""")

_SUPPRESSED = text(f"""{FAMILY}
    SELECT DISTINCT f.root FROM family f JOIN suppression s ON s.member_id = f.id AND s.channel IN (:channel, :any)
""")

_LINKS = text(f"""{FAMILY}
    SELECT DISTINCT ON (f.root) f.root, l.account_id, l.address, l.staff
    FROM family f JOIN friend_link l ON l.member_id = f.id
    WHERE l.ended_at IS NULL AND l.account_id = ANY(CAST(:accounts AS int[]))
    ORDER BY f.root, l.added_at DESC, l.staff
""")

_COUNTED = text(f"""{FAMILY}
    SELECT f.root, m.channel, m.counts_at, m.state IN {OPEN} AS open
    FROM family f JOIN message m ON m.member_id = f.id
    WHERE m.counts_at IS NOT NULL AND m.state IN {COUNTING} AND (m.counts_at > :since OR m.state IN {OPEN})
""")


async def lock_members(tx: Tx, ids: Iterable[int]) -> None:
    """Lock members in the order of their ids until `tx` ends: whoever lets messages through to them waits here.

    NO KEY, so that rows which merely refer to a member (facts, tags) can still be written beside it.
    """
    await tx.execute(
        text("SELECT id FROM member WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE"),
        {"ids": sorted(set(ids))},
    )


async def eligibility(
    tx: Tx,
    workspace_id: int,
    channel: str,
    ids: Collection[int],
    accounts: Collection[int],
    caps: Collection[FrequencyCap],
    now: datetime,
) -> dict[int, Eligibility]:
    """How `ids` (winners of merges) stand with `channel` through one of `accounts`; those unknown here are left out."""
    params: dict[str, Any] = {"ids": sorted(set(ids)), "accounts": sorted(accounts)}
    rows = await tx.execute(_MEMBERS, {"ids": params["ids"], "channel": channel, "workspace_id": workspace_id})
    members = {row.id: Eligibility(row.zone, row.erased, row.consent) for row in rows}
    for row in await tx.execute(_SUPPRESSED, {"ids": params["ids"], "channel": channel, "any": ANY_CHANNEL}):
        if row.root in members:
            members[row.root].suppressed = True
    if accounts and ADAPTERS[channel].addressed == "contact_link":
        for row in await tx.execute(_LINKS, params):
            if row.root in members:
                members[row.root].address = Address(row.account_id, row.address, row.staff)
    elif accounts:
        for member_id, member in members.items():
            member.address = Address(min(accounts), str(member_id))
    if caps:
        since = now - timedelta(days=max(cap.days for cap in caps))
        for row in await tx.execute(_COUNTED, {"ids": params["ids"], "since": since}):
            if row.root in members:
                members[row.root].counted.append(CountedMessage(row.channel, row.counts_at, row.open))
    return members


async def template_versions(tx: Tx, workspace_id: int, ids: Collection[int]) -> Mapping[int, int | None]:
    """The newest version of each template there is; None for one that was taken out of use."""
    rows = await tx.execute(
        text(
            "SELECT id, CASE WHEN retired_at IS NULL THEN version END AS version FROM template WHERE workspace_id = :workspace_id"
            " AND id = ANY(CAST(:ids AS int[]))"
        ),
        {"workspace_id": workspace_id, "ids": sorted(set(ids))},
    )
    return {row.id: row.version for row in rows}


async def send_policy(tx: Tx, workspace_id: int) -> Policy:
    """The brand's caps, quiet hours and zone."""
    workspace = await platform.workspace(tx, workspace_id)
    caps = await tx.scalars(select(Cap).where(Cap.workspace_id == workspace_id).order_by(Cap.channel, Cap.days))
    row = await tx.get(QuietHours, workspace_id)
    quiet = None
    if row is not None and (row.begins != row.ends or row.holidays):
        quiet = QuietWindow(row.begins, row.ends, frozenset(row.holidays))
    return Policy(tuple(FrequencyCap(cap.channel, cap.count, cap.days) for cap in caps), quiet, workspace.zone)


Reach = dict[str, str | None]
"""By channel why nothing can be sent (a code of REASONS); None: a message would go."""


async def reach(tx: Tx, workspace_id: int, ids: Collection[int], now: datetime) -> dict[int, Reach]:
    """How each of `ids` (winners of merges) can be reached with marketing; those unknown here are left out."""
    by_member: dict[int, Reach] = {}
    for channel in SENDABLE:
        own = [row.id for row in await account_rows(tx, workspace_id, channel.name)]
        for member_id, stands in (await eligibility(tx, workspace_id, channel.name, ids, own, (), now)).items():
            by_member.setdefault(member_id, {})[channel.name] = _reason(stands, channel.name, bool(own), now)
    return by_member


def _reason(stands: Eligibility, channel: str, account: bool, now: datetime) -> str | None:
    candidate = Candidate(
        channel=channel,
        purpose="marketing",
        planned_at=now,
        account=account,
        address=stands.address is not None,
        erased=stands.erased,
        suppressed=stands.suppressed,
        consent=stands.consent,
    )
    return refusal(candidate, PURPOSES["marketing"])
