"""Rows of the operation."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class QuarantinedItem(Base):
    """Something from outside that could not be worked on, set aside alone. It names the item and never quotes it.

    States: waiting (for a person), retrying (for the loop it came from), dismissed.
    """

    __tablename__ = "quarantined_item"
    __table_args__ = (
        UniqueConstraint("source", "reader", "item_key"),
        Index("ix_quarantined_item_list", "workspace_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    """The kind of loop: one of `queries.SOURCES`."""
    reader: Mapped[str] = mapped_column(Text)
    """Who could not work on it: a subscriber, a job, a channel."""
    item_key: Mapped[str] = mapped_column(Text)
    """Its number there."""
    workspace_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(Text)
    """Classes of errors, never their text."""
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    tries: Mapped[int] = mapped_column(server_default="1")
    first_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment)


class PartStatus(Base):
    """How a part of the worker's round (relay, a subscriber, a timer) fared last, whichever process did it."""

    __tablename__ = "part_status"

    part: Mapped[str] = mapped_column(Text, primary_key=True)
    succeeded_at: Mapped[datetime | None] = mapped_column(Moment)
    failed_at: Mapped[datetime | None] = mapped_column(Moment)
    failing_since: Mapped[datetime | None] = mapped_column(Moment)
    """Null while it is well."""
    error: Mapped[str | None] = mapped_column(Text)
    """Classes of errors, never their text."""
