"""Orders and refunds: lines of documents, which come in whole or not at all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Bounded
from sqlalchemy import text

from siyu.commerce import actions as commerce
from siyu.commerce import staging
from siyu.commerce.queries import numbers_here
from siyu.commerce.rules import ImportResult
from siyu.imports.files.chunks import DOCUMENT_LINES_MAX, Chunk, FaultOfRow
from siyu.imports.files.duckdb_session import literal, quoted
from siyu.imports.files.expressions import FieldSql, alias
from siyu.imports.files.faults import EXACT_MAX, fault
from siyu.imports.files.upload import Upload
from siyu.imports.kind import ImportKind, OneOf, PreviewMatch, RuleLabel, Rules
from siyu.imports.mapping.document import Mapping as MappingDocument
from siyu.imports.mapping.document import Text
from siyu.imports.models import Import
from siyu.imports.orders.fields import FIELDS
from siyu.imports.runs.customers import UNKNOWN_MEMBERS, Customers, find_members, match_customers, read_customers
from siyu.imports.runs.queries import sources
from siyu.imports.runs.refused_rows import keep_faults, refuse_rows
from siyu.imports.runs.report import Tally
from siyu.kit.db import Tx
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText

HALF_EVEN = """
    CASE WHEN abs(cents - trunc(cents)) = 0.5 AND TRY_CAST(trunc(cents) AS HUGEINT) % 2 = 0
    THEN trunc(cents) ELSE round(cents) END"""
"""Fen of an exact amount: a half goes to the even neighbour."""


class RefundRule(BaseModel):
    """Which documents are refunds: by the start of their number, or by a column's words."""

    model_config = ConfigDict(extra="forbid")

    prefix: Text | None = None
    column: Text | None = None
    values: list[Text] = Bounded([], max_length=100)


class OrderRules(Rules):
    """Refunds, equal lines, unknown customers, and orders with a line that cannot be read."""

    refund: Annotated[
        RefundRule | None,
        RuleLabel(
            LocalizedText("退款单号的开头", "Refund numbers begin with"),
            hint=LocalizedText(
                "例如 C 开头的单号是退款。留空表示没有。", "For example C. Leave empty if there are none."
            ),
            path="prefix",
        ),
    ] = None
    duplicates: Annotated[
        Literal["keep", "drop"],
        RuleLabel(
            LocalizedText("完全相同的行", "Lines equal in every column"),
            {"keep": LocalizedText("都保留", "Keep all"), "drop": LocalizedText("只留一行", "Keep one")},
            LocalizedText("无论怎么选，都会在结果中报告数量。", "Their number is reported either way."),
        ),
    ] = "keep"
    unknown_members: Annotated[Literal["create", "refuse"], UNKNOWN_MEMBERS] = "create"
    incomplete: Annotated[
        Literal["refuse", "keep"],
        RuleLabel(
            LocalizedText("订单里有读不了的行", "An order with a line that cannot be read"),
            {
                "refuse": LocalizedText("整单不导入", "Refuse the order"),
                "keep": LocalizedText("只跳过那一行", "Leave out that line"),
            },
        ),
    ] = "refuse"


class Orders(ImportKind[OrderRules]):
    """Lines of orders and refunds, handed to the commerce room as sets."""

    name = "orders"
    label = LocalizedText("订单", "Orders")
    fields = FIELDS
    rules_model = OrderRules
    needs_one_of = (OneOf(("amount", "price"), "mapping.columns.amount"),)
    file_words = ("order", "订单")

    def check(self, mapping: MappingDocument, columns: Collection[str]) -> list[Fault]:
        """A refund is known by one thing."""
        refund = self.rules(mapping).refund
        if refund is None:
            return []
        if (refund.prefix is None) == (refund.column is None):
            text_ = ("give a prefix or a column", "请填写前缀或列名中的一项", "prefix | column")
            return [Fault("mapping.rules.refund", *text_)]
        if refund.column is not None and refund.column not in columns:
            path, column = "mapping.rules.refund.column", refund.column
            return [Fault(path, f"the file has no column “{column}”", f"文件中没有列“{column}”")]
        return []

    def required_in_row(self, mapping: MappingDocument) -> set[str]:
        """What a line's amount comes from."""
        return {"amount"} if "amount" in mapping.columns else {"quantity", "price"}

    def row_checks(self, mapping: MappingDocument, fields: Sequence[FieldSql]) -> list[tuple[str, str]]:
        """Quantity times price has a bound, as an amount has."""
        if "amount" in mapping.columns or "quantity" not in mapping.columns:
            return []
        product = f"abs({alias('quantity')}::DOUBLE * {alias('price')}::DOUBLE)"
        heading = literal(mapping.heading("price"))
        return [(f"coalesce({product} >= {EXACT_MAX}, false)", fault(heading, f"{alias('price')}::VARCHAR", "range"))]

    def extra_columns(self, mapping: MappingDocument, upload: Upload) -> str:
        """Whether a line says that it belongs to a refund."""
        rule, is_refund = self.rules(mapping).refund, "false"
        if rule is not None and rule.prefix is not None:
            is_refund = f"coalesce(starts_with({alias('number')}, {literal(rule.prefix)}), false)"
        elif rule is not None and rule.column is not None:
            values = ", ".join(literal(value) for value in rule.values) or "NULL"
            cell = quoted(upload.field(rule.column).field)
            is_refund = f"coalesce(trim(CAST({cell} AS VARCHAR)) IN ({values}), false)"
        return f", {is_refund} AS v_is_refund"

    def arrange(self, mapping: MappingDocument) -> str:
        """Lines with what their whole document says: the earliest time, the one customer, and whether all can be taken."""
        customer = alias("member") if "member" in mapping.columns else "NULL::VARCHAR"
        number, heading = alias("number"), literal(mapping.heading("number"))
        withheld = "WHEN NOT doc_fit THEN 'sibling'" if self.rules(mapping).incomplete == "refuse" else ""
        return f""",
            keyed AS (SELECT *, coalesce({number}, chr(1) || row) AS doc, {_exact(mapping)} AS exact FROM typed),
            docs AS (
                SELECT doc, min(row) AS ord, min({alias("paid_at")}) AS doc_at, min({customer}) AS doc_member,
                       count(*) AS doc_lines, coalesce(min({customer}) <> max({customer}), false) AS conflict,
                       bool_and(fit) AS doc_fit, bool_or(v_is_refund) AS refund
                FROM keyed GROUP BY doc),
            placed AS (SELECT *, sum(doc_lines) OVER (ORDER BY ord) - doc_lines AS doc_pos FROM docs),
            joined AS (
                SELECT keyed.* EXCLUDE (v_is_refund), placed.* EXCLUDE (doc),
                       CASE WHEN NOT fit THEN NULL WHEN doc_lines > {DOCUMENT_LINES_MAX} THEN 'large'
                            WHEN conflict THEN 'customers' {withheld} END AS trouble
                FROM keyed JOIN placed USING (doc)),
            firsts AS (SELECT ord, same, min(row) AS first FROM joined GROUP BY ord, same HAVING count(*) > 1),
            sorted AS (
                SELECT row_number() OVER () - 1 AS pos, * FROM (
                    SELECT joined.*, coalesce(row > first, false) AS duplicate
                    FROM joined LEFT JOIN firsts USING (ord, same) ORDER BY ord, row))
            SELECT pos, row, row = ord AS head, duplicate, trouble IS NOT NULL AS withheld, fit AND trouble IS NULL AS fit,
                   CASE WHEN trouble IS NULL THEN faults ELSE [{{'c': {heading}, 'v': {number}, 'r': trouble, 'k': false}}] END AS faults,
                   COLUMNS('^v_'), doc_member, doc_at, refund, CAST(pos - doc_pos + 1 AS INTEGER) AS line, exact,
                   TRY_CAST({HALF_EVEN} AS BIGINT) AS fen
            FROM (SELECT *, exact * 100 AS cents FROM sorted)"""

    def chunk_selects(self, mapping: MappingDocument, columns: set[str]) -> Mapping[str, str]:
        """Lines and their documents as the staging tables of the commerce room have them, in the order of the documents."""

        def value(field: str) -> str:
            return alias(field) if alias(field).strip('"') in columns else "NULL"

        kept = "WHERE NOT duplicate" if self.rules(mapping).duplicates == "drop" else ""
        number, quantity = alias("number"), f"coalesce({value('quantity')}, 1)"
        lines = {
            "number": number,
            "line": "line",
            "product": f"coalesce({value('product')}, '')",
            "title": value("title"),
            "quantity": quantity,
            "amount": "fen",
            "row": "row",
            "exact": "exact",
        }
        documents = {
            "number": number,
            "at": "any_value(doc_at)",
            "customer": "doc_member",
            "store": f"min({value('store')})",
            "refund": "any_value(refund)",
            "refund_of": f"min({value('refund_of')})",
            "lines": "count(*)",
            "amount": "sum(fen)",
            "all_negative": f"bool_and({quantity} < 0 OR fen < 0)",
            "negative_total": f"sum(fen) < 0 OR sum({quantity}) < 0",
        }
        grouped = f"FROM good {kept} GROUP BY {number}, doc_member ORDER BY min(pos)"
        return {
            staging.LINES.name: staging.LINES.select(lines, f"FROM good {kept} ORDER BY pos"),
            staging.DOCUMENTS.name: staging.DOCUMENTS.select(documents, grouped),
        }

    def prepare(self, workspace_id: int, mapping: MappingDocument, chunk: Chunk) -> Customers:
        """Whom the chunk names."""
        return read_customers(workspace_id, mapping, chunk.customers)

    async def match_preview(self, tx: Tx, workspace_id: int, mapping: MappingDocument) -> PreviewMatch:
        """An order whose customer can be nobody comes in without one."""
        return match_customers(workspace_id, mapping, kept=True)

    def preview_selects(self, mapping: MappingDocument) -> Mapping[str, str]:
        """The numbers of the documents."""
        return {"numbers": f"SELECT DISTINCT {alias('number')} FROM good"}

    async def preview_notes(
        self, tx: Tx, workspace_id: int, mapping: MappingDocument, values: Mapping[str, Sequence[str]]
    ) -> list[LocalizedText]:
        """How many of the documents are here already, under the same source or, as those of a renamed one, another."""
        names = (await sources(tx, workspace_id)).names
        here = await numbers_here(tx, workspace_id, [mapping.source, *names], values["numbers"])
        return overlap(len(values["numbers"]), here, mapping.source)

    async def write(self, tx: Tx, run: Import, mapping: MappingDocument, chunk: Chunk, now: datetime) -> Tally:
        """Members found or made, then orders and refunds in a few statements."""
        rules = self.rules(mapping)
        await staging.create(tx)
        for table in (staging.LINES, staging.DOCUMENTS):
            await table.copy_csv(tx, chunk.csvs[table.name])
        customers = await find_members(tx, run, mapping, chunk, now, create=rules.unknown_members == "create")
        await staging.CUSTOMERS.copy(tx, (staging.StagedCustomer(*pair) for pair in customers.members.items()))
        unknown = {value: code for value, code in customers.refused.items() if code == "unknown"}
        nobody = {value: code for value, code in customers.refused.items() if code != "unknown"}
        refused = await _refuse_documents(tx, run, mapping, "member", "customer", unknown)
        cells = await _without_customer(tx, run, mapping, nobody)
        source, actor = mapping.source, run.started_by
        sold = await commerce.import_staged_orders(tx, run.workspace_id, source=source, actor=actor, now=now)
        refunded = ImportResult()
        if rules.refund is not None:
            refunded = await commerce.import_staged_refunds(tx, run.workspace_id, source=source, actor=actor, now=now)
        different = dict.fromkeys((*sold.different, *refunded.different), "different")
        refused += await _refuse_documents(tx, run, mapping, "number", "number", different)
        sums = f"SELECT coalesce(sum(exact), 0), coalesce(sum(amount), 0) FROM {staging.LINES.name}"
        exact, fen = (await tx.execute(text(sums))).one()
        return Tally(
            rows_known=sold.known_lines + refunded.known_lines,
            rows_refused=chunk.refused + refused,
            cells_left_out=cells,
            rows_dropped=chunk.duplicates if rules.duplicates == "drop" else 0,
            order_lines=sold.lines,
            refund_lines=refunded.lines,
            lines_without_member=sold.lines_without_member + refunded.lines_without_member,
            orders=sold.documents,
            refunds=refunded.documents,
            corrections=sold.corrections,
            documents_known=sold.known + refunded.known,
            documents_different=len(different),
            members_created=customers.created,
            facts=sold.facts + refunded.facts,
            left_out_total=chunk.source_total - Decimal(exact),
            total_fen=int(fen),
        )

    def summary(self, tally: Tally) -> LocalizedText:
        """Orders and refunds that are new, documents that were here, rows refused."""
        return LocalizedText(
            f"新增订单 {tally.orders:,} 笔（{tally.order_lines:,} 行）、退款 {tally.refunds:,} 笔；"
            f"已存在 {tally.documents_known:,} 笔；拒绝 {tally.rows_refused:,} 行。",
            f"{tally.orders:,} orders with {tally.order_lines:,} lines and {tally.refunds:,} refunds are new; "
            f"{tally.documents_known:,} documents were already here; {tally.rows_refused:,} rows were refused.",
        )


def _exact(mapping: MappingDocument) -> str:
    """A line's amount in yuan, exact."""
    if "amount" in mapping.columns:
        return f"CAST({alias('amount')} AS DECIMAL(38, 9))"
    quantity = alias("quantity") if "quantity" in mapping.columns else "1"
    return f"CAST({quantity} AS DECIMAL(38, 3)) * CAST({alias('price')} AS DECIMAL(38, 6))"


def overlap(looked_up: int, here: Mapping[str, int], source: str) -> list[LocalizedText]:
    """What documents that are here already mean, in words: under their own source nothing, under another they would double."""
    same, others = here.get(source, 0), {name: count for name, count in here.items() if name != source}
    notes = [
        LocalizedText(
            f"核对了 {looked_up:,} 个单号：来源“{source}”中已有 {same:,} 个，不会重复导入。",
            f"Of {looked_up:,} numbers looked up {same:,} are here under the source “{source}” and do not come in twice.",
        )
    ]
    return notes + [
        LocalizedText(
            f"注意：有 {count:,} 个单号已在来源“{name}”中。若是同一家店，请把来源名称改成“{name}”，否则这些订单会导入两遍。",
            f"Mind: {count:,} of the numbers are here under the source “{name}”. If it is the same shop, name the source "
            f"“{name}”, or these orders come in twice.",
        )
        for name, count in sorted(others.items(), key=lambda item: -item[1])
    ]


async def _refuse_documents(
    tx: Tx, run: Import, mapping: MappingDocument, field: str, column: str, refused: Mapping[str, str]
) -> int:
    """Take documents whose `column` has one of these {value: code} out of the staging tables, keep why; returns their lines."""
    if not refused:
        return 0
    params: dict[str, Any] = {"values": list(refused)}
    lines = await tx.execute(
        text(f"""
            DELETE FROM {staging.LINES.name} l USING {staging.DOCUMENTS.name} d
            WHERE d.number = l.number AND d.{column} = ANY(CAST(:values AS text[])) RETURNING l.row, d.{column}
        """),
        params,
    )
    count = await refuse_rows(tx, run, mapping.heading(field), [tuple(line) for line in lines], refused)
    await tx.execute(
        text(f"DELETE FROM {staging.DOCUMENTS.name} WHERE {column} = ANY(CAST(:values AS text[]))"), params
    )
    return count


async def _without_customer(tx: Tx, run: Import, mapping: MappingDocument, nobody: Mapping[str, str]) -> int:
    """Name the customers {value: code} that can be nobody, once a document: it comes in without one; returns how many."""
    if not nobody:
        return 0
    lines = await tx.execute(
        text(f"""
            SELECT min(l.row), d.customer FROM {staging.DOCUMENTS.name} d JOIN {staging.LINES.name} l USING (number)
            WHERE d.customer = ANY(CAST(:values AS text[])) GROUP BY d.number, d.customer ORDER BY 1
        """),
        {"values": list(nobody)},
    )
    heading = mapping.heading("member")
    faults = [FaultOfRow(row, heading, value, nobody[value], kept=True) for row, value in lines]
    await keep_faults(tx, run, faults)
    return len(faults)


KIND = Orders()
