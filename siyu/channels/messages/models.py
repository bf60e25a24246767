"""Rows of messages, of what holds them, and of the calls that carry them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.crypto import Encrypted
from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Message(Base):
    """One intended message to one member, from intent to outcome. The intent key makes a second intent a no-op.

    States: withheld (reason), queued, held, sending, sent, delivered, failed (reason), in_doubt.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("workspace_id", "intent_key"),
        Index("ix_message_member", "member_id", "planned_at"),
        Index("ix_message_due", "account_id", "due_at", postgresql_where=text("state = 'queued'")),
        Index(
            "ix_message_waiting",
            *("workspace_id", "source", "template_id"),
            postgresql_where=text("state IN ('queued', 'held')"),
        ),
        Index(
            "ix_message_open", "state", "changed_at", postgresql_where=text("state IN ('sending', 'sent', 'in_doubt')")
        ),
        Index("ix_message_list", "workspace_id", "id"),
        Index("ix_message_dispatch", "dispatch_id"),
        Index("ix_message_source", "workspace_id", "source", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    intent_key: Mapped[str] = mapped_column(Text)
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    channel: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("channel_account.id"))
    purpose: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    """What asked for it: `journey:<id>`, `manual`, `test`."""
    origin: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """Ids of journey, version, step, entry where it came from a journey."""
    template_id: Mapped[int | None] = mapped_column(ForeignKey("template.id"))
    template_version: Mapped[int | None] = mapped_column(Integer)
    address: Mapped[str | None] = mapped_column(Encrypted, info={"personal": "set to null"})
    staff: Mapped[str | None] = mapped_column(Text)
    values: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", info={"personal": "emptied"})
    """What the intent adds to the member's own values when it is rendered."""
    on_cap: Mapped[str] = mapped_column(Text, server_default="defer")
    on_quiet: Mapped[str] = mapped_column(Text, server_default="defer")
    """`defer` or `drop`: what the step wants when a cap or quiet hours are in the way."""
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
    """Calls that certainly did not carry it out."""
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info={"personal": "set to null"})
    """As rendered for this member: {"text": …, "attachments": […]}."""
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    planned_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    counts_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it counts against the caps: the moment it was let through."""
    dispatch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("dispatch.id"))


class MessageHold(Base):
    """Nothing of a source (`journey:7`) goes out while this stands. `effect`: what becomes of its messages whose time
    comes, `hold` (they wait) or `cancel` (the source has ended)."""

    __tablename__ = "message_hold"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    effect: Mapped[str] = mapped_column(Text)
    held_by: Mapped[str] = mapped_column(Text)
    held_at: Mapped[datetime] = mapped_column(Moment)


class Dispatch(Base):
    """One call to a provider for a batch of messages, written before the call so that a crash detached a trace."""

    __tablename__ = "dispatch"
    __table_args__ = (Index("ix_dispatch_open", "account_id", postgresql_where=text("closed_at IS NULL")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    key: Mapped[str] = mapped_column(Text, unique=True)
    """Idempotency key for providers that take one."""
    kind: Mapped[str] = mapped_column(Text, server_default="message")
    """`message`, or `welcome`: an answer to somebody just added, whose code works once and soon."""
    staff: Mapped[str | None] = mapped_column(Text)
    provider_id: Mapped[str | None] = mapped_column(Text)
    """What the platform calls the call."""
    leased_by: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime] = mapped_column(Moment)
    """Until then nobody else touches it, while the process in `leased_by` lives. Past it, or when that has died: released if it was not called yet, else resumed or in doubt."""
    called_at: Mapped[datetime | None] = mapped_column(Moment)
    """Committed right before the call is made."""
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str | None] = mapped_column(Text)
