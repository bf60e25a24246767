"""Rows of members' own choices."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base


class PreferenceRevocation(Base):
    """How often the links to a member's message settings were revoked: those of before open nothing."""

    __tablename__ = "preference_revocation"

    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(Integer)
    revoked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
