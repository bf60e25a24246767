"""Messages and calls: the log, how many are in which state, and what is due, past its lease or open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, text

from siyu.channels.accounts.models import ChannelAccount
from siyu.channels.accounts.queries import opened
from siyu.channels.adapters.types import Account, Addressee, Batch, Quota
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.messages.models import Dispatch, Message, MessageHold
from siyu.channels.policy.rules import EXPIRES_AFTER, WhenBlocked
from siyu.contacts.hosts.queries import served
from siyu.contacts.identities.queries import SEARCHED, search_params
from siyu.kit.db import Tx
from siyu.kit.process_life import ended
from siyu.platform.queries import HELD_WORKSPACES


@dataclass(frozen=True)
class MessageFilter:
    """Which messages: None means any."""

    state: str | None = None
    reason: str | None = None
    channel: str | None = None
    member_id: int | None = None
    source: str | None = None
    since: datetime | None = None
    search: str | None = None
    """Part of the text, or whom it is for as in the list of members."""
    serves: str | None = None
    """To customers connected with this member of staff (`Caller.serves`)."""


_WHERE = f"""
    m.workspace_id = :workspace_id
    AND (CAST(:state AS text) IS NULL OR m.state = :state)
    AND (CAST(:reason AS text) IS NULL OR m.reason = :reason)
    AND (CAST(:channel AS text) IS NULL OR m.channel = :channel)
    AND (CAST(:source AS text) IS NULL OR m.source = :source)
    AND (CAST(:since AS timestamptz) IS NULL OR m.planned_at >= :since)
    AND (CAST(:member_id AS bigint) IS NULL OR m.member_id IN (
        SELECT id FROM member WHERE id = :member_id OR merged_into = :member_id))
    AND {served("m.member_id")}
"""
_SEARCHED = f"""
    AND (m.content->>'text' ILIKE :like OR m.member_id IN (
        WITH meant AS (SELECT m.id FROM member m WHERE m.workspace_id = :workspace_id AND {SEARCHED})
        SELECT id FROM meant UNION ALL
        SELECT former.id FROM member former JOIN meant ON former.merged_into = meant.id))
"""


def matching(workspace_id: int, message_filter: MessageFilter) -> tuple[str, dict[str, Any]]:
    """(the condition on `message m` that a filter is, its values)."""
    params = {"workspace_id": workspace_id, **vars(message_filter)}
    if not message_filter.search:
        return _WHERE, params
    return _WHERE + _SEARCHED, params | search_params(workspace_id, message_filter.search)


async def log(
    tx: Tx, workspace_id: int, message_filter: MessageFilter, before: int | None, limit: int
) -> tuple[list[Mapping[str, Any]], int]:
    """(a page of messages, newest first; how many there are in all)."""
    condition, params = matching(workspace_id, message_filter)
    rows = await tx.execute(
        text(f"""
            SELECT m.id, m.member_id, coalesce(p.name, '') AS member_name, m.channel, m.purpose, m.source, m.origin,
                   m.template_id, t.name AS template_name, m.template_version, m.staff, m.content->>'text' AS text,
                   coalesce(jsonb_array_length(m.content->'attachments'), 0) AS attachments, m.state, m.reason,
                   d.trouble AS detail, m.tries, m.planned_at, m.due_at, m.changed_at
            FROM message m JOIN member p ON p.id = m.member_id LEFT JOIN template t ON t.id = m.template_id
            LEFT JOIN dispatch d ON d.id = m.dispatch_id
            WHERE {condition} AND (CAST(:before AS bigint) IS NULL OR m.id < :before)
            ORDER BY m.id DESC LIMIT :limit
        """),
        {**params, "before": before, "limit": limit},
    )
    page: list[Mapping[str, Any]] = [dict(row) for row in rows.mappings()]
    total = await tx.scalar(text(f"SELECT count(*) FROM message m WHERE {condition}"), params)
    return page, int(total or 0)


async def summary(tx: Tx, workspace_id: int, message_filter: MessageFilter) -> list[tuple[str, str | None, int]]:
    """(state, reason, how many)."""
    condition, params = matching(workspace_id, message_filter)
    rows = await tx.execute(
        text(f"SELECT m.state, m.reason, count(*) FROM message m WHERE {condition} GROUP BY 1, 2 ORDER BY 1, 2"), params
    )
    return [(row[0], row[1], int(row[2])) for row in rows]


_USED = {
    "calls": "SELECT count(*) FROM dispatch WHERE account_id = :id AND called_at > :since",
    "messages_per_member": """
        SELECT coalesce(max(n), 0) FROM (
            SELECT count(*) AS n FROM message m JOIN dispatch d ON d.id = m.dispatch_id AND d.kind = 'message'
            WHERE d.account_id = :id AND d.started_at >= :since AND m.state IN ('sending', 'sent', 'delivered', 'in_doubt')
            GROUP BY m.member_id) AS by_member
    """,
}


async def quota_usage(tx: Tx, account_id: int, quotas: Iterable[Quota]) -> dict[str, int]:
    """How much of those of an account's quotas is used that are counted, by their names."""
    return {
        quota.name: int(await tx.scalar(text(_USED[quota.counted]), {"id": account_id, "since": quota.since}) or 0)
        for quota in quotas
        if quota.counted is not None
    }


@dataclass(frozen=True)
class DueMessage:
    """A queued message whose time has come."""

    id: int
    member_id: int
    channel: str
    purpose: str
    source: str
    template_id: int | None
    values: dict[str, Any]
    on_cap: WhenBlocked
    on_quiet: WhenBlocked
    planned_at: datetime
    counts_at: datetime | None


@dataclass(frozen=True)
class Call:
    """A call to make: the written trace of it, and what to send."""

    dispatch_id: int
    account_id: int
    batch: Batch
    tries: int = 0

    @property
    def message_ids(self) -> list[int]:
        return [addressee.message_id for addressee in self.batch.to]


@dataclass(frozen=True)
class OpenCall:
    """A call that was carried out, of whose receivers some have no outcome yet."""

    dispatch_id: int
    account_id: int
    provider_id: str
    staff: str | None
    started_at: datetime


async def claim(tx: Tx, account_id: int, now: datetime, rows_max: int) -> list[DueMessage]:
    """The next due messages of an account, locked; those that another process holds are passed over."""
    rows = await tx.execute(
        text(f"""
            SELECT id, member_id, channel, purpose, source, template_id, "values", on_cap, on_quiet,
                   planned_at, counts_at
            FROM message WHERE account_id = :account_id AND state = 'queued' AND due_at <= :now
              AND workspace_id NOT IN {HELD_WORKSPACES}
            ORDER BY due_at, id LIMIT :rows_max FOR UPDATE SKIP LOCKED
        """),
        {"account_id": account_id, "now": now, "rows_max": rows_max},
    )
    return [DueMessage(*row) for row in rows]


async def holds(tx: Tx, workspace_id: int, sources: Collection[str]) -> dict[str, str]:
    """Those of the sources that may not send now, each with what becomes of its messages: `hold` or `cancel`."""
    rows = await tx.execute(
        select(MessageHold.source, MessageHold.effect).where(
            MessageHold.workspace_id == workspace_id, MessageHold.source.in_(sources)
        )
    )
    return {row.source: row.effect for row in rows}


@dataclass(frozen=True)
class Waiting:
    """Messages that have not gone out yet: due or deferred, on hold, and in calls being made at this moment. `expired`: of the
    first two those that have waited too long to go out any more."""

    queued: int
    held: int
    sending: int
    expired: int


async def waiting(tx: Tx, workspace_id: int, source: str, now: datetime) -> Waiting:
    """The messages of a source that have not gone out yet."""
    row = (
        await tx.execute(
            text("""
                SELECT (SELECT count(*) FROM message WHERE workspace_id = :workspace_id AND source = :source
                          AND state = 'queued'),
                       (SELECT count(*) FROM message WHERE workspace_id = :workspace_id AND source = :source
                          AND state = 'held'),
                       (SELECT count(*) FROM message WHERE workspace_id = :workspace_id AND source = :source
                          AND state = 'sending'),
                       (SELECT count(*) FROM message WHERE workspace_id = :workspace_id AND source = :source
                          AND state IN ('queued', 'held') AND planned_at <= :expired)
            """),
            {"workspace_id": workspace_id, "source": source, "expired": now - EXPIRES_AFTER},
        )
    ).one()
    return Waiting(*row)


async def waiting_of_template(tx: Tx, workspace_id: int, template_id: int) -> int:
    """How many messages wait that will say what this template says."""
    number = await tx.scalar(
        text("""
            SELECT count(*) FROM message
            WHERE workspace_id = :workspace_id AND template_id = :template_id AND state IN ('queued', 'held')
        """),
        {"workspace_id": workspace_id, "template_id": template_id},
    )
    return int(number or 0)


async def accounts_with_due(tx: Tx, now: datetime) -> list[Account]:
    """The accounts that have something to send now."""
    rows = await tx.scalars(
        select(ChannelAccount)
        .where(
            select(Message.id)
            .where(Message.account_id == ChannelAccount.id, Message.state == "queued", Message.due_at <= now)
            .exists()
        )
        .order_by(ChannelAccount.id)
    )
    return [opened(row) for row in rows]


async def past_lease(tx: Tx, now: datetime, rows_max: int) -> list[Dispatch]:
    """Calls that were begun and never concluded, locked: their lease ran out, or the worker that held them has died."""
    begun = (Dispatch.closed_at.is_(None), Dispatch.answered_at.is_(None))
    holders = await tx.scalars(select(Dispatch.leased_by).where(*begun, Dispatch.lease_until > now).distinct())
    dead = await ended(tx, holders)
    rows = await tx.scalars(
        select(Dispatch)
        .where(*begun, or_(Dispatch.lease_until <= now, Dispatch.leased_by.in_(dead)))
        .order_by(Dispatch.id)
        .limit(rows_max)
        .with_for_update(skip_locked=True)
    )
    return list(rows)


async def messages_of(tx: Tx, dispatch_ids: list[int], states: tuple[str, ...]) -> list[Message]:
    """The messages of these calls that are in one of `states`."""
    rows = await tx.scalars(
        select(Message)
        .where(Message.dispatch_id.in_(dispatch_ids), Message.state.in_(states))
        .order_by(Message.id)
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def keyed_accounts(tx: Tx) -> dict[int, Account]:
    """The accounts whose provider takes an idempotency key."""
    channels = [channel for channel, adapter in ADAPTERS.items() if adapter.takes_key]
    rows = await tx.scalars(select(ChannelAccount).where(ChannelAccount.channel.in_(channels)))
    return {row.id: opened(row) for row in rows}


async def zones(tx: Tx, member_ids: list[int]) -> dict[int, str | None]:
    """The zone of each of these members, as they are now."""
    rows = await tx.execute(
        text("""
            SELECT former.id, m.zone FROM member former JOIN member m ON m.id = coalesce(former.merged_into, former.id)
            WHERE former.id = ANY(CAST(:ids AS bigint[]))
        """),
        {"ids": member_ids},
    )
    return {row.id: row.zone for row in rows}


def batch_of(dispatch: Dispatch, messages: list[Message], payload: dict[str, Any]) -> Batch:
    """The very call that `dispatch` is the trace of."""
    to = tuple(Addressee(message.id, message.member_id, message.address or "") for message in messages)
    return Batch(dispatch.key, dispatch.kind, dispatch.staff, payload, to, dispatch.started_at)


async def open_calls(tx: Tx, now: datetime, rows_max: int) -> list[OpenCall]:
    """Calls whose outcome is to be asked for now, those longest unasked first. The young are asked about each round,
    later every ten minutes, after a day hourly."""
    rows = await tx.execute(
        text(f"""
            SELECT id, account_id, provider_id, staff, started_at FROM dispatch
            WHERE closed_at IS NULL AND answered_at IS NOT NULL AND provider_id IS NOT NULL
              AND (checked_at IS NULL OR checked_at <= CAST(:now AS timestamptz) - CASE
                    WHEN started_at > CAST(:now AS timestamptz) - interval '30 minutes' THEN interval '0'
                    WHEN started_at > CAST(:now AS timestamptz) - interval '1 day' THEN interval '10 minutes'
                    ELSE interval '1 hour' END)
              AND account_id NOT IN (SELECT id FROM channel_account WHERE workspace_id IN {HELD_WORKSPACES})
            ORDER BY checked_at NULLS FIRST, id LIMIT :rows_max
        """),
        {"now": now, "rows_max": rows_max},
    )
    return [OpenCall(*row) for row in rows]


async def due_by_channel(tx: Tx, workspace_id: int, now: datetime) -> dict[str, int]:
    """How many messages would go out now, by channel: due, or in calls that were under way."""
    rows = await tx.execute(
        text("""
            SELECT channel, count(*) FROM message
            WHERE workspace_id = :workspace_id AND (state = 'sending' OR state = 'queued' AND due_at <= :now)
            GROUP BY 1 ORDER BY 1
        """),
        {"workspace_id": workspace_id, "now": now},
    )
    return {row[0]: int(row[1]) for row in rows}


async def message_texts(tx: Tx, workspace_id: int, ids: Collection[int]) -> dict[int, str]:
    """What these messages say; those without a text are left out."""
    rows = await tx.execute(
        text("""
            SELECT m.id, m.content->>'text' FROM message m
            WHERE m.workspace_id = :workspace_id AND m.id = ANY(CAST(:ids AS bigint[])) AND m.content->>'text' <> ''
        """),
        {"workspace_id": workspace_id, "ids": sorted(set(ids))},
    )
    return dict(rows.tuples().all())
