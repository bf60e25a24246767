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
from siyu.commerce.staging import CUSTOMERS, DOCUMENTS, LINES, StagedCustomer, StagedDocument, StagedLine
from siyu.facts.catalogue.commerce import OrderPaid, OrderRefunded
from siyu.facts.log.actions import record_from
from siyu.kit.db import Tx

_PAID = "jsonb_build_object('order', number, 'amount', amount, 'lines', lines, 'source', CAST(:source AS text))"
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
            INSERT INTO purchase (id, workspace_id, source, number, member_id, amount, lines, correction, store, paid_at, created_at)
            SELECT id, :workspace_id, :source, number, member_id, amount, lines, all_negative, store, at, :now
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
    return await _result(tx, "purchase", "paid_at", params, facts)


async def import_staged_refunds(tx: Tx, workspace_id: int, *, source: str, actor: str, now: datetime) -> ImportResult:
    """`import_refunds` of the refunds in the staging tables (`staging`), which never come into Python."""
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
            INSERT INTO refund (id, workspace_id, source, number, order_id, member_id, amount, lines, refunded_at, created_at)
            SELECT id, :workspace_id, :source, number, order_id, member_id, amount, lines, at, :now
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
            FROM numbered_document WHERE id IS NOT NULL ORDER BY member_id, at
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
            SELECT d.number, d.at, c.member_id, d.store, d.refund_of, d.lines, {sign} AS sign, {sign} * d.amount AS amount,
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
