"""Rows of accounts on platforms, and of their tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Identity, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.crypto import Encrypted
from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class ChannelAccount(Base):
    """An account of ours on a platform: where it is reached, and its secrets, encrypted."""

    __tablename__ = "channel_account"
    __table_args__ = (UniqueConstraint("key"), UniqueConstraint("workspace_id", "channel", "name"))

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    channel: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    """Unguessable, part of the callback address."""
    config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    secrets: Mapped[str] = mapped_column(Encrypted)
    """A JSON object."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str | None] = mapped_column(Text)
    synced_at: Mapped[datetime | None] = mapped_column(Moment)
    """When customers were last asked for, whether or not that went well."""


class AccessToken(Base):
    """The platform token of an account, fetched once for all processes."""

    __tablename__ = "access_token"

    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[str] = mapped_column(Encrypted)
    expires_at: Mapped[datetime] = mapped_column(Moment)
