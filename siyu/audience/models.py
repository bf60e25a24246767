"""Rows of the audience room."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, Identity, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Audience(Base):
    """A saved audience; `version` is the current one of its trees.

    Its members are those at `refreshed_at`. It is looked at again at `due_at` (time alone may change it then), when facts
    concern it that are past (`since_txid`, `since_seq`) in the log, or when `settled_version` is not its version (null:
    the conditions it refers to are others); but not before `rests_until`. `trouble` is why the last look failed.
    """

    __tablename__ = "audience"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    name: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    size: Mapped[int | None] = mapped_column(BigInteger)
    refreshed_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_version: Mapped[int | None] = mapped_column(Integer)
    since_txid: Mapped[int | None] = mapped_column(BigInteger)
    since_seq: Mapped[int | None] = mapped_column(BigInteger)
    rests_until: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str | None] = mapped_column(Text)


class AudienceVersion(Base):
    """A tree an audience had. Never edited."""

    __tablename__ = "audience_version"

    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    tree: Mapped[dict[str, Any]] = mapped_column(JSONB)
    written_by: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Moment)


class AudienceMember(Base):
    """Who is in a saved audience as of its last refresh."""

    __tablename__ = "audience_member"
    __table_args__ = (Index("ix_audience_member_member", "member_id"),)

    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entered_at: Mapped[datetime] = mapped_column(Moment)


class AudienceWatch(Base):
    """A kind of fact that may change a saved audience, so that a batch of facts finds its audiences at once."""

    __tablename__ = "audience_watch"
    __table_args__ = (Index("ix_audience_watch_fact", "fact"),)

    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True)
    fact: Mapped[str] = mapped_column(Text, primary_key=True)


class AudienceSize(Base):
    """How many were in a saved audience when it was last refreshed on a day of the workspace."""

    __tablename__ = "audience_size"

    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)


class ProfileDue(Base):
    """A member whose row in the lake's profiles has to be made anew."""

    __tablename__ = "profile_due"

    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
