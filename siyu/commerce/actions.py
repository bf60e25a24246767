"""The verbs of the commerce room: sets of documents in, each (source, number) once.

A document that is already here just so is left alone; one that is here with other content is named and left alone:
facts about it have been told and are not rewritten.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from siyu.commerce.rules import Document, Taken
from siyu.facts.catalogue.commerce import OrderPaid, OrderRefunded
from siyu.facts.log.actions import record_from
from siyu.kit.db import Tx, copy_rows

_DOCUMENT_LINE = """
    CREATE TEMP TABLE document_line (
        number text, at timestamptz, member_id bigint, store text, refund_of text, line int, product text, title text,
        quantity numeric(14, 3), amount bigint) ON COMMIT DROP
"""
_COLUMNS = ("number", "at", "member_id", "store", "refund_of", "line", "product", "title", "quantity", "amount")
SELECT_COLUMNS = ", ".join(_COLUMNS)
"""What the select of `take_orders_from` and `take_refunds_from` gives, a row a line; `line` numbers those of a document."""

HEAD_COLUMNS = "number, at, member_id, store, refund_of, lines, amount, negative, turned"
"""What `heads` gives, a row a document. `negative`: every line is; `turned`: its amounts or quantities add up to less than 0."""

_HEADS = f"""
    SELECT number, min(at) AS at, min(member_id), min(store), min(refund_of), count(*)::int, sum(amount)::bigint,
           bool_and(quantity < 0 OR amount < 0), sum(amount) < 0 OR sum(quantity) < 0
    FROM ({{select}}) AS l ({SELECT_COLUMNS}) GROUP BY number ORDER BY 2, 1
"""
_PAID = "jsonb_build_object('order', number, 'amount', amount, 'lines', lines, 'source', CAST(:source AS text))"
_PAID_AT = _PAID.removesuffix(")") + ", 'store', store)"


async def take_orders(
    tx: Tx, workspace_id: int, documents: Sequence[Document], *, source: str, actor: str, now: datetime
) -> Taken:
    """Take orders in and record order_paid at each one's time."""
    select = await _stage(tx, documents)
    return await take_orders_from(tx, workspace_id, select, None, source=source, actor=actor, now=now)


async def take_refunds(
    tx: Tx, workspace_id: int, documents: Sequence[Document], *, source: str, actor: str, now: datetime
) -> Taken:
    """Take refunds in and record order_refunded. Lines may be written negative or positive: all count as given back."""
    select = await _stage(tx, documents)
    return await take_refunds_from(tx, workspace_id, select, None, source=source, actor=actor, now=now)


async def _stage(tx: Tx, documents: Sequence[Document]) -> str:
    await tx.execute(text("DROP TABLE IF EXISTS document_line"))
    await tx.execute(text(_DOCUMENT_LINE))
    lines = (
        (d.number, d.at, d.member_id, d.store, d.refund_of, n, line.product, line.title, line.quantity, line.amount)
        for d in documents
        for n, line in enumerate(d.lines, 1)
    )
    await copy_rows(tx, "document_line", _COLUMNS, lines)
    return f"SELECT {SELECT_COLUMNS} FROM document_line"


async def take_orders_from(
    tx: Tx, workspace_id: int, select: str, heads: str | None, *, source: str, actor: str, now: datetime
) -> Taken:
    """`take_orders` without bringing the lines into Python: `select` is our own SQL giving SELECT_COLUMNS, once a line.

    `heads` is our own SQL giving HEAD_COLUMNS of the same documents, in the order in which they get their ids; None: the
    lines are added up here.
    An order of which every line is negative is a correction of the books: it is kept as written and nobody paid it.
    """
    bag = {"workspace_id": workspace_id, "source": source, "now": now, "actor": actor}
    await _heads(tx, "purchase", heads or _HEADS.format(select=select), bag, sign="1")
    written = await _write(
        tx,
        """
            INSERT INTO purchase (id, workspace_id, source, number, member_id, amount, lines, correction, store, paid_at, created_at)
            SELECT id, :workspace_id, :source, number, member_id, amount, lines, negative, store, at, :now
            FROM taking WHERE id IS NOT NULL ORDER BY id
        """,
        "purchase",
        bag,
    )
    if not written:
        return await _taken(tx, "purchase", "paid_at", bag, 0)
    await tx.execute(
        text(f"""
            INSERT INTO purchase_line (order_id, line, product, title, quantity, amount)
            SELECT t.id, l.line, l.product, l.title, l.quantity, l.amount
            FROM ({select}) AS l ({SELECT_COLUMNS}) JOIN taking t USING (number) WHERE t.id IS NOT NULL ORDER BY t.id, l.line
        """),
        bag,
    )
    facts = await record_from(
        tx,
        OrderPaid,
        # without a key: a number that is here already has written no order, and only a new order is told
        f"""
            SELECT CAST(:workspace_id AS int), member_id, at, :actor, NULL, CASE WHEN store IS NULL THEN {_PAID} ELSE {_PAID_AT} END
            FROM taking WHERE id IS NOT NULL AND NOT negative ORDER BY member_id, at
        """,
        bag,
        now,
        keyed=False,
    )
    return await _taken(tx, "purchase", "paid_at", bag, facts)


async def take_refunds_from(
    tx: Tx, workspace_id: int, select: str, heads: str | None, *, source: str, actor: str, now: datetime
) -> Taken:
    """`take_refunds` without bringing the lines into Python: `select` and `heads` as for `take_orders_from`."""
    bag = {"workspace_id": workspace_id, "source": source, "now": now, "actor": actor}
    # a document written in negative numbers is turned round as a whole, so that a fee kept back stays a fee
    await _heads(tx, "refund", heads or _HEADS.format(select=select), bag, sign="CASE WHEN turned THEN -1 ELSE 1 END")
    await tx.execute(
        text("""
            UPDATE taking t SET order_id = p.id, member_id = coalesce(t.member_id, p.member_id) FROM purchase p
            WHERE t.id IS NOT NULL AND p.workspace_id = :workspace_id AND p.source = :source AND p.number = t.refund_of
        """),
        bag,
    )
    written = await _write(
        tx,
        """
            INSERT INTO refund (id, workspace_id, source, number, order_id, member_id, amount, lines, refunded_at, created_at)
            SELECT id, :workspace_id, :source, number, order_id, member_id, amount, lines, at, :now
            FROM taking WHERE id IS NOT NULL ORDER BY id
        """,
        "refund",
        bag,
    )
    if not written:
        return await _taken(tx, "refund", "refunded_at", bag, 0)
    await tx.execute(
        text(f"""
            INSERT INTO refund_line (refund_id, line, product, title, quantity, amount)
            SELECT t.id, l.line, l.product, l.title, t.sign * l.quantity, t.sign * l.amount
            FROM ({select}) AS l ({SELECT_COLUMNS}) JOIN taking t USING (number) WHERE t.id IS NOT NULL ORDER BY t.id, l.line
        """),
        bag,
    )
    facts = await record_from(
        tx,
        OrderRefunded,
        """
            SELECT CAST(:workspace_id AS int), member_id, at, :actor, NULL,
                jsonb_build_object('order', coalesce(refund_of, number), 'amount', amount, 'source', CAST(:source AS text))
            FROM taking WHERE id IS NOT NULL ORDER BY member_id, at
        """,
        bag,
        now,
        keyed=False,
    )
    return await _taken(tx, "refund", "refunded_at", bag, facts)


async def _heads(tx: Tx, table: str, heads: str, bag: dict[str, Any], *, sign: str) -> None:
    """One row a document in `taking`; those that `table` does not know have drawn an id."""
    await tx.execute(text("DROP TABLE IF EXISTS taking"))
    await tx.execute(
        text(f"""
            CREATE TEMP TABLE taking ON COMMIT DROP AS
            SELECT h.number, h.at, h.member_id, h.store, h.refund_of, h.lines, {sign} AS sign, {sign} * h.amount AS amount,
                   h.negative, NULL::bigint AS order_id,
                   CASE WHEN p.id IS NULL THEN nextval((SELECT CAST(pg_get_serial_sequence('{table}', 'id') AS regclass))) END AS id
            FROM ({heads}) AS h ({HEAD_COLUMNS})
            LEFT JOIN {table} p ON p.workspace_id = :workspace_id AND p.source = :source AND p.number = h.number
        """),
        bag,
    )
    await tx.execute(text("ANALYZE taking (id)"))


async def _write(tx: Tx, insert: str, table: str, bag: dict[str, Any]) -> int:
    """Insert the documents of `taking` that have an id; returns how many were new.

    Where another transaction was quicker with a number, the document is one of those that were here before.
    """
    wanted = int(await tx.scalar(text("SELECT count(id) FROM taking")) or 0)
    if wanted == 0:
        return 0
    try:
        async with tx.begin_nested():
            await tx.execute(text(insert), bag)
            return wanted
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
    skipping = f"{insert} ON CONFLICT (workspace_id, source, number) DO NOTHING"
    written = int((await tx.execute(text(skipping), bag)).rowcount)  # type: ignore[attr-defined]
    await tx.execute(
        text(f"UPDATE taking SET id = NULL WHERE NOT EXISTS (SELECT 1 FROM {table} p WHERE p.id = taking.id)")
    )
    return written


async def _taken(tx: Tx, table: str, at: str, bag: dict[str, Any], facts: int) -> Taken:
    """What became of `taking`: documents without an id were here before, just so or otherwise."""
    new = (
        await tx.execute(
            text("""
                SELECT count(id), coalesce(sum(lines) FILTER (WHERE id IS NOT NULL), 0),
                       coalesce(sum(amount) FILTER (WHERE id IS NOT NULL), 0), count(*) FILTER (WHERE id IS NOT NULL AND negative),
                       coalesce(sum(lines) FILTER (WHERE id IS NOT NULL AND member_id IS NULL), 0), count(*) - count(id)
                FROM taking
            """)
        )
    ).one()
    documents, lines, amount, corrections, without_member = (int(value) for value in new[:5])
    taken = Taken(documents, lines, amount, corrections, without_member, facts=facts)
    if new[5] == 0:
        return taken
    old = (
        await tx.execute(
            text(f"""
                WITH compared AS (
                    SELECT t.number, t.lines, t.amount,
                           p.amount = t.amount AND p.lines = t.lines AND p.{at} = t.at
                           AND (t.member_id IS NULL OR coalesce(t.member_id IN (p.member_id, m.merged_into), false)) AS same
                    FROM taking t
                    JOIN {table} p ON p.workspace_id = :workspace_id AND p.source = :source AND p.number = t.number
                    LEFT JOIN member m ON m.id = p.member_id
                    WHERE t.id IS NULL)
                SELECT count(*) FILTER (WHERE same), coalesce(sum(lines) FILTER (WHERE same), 0),
                       coalesce(sum(amount) FILTER (WHERE same), 0),
                       coalesce(array_agg(number) FILTER (WHERE NOT same), '{{}}')
                FROM compared
            """),
            {"workspace_id": bag["workspace_id"], "source": bag["source"]},
        )
    ).one()
    return replace(taken, known=int(old[0]), known_lines=int(old[1]), known_amount=int(old[2]), different=tuple(old[3]))
