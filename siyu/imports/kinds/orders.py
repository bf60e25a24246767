"""Orders and refunds: lines of documents, which come in whole or not at all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from siyu.commerce import actions as commerce
from siyu.commerce import staging
from siyu.commerce.queries import numbers_here
from siyu.commerce.rules import ImportResult
from siyu.imports.files.chunks import Chunk, FaultOfRow
from siyu.imports.files.duckdb_session import literal, quoted
from siyu.imports.files.expressions import FieldSql, alias
from siyu.imports.files.faults import EXACT_MAX, fault
from siyu.imports.files.upload import Upload
from siyu.imports.kind import Fetch, ImportKind, OneOf, PreviewMatch, StatedWord
from siyu.imports.mapping.document import Mapping as MappingDocument
from siyu.imports.models import Import
from siyu.imports.orders.fields import FIELDS
from siyu.imports.orders.rules import OrderRules
from siyu.imports.orders.sql import arranged, exact_money, half_even, row_meaning
from siyu.imports.runs.customers import Customers, find_members, match_customers, read_customers
from siyu.imports.runs.queries import sources
from siyu.imports.runs.refused_rows import keep_faults, refuse_rows
from siyu.imports.runs.report import Tally
from siyu.kit.db import Tx
from siyu.kit.errors import Fault
from siyu.kit.money import SPELLINGS
from siyu.kit.text import LocalizedText

WORDS_SHOWN_MAX = 50
REFUND_FIELDS = {"refunded", "status", "after_sales"}
"""Columns that may say of an order that it was given back."""


class Orders(ImportKind[OrderRules]):
    """Lines of orders and refunds, handed to the commerce room as sets."""

    name = "orders"
    label = LocalizedText("订单", "Orders")
    fields = FIELDS
    rules_model = OrderRules
    needs_one_of = (OneOf(("amount", "price", "total"), "mapping.columns.amount"),)
    records = ("order_paid", "order_refunded")
    happens_at = "paid_at"
    file_words = ("order", "订单")

    def check(self, mapping: MappingDocument, columns: Collection[str]) -> list[Fault]:
        """A price needs its quantity, and a refund is known by one thing."""
        faults = []
        if "price" in mapping.columns and not mapping.columns.keys() & {"quantity", "amount", "total"}:
            zh = "单价要有数量才知道金额：请对应“数量”，或为它填固定值 1"
            en = "a unit price says nothing without its quantity: map it, or give it the constant 1"
            faults.append(Fault("mapping.columns.quantity", en, zh))
        refund = self.rules(mapping).refund
        if refund is None:
            return faults
        if (refund.prefix is None) == (refund.column is None):
            text_ = ("give a prefix or a column", "请填写前缀或列名中的一项", "prefix | column")
            return [*faults, Fault("mapping.rules.refund", *text_)]
        if refund.column is not None and refund.column not in columns:
            path, column = "mapping.rules.refund.column", refund.column
            return [*faults, Fault(path, f"the file has no column “{column}”", f"文件中没有列“{column}”")]
        return faults

    def required_in_row(self, mapping: MappingDocument) -> set[str]:
        """What a line's amount comes from, unless the order says its own."""
        if "total" in mapping.columns:
            return set()
        return {"amount"} if "amount" in mapping.columns else {"quantity", "price"}

    def row_checks(self, mapping: MappingDocument, fields: Sequence[FieldSql]) -> list[tuple[str, str]]:
        """Quantity times price has a bound, as an amount has; a state and a currency are known or refused."""
        checks = []
        if "amount" not in mapping.columns and {"quantity", "price"} <= mapping.columns.keys():
            product = f"abs({alias('quantity')}::DOUBLE * {alias('price')}::DOUBLE)"
            heading = literal(mapping.heading("price"))
            wrong = fault(heading, f"{alias('price')}::VARCHAR", "range")
            checks.append((f"coalesce({product} >= {EXACT_MAX}, false)", wrong))
        if "status" in mapping.columns:
            wrong = fault(literal(mapping.heading("status")), alias("status"), "status")
            checks.append((f"{alias('status')} IS NOT NULL AND v_meaning IS NULL", wrong))
        if "currency" in mapping.columns and mapping.currency:
            spellings = ", ".join(
                literal(word) for word in SPELLINGS.get(mapping.currency, (mapping.currency.lower(),))
            )
            wrong = fault(literal(mapping.heading("currency")), alias("currency"), "currency")
            checks.append((f"coalesce(lower({alias('currency')}) NOT IN ({spellings}), false)", wrong))
        return checks

    def extra_columns(self, mapping: MappingDocument, upload: Upload) -> str:
        """Whether a line says that it belongs to a refund, and what it says about the order's state."""
        rule, is_refund = self.rules(mapping).refund, "false"
        if rule is not None and rule.prefix is not None:
            is_refund = f"coalesce(starts_with({alias('number')}, {literal(rule.prefix)}), false)"
        elif rule is not None and rule.column is not None:
            values = ", ".join(literal(value) for value in rule.values) or "NULL"
            cell = quoted(upload.field(rule.column).field)
            is_refund = f"coalesce(trim(CAST({cell} AS VARCHAR)) IN ({values}), false)"
        return f", {is_refund} AS v_is_refund, {row_meaning(mapping, self.rules(mapping))} AS v_meaning"

    def arrange(self, mapping: MappingDocument) -> str:
        """Lines with what their whole document says, and whether all of it can be taken."""
        return arranged(mapping, self.rules(mapping))

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
            "amount": "coalesce(max(doc_fen), sum(fen))",
            "all_negative": f"bool_and({quantity} < 0 OR coalesce(fen, 0) < 0)",
            "negative_total": f"coalesce(sum(fen), max(doc_fen)) < 0 OR sum({quantity}) < 0",
            "shipping": f"min({half_even(exact_money(mapping, 'shipping') if 'shipping' in mapping.columns else 'NULL')})",
            "discount": f"abs(min({half_even(exact_money(mapping, 'discount') if 'discount' in mapping.columns else 'NULL')}))",
        }
        grouped = f"FROM good {kept} GROUP BY {number}, doc_member ORDER BY min(pos)"
        selects = {
            staging.LINES.name: staging.LINES.select(lines, f"FROM good {kept} ORDER BY pos"),
            staging.DOCUMENTS.name: staging.DOCUMENTS.select(documents, grouped),
        }
        if mapping.columns.keys() & REFUND_FIELDS:
            back = {"number": number, "at": "min(back_at)", "amount": "max(back_fen)", "row": "min(row)"}
            source = f"FROM good WHERE back_fen > 0 GROUP BY {number} ORDER BY min(pos)"
            selects[staging.ORDER_REFUNDS.name] = staging.ORDER_REFUNDS.select(back, source)
        if "status" in mapping.columns:
            source = f"FROM chunk WHERE doc_left_out AND {number} IS NOT NULL GROUP BY {number} ORDER BY min(pos)"
            selects[staging.UNPAID.name] = staging.UNPAID.select({"number": number, "row": "min(row)"}, source)
        return selects

    def stated_words(self, mapping: MappingDocument, fetch: Fetch) -> list[StatedWord]:
        """The words of the state column in the rows looked at, the most frequent first, with what they mean."""
        if "status" not in mapping.columns:
            return []
        counted = f"""
            SELECT {alias("status")}, any_value(v_meaning), count(*) FROM previewed WHERE {alias("status")} IS NOT NULL
            GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT {WORDS_SHOWN_MAX}"""
        return [StatedWord(*row) for row in fetch(counted)]

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
        create = rules.unknown_members == "create"
        customers = await find_members(
            tx,
            run,
            mapping,
            chunk,
            now,
            create=create,
            fresh=lambda values: _of_new_documents(tx, run, mapping, values),
        )
        await staging.CUSTOMERS.copy(tx, (staging.StagedCustomer(*pair) for pair in customers.members.items()))
        strangers = {value: code for value, code in customers.refused.items() if code in ("unknown", "different")}
        nobody = {value: code for value, code in customers.refused.items() if value not in strangers}
        refused = await _refuse_documents(tx, run, mapping, "member", "customer", strangers)
        cells = await _without_customer(tx, run, mapping, nobody)
        source, actor = mapping.source, run.started_by
        sold = await commerce.import_staged_orders(tx, run.workspace_id, source=source, actor=actor, now=now)
        refunded = ImportResult()
        if rules.refund is not None:
            refunded = await commerce.import_staged_refunds(tx, run.workspace_id, source=source, actor=actor, now=now)
        different = dict.fromkeys((*sold.different, *refunded.different), "different")
        refused += await _refuse_documents(tx, run, mapping, "number", "number", different)
        cancelled = await _cancelled(tx, run, mapping, chunk, rules)
        given_back = ImportResult()
        if staging.ORDER_REFUNDS.name in chunk.csvs:
            await staging.ORDER_REFUNDS.copy_csv(tx, chunk.csvs[staging.ORDER_REFUNDS.name])
            await tx.execute(text(_REFUNDS_OF_TAKEN))
            given_back = await commerce.import_staged_order_refunds(
                tx, run.workspace_id, source=source, actor=actor, now=now
            )
        exact, fen = (await tx.execute(text(_SUMS))).one()
        return Tally(
            rows_known=sold.known_lines + refunded.known_lines,
            rows_refused=chunk.refused + refused,
            cells_left_out=cells,
            rows_dropped=chunk.duplicates if rules.duplicates == "drop" else 0,
            order_lines=sold.lines,
            refund_lines=refunded.lines,
            lines_without_member=sold.lines_without_member + refunded.lines_without_member,
            orders=sold.documents,
            rows_left_out=chunk.rows_left_out,
            orders_left_out=chunk.documents_left_out,
            orders_cancelled=cancelled,
            refunds=refunded.documents + given_back.documents,
            refunded_fen=refunded.amount + given_back.amount,
            corrections=sold.corrections,
            documents_known=sold.known + refunded.known,
            documents_different=len(different),
            members_created=customers.created,
            facts=sold.facts + refunded.facts + given_back.facts,
            left_out_total=chunk.source_total - Decimal(exact),
            total_fen=int(fen),
        )

    def summary(self, tally: Tally) -> LocalizedText:
        """Orders and refunds that are new, documents that were here, orders nobody paid, rows refused."""
        unpaid = LocalizedText("", "")
        if tally.orders_left_out:
            n = f"{tally.orders_left_out:,}"
            unpaid = LocalizedText(
                f"未付款或已取消、没有导入 {n} 笔；", f"{n} were not paid or cancelled and left out; "
            )
        return LocalizedText(
            f"新增订单 {tally.orders:,} 笔（{tally.order_lines:,} 行）、退款 {tally.refunds:,} 笔；"
            f"已存在 {tally.documents_known:,} 笔；{unpaid.zh}拒绝 {tally.rows_refused:,} 行。",
            f"{tally.orders:,} orders with {tally.order_lines:,} lines and {tally.refunds:,} refunds are new; "
            f"{tally.documents_known:,} documents were already here; {unpaid.en}{tally.rows_refused:,} rows were refused.",
        )


async def _of_new_documents(tx: Tx, run: Import, mapping: MappingDocument, values: Sequence[str]) -> set[str]:
    """Those of the customers `values` that are named by a document which is not here yet."""
    here = " AND ".join(
        f"""NOT (d.refund IS {refund} AND EXISTS (
            SELECT 1 FROM {table} p WHERE p.workspace_id = :workspace_id AND p.source = :source AND p.number = d.number))"""
        for table, refund in (("purchase", False), ("refund", True))
    )
    named = await tx.scalars(
        text(f"""
            SELECT DISTINCT d.customer FROM {staging.DOCUMENTS.name} d
            WHERE d.customer = ANY(CAST(:values AS text[])) AND {here}
        """),
        {"values": list(values), "workspace_id": run.workspace_id, "source": mapping.source},
    )
    return {str(value) for value in named}


async def _cancelled(tx: Tx, run: Import, mapping: MappingDocument, chunk: Chunk, rules: OrderRules) -> int:
    """Name orders that are here as paid and cancelled in the file, or stage that all of them is given back; returns how many."""
    if staging.UNPAID.name not in chunk.csvs:
        return 0
    await staging.UNPAID.copy_csv(tx, chunk.csvs[staging.UNPAID.name])
    here = await tx.execute(
        text(f"""
            SELECT u.row, p.number, p.paid_at, p.amount FROM {staging.UNPAID.name} u
            JOIN purchase p ON p.workspace_id = :workspace_id AND p.source = :source AND p.number = u.number
            WHERE p.amount > (SELECT coalesce(sum(r.amount), 0) FROM refund r WHERE r.order_id = p.id) ORDER BY u.row
        """),
        {"workspace_id": run.workspace_id, "source": mapping.source},
    )
    paid = here.all()
    if rules.cancelled == "refund":
        back = (staging.StagedOrderRefund(order.number, order.paid_at, order.amount, order.row) for order in paid)
        await staging.ORDER_REFUNDS.copy(tx, back)
    else:
        heading = mapping.heading("number")
        await keep_faults(tx, run, [FaultOfRow(order.row, heading, order.number, "cancelled") for order in paid])
    return len(paid)


_REFUNDS_OF_TAKEN = f"""
    DELETE FROM {staging.ORDER_REFUNDS.name} s
    WHERE NOT EXISTS (SELECT 1 FROM {staging.DOCUMENTS.name} d WHERE d.number = s.number)
      AND NOT EXISTS (SELECT 1 FROM {staging.UNPAID.name} u WHERE u.number = s.number)"""
"""An order that is refused leaves no refund behind."""
_SUMS = f"""
    SELECT (SELECT coalesce(sum(exact), 0) FROM {staging.LINES.name}),
           (SELECT coalesce(sum(amount), 0) FROM {staging.DOCUMENTS.name})"""
"""What the documents come to that were taken: as the file wrote it, and rounded."""


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
