"""Setting items aside, letting them be tried again, and writing down how the parts fare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import delete, text

from siyu.facts.operation.models import QuarantinedItem
from siyu.facts.operation.queries import RETRYABLE, Source, State, retries
from siyu.kit.db import Tx
from siyu.kit.isolation import UNEXPECTED, error_class, reason_of_fault
from siyu.kit.jobs import defer
from siyu.kit.logs import logger

log = logger("operation")

_SET_ASIDE = text("""
    INSERT INTO quarantined_item (source, reader, item_key, workspace_id, reason, error, first_at, last_at)
    VALUES (:source, :reader, :item_key, :workspace_id, :reason, :error, :now, :now)
    ON CONFLICT (source, reader, item_key) DO UPDATE
    SET reason = excluded.reason, error = excluded.error, last_at = excluded.last_at, state = 'waiting',
        tries = quarantined_item.tries + 1
""")


async def set_aside(
    tx: Tx, source: Source, reader: str, item_key: str, workspace_id: int | None, error: BaseException, now: datetime
) -> None:
    """Set one item aside, because of `error`, whose text is not kept: it may quote a customer."""
    row = {"source": source, "reader": reader, "item_key": item_key, "workspace_id": workspace_id}
    why = {"reason": reason_of_fault(error), "error": error_class(error)}
    await tx.execute(_SET_ASIDE, {**row, **why, "now": now})
    log.error("item_set_aside", **row, **why)


async def settle(tx: Tx, ids: Sequence[int]) -> None:
    """Take back items that were worked on after all."""
    await tx.execute(delete(QuarantinedItem).where(QuarantinedItem.id.in_(ids)))


async def decide(tx: Tx, items: Sequence[QuarantinedItem], state: State) -> list[QuarantinedItem]:
    """Let items be tried again by the loop they came from, or dismiss them; returns those that this concerns. An answer to a
    message cannot be had again: its messages are in doubt, for a person to settle."""
    concerned = [item for item in items if state != "retrying" or item.source in RETRYABLE]
    for item in concerned:
        item.state = state
    await tx.flush()
    return concerned


async def set_failed_jobs_aside(tx: Tx, now: datetime) -> int:
    """Set aside the jobs that have failed for the last time; returns how many are new."""
    result = await tx.execute(
        text("""
            INSERT INTO quarantined_item (source, reader, item_key, reason, error, tries, first_at, last_at)
            SELECT 'job', task_name, id::text, :reason, 'JobFailed', greatest(attempts, 1), :now, :now
            FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id
            ON CONFLICT (source, reader, item_key) DO NOTHING
        """),
        {"reason": UNEXPECTED, "now": now},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


async def retry_jobs(tx: Tx) -> int:
    """Queue the failed jobs anew that somebody lets be tried again; returns how many."""
    again = await retries(tx, "job")
    for item in again:
        args = await tx.scalar(
            text("DELETE FROM procrastinate_jobs WHERE id = :id AND status = 'failed' RETURNING args"),
            {"id": int(item.item_key)},
        )
        if args is not None:
            await defer(tx, item.reader, **args)
    await settle(tx, [item.id for item in again])
    return len(again)


@dataclass(frozen=True)
class Outcome:
    """How a part fared at a moment; `error` None: well."""

    at: datetime
    error: str | None


_REPORT = text("""
    INSERT INTO part_status AS p (part, succeeded_at, failed_at, failing_since, error)
    SELECT part, CASE WHEN error IS NULL THEN at END, CASE WHEN error IS NOT NULL THEN at END,
           CASE WHEN error IS NOT NULL THEN at END, error
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (part text, at timestamptz, error text) ORDER BY part
    ON CONFLICT (part) DO UPDATE
    SET succeeded_at = coalesce(excluded.succeeded_at, p.succeeded_at), failed_at = coalesce(excluded.failed_at, p.failed_at),
        failing_since = CASE WHEN excluded.error IS NOT NULL THEN coalesce(p.failing_since, excluded.failing_since) END,
        error = excluded.error
""")


async def report(tx: Tx, outcomes: Mapping[str, Outcome]) -> None:
    """Write down how parts fared."""
    rows = [{"part": part, "at": outcome.at, "error": outcome.error} for part, outcome in outcomes.items()]
    await tx.execute(_REPORT, {"rows": orjson.dumps(rows).decode()})


RETRY_LATEST = timedelta(minutes=10)
"""No job waits longer for its next try."""


async def correct_jobs(tx: Tx, now: datetime) -> None:
    """After the clock has been set back: jobs that wait for the clock that was ahead are due."""
    await tx.execute(
        text("UPDATE procrastinate_jobs SET scheduled_at = :now WHERE status = 'todo' AND scheduled_at > :latest"),
        {"now": now, "latest": now + RETRY_LATEST},
    )
