"""Rows of what arrives: callbacks, and who is connected with whom."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.crypto import Encrypted
from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Callback(Base):
    """A callback as it came, written before it is answered, handled afterwards."""

    __tablename__ = "callback"
    __table_args__ = (
        UniqueConstraint("account_id", "content_key"),
        Index("ix_callback_waiting", "id", postgresql_where=text("handled_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    content_key: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[str] = mapped_column(Encrypted, info={"personal": "row deleted after 30 days"})
    received_at: Mapped[datetime] = mapped_column(Moment)
    handled_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str | None] = mapped_column(Text)


class ContactLink(Base):
    """A member of staff and a customer are connected on a platform: what makes the customer reachable there."""

    __tablename__ = "friend_link"
    __table_args__ = (
        Index("ix_friend_link_member", "member_id"),
        Index("ix_friend_link_address", "account_id", "address"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True)
    staff: Mapped[str] = mapped_column(Text, primary_key=True)
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), primary_key=True)
    address: Mapped[str] = mapped_column(Text, info={"personal": "row deleted"})
    """What the platform calls the customer."""
    state: Mapped[str] = mapped_column(Text, server_default="")
    added_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
