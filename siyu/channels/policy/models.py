"""Rows of the send policy: caps, quiet hours."""

from datetime import date, time

from sqlalchemy import ARRAY, Date, ForeignKey, Integer, Text, Time
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base


class Cap(Base):
    """At most `count` messages to a member in any `days` days, over all journeys; channel `*` counts all channels."""

    __tablename__ = "cap"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    days: Mapped[int] = mapped_column(Integer, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class QuietHours(Base):
    """Nothing is sent between these times of the member's own zone, nor on these days."""

    __tablename__ = "quiet_hours"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    begins: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    holidays: Mapped[list[date]] = mapped_column(ARRAY(Date))
