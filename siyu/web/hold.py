"""Sending that is held after a restore or a move: what became due meanwhile, and letting it go. It concerns rooms that do not
see each other, so the door puts it together."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from siyu.channels.catalogue import CHANNELS
from siyu.channels.messages import queries as messages
from siyu.channels.messages.actions import holds
from siyu.journeys.enrolments import queries as journeys
from siyu.journeys.enrolments.actions import enrolment
from siyu.kit import clock
from siyu.kit.db import Tx
from siyu.kit.errors import check_expected
from siyu.kit.http import Body, InTx, Number
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText
from siyu.platform import actions, queries
from siyu.platform.access import allow, signed_in
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["platform"])

Choice = Literal["send", "cancel"]


class DueChannelOut(BaseModel):
    channel: str
    label: LocalizedText
    messages: int


class ChoiceOut(BaseModel):
    choice: Choice
    label: LocalizedText
    question: LocalizedText


class HoldOut(BaseModel):
    """`since` is null when nothing is held; `total` is everything that is due: a release may say that it expects that."""

    since: datetime | None
    total: int
    title: LocalizedText
    summary: LocalizedText
    channels: list[DueChannelOut]
    enrolments: int
    intakes: int
    entries: int
    choices: list[ChoiceOut]


class ReleaseIn(Body):
    choice: Choice
    expected: Number | None = None
    """The `total` that was shown; refused when it is another by now."""


async def hold_of(tx: Tx, workspace_id: int, now: datetime) -> HoldOut:
    """What is held of a brand, in words."""
    since = await queries.held_since(tx, workspace_id)
    due = await messages.due_by_channel(tx, workspace_id, now) if since else {}
    work = await journeys.due_work(tx, workspace_id, now) if since else journeys.DueWork(0, 0)
    channels = [DueChannelOut(channel=name, label=CHANNELS[name].label, messages=count) for name, count in due.items()]
    total = number(sum(due.values()))
    parts = (
        [LocalizedText(f"{part.label.zh} {number(part.messages)} 条", f"{number(part.messages)} by {part.label.en}") for part in channels]
        or [LocalizedText("没有消息", "no messages")]
    )  # fmt: skip
    runs, intakes, entries = number(work.enrolments), number(work.intakes), number(work.entries)
    return HoldOut(
        since=since,
        total=sum(due.values()) + work.enrolments + work.intakes + work.entries,
        title=LocalizedText(
            "数据已恢复或迁移，所有发送与旅程已暂停", "The data were restored or moved: sending and journeys are held"
        ),
        summary=LocalizedText(
            f"已到期：{'，'.join(part.zh for part in parts)}；旅程中 {runs} 人次待推进，{intakes} 批人群、{entries} 人次待进入。",
            f"Due: {', '.join(part.en for part in parts)}; {runs} runs of journeys, {intakes} audiences and {entries} members about to enter.",
        ),
        channels=channels,
        enrolments=work.enrolments,
        intakes=work.intakes,
        entries=work.entries,
        choices=[
            ChoiceOut(
                choice="send",
                label=LocalizedText("全部放行", "Send all"),
                question=LocalizedText(
                    f"放行后立即发送 {total} 条消息，推进 {runs} 人次，{intakes} 批人群、{entries} 人次进入旅程。若原系统仍在运行，客户会收到两遍。",
                    f"{total} messages go out at once, {runs} runs move on, {intakes} audiences and {entries} members enter. If the old system still runs, members get them twice.",
                ),
            ),
            ChoiceOut(
                choice="cancel",
                label=LocalizedText("取消已到期的，然后放行", "Cancel what is overdue, then go on"),
                question=LocalizedText(
                    f"取消 {total} 条已到期的消息，让 {runs} 人次退出旅程，{intakes} 批人群、{entries} 人次不再进入；之后到期的照常进行。",
                    f"{total} overdue messages are cancelled, {runs} runs end, {intakes} audiences and {entries} members do not enter; what becomes due later goes on.",
                ),
            ),
        ],
    )


async def release(tx: Tx, caller: Caller, choice: Choice, expected: int | None, now: datetime) -> HoldOut:
    """Let a brand go on: all that is due goes out, or is cancelled first. Returns what was due; raises NotHeld, and CountMoved
    when that is not what was `expected`."""
    before = await hold_of(tx, caller.workspace_id, now)
    if before.since is not None:
        check_expected(expected, before.total)
    detail = {
        "messages": sum(channel.messages for channel in before.channels),
        "enrolments": before.enrolments,
        "intakes": before.intakes,
        "entries": before.entries,
    }
    await actions.release_hold(tx, caller, choice, detail, now)
    if choice == "cancel":
        await holds.cancel_due(tx, caller, now)
        await enrolment.cancel_due(tx, caller, now)
    return before


@router.get("/hold")
async def read_hold(tx: InTx, caller: Annotated[Caller, signed_in()]) -> HoldOut:
    """Whether sending is held after a restore, and what became due meanwhile."""
    return await hold_of(tx, caller.workspace_id, clock.now())


@router.post("/hold/release")
async def release_hold(body: ReleaseIn, tx: InTx, caller: Annotated[Caller, allow("hold.release")]) -> HoldOut:
    """Let sending go on; answers what was due."""
    return await release(tx, caller, body.choice, body.expected, clock.now())
