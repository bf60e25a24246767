"""Rows of the platform room."""

from datetime import datetime

from sqlalchemy import ARRAY, Boolean, DateTime, ForeignKey, Identity, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Workspace(Base):
    """A brand: everything else belongs to one."""

    __tablename__ = "workspace"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text, server_default="CNY")
    created_at: Mapped[datetime] = mapped_column(Moment)


class User(Base):
    """A person of the team who signs in."""

    __tablename__ = "account_user"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text, server_default="zh")
    password_hash: Mapped[str] = mapped_column(Text)
    password_temporary: Mapped[bool] = mapped_column(Boolean, server_default="false")
    """Chosen by somebody else: it opens nothing but its own change."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class Role(Base):
    """The one role a user has in a workspace."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("workspace_id", "staff"),)

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account_user.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    staff: Mapped[str | None] = mapped_column(Text)
    """Who they are among the staff that customers are connected with, by the id a platform gives them."""
    added_at: Mapped[datetime] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the user last came in here: a sign-in opens the brand opened last."""


class Invitation(Base):
    """A brand asks somebody of other brands to join: nothing of it is open to them before they accept."""

    __tablename__ = "invitation"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("account_user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(Text)
    invited_by: Mapped[str] = mapped_column(Text)
    invited_at: Mapped[datetime] = mapped_column(Moment)


class HoldRelease(Base):
    """A person let a brand go on after its database had moved: until then nothing of it is sent."""

    __tablename__ = "hold_release"

    move_id: Mapped[int] = mapped_column(ForeignKey("database_move.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    choice: Mapped[str] = mapped_column(Text)
    released_by: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime] = mapped_column(Moment)


class SignIn(Base):
    """A session: only the hash of its token is kept."""

    __tablename__ = "sign_in"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account_user.id", ondelete="CASCADE"), index=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    csrf: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class SignInLimit(Base):
    """Failed tries counted by one thing: a source, an address, a device, or two of them together."""

    __tablename__ = "sign_in_limit"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """A keyed hash."""
    tries: Mapped[int] = mapped_column(Integer)
    began_at: Mapped[datetime] = mapped_column(Moment, index=True)


class KnownDevice(Base):
    """A device somebody signed in with, and where it was last: what strangers do to the address does not concern it."""

    __tablename__ = "known_device"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account_user.id", ondelete="CASCADE"), index=True)
    source_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime] = mapped_column(Moment, index=True)


class ApiKey(Base):
    """A program's key: a prefix to recognise it by, the hash of the rest, and what it may do."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("key_hash"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account_user.id", ondelete="SET NULL"))
    """Who answers for it: the key may never do more than they, and ends with them. None where Siyu itself made it."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_reason: Mapped[str | None] = mapped_column(Text)
    """One of KEY_END_LABELS."""
