"""Rows of the imports room."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Import(Base):
    """A file on its way in. `rows_done` moves in the transaction that writes the rows, so a resumed import doubles nothing.

    `state` is one of refusals.STATES, `trouble` what stopped it as JSON of a LocalizedText. `fingerprint` is the SHA-256 of the file's bytes.
    """

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    kind: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    file_path: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    rows_total: Mapped[int | None] = mapped_column(BigInteger)
    rows_done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rows_refused: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rows_duplicate: Mapped[int] = mapped_column(BigInteger, server_default="0")
    result: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    trouble: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    started_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)


class ImportFault(Base):
    """A row that was refused: where, which column, why."""

    __tablename__ = "import_fault"
    __table_args__ = (Index("ix_import_fault_import", "import_id", "row"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"))
    row: Mapped[int] = mapped_column(BigInteger)
    column: Mapped[str] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text, info={"personal": "deleted 30 days after the import"})
    reason: Mapped[str] = mapped_column(Text)
    reason_zh: Mapped[str] = mapped_column(Text)
