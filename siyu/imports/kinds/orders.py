"""A chunk of order lines: members found or made, orders and refunds handed to the commerce room as sets."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import text

from siyu.commerce import actions as commerce
from siyu.commerce.rules import Taken
from siyu.imports.actions.staging import find_members, load, name_members, refuse
from siyu.imports.files.chunks import Chunk, order_selects
from siyu.imports.models import Import
from siyu.imports.rules.mapping import Mapping
from siyu.imports.rules.report import Tally
from siyu.kit.db import Tx

_STAGING = """
    CREATE TEMP TABLE import_line (
        row bigint, number text, member text, line int, product text, title text, quantity numeric(14, 3), amount bigint,
        exact numeric) ON COMMIT DROP;
    CREATE TEMP TABLE import_document (
        number text, member text, at timestamptz, store text, refund boolean, refund_of text, lines int, amount bigint,
        negative boolean, turned boolean) ON COMMIT DROP
"""
_LINES = """
    SELECT l.number, NULL, NULL, NULL, NULL, l.line, l.product, l.title, l.quantity, l.amount FROM import_line l
"""
_DOCUMENTS = """
    SELECT d.number, d.at, m.member_id, d.store, d.refund_of, d.lines, d.amount, d.negative, d.turned
    FROM import_document d LEFT JOIN import_member m ON m.value = d.member WHERE d.refund IS {refund}
"""


def selects_of(mapping: Mapping, columns: set[str]) -> tuple[str, ...]:
    """SQL of the lines of a chunk, and of its documents."""
    return order_selects(mapping.rules.duplicates, columns)


async def take(tx: Tx, run: Import, mapping: Mapping, chunk: Chunk, now: datetime) -> Tally:
    """Write the chunk's orders and refunds; returns its counters."""
    for statement in _STAGING.split(";"):
        await tx.execute(text(statement))
    for table, csv in zip(("import_line", "import_document"), chunk.csvs, strict=True):
        await load(tx, table, csv)
    members, created, unknown = await find_members(tx, run, mapping, chunk, now)
    await name_members(tx, [(value, member, "") for value, member in members.items()])
    refused = await refuse(tx, run, "import_line", "member", _heading(mapping, "member"), unknown)
    if unknown:
        await tx.execute(
            text("DELETE FROM import_document WHERE member = ANY(CAST(:values AS text[]))"), {"values": list(unknown)}
        )
    source, actor = mapping.source, run.started_by
    sold = await commerce.take_orders_from(
        tx, run.workspace_id, _LINES, _DOCUMENTS.format(refund="FALSE"), source=source, actor=actor, now=now
    )
    given_back = Taken()
    if mapping.rules.refund is not None:
        given_back = await commerce.take_refunds_from(
            tx, run.workspace_id, _LINES, _DOCUMENTS.format(refund="TRUE"), source=source, actor=actor, now=now
        )
    other = dict.fromkeys((*sold.different, *given_back.different), "different")
    refused += await refuse(tx, run, "import_line", "number", _heading(mapping, "number"), other)
    left = (await tx.execute(text("SELECT coalesce(sum(exact), 0), coalesce(sum(amount), 0) FROM import_line"))).one()
    dropped = chunk.twins if mapping.rules.duplicates == "drop" else 0
    return Tally(
        rows_known=sold.known_lines + given_back.known_lines,
        rows_refused=chunk.refused + refused,
        rows_dropped=dropped,
        order_lines=sold.lines,
        refund_lines=given_back.lines,
        lines_without_member=sold.lines_without_member + given_back.lines_without_member,
        orders=sold.documents,
        refunds=given_back.documents,
        corrections=sold.corrections,
        documents_known=sold.known + given_back.known,
        documents_different=len(other),
        members_created=created,
        facts=sold.facts + given_back.facts,
        left_out_total=chunk.source_total - Decimal(left[0]),
        total_fen=int(left[1]),
    )


def _heading(mapping: Mapping, target: str) -> str:
    spec = mapping.spec(target)
    return (spec.column if spec else None) or target
