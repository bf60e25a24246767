"""A chunk of order lines: members found or made, orders and refunds handed to the commerce room as sets."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import text

from siyu.commerce import actions as commerce
from siyu.commerce.rules import Taken
from siyu.imports.actions.staging import find_members, load, name_members, refuse
from siyu.imports.files.chunks import Chunk, order_select
from siyu.imports.models import Import
from siyu.imports.rules.mapping import Mapping
from siyu.imports.rules.report import Tally
from siyu.kit.db import Tx

_LINE = """
    CREATE TEMP TABLE import_line (
        row bigint, number text, member text, at timestamptz, store text, refund boolean, refund_of text, line int,
        product text, title text, quantity numeric(14, 3), amount bigint, exact numeric) ON COMMIT DROP
"""
_SELECT = """
    SELECT l.number, l.at, m.member_id, l.store, l.refund_of, l.line, l.product, l.title, l.quantity, l.amount
    FROM import_line l LEFT JOIN import_member m ON m.value = l.member WHERE l.refund IS {refund}
"""


def select_of(mapping: Mapping, columns: set[str]) -> str:
    """SQL of the lines of a chunk."""
    return order_select(mapping.rules.duplicates, columns)


async def take(tx: Tx, run: Import, mapping: Mapping, chunk: Chunk, now: datetime) -> Tally:
    """Write the chunk's orders and refunds; returns its counters."""
    await tx.execute(text(_LINE))
    assert chunk.csv is not None
    await load(tx, "import_line", chunk.csv)
    members, created, unknown = await find_members(tx, run, mapping, chunk.customers, now)
    await name_members(tx, [(value, member, "") for value, member in members.items()])
    refused = await refuse(tx, run, "import_line", "member", _heading(mapping, "member"), unknown)
    source, actor = mapping.source, run.started_by
    sold = await commerce.take_orders_from(
        tx, run.workspace_id, _SELECT.format(refund="FALSE"), {}, source=source, actor=actor, now=now
    )
    given_back = Taken()
    if mapping.rules.refund is not None:
        given_back = await commerce.take_refunds_from(
            tx, run.workspace_id, _SELECT.format(refund="TRUE"), {}, source=source, actor=actor, now=now
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
