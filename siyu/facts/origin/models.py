"""Rows about the database itself."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base


class DatabaseOrigin(Base):
    """The database in which this row was written last (one row): read anywhere else, the data have moved.

    Transaction ids of the log are `txid_offset` higher than those of the cluster, so that they go on rising after a move.
    """

    __tablename__ = "database_origin"

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    cluster: Mapped[str] = mapped_column(Text)
    database_oid: Mapped[int] = mapped_column(BigInteger)
    table_oid: Mapped[int] = mapped_column(BigInteger)
    txid_offset: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class DatabaseMove(Base):
    """The data were found in another database than before: restored, copied or loaded into another server."""

    __tablename__ = "database_move"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    moved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    cluster_before: Mapped[str | None] = mapped_column(Text)
    cluster_after: Mapped[str] = mapped_column(Text)


class KeySeal(Base):
    """A known value, sealed with the installation's key (one row): another key cannot open it."""

    __tablename__ = "key_seal"

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
