"""Rows of who uses what."""

from sqlalchemy import ARRAY, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base


class ThingUse(Base):
    """Somebody (`user_kind` journey, number `used_by`, called `label`) refers to the `thing` (a tag) of identity `key`."""

    __tablename__ = "thing_use"
    __table_args__ = (Index("ix_thing_use_user", "workspace_id", "user_kind", "used_by"),)

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    thing: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    user_kind: Mapped[str] = mapped_column(Text, primary_key=True)
    used_by: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)


class ThingName(Base):
    """What a thing of a higher room (a journey) is called, for the rooms below, whose conditions refer to it by its `key`."""

    __tablename__ = "thing_name"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    thing: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    former: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
