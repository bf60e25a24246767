"""Rows of the content room."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Identity, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Template(Base):
    """A message template; what it says is in its versions."""

    __tablename__ = "template"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    name: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)


class TemplateUse(Base):
    """Somebody sends by a template (a journey that is live or paused), so that who edits it is told."""

    __tablename__ = "template_use"
    __table_args__ = (Index("ix_template_use_user", "kind", "used_by"),)

    template_id: Mapped[int] = mapped_column(ForeignKey("template.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    used_by: Mapped[str] = mapped_column(Text, primary_key=True)
    label: Mapped[str] = mapped_column(Text)


class TemplateVersion(Base):
    """What a template said from one edit to the next: Liquid text and attachments. Never edited."""

    __tablename__ = "template_version"

    template_id: Mapped[int] = mapped_column(ForeignKey("template.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    written_by: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Moment)
