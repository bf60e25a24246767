"""How the house runs: parts of the worker that fail, and what was set aside, to be tried again or dismissed."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.facts.operation import actions, queries
from siyu.facts.operation.models import QuarantinedItem
from siyu.kit import clock
from siyu.kit.http import DEFAULT_LIMIT, Body, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import PAGE_ROWS_MAX
from siyu.kit.text import LocalizedText
from siyu.platform.access import allow
from siyu.platform.actions import audit
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["operation"])

Reads = Annotated[Caller, allow("operation.read")]
Manages = Annotated[Caller, allow("operation.manage")]


PART_LABELS: dict[str, LocalizedText] = {
    "clock": LocalizedText("校对时钟", "Looking at the clock"),
    "relay": LocalizedText("把行为写入数据湖", "Moving facts to the lake"),
    "trim": LocalizedText("清理过期的行为日志", "Trimming the log"),
    "reader:profiles": LocalizedText("标记有变化的客户", "Marking members who changed"),
    "reader:audiences": LocalizedText("跟进人群变化", "Following audiences"),
    "reader:journeys": LocalizedText("触发旅程", "Triggering journeys"),
    "reader:channels_erasure": LocalizedText("清除已删除客户的消息", "Emptying messages of erased members"),
    "timer:audience.profiles": LocalizedText("更新客户资料", "Writing profiles"),
    "timer:audience.refresh": LocalizedText("更新人群", "Refreshing audiences"),
    "timer:contacts.expire_tags": LocalizedText("移除到期的标签", "Ending tags"),
    "timer:lake.compact": LocalizedText("整理数据湖", "Compacting the lake"),
    "timer:lake.retain": LocalizedText("清理数据湖的旧文件", "Removing old files of the lake"),
    "timer:lake.erase": LocalizedText("从数据湖抹去已删除的客户", "Erasing members from the lake"),
    "timer:journeys.tick": LocalizedText("推进旅程", "Moving journeys on"),
    "timer:handle_callbacks": LocalizedText("处理平台回调", "Handling callbacks"),
    "timer:dispatch": LocalizedText("发送消息", "Sending messages"),
    "timer:settle": LocalizedText("查询发送结果", "Asking what became of messages"),
    "timer:sync_customers": LocalizedText("同步平台客户", "Synchronising contacts"),
    "timer:imports_erase": LocalizedText("从导入文件里抹去已删除的客户", "Erasing members from imported files"),
    "timer:imports_forget": LocalizedText("清理过期的导入文件", "Forgetting old imports"),
    "timer:forget_sign_ins": LocalizedText("清理过期的登录记录", "Forgetting old sign-ins"),
}
"""What the parts of the worker's round are called: its timers, the readers of the log, and what the round itself does."""


class PartOut(BaseModel):
    """A part of the worker's round; `failing_since` null: it is well. `error` names classes of errors, never their text."""

    part: str
    succeeded_at: datetime | None
    failed_at: datetime | None
    failing_since: datetime | None
    error: str | None


class PartsOut(Page):
    items: list[PartOut]


class QuarantinedOut(BaseModel):
    """An item that was set aside: `item_key` is its number among callbacks, facts, calls or jobs."""

    id: int
    source: queries.Source
    reader: str
    item_key: str
    reason: str
    error: str
    state: queries.State
    tries: int
    first_at: datetime
    last_at: datetime
    retryable: bool


class QuarantineOut(Page):
    items: list[QuarantinedOut]


class QuarantinedIds(Body):
    ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(min_length=1, max_length=PAGE_ROWS_MAX)


class DecidedOut(BaseModel):
    count: int


@router.get("/operation/parts")
async def parts(tx: InTx, caller: Reads) -> PartsOut:
    """Every part of the worker with its last success and failure, failing ones first."""
    items = [PartOut.model_validate(part, from_attributes=True) for part in await queries.parts(tx)]
    return PartsOut(items=items, total=len(items))


@router.get("/operation/quarantine")
async def quarantine(
    tx: InTx,
    caller: Reads,
    state: queries.State | None = None,
    before: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> QuarantineOut:
    """What was set aside so that the rest could go on, the newest first."""
    start = read_cursor(before, int, name="before")
    rows, total = await queries.quarantined(tx, caller.workspace_id, state, start[0] if start else None, limit)
    following = cursor_of(rows[-1].id) if len(rows) == limit else None
    return QuarantineOut(items=[_out(row) for row in rows], total=total, next=following)


def _out(row: QuarantinedItem) -> QuarantinedOut:
    columns = {name: getattr(row, name) for name in QuarantinedOut.model_fields if name != "retryable"}
    return QuarantinedOut(**columns, retryable=row.source in queries.RETRYABLE)


@router.post("/operation/quarantine/retry")
async def retry(body: QuarantinedIds, tx: InTx, caller: Manages) -> DecidedOut:
    """Let items be tried again in the worker's next round; answers how many. Answers to messages are passed over."""
    items = await actions.decide(tx, await queries.chosen(tx, caller.workspace_id, body.ids), "retrying")
    for item in items:
        await audit(tx, caller, "quarantine", "retried", f"{item.source} {item.item_key}", clock.now())
    return DecidedOut(count=len(items))


@router.post("/operation/quarantine/dismiss")
async def dismiss(body: QuarantinedIds, tx: InTx, caller: Manages) -> DecidedOut:
    """Dismiss items: they stay on record and are not worked on."""
    items = await actions.decide(tx, await queries.chosen(tx, caller.workspace_id, body.ids), "dismissed")
    for item in items:
        await audit(tx, caller, "quarantine", "dismissed", f"{item.source} {item.item_key}", clock.now())
    return DecidedOut(count=len(items))
