"""Reading what was set aside and how the parts fare."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, or_, select

from siyu.facts.operation.models import PartStatus, QuarantinedItem
from siyu.kit.db import Tx
from siyu.kit.text import LocalizedText

Source = Literal["callback", "fact", "receipt", "job", "enrolment"]
SOURCES: dict[str, LocalizedText] = {
    "callback": LocalizedText("平台回调", "Callback of a platform"),
    "fact": LocalizedText("行为事实", "Fact"),
    "receipt": LocalizedText("发送回执", "Answer to a message"),
    "job": LocalizedText("后台任务", "Job"),
    "enrolment": LocalizedText("旅程中的一位客户", "Run of a journey"),
}
"""The loops that set items aside."""
RETRYABLE = ("callback", "fact", "job", "enrolment")
"""Those whose loop takes an item again."""
State = Literal["waiting", "retrying", "dismissed"]
STATES: dict[str, LocalizedText] = {
    "waiting": LocalizedText("已搁置", "Set aside"),
    "retrying": LocalizedText("即将重试", "About to be tried again"),
    "dismissed": LocalizedText("已忽略", "Dismissed"),
}
"""What became of an item that was set aside."""


def _visible(workspace_id: int) -> Any:
    """Those of a brand, and those of no brand: a job names nobody."""
    return or_(QuarantinedItem.workspace_id == workspace_id, QuarantinedItem.workspace_id.is_(None))


async def quarantined(
    tx: Tx, workspace_id: int, state: str | None, before: int | None, limit: int
) -> tuple[list[QuarantinedItem], int]:
    """(a page of items set aside that a brand may see, the newest first; how many there are in all)."""
    where = [_visible(workspace_id)]
    if state is not None:
        where.append(QuarantinedItem.state == state)
    total = await tx.scalar(select(func.count()).select_from(QuarantinedItem).where(*where))
    if before is not None:
        where.append(QuarantinedItem.id < before)
    rows = await tx.scalars(select(QuarantinedItem).where(*where).order_by(QuarantinedItem.id.desc()).limit(limit))
    return list(rows), int(total or 0)


async def chosen(tx: Tx, workspace_id: int, ids: Sequence[int]) -> list[QuarantinedItem]:
    """Those of `ids` that a brand may see, locked."""
    rows = await tx.scalars(
        select(QuarantinedItem)
        .where(QuarantinedItem.id.in_(ids), _visible(workspace_id))
        .order_by(QuarantinedItem.id)
        .with_for_update()
    )
    return list(rows)


async def waiting_count(tx: Tx) -> int:
    """How many items wait for a person, of all brands."""
    return int(await tx.scalar(select(func.count()).where(QuarantinedItem.state == "waiting")) or 0)


async def retries(tx: Tx, source: Source, reader: str | None = None) -> list[QuarantinedItem]:
    """Items that somebody lets be tried again, locked; those that another process holds are passed over."""
    where = [QuarantinedItem.state == "retrying", QuarantinedItem.source == source]
    if reader is not None:
        where.append(QuarantinedItem.reader == reader)
    rows = await tx.scalars(
        select(QuarantinedItem).where(*where).order_by(QuarantinedItem.id).with_for_update(skip_locked=True)
    )
    return list(rows)


async def last_heard(tx: Tx) -> datetime | None:
    """The latest moment at which a worker wrote something down about its parts."""
    latest: datetime | None = await tx.scalar(
        select(func.max(func.greatest(PartStatus.succeeded_at, PartStatus.failed_at)))
    )
    return latest


async def parts(tx: Tx) -> list[PartStatus]:
    """Every part of the worker's round, failing ones first."""
    rows = await tx.scalars(select(PartStatus).order_by(PartStatus.failing_since.nulls_last(), PartStatus.part))
    return list(rows)
