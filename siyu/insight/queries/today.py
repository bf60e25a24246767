"""How the shop stands today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select

from siyu.audience import queries as audience
from siyu.audience.rules.vocabulary import CHANNELS
from siyu.channels.models import ChannelAccount
from siyu.channels.queries import messages
from siyu.channels.queries.messages import Filter
from siyu.facts.lake.connection import Lake
from siyu.insight.queries.reporting import rows
from siyu.insight.rules import standing
from siyu.insight.rules.health import Health, health
from siyu.insight.rules.standing import Flow, StartStep, Work
from siyu.insight.rules.words import both, number
from siyu.kit.db import Tx

FAILED_WITHIN = timedelta(days=1)


class Source(Protocol):
    """Who else has work to show: rooms that this one does not see are asked through the list in `siyu/app.py`."""

    async def __call__(self, tx: Tx, workspace_id: int, now: datetime) -> Sequence[Work]: ...


@dataclass(frozen=True)
class Today:
    """The shop today: health, the five flows, what needs a person, what runs, and the first steps of a new shop."""

    now: datetime
    zone: str
    days: list[str]
    members: int
    reachable: int
    health: Health
    flows: list[Flow]
    needs: list[Work]
    running: list[Work]
    start: list[StartStep]

    @property
    def empty(self) -> bool:
        """Whether there is nobody yet."""
        return self.members == 0


async def today(
    tx: Tx,
    lake: Lake,
    workspace_id: int,
    zone: str,
    sources: Sequence[Source],
    permissions: frozenset[str],
    now: datetime,
) -> Today:
    """The state of the shop at `now`; work is shown to those who may see it."""
    asks = standing.ask(workspace_id, zone, now)
    answers = await lake.run(lambda cursor: {name: rows(cursor, query) for name, query in asks.items()})
    tree = {"any": [{"reachable": {"channel": channel}} for channel in CHANNELS]}
    reach = await audience.count(tx, lake, workspace_id, tree, now)
    work = [*await _messages(tx, workspace_id, now), *await _accounts(tx, workspace_id)]
    for source in sources:
        work += await source(tx, workspace_id, now)
    members = await audience.total(tx, workspace_id)
    accounts = await tx.scalar(select(func.count()).where(ChannelAccount.workspace_id == workspace_id))
    shown = [one for one in work if one.permission in permissions]
    days = standing.days_of(now, zone)
    return Today(
        now=now,
        zone=zone,
        days=[day.isoformat() for day in days],
        members=members,
        reachable=reach.count,
        health=health(standing.weeks(answers)),
        flows=standing.flows(answers, days),
        needs=[one for one in shown if one.needs],
        running=[one for one in shown if not one.needs],
        start=[
            StartStep("import", members > 0, both("导入客户和订单", "Import members and orders")),
            StartStep(
                "connect", bool(accounts), both("连接企业微信，或先用模拟器", "Connect WeCom, or use the simulator")
            ),
            StartStep(
                "journey",
                any(one.kind == "journey" for one in work),
                both("发布第一个旅程", "Publish the first journey"),
            ),
        ],
    )


async def _messages(tx: Tx, workspace_id: int, now: datetime) -> list[Work]:
    """Messages in doubt, whenever they were planned; failed ones of the last day."""
    doubt = sum(n for _, _, n in await messages.summary(tx, workspace_id, Filter(state="in_doubt")))
    failed = sum(
        n for _, _, n in await messages.summary(tx, workspace_id, Filter(state="failed", since=now - FAILED_WITHIN))
    )
    found = []
    if doubt:
        text = both(
            f"{number(doubt)} 条消息不能确认是否发出，请核实",
            f"{number(doubt)} messages in doubt: settle whether they went out",
        )
        found.append(Work("messages_in_doubt", None, "", "in_doubt", text, "messages.read", True, total=doubt))
    if failed:
        text = both(f"近一天有 {number(failed)} 条消息发送失败", f"{number(failed)} messages failed within a day")
        found.append(Work("messages_failed", None, "", "failed", text, "messages.read", True, total=failed))
    return found


async def _accounts(tx: Tx, workspace_id: int) -> list[Work]:
    """Accounts in trouble."""
    found = await tx.execute(
        select(ChannelAccount.id, ChannelAccount.name, ChannelAccount.trouble)
        .where(ChannelAccount.workspace_id == workspace_id, ChannelAccount.trouble.is_not(None))
        .order_by(ChannelAccount.id)
    )
    return [
        Work(
            "account_trouble",
            row.id,
            row.name,
            "trouble",
            both(
                f"渠道账号“{row.name}”有问题，修复前发不出消息",
                f"The account “{row.name}” is in trouble and cannot send",
            ),
            "accounts.read",
            True,
        )
        for row in found
    ]
