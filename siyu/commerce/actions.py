"""The verbs of the commerce room: sets of documents in, each (source, number) once.

A document that is already here just so is left alone; one that is here with other content is named and left alone:
facts about it have been recorded and are not rewritten.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from siyu.commerce import staging
from siyu.commerce.rules import Document, ImportResult
from siyu.commerce.staging import CUSTOMERS, DOCUMENTS, LINES, ORDER_REFUNDS, StagedCustomer, StagedDocument, StagedLine
from siyu.facts.catalogue.commerce import OrderPaid, OrderRefunded
from siyu.facts.log.actions import record_from
from siyu.kit.db import Tx

_PAID = "jsonb_build_object('order', number, 'amount', amount, 'lines', lines, 'source', CAST(:source AS text))"
_BACK = "jsonb_build_object('order', coalesce(refund_of, number), 'amount', amount, 'source', source)"
_PAID_AT = _PAID.removesuffix(")") + ", 'store', store)"


async def import_orders(
    tx: Tx, workspace_id: int, documents: Sequence[Document], *, source: str, actor: str, now: datetime
) -> ImportResult:
    """Take orders in and record order_paid at each one's time."""
    await _stage(tx, documents, refund=False)
    return await import_staged_orders(tx, workspace_id, source=source, actor=actor, now=now)


async def import_refunds(
    tx: Tx, workspace_id: int, documents: Sequence[Document], *, source: str, actor: str, now: datetime
) -> ImportResult:
    """Take refunds in and record order_refunded. Lines may be written negative or positive: all count as given back."""
    await _stage(tx, documents, refund=True)
    return await import_staged_refunds(tx, workspace_id, source=source, actor=actor, now=now)


async def _stage(tx: Tx, documents: Sequence[Document], *, refund: bool) -> None:
    await staging.create(tx)
    members = {document.member_id for document in documents} - {None}
    await CUSTOMERS.copy(tx, (StagedCustomer(str(member), member) for member in members if member is not None))
    ordered = sorted(documents, key=lambda document: (document.at, document.number))
    await DOCUMENTS.copy(
        tx,
        (
            StagedDocument(
                number=document.number,
                at=document.at,
                customer=None if document.member_id is None else str(document.member_id),
                store=document.store,
                refund=refund,
                refund_of=document.refund_of,
                lines=len(document.lines),
                amount=document.amount,
                all_negative=document.all_negative,
                negative_total=document.negative_total,
            )
            for document in ordered
            if document.lines
        ),
    )
    await LINES.copy(
        tx,
        (
            StagedLine(document.number, n, line.product, line.title, line.quantity, line.amount)
            for document in documents
            for n, line in enumerate(document.lines, 1)
        ),
    )


async def import_staged_orders(tx: Tx, workspace_id: int, *, source: str, actor: str, now: datetime) -> ImportResult:
    """`import_orders` of the orders in the staging tables (`staging`), which never come into Python.

    An order of which every line is negative is a correction of the books: it is kept as written and nobody paid it.
    """
    params = {"workspace_id": workspace_id, "source": source, "now": now, "actor": actor}
    await _number_documents(tx, "purchase", params, refund=False)
    written = await _write(
        tx,
        """
            INSERT INTO purchase (id, workspace_id, source, number, member_id, amount, lines, correction, shipping, discount,
                                  store, paid_at, created_at)
            SELECT id, :workspace_id, :source, number, member_id, amount, lines, all_negative, shipping, discount, store, at, :now
            FROM numbered_document WHERE id IS NOT NULL ORDER BY id
        """,
        "purchase",
        params,
    )
    if not written:
        return await _result(tx, "purchase", "paid_at", params, 0)
    await tx.execute(
        text(f"""
            INSERT INTO purchase_line (order_id, line, product, title, quantity, amount)
            SELECT d.id, l.line, l.product, l.title, l.quantity, l.amount
            FROM {LINES.name} l JOIN numbered_document d USING (number) WHERE d.id IS NOT NULL ORDER BY d.id, l.line
        """),
        params,
    )
    facts = await record_from(
        tx,
        OrderPaid,
        # without a key: a number that is here already has written no order, and only a new order is recorded
        f"""
            SELECT CAST(:workspace_id AS int), member_id, at, :actor, NULL, CASE WHEN store IS NULL THEN {_PAID} ELSE {_PAID_AT} END
            FROM numbered_document WHERE id IS NOT NULL AND NOT all_negative ORDER BY member_id, at
        """,
        params,
        now,
        keyed=False,
    )
    facts += await _meet_waiting_refunds(tx, params, now)
    return await _result(tx, "purchase", "paid_at", params, facts)


async def _meet_waiting_refunds(tx: Tx, params: dict[str, Any], now: datetime) -> int:
    """Hang refunds that came before their order on it, and record those that were nobody's until now; returns how many."""
    met = await tx.execute(
        text("""
            WITH met AS (
                UPDATE refund r SET order_id = d.id, member_id = coalesce(r.member_id, d.member_id)
                FROM numbered_document d, refund waiting
                WHERE d.id IS NOT NULL AND waiting.id = r.id AND r.workspace_id = :workspace_id AND r.source = :source
                  AND r.refund_of = d.number AND r.order_id IS NULL
                RETURNING r.id, waiting.member_id IS NULL AS untold)
            SELECT coalesce(array_agg(id) FILTER (WHERE untold), '{}') FROM met
        """),
        params,
    )
    untold = met.scalar_one()
    if not untold:
        return 0
    select = f"SELECT CAST(:workspace_id AS int), member_id, refunded_at, :actor, NULL, {_BACK} FROM refund WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id"
    return await record_from(tx, OrderRefunded, select, {**params, "ids": untold}, now, keyed=False)


async def import_staged_order_refunds(
    tx: Tx, workspace_id: int, *, source: str, actor: str, now: datetime
) -> ImportResult:
    """Refunds that an order's own row tells (`ORDER_REFUNDS`): so much of it has been given back by now.

    The figure grows from one export to the next: only what is more than we know becomes a refund, so that it does not matter
    which of two files comes first.
    """
    params = {"workspace_id": workspace_id, "source": source, "now": now, "actor": actor}
    await tx.execute(
        text(f"""
            SELECT id FROM purchase WHERE workspace_id = :workspace_id AND source = :source
            AND number IN (SELECT number FROM {ORDER_REFUNDS.name}) ORDER BY id FOR UPDATE
        """),
        params,
    )
    await tx.execute(text("DROP TABLE IF EXISTS given_back"))
    await tx.execute(
        text(f"""
            CREATE TEMP TABLE given_back ON COMMIT DROP AS
            SELECT p.id AS order_id, p.member_id, p.number, s.at, s.amount - known.amount AS amount,
                   p.number || CASE WHEN known.count = 0 THEN '' ELSE '#' || known.count + 1 END AS refund_number
            FROM {ORDER_REFUNDS.name} s
            JOIN purchase p ON p.workspace_id = :workspace_id AND p.source = :source AND p.number = s.number
            CROSS JOIN LATERAL (
                SELECT count(*) AS count, coalesce(sum(r.amount), 0) AS amount FROM refund r WHERE r.order_id = p.id) known
            WHERE s.amount > known.amount AND s.amount <= p.amount
        """),
        params,
    )
    facts = await record_from(
        tx,
        OrderRefunded,
        f"SELECT CAST(:workspace_id AS int), member_id, refunded_at, :actor, NULL, {_BACK} FROM written ORDER BY id",
        params,
        now,
        writing="""
            written AS (
                INSERT INTO refund (workspace_id, source, number, order_id, refund_of, member_id, amount, lines, refunded_at, created_at)
                SELECT :workspace_id, :source, refund_number, order_id, number, member_id, amount, 1, at, :now
                FROM given_back ORDER BY order_id ON CONFLICT (workspace_id, source, number) DO NOTHING RETURNING *),
            written_line AS (
                INSERT INTO refund_line (refund_id, line, product, quantity, amount) SELECT id, 1, '', 1, amount FROM written)
        """,
        keyed=False,
    )
    if facts == 0:
        return ImportResult()
    amount = await tx.scalar(text("SELECT sum(amount) FROM given_back"))
    return ImportResult(documents=facts, lines=facts, amount=int(amount or 0), facts=facts)


async def import_staged_refunds(tx: Tx, workspace_id: int, *, source: str, actor: str, now: datetime) -> ImportResult:
    """`import_refunds` of the refunds in the staging tables (`staging`), which never come into Python.

    A refund of an order that has not come in yet, and of nobody we know, waits for that order before it is recorded.
    """
    params = {"workspace_id": workspace_id, "source": source, "now": now, "actor": actor}
    await _number_documents(tx, "refund", params, refund=True)
    await tx.execute(
        text("""
            UPDATE numbered_document d SET order_id = p.id, member_id = coalesce(d.member_id, p.member_id) FROM purchase p
            WHERE d.id IS NOT NULL AND p.workspace_id = :workspace_id AND p.source = :source AND p.number = d.refund_of
        """),
        params,
    )
    written = await _write(
        tx,
        """
            INSERT INTO refund (id, workspace_id, source, number, order_id, refund_of, member_id, amount, lines, refunded_at, created_at)
            SELECT id, :workspace_id, :source, number, order_id, refund_of, member_id, amount, lines, at, :now
            FROM numbered_document WHERE id IS NOT NULL ORDER BY id
        """,
        "refund",
        params,
    )
    if not written:
        return await _result(tx, "refund", "refunded_at", params, 0)
    await tx.execute(
        text(f"""
            INSERT INTO refund_line (refund_id, line, product, title, quantity, amount)
            SELECT d.id, l.line, l.product, l.title, d.sign * l.quantity, d.sign * l.amount
            FROM {LINES.name} l JOIN numbered_document d USING (number) WHERE d.id IS NOT NULL ORDER BY d.id, l.line
        """),
        params,
    )
    facts = await record_from(
        tx,
        OrderRefunded,
        """
            SELECT CAST(:workspace_id AS int), member_id, at, :actor, NULL,
                jsonb_build_object('order', coalesce(refund_of, number), 'amount', amount, 'source', CAST(:source AS text))
            FROM numbered_document
            WHERE id IS NOT NULL AND (refund_of IS NULL OR order_id IS NOT NULL OR member_id IS NOT NULL) ORDER BY member_id, at
        """,
        params,
        now,
        keyed=False,
    )
    return await _result(tx, "refund", "refunded_at", params, facts)


async def _number_documents(tx: Tx, table: str, params: dict[str, Any], *, refund: bool) -> None:
    """The staged orders or refunds as `numbered_document`; those that `table` does not know have drawn an id.

    A refund written in negative numbers is turned round as a whole (`sign`), so that a fee kept back stays a fee.
    """
    sign = "CASE WHEN d.negative_total THEN -1 ELSE 1 END" if refund else "1"
    await tx.execute(text("DROP TABLE IF EXISTS numbered_document"))
    await tx.execute(
        text(f"""
            CREATE TEMP TABLE numbered_document ON COMMIT DROP AS
            SELECT d.number, d.at, c.member_id, d.store, d.shipping, d.discount, d.refund_of, d.lines, {sign} AS sign, {sign} * d.amount AS amount,
                   d.all_negative, NULL::bigint AS order_id,
                   CASE WHEN p.id IS NULL THEN nextval((SELECT CAST(pg_get_serial_sequence('{table}', 'id') AS regclass))) END AS id
            FROM {DOCUMENTS.name} d LEFT JOIN {CUSTOMERS.name} c USING (customer)
            LEFT JOIN {table} p ON p.workspace_id = :workspace_id AND p.source = :source AND p.number = d.number
            WHERE d.refund IS {refund}
        """),
        params,
    )
    await tx.execute(text("ANALYZE numbered_document (id)"))


async def _write(tx: Tx, insert: str, table: str, params: dict[str, Any]) -> int:
    """Insert the documents of `numbered_document` that have an id; returns how many were new.

    Where another transaction was quicker with a number, the document is one of those that were here before.
    """
    new = int(await tx.scalar(text("SELECT count(id) FROM numbered_document")) or 0)
    if new == 0:
        return 0
    try:
        async with tx.begin_nested():
            await tx.execute(text(insert), params)
            return new
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
    skipping = f"{insert} ON CONFLICT (workspace_id, source, number) DO NOTHING"
    written = int((await tx.execute(text(skipping), params)).rowcount)  # type: ignore[attr-defined]
    await tx.execute(
        text(
            f"UPDATE numbered_document SET id = NULL WHERE NOT EXISTS (SELECT 1 FROM {table} p WHERE p.id = numbered_document.id)"
        )
    )
    return written


async def _result(tx: Tx, table: str, at: str, params: dict[str, Any], facts: int) -> ImportResult:
    """What became of `numbered_document`: documents without an id were here before, just so or otherwise."""
    new = (
        await tx.execute(
            text("""
                SELECT count(id), coalesce(sum(lines) FILTER (WHERE id IS NOT NULL), 0),
                       coalesce(sum(amount) FILTER (WHERE id IS NOT NULL), 0), count(*) FILTER (WHERE id IS NOT NULL AND all_negative),
                       coalesce(sum(lines) FILTER (WHERE id IS NOT NULL AND member_id IS NULL), 0), count(*) - count(id)
                FROM numbered_document
            """)
        )
    ).one()
    documents, lines, amount, corrections, without_member = (int(value) for value in new[:5])
    result = ImportResult(documents, lines, amount, corrections, without_member, facts=facts)
    if new[5] == 0:
        return result
    old = (
        await tx.execute(
            text(f"""
                WITH compared AS (
                    SELECT d.number, d.lines, d.amount,
                           p.amount = d.amount AND p.lines = d.lines AND p.{at} = d.at
                           AND (d.member_id IS NULL OR coalesce(d.member_id IN (p.member_id, m.merged_into), false)) AS same
                    FROM numbered_document d
                    JOIN {table} p ON p.workspace_id = :workspace_id AND p.source = :source AND p.number = d.number
                    LEFT JOIN member m ON m.id = p.member_id
                    WHERE d.id IS NULL)
                SELECT count(*) FILTER (WHERE same), coalesce(sum(lines) FILTER (WHERE same), 0),
                       coalesce(sum(amount) FILTER (WHERE same), 0),
                       coalesce(array_agg(number) FILTER (WHERE NOT same), '{{}}')
                FROM compared
            """),
            {"workspace_id": params["workspace_id"], "source": params["source"]},
        )
    ).one()
    return replace(
        result, known=int(old[0]), known_lines=int(old[1]), known_amount=int(old[2]), different=tuple(old[3])
    )
