"""Rows of the fact log."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from siyu.kit.db import Base


class Xid8(UserDefinedType[int]):
    """Postgres' 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class FactRow(Base):
    """One fact. (txid, seq) is the reading order: a cursor passes only rows of transactions older than every open one."""

    __tablename__ = "fact"
    __table_args__ = (
        Index("ix_fact_reading", "txid", "seq"),
        Index("ix_fact_member", "workspace_id", "member_id", text("occurred_at DESC"), text("seq DESC")),
        Index("ix_fact_recorded", "recorded_at"),
        Index("ux_fact_key", "workspace_id", "key", unique=True, postgresql_where=text("key IS NOT NULL")),
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    txid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    id: Mapped[uuid.UUID] = mapped_column(UUID, server_default=text("gen_random_uuid()"))
    workspace_id: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    member_id: Mapped[int | None] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str] = mapped_column(Text)
    key: Mapped[str | None] = mapped_column(Text)
    props: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"personal": "reduced to what lasts (Prop.lasting)"})


class FactCursor(Base):
    """How far one reader has read."""

    __tablename__ = "fact_cursor"

    reader: Mapped[str] = mapped_column(Text, primary_key=True)
    txid: Mapped[int] = mapped_column(Xid8, server_default=text("'0'"))
    seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class Erasure(Base):
    """An erased member and how far its facts have been made nobody's.

    `state`: marked (its facts in the log and in the lake are being made anonymous) -> anonymous (no question finds it) ->
    rewritten (no file of the lake's present holds it; files with an id below `file_id` and snapshots before `snapshot`
    still may) -> gone (nothing holds it). The row stays: it proves the erasure and makes late facts anonymous.
    """

    __tablename__ = "erasure"
    __table_args__ = (Index("ix_erasure_pending", "state", postgresql_where=text("state <> 'gone'")),)

    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    workspace_id: Mapped[int]
    erased_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(Text, server_default="marked")
    state_since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    snapshot: Mapped[int | None] = mapped_column(BigInteger)
    file_id: Mapped[int | None] = mapped_column(BigInteger)
