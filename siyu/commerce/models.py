"""Rows of the commerce room. Money is integer fen.

Orders and refunds have no foreign key to their brand and their member: neither is ever deleted, and checking each row would
take as long as writing it (docs/decisions/014-bulk-without-foreign-keys.md).
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Order(Base):
    """A paid order, ours or another shop's; (source, number) tells it from all others. Without a member: a walk-in.

    `correction`: a bookkeeping document on which nothing was sold (every line negative). It counts in the totals, so that
    they equal the shop's books, but nobody paid it.
    """

    __tablename__ = "purchase"
    __table_args__ = (
        UniqueConstraint("workspace_id", "source", "number"),
        Index("ix_purchase_member", "member_id", "paid_at"),
        Index("ix_purchase_paid", "workspace_id", "paid_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workspace_id: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    member_id: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(Integer)
    correction: Mapped[bool] = mapped_column(Boolean, server_default="false")
    shipping: Mapped[int | None] = mapped_column(BigInteger)
    discount: Mapped[int | None] = mapped_column(BigInteger)
    store: Mapped[str | None] = mapped_column(Text)
    paid_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class OrderLine(Base):
    """A line of an order, as the shop wrote it (negative too); no amount where it told only that of the whole order.

    No foreign key: lines are written in the transaction of their order and never apart from it, and checking each would
    more than double the time of an import.
    """

    __tablename__ = "purchase_line"

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    product: Mapped[str] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    amount: Mapped[int | None] = mapped_column(BigInteger)


class Refund(Base):
    """Money given back: for a known order, for one that has not come in yet (`refund_of`), or for nobody knows which."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("workspace_id", "source", "number"),
        Index("ix_refund_member", "member_id", "refunded_at"),
        Index("ix_refund_order", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_refund_waiting", "workspace_id", "source", "refund_of", postgresql_where=text("order_id IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workspace_id: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("purchase.id"))
    refund_of: Mapped[str | None] = mapped_column(Text)
    member_id: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(Integer)
    refunded_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class RefundLine(Base):
    """A line of a refund; quantity and amount as positive numbers given back. No foreign key, as for order lines."""

    __tablename__ = "refund_line"

    refund_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    product: Mapped[str] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 3))
    amount: Mapped[int] = mapped_column(BigInteger)
