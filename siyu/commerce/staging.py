"""How documents reach the commerce room by the thousand: staging tables that `import_staged_orders` and `_refunds` read.

A document is an order or a refund. Amounts are integer fen.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, NamedTuple

from siyu.kit.db import Tx
from siyu.kit.staging import Sql, StagingTable


class StagedDocument(NamedTuple):
    """An order or a refund, its lines added up. They get their ids in the order in which they are staged."""

    number: Annotated[str, Sql("text")]
    at: Annotated[datetime, Sql("timestamptz")]
    customer: Annotated[str | None, Sql("text")]
    """What its source calls the customer; `staged_customer` says who that is."""
    store: Annotated[str | None, Sql("text")]
    refund: Annotated[bool, Sql("boolean")]
    refund_of: Annotated[str | None, Sql("text")]
    """The number of the order a refund belongs to, if known."""
    lines: Annotated[int, Sql("int")]
    amount: Annotated[int, Sql("bigint")]
    all_negative: Annotated[bool, Sql("boolean")]
    """Every line is negative: of an order a correction of the books."""
    negative_total: Annotated[bool, Sql("boolean")]
    """The amounts or the quantities add up to less than zero: a refund that is written in negative numbers."""

    shipping: Annotated[int | None, Sql("bigint")] = None
    discount: Annotated[int | None, Sql("bigint")] = None
    """Postage and discount in the amount, where the source says them apart."""


class StagedLine(NamedTuple):
    """A line as the shop wrote it; `line` numbers those of a document."""

    number: Annotated[str, Sql("text")]
    line: Annotated[int, Sql("int")]
    product: Annotated[str, Sql("text")]
    title: Annotated[str | None, Sql("text")]
    quantity: Annotated[Decimal, Sql("numeric(14, 3)")]
    amount: Annotated[int | None, Sql("bigint")]
    """None where the source says only what the whole order came to."""
    row: Annotated[int | None, Sql("bigint")] = None
    """Where it stands in the file it came from."""
    exact: Annotated[Decimal | None, Sql("numeric")] = None
    """Its amount in yuan before it was rounded to fen."""


class StagedOrderRefund(NamedTuple):
    """How much of an order has been given back by now, and when (the last of it)."""

    number: Annotated[str, Sql("text")]
    at: Annotated[datetime, Sql("timestamptz")]
    amount: Annotated[int, Sql("bigint")]
    row: Annotated[int | None, Sql("bigint")] = None


class StagedUnpaid(NamedTuple):
    """An order that its source says nobody paid, or that was cancelled."""

    number: Annotated[str, Sql("text")]
    row: Annotated[int | None, Sql("bigint")] = None


class StagedCustomer(NamedTuple):
    """Which member a source means by a customer."""

    customer: Annotated[str, Sql("text PRIMARY KEY")]
    member_id: Annotated[int, Sql("bigint")]


DOCUMENTS = StagingTable("staged_document", StagedDocument)
LINES = StagingTable("staged_line", StagedLine)
ORDER_REFUNDS = StagingTable("staged_order_refund", StagedOrderRefund)
UNPAID = StagingTable("staged_unpaid", StagedUnpaid)
CUSTOMERS = StagingTable("staged_customer", StagedCustomer)


async def create(tx: Tx) -> None:
    """Make the tables, empty; they go with the transaction."""
    for table in (DOCUMENTS, LINES, ORDER_REFUNDS, UNPAID, CUSTOMERS):
        await table.create(tx)
