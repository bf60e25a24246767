"""The verbs of the commerce room: sets of documents in, each (source, number) once.

A document that is already here just so is left alone; one that is here with other content is named and left alone:
facts about it have been told and are not rewritten.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text

from siyu.commerce.rules import Document, Taken
from siyu.facts.actions import record_from
from siyu.facts.catalogue import OrderPaid, OrderRefunded
from siyu.kit.db import Tx, copy_rows

_DOCUMENT_LINE = """
    CREATE TEMP TABLE document_line (
        number text, at timestamptz, member_id bigint, store text, refund_of text, line int, product text, title text,
        quantity numeric(14, 3), amount bigint) ON COMMIT DROP
"""
_COLUMNS = ("number", "at", "member_id", "store", "refund_of", "line", "product", "title", "quantity", "amount")
SELECT_COLUMNS = ", ".join(_COLUMNS)
"""What the select of `take_orders_from` and `take_refunds_from` gives, a row a line; `line` numbers those of a document."""


async def take_orders(
    tx: Tx, workspace_id: int, documents: Sequence[Document], *, source: str, actor: str, now: datetime
) -> Taken:
    """Take orders in and record order_paid at each one's time."""
    select = await _stage(tx, documents)
    return await take_orders_from(tx, workspace_id, select, {}, source=source, actor=actor, now=now)


async def take_refunds(
    tx: Tx, workspace_id: int, documents: Sequence[Document], *, source: str, actor: str, now: datetime
) -> Taken:
    """Take refunds in and record order_refunded. Lines may be written negative or positive: all count as given back."""
    select = await _stage(tx, documents)
    return await take_refunds_from(tx, workspace_id, select, {}, source=source, actor=actor, now=now)


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
    tx: Tx, workspace_id: int, select: str, params: dict[str, Any], *, source: str, actor: str, now: datetime
) -> Taken:
    """`take_orders` without bringing the lines into Python: `select` is our own SQL giving SELECT_COLUMNS, once a line.

    An order of which every line is negative is a correction of the books: it is kept as written and nobody paid it.
    """
    bag = {**params, "workspace_id": workspace_id, "source": source, "now": now, "actor": actor}
    await _heads(tx, select, bag, sign="1", negative="bool_and(quantity < 0 OR amount < 0)")
    await tx.execute(
        text("""
            WITH new AS (
                INSERT INTO purchase (workspace_id, source, number, member_id, amount, lines, correction, store, paid_at, created_at)
                SELECT :workspace_id, :source, number, member_id, amount, lines, negative, store, at, :now
                FROM taking ORDER BY at, number
                ON CONFLICT (workspace_id, source, number) DO NOTHING RETURNING id, number)
            UPDATE taking SET id = new.id FROM new WHERE taking.number = new.number
        """),
        bag,
    )
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
        """
            SELECT CAST(:workspace_id AS int), member_id, at, :actor, 'order:' || :source || ':' || number, jsonb_strip_nulls(
                jsonb_build_object('order', number, 'amount', amount, 'lines', lines, 'store', store,
                                   'source', CAST(:source AS text)))
            FROM taking WHERE id IS NOT NULL AND NOT negative ORDER BY at, number
        """,
        bag,
        now,
    )
    return await _taken(tx, "purchase", "paid_at", bag, facts)


async def take_refunds_from(
    tx: Tx, workspace_id: int, select: str, params: dict[str, Any], *, source: str, actor: str, now: datetime
) -> Taken:
    """`take_refunds` without bringing the lines into Python: `select` as for `take_orders_from`."""
    bag = {**params, "workspace_id": workspace_id, "source": source, "now": now, "actor": actor}
    # a document written in negative numbers is turned round as a whole, so that a fee kept back stays a fee
    await _heads(
        tx, select, bag, sign="CASE WHEN sum(amount) < 0 OR sum(quantity) < 0 THEN -1 ELSE 1 END", negative="false"
    )
    await tx.execute(
        text("""
            WITH new AS (
                INSERT INTO refund (workspace_id, source, number, order_id, member_id, amount, lines, refunded_at, created_at)
                SELECT :workspace_id, :source, t.number, p.id, coalesce(t.member_id, p.member_id), t.amount, t.lines, t.at, :now
                FROM taking t LEFT JOIN purchase p
                    ON p.workspace_id = :workspace_id AND p.source = :source AND p.number = t.refund_of
                ORDER BY t.at, t.number
                ON CONFLICT (workspace_id, source, number) DO NOTHING RETURNING id, number, member_id)
            UPDATE taking SET id = new.id, member_id = new.member_id FROM new WHERE taking.number = new.number
        """),
        bag,
    )
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
            SELECT CAST(:workspace_id AS int), member_id, at, :actor, 'refund:' || :source || ':' || number,
                jsonb_build_object('order', coalesce(refund_of, number), 'amount', amount, 'source', CAST(:source AS text))
            FROM taking WHERE id IS NOT NULL ORDER BY at, number
        """,
        bag,
        now,
    )
    return await _taken(tx, "refund", "refunded_at", bag, facts)


async def _heads(tx: Tx, select: str, bag: dict[str, Any], *, sign: str, negative: str) -> None:
    """One row a document in `taking`; `id` is filled for those that turn out to be new."""
    await tx.execute(text("DROP TABLE IF EXISTS taking"))
    await tx.execute(
        text(f"""
            CREATE TEMP TABLE taking ON COMMIT DROP AS
            SELECT number, min(at) AS at, min(member_id) AS member_id, min(store) AS store, min(refund_of) AS refund_of,
                   count(*)::int AS lines, {sign} AS sign, ({sign} * sum(amount))::bigint AS amount, {negative} AS negative,
                   NULL::bigint AS id
            FROM ({select}) AS l ({SELECT_COLUMNS}) GROUP BY number
        """),
        bag,
    )
    await tx.execute(text("ANALYZE taking"))


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
