"""Reads of the commerce room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from siyu.contacts.hosts.queries import served
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound
from siyu.kit.money import half_up


@dataclass(frozen=True)
class Totals:
    """All orders and refunds of a brand. `orders`, `order_lines` and `sales_fen` include the corrections."""

    members_with_orders: int
    orders: int
    order_lines: int
    sales_fen: int
    corrections: int
    corrections_fen: int
    refunds: int
    refund_lines: int
    refunded_fen: int


async def totals(tx: Tx, workspace_id: int) -> Totals:
    """What the books say; a merged member counts as its winner."""
    row = (
        await tx.execute(
            text("""
                SELECT
                    (SELECT count(DISTINCT coalesce(m.merged_into, m.id)) FROM member m WHERE m.workspace_id = :workspace_id
                     AND EXISTS (SELECT 1 FROM purchase p WHERE p.member_id = m.id AND NOT p.correction)),
                    p.*, r.*
                FROM
                    (SELECT count(*), coalesce(sum(lines), 0), coalesce(sum(amount), 0), count(*) FILTER (WHERE correction),
                            coalesce(sum(amount) FILTER (WHERE correction), 0)
                     FROM purchase WHERE workspace_id = :workspace_id) AS p,
                    (SELECT count(*), coalesce(sum(lines), 0), coalesce(sum(amount), 0)
                     FROM refund WHERE workspace_id = :workspace_id) AS r
            """),
            {"workspace_id": workspace_id},
        )
    ).one()
    return Totals(*(int(value) for value in row))


@dataclass(frozen=True)
class MemberValue:
    """What a member has bought and given back, over all their orders. Corrections are not orders: nobody paid them."""

    orders: int
    sales_fen: int
    refunds: int
    refunded_fen: int
    first_order_at: datetime | None
    last_order_at: datetime | None

    @property
    def net_sales_fen(self) -> int:
        return self.sales_fen - self.refunded_fen

    @property
    def average_order_fen(self) -> int | None:
        return half_up(self.sales_fen, self.orders) if self.orders else None


async def value_of(tx: Tx, workspace_id: int, members: list[int], now: datetime) -> MemberValue:
    """What `members`, a member and who was merged into it, come to before `now`."""
    row = (
        await tx.execute(
            text("""
                SELECT p.orders, p.sales, r.refunds, r.refunded, p.first_at, p.last_at FROM
                    (SELECT count(*) AS orders, coalesce(sum(amount), 0)::bigint AS sales,
                            min(paid_at) AS first_at, max(paid_at) AS last_at
                     FROM purchase WHERE workspace_id = :workspace_id AND member_id = ANY(CAST(:members AS bigint[]))
                       AND NOT correction AND paid_at < :now) AS p,
                    (SELECT count(*) AS refunds, coalesce(sum(amount), 0)::bigint AS refunded
                     FROM refund WHERE workspace_id = :workspace_id AND member_id = ANY(CAST(:members AS bigint[]))
                       AND refunded_at < :now) AS r
            """),
            {"workspace_id": workspace_id, "members": members, "now": now},
        )
    ).one()
    return MemberValue(*row)


async def paid_since(tx: Tx, workspace_id: int, members: list[int], since: datetime, now: datetime) -> int:
    """How many orders `members`, a member and who was merged into it, paid between `since` and `now`."""
    number = await tx.scalar(
        text("""
            SELECT count(*) FROM purchase
            WHERE workspace_id = :workspace_id AND member_id = ANY(CAST(:members AS bigint[]))
              AND NOT correction AND paid_at >= :since AND paid_at < :now
        """),
        {"workspace_id": workspace_id, "members": members, "since": since, "now": now},
    )
    return int(number or 0)


@dataclass(frozen=True)
class OrderCard:
    """An order as a list shows it; `member_id` is who the customer is now, `refunded` what was given back for it."""

    id: int
    number: str
    source: str
    member_id: int | None
    member_name: str | None
    store: str | None
    amount: int
    lines: int
    correction: bool
    paid_at: datetime
    refunded: int
    shipping: int | None
    discount: int | None


_CARDS = """
    SELECT p.id, p.number, p.source, coalesce(m.merged_into, m.id) AS member_id, w.name AS member_name, p.store, p.amount,
           p.lines, p.correction, p.paid_at,
           coalesce((SELECT sum(r.amount) FROM refund r WHERE r.order_id = p.id), 0)::bigint AS refunded, p.shipping, p.discount
    FROM purchase p LEFT JOIN member m ON m.id = p.member_id LEFT JOIN member w ON w.id = coalesce(m.merged_into, m.id)
"""
_WANTED = f"""
    p.workspace_id = :workspace_id
    AND (CAST(:members AS bigint[]) IS NULL OR p.member_id = ANY(CAST(:members AS bigint[])))
    AND {served("p.member_id")}
    AND (CAST(:search AS text) IS NULL OR starts_with(p.number, :search))
    AND (CAST(:since AS timestamptz) IS NULL OR p.paid_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR p.paid_at < :until)
"""


async def of_workspace(
    tx: Tx,
    workspace_id: int,
    *,
    members: list[int] | None = None,
    search: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    serves: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int,
) -> tuple[list[OrderCard], int]:
    """Orders newest first and how many there are: of `members`, whose number starts with `search`, in [since, until),
    of customers connected with the staff that the caller `serves` as."""
    bag: dict[str, Any] = {
        "workspace_id": workspace_id,
        "members": members,
        "search": search or None,
        "since": since,
        "until": until,
        "serves": serves,
        "at": before[0] if before else None,
        "id": before[1] if before else None,
        "limit": limit,
    }
    rows = await tx.execute(
        text(f"""
            {_CARDS} WHERE {_WANTED}
            AND (CAST(:at AS timestamptz) IS NULL OR (p.paid_at, p.id) < (CAST(:at AS timestamptz), CAST(:id AS bigint)))
            ORDER BY p.paid_at DESC, p.id DESC LIMIT :limit
        """),
        bag,
    )
    total = await tx.scalar(text(f"SELECT count(*) FROM purchase p WHERE {_WANTED}"), bag)
    return [OrderCard(**row) for row in rows.mappings()], int(total or 0)


@dataclass(frozen=True)
class LineCard:
    """A line of an order."""

    line: int
    product: str
    title: str | None
    quantity: Decimal
    amount: int | None


@dataclass(frozen=True)
class RefundCard:
    """A refund of an order."""

    id: int
    number: str
    amount: int
    lines: int
    refunded_at: datetime


async def order(tx: Tx, workspace_id: int, order_id: int) -> tuple[OrderCard, list[LineCard], list[RefundCard]]:
    """One order with its lines and refunds; raises NotFound."""
    row = (
        (
            await tx.execute(
                text(f"{_CARDS} WHERE p.workspace_id = :workspace_id AND p.id = :id"),
                {"workspace_id": workspace_id, "id": order_id},
            )
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound()
    lines = await tx.execute(
        text("SELECT line, product, title, quantity, amount FROM purchase_line WHERE order_id = :id ORDER BY line"),
        {"id": order_id},
    )
    refunds = await tx.execute(
        text("SELECT id, number, amount, lines, refunded_at FROM refund WHERE order_id = :id ORDER BY refunded_at, id"),
        {"id": order_id},
    )
    return OrderCard(**row), [LineCard(*line) for line in lines], [RefundCard(*refund) for refund in refunds]


async def numbers_here(tx: Tx, workspace_id: int, sources: Sequence[str], numbers: Sequence[str]) -> dict[str, int]:
    """How many of these document numbers each of the `sources` has, those that have any."""
    rows = await tx.execute(
        text("""
            SELECT source, count(DISTINCT number) AS documents FROM (
                SELECT source, number FROM purchase WHERE workspace_id = :workspace_id
                    AND source = ANY(CAST(:sources AS text[])) AND number = ANY(CAST(:numbers AS text[]))
                UNION ALL SELECT source, number FROM refund WHERE workspace_id = :workspace_id
                    AND source = ANY(CAST(:sources AS text[])) AND number = ANY(CAST(:numbers AS text[]))) AS document
            GROUP BY source
        """),
        {"workspace_id": workspace_id, "sources": list(sources), "numbers": list(numbers)},
    )
    return {row.source: row.documents for row in rows}
