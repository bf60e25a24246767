"""Reading the log."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.kit.db import Tx


@dataclass(frozen=True)
class FactRecord:
    """A fact as read back."""

    seq: int
    txid: int
    id: uuid.UUID
    workspace_id: int
    name: str
    member_id: int | None
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    props: dict[str, Any]


@dataclass(frozen=True, order=True)
class Position:
    """A place in the log: everything up to and including it has been read."""

    txid: int
    seq: int


READABLE_BEFORE = """CAST(CAST(CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)
    + coalesce((SELECT txid_offset FROM database_origin), 0) AS text) AS xid8)"""
"""The first transaction that may still add to the log, as the log counts them: see DatabaseOrigin."""
COLUMNS = "seq, txid::text::bigint AS txid, id, workspace_id, name, member_id, occurred_at, recorded_at, actor, props"


async def bound(tx: Tx, after: Position, rows_max: int) -> Position | None:
    """The end of the next batch of at most `rows_max` rows that no open transaction can still add to; None when there is none."""
    result = await tx.execute(
        text(f"""
            SELECT txid::text::bigint, seq FROM (
                SELECT txid, seq FROM fact
                WHERE (txid, seq) > (CAST(CAST(:txid AS text) AS xid8), :seq) AND txid < {READABLE_BEFORE}
                ORDER BY txid, seq LIMIT :rows_max) AS batch
            ORDER BY txid DESC, seq DESC LIMIT 1
        """),
        {"txid": str(after.txid), "seq": after.seq, "rows_max": rows_max},
    )
    row = result.one_or_none()
    return Position(row[0], row[1]) if row else None


BATCH_ROWS_MAX = 200_000
"""The most rows that anybody takes from the log at once."""
SPAN = f"""(
    SELECT * FROM fact
    WHERE (txid, seq) > (CAST(CAST(:a AS text) AS xid8), :b) AND (txid, seq) <= (CAST(CAST(:c AS text) AS xid8), :d)
    ORDER BY txid, seq LIMIT {BATCH_ROWS_MAX}) AS fact"""
"""FROM of a batch: the facts in (after, upto]. Postgres judges a comparison of rows by its first column: of one large
transaction it would read the whole log for each batch, if it were not asked for the first so many in the index's order."""


def span(after: Position, upto: Position) -> dict[str, Any]:
    """The parameters of SPAN."""
    return {"a": str(after.txid), "b": after.seq, "c": str(upto.txid), "d": upto.seq}


async def positions(tx: Tx, after: Position, upto: Position) -> list[Position]:
    """Where each fact in (`after`, `upto`] stands, in reading order."""
    result = await tx.execute(
        text(f"SELECT txid::text::bigint, seq FROM {SPAN} ORDER BY fact.txid, seq"), span(after, upto)
    )
    return [Position(row[0], row[1]) for row in result]


async def place_of(tx: Tx, seq: int) -> tuple[Position, int] | None:
    """Where a fact stands, and its workspace; None when the log has it no more."""
    row = (
        await tx.execute(text("SELECT txid::text::bigint, workspace_id FROM fact WHERE seq = :seq"), {"seq": seq})
    ).one_or_none()
    return (Position(row[0], seq), row[1]) if row else None


async def between(tx: Tx, after: Position, upto: Position, kinds: frozenset[str] | None) -> list[FactRecord]:
    """The facts in (`after`, `upto`], of `kinds` (None: of all); at most BATCH_ROWS_MAX lie between."""
    result = await tx.execute(
        text(f"""
            SELECT {COLUMNS} FROM {SPAN}
            WHERE CAST(:kinds AS text[]) IS NULL OR name = ANY(CAST(:kinds AS text[])) ORDER BY fact.txid, seq
        """),
        {**span(after, upto), "kinds": None if kinds is None else sorted(kinds)},
    )
    return [FactRecord(**row) for row in result.mappings()]


async def of_members(
    tx: Tx,
    workspace_id: int,
    member_ids: list[int],
    kinds: list[str] | None,
    before: tuple[datetime, int] | None,
    limit: int,
    *,
    once: str | None = None,
) -> list[FactRecord]:
    """The newest facts of these members (one member and those merged into it), newest first, `before` exclusive.

    Of the facts that share their property `once` (of one message, say) only the newest.
    """
    result = await tx.execute(
        text(f"""
            SELECT {COLUMNS} FROM fact
            WHERE workspace_id = :workspace_id AND member_id = ANY(:ids)
              AND (CAST(:kinds AS text[]) IS NULL OR name = ANY(CAST(:kinds AS text[])))
              AND (CAST(:at AS timestamptz) IS NULL OR (occurred_at, seq) < (CAST(:at AS timestamptz), CAST(:seq AS bigint)))
              AND (CAST(:once AS text) IS NULL OR NOT props ? CAST(:once AS text) OR NOT EXISTS (
                SELECT 1 FROM fact later
                WHERE later.workspace_id = fact.workspace_id AND later.member_id = ANY(:ids)
                  AND later.props->>CAST(:once AS text) = fact.props->>CAST(:once AS text)
                  AND (CAST(:kinds AS text[]) IS NULL OR later.name = ANY(CAST(:kinds AS text[])))
                  AND (later.occurred_at, later.seq) > (fact.occurred_at, fact.seq)))
            ORDER BY occurred_at DESC, seq DESC LIMIT :limit
        """),
        {
            "workspace_id": workspace_id,
            "ids": member_ids,
            "once": once,
            "kinds": kinds,
            "at": before[0] if before else None,
            "seq": before[1] if before else None,
            "limit": limit,
        },
    )
    return [FactRecord(**row) for row in result.mappings()]


@dataclass(frozen=True)
class FactSearch:
    """Which facts are meant: `like` is in one of their `texts`, or they are by one of `actors`, of one of `kinds` or `done`
    (`what.verb`)."""

    like: str
    texts: tuple[str, ...]
    actors: list[str]
    kinds: list[str]
    done: list[str]


_SEARCHED = """
    AND (CAST(:like AS text) IS NULL OR actor = ANY(CAST(:actors AS text[])) OR name = ANY(CAST(:named AS text[]))
         OR concat(props->>'what', '.', props->>'verb') = ANY(CAST(:done AS text[]))
         OR EXISTS (SELECT 1 FROM unnest(CAST(:texts AS text[])) AS t (key) WHERE props->>t.key ILIKE :like))
"""


async def of_workspace(
    tx: Tx, workspace_id: int, kinds: list[str], before: int | None, limit: int, search: FactSearch | None = None
) -> list[FactRecord]:
    """The newest facts of these kinds in a workspace, newest recorded first."""
    result = await tx.execute(
        text(f"""
            SELECT {COLUMNS} FROM fact
            WHERE workspace_id = :workspace_id AND name = ANY(:kinds) AND (CAST(:before AS bigint) IS NULL OR seq < :before)
            {_SEARCHED} ORDER BY seq DESC LIMIT :limit
        """),
        {
            "workspace_id": workspace_id,
            "kinds": kinds,
            "before": before,
            "limit": limit,
            "like": search and search.like,
            "texts": list(search.texts) if search else [],
            "actors": search.actors if search else [],
            "named": search.kinds if search else [],
            "done": search.done if search else [],
        },
    )
    return [FactRecord(**row) for row in result.mappings()]


_UNCONSUMED = text("""
    SELECT f.member_id, f.occurred_at, f.props FROM fact f
    WHERE (f.txid, f.seq) > (COALESCE((SELECT c.txid FROM fact_cursor c WHERE c.reader = :subscriber), CAST('0' AS xid8)),
                             COALESCE((SELECT c.seq FROM fact_cursor c WHERE c.reader = :subscriber), 0))
      AND f.workspace_id = :workspace_id AND f.name = :fact AND f.member_id = ANY(CAST(:members AS bigint[]))
    ORDER BY f.occurred_at
""")


async def unconsumed(
    tx: Tx, subscriber: str, workspace_id: int, fact: str, member_ids: Sequence[int]
) -> list[tuple[int, datetime, Mapping[str, Any]]]:
    """(member, when, properties) of facts of a kind that `subscriber` has not consumed yet, the oldest first."""
    params = {"subscriber": subscriber, "workspace_id": workspace_id, "fact": fact, "members": list(member_ids)}
    return [(row.member_id, row.occurred_at, row.props) for row in (await tx.execute(_UNCONSUMED, params)).all()]


async def deaf_readers(tx: Tx, position: Position, relayed: Position) -> list[str]:
    """Who will never be handed a fact at `position`, because they count as having read it; `relayed` is the relay's cursor."""
    rows = await tx.scalars(
        text("""
            SELECT reader FROM (
                SELECT reader, txid, seq FROM fact_cursor
                UNION ALL SELECT 'relay', CAST(CAST(:relayed_txid AS text) AS xid8), CAST(:relayed_seq AS bigint)) AS c
            WHERE (c.txid, c.seq) >= (CAST(CAST(:txid AS text) AS xid8), CAST(:seq AS bigint)) ORDER BY reader
        """),
        {
            "relayed_txid": str(relayed.txid),
            "relayed_seq": relayed.seq,
            "txid": str(position.txid),
            "seq": position.seq,
        },
    )
    return list(rows.all())
