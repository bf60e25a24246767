"""HTTP of the commerce room: orders and totals."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from siyu.commerce import queries
from siyu.commerce.rules import adjustment
from siyu.contacts.hosts.queries import check_served
from siyu.contacts.merges import queries as contacts
from siyu.kit.http import DEFAULT_LIMIT, AwareRequestTime, BigId, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.personal_data import PersonalName
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["commerce"])


class OrderOut(BaseModel):
    """Amounts are fen. `correction`: a bookkeeping document on which nothing was sold.

    `shipping` and `discount` are in the amount, where the shop says them apart; a line may have no amount of its own.
    """

    id: int
    number: str
    source: str
    member_id: int | None
    member_name: PersonalName | None
    store: str | None
    amount: int
    lines: int
    correction: bool
    paid_at: datetime
    refunded: int
    shipping: int | None
    discount: int | None


class OrdersOut(Page):
    items: list[OrderOut]


class OrderLineOut(BaseModel):
    line: int
    product: str
    title: str | None
    quantity: Decimal
    amount: int | None


class RefundOut(BaseModel):
    id: int
    number: str
    amount: int
    lines: int
    refunded_at: datetime


class OrderDetailOut(OrderOut):
    """`adjustment`: what it comes to beyond its lines, postage and discount; null where a line has no amount."""

    adjustment: int | None
    items: list[OrderLineOut]
    refunds: list[RefundOut]


class TotalsOut(BaseModel):
    members_with_orders: int
    orders: int
    order_lines: int
    sales_fen: int
    corrections: int
    corrections_fen: int
    refunds: int
    refund_lines: int
    refunded_fen: int


@router.get("/orders")
async def orders(
    tx: InTx,
    caller: Annotated[Caller, allow("members.read")],
    member_id: BigId | None = None,
    search: Annotated[str | None, Query(max_length=200)] = None,
    since: Annotated[AwareRequestTime | None, Query(alias="from")] = None,
    until: Annotated[AwareRequestTime | None, Query(alias="to")] = None,
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> OrdersOut:
    """Orders, newest first; those of a member include those of members merged into it."""
    start = read_cursor(cursor, datetime, int)
    before = (start[0], start[1]) if start else None
    members = await contacts.family(tx, member_id) if member_id is not None else None
    page, total = await queries.of_workspace(
        tx,
        caller.workspace_id,
        members=members,
        search=search,
        since=since,
        until=until,
        serves=caller.serves,
        before=before,
        limit=limit,
    )
    last = page[-1] if len(page) == limit else None
    return OrdersOut(
        items=[OrderOut(**asdict(card)) for card in page],
        total=total,
        next=cursor_of(last.paid_at.isoformat(), last.id) if last else None,
    )


@router.get("/orders/{order_id}")
async def order(order_id: BigId, tx: InTx, caller: Annotated[Caller, allow("members.read")]) -> OrderDetailOut:
    """One order with its lines and what was given back for it."""
    card, lines, refunds = await queries.order(tx, caller.workspace_id, order_id)
    await check_served(tx, caller, [card.member_id or 0])
    return OrderDetailOut(
        **asdict(card),
        adjustment=adjustment(card.amount, [line.amount for line in lines], card.shipping, card.discount),
        items=[OrderLineOut(**asdict(line)) for line in lines],
        refunds=[RefundOut(**asdict(refund)) for refund in refunds],
    )


@router.get("/commerce/totals")
async def totals(tx: InTx, caller: Annotated[Caller, allow("members.read", of_all=True)]) -> TotalsOut:
    """Sums over all orders and refunds of the brand."""
    return TotalsOut(**asdict(await queries.totals(tx, caller.workspace_id)))
