"""Rows of the journeys room."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from siyu.kit.db import Base

Moment = DateTime(timezone=True)


class Journey(Base):
    """An SOP. `draft` is the graph being drawn; `version` the published one that new members enter.

    States: draft, live, paused, ended.
    """

    __tablename__ = "journey"
    __table_args__ = (UniqueConstraint("workspace_id", "name"), UniqueConstraint("workspace_id", "key"))

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    key: Mapped[str] = mapped_column(Text)
    """What facts and conditions call it: the name it was made with, for ever."""
    name: Mapped[str] = mapped_column(Text)
    draft: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[int | None] = mapped_column(Integer)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)


class JourneyVersion(Base):
    """A published graph. Never edited: members on it stay on it unless moved."""

    __tablename__ = "journey_version"

    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    graph: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_by: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(Moment)


class Enrolment(Base):
    """One run of one member through one journey. States: active, finished, exited.

    `node` is the step it stands at, since `arrived_at`; it is looked at again at `due_at`. `key` tells runs of one member
    apart (an order number; empty for most), `entry` numbers them; `happened_at` is when the fact it waits for happened.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("journey_id", "member_id", "entry"),
        Index("ix_enrolment_due", "journey_id", "due_at", postgresql_where=text("state = 'active'")),
        Index("ix_enrolment_at", "journey_id", "version", "node", postgresql_where=text("state = 'active'")),
        Index(
            "ux_enrolment_open",
            *("member_id", "journey_id", "key"),
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "ix_enrolment_goal",
            *("journey_id", "version", "goal_until"),
            postgresql_where=text("state = 'finished' AND goal_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"))
    version: Mapped[int] = mapped_column(Integer)
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    entry: Mapped[int] = mapped_column(Integer)
    key: Mapped[str] = mapped_column(Text, server_default="")
    state: Mapped[str] = mapped_column(Text)
    node: Mapped[str] = mapped_column(Text)
    loop_counts: Mapped[dict[str, Any]] = mapped_column("laps", JSONB, server_default="{}")
    """How often it left each step of a loop."""
    entered_at: Mapped[datetime] = mapped_column(Moment)
    arrived_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    happened_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_why: Mapped[str | None] = mapped_column(Text)
    goal_until: Mapped[datetime | None] = mapped_column(Moment)
    """Until when the goal still counts for a run that came to its end without it."""
    goal_at: Mapped[datetime | None] = mapped_column(Moment)
    goal_fen: Mapped[int | None] = mapped_column(BigInteger)
    """What the fact that was the goal was worth, where it has an amount."""
    merged_from: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    """The members whose run it was before each merge, so that an undoing gives it back."""


class StepCount(Base):
    """How many runs left a step by an exit, per version: kept as they move, so that the canvas costs nothing.

    An exit `@why` counts those who left the whole journey while they stood there.
    """

    __tablename__ = "step_count"

    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    node: Mapped[str] = mapped_column(Text, primary_key=True)
    exit: Mapped[str] = mapped_column(Text, primary_key=True)
    passed: Mapped[int] = mapped_column(BigInteger)


class JourneyTrigger(Base):
    """What a live journey listens for, flattened from its published graph so that a fact finds its journeys at once."""

    __tablename__ = "journey_trigger"
    __table_args__ = (Index("ix_journey_trigger_fact", "workspace_id", "fact"),)

    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    kind: Mapped[str] = mapped_column(Text)
    fact: Mapped[str | None] = mapped_column(Text)
    config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    since: Mapped[datetime] = mapped_column(Moment)
    """It listens from here on: what happened before enrols nobody."""
    next_at: Mapped[datetime | None] = mapped_column(Moment)


class Intake(Base):
    """An audience on its way into a journey, batch by batch in the order of member ids; gone when all are in."""

    __tablename__ = "journey_intake"
    __table_args__ = (Index("ix_journey_intake_journey", "journey_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"))
    audience: Mapped[str] = mapped_column(Text)
    after_member: Mapped[int] = mapped_column(BigInteger, server_default="0")
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Moment)


class HeldEntry(Base):
    """Whom a trigger would have let into a journey while its brand was held after a move: they enter when it is let go."""

    __tablename__ = "held_entry"

    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(Moment)
