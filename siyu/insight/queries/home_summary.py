"""The first page's summary of the shop today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from siyu.audience import queries as audience
from siyu.channels.accounts.models import ChannelAccount
from siyu.channels.messages import queries as messages
from siyu.channels.messages.queries import MessageFilter
from siyu.facts.lake.connection import Lake
from siyu.insight.queries.reports import fetch, source_names
from siyu.insight.rules import home_summary
from siyu.insight.rules.feeds import stopped
from siyu.insight.rules.health import Health, health, outage
from siyu.insight.rules.home_summary import Flow, StartStep, Work
from siyu.insight.sql.home_summary import statements as home_statements
from siyu.kit.db import Tx
from siyu.kit.numbers import number
from siyu.kit.text import LocalizedText
from siyu.kit.time import local_date

FAILED_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class HomeSummary:
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


async def summarise(
    tx: Tx,
    lake: Lake,
    workspace_id: int,
    zone: str,
    higher: Sequence[Work],
    permissions: frozenset[str],
    now: datetime,
) -> HomeSummary:
    """The shop at `now`; work, also what `higher` rooms have found, is shown to those who may see it."""
    statements = home_statements(workspace_id, zone, now)
    result_sets = await lake.run(lambda cursor: {name: fetch(cursor, query) for name, query in statements.items()})
    work = [*await _messages(tx, workspace_id, now), *await _accounts(tx, workspace_id), *higher]
    members = await audience.total(tx, workspace_id)
    accounts = await tx.scalar(select(func.count()).where(ChannelAccount.workspace_id == workspace_id))
    shown = [item for item in work if item.permission in permissions]
    days = home_summary.days_of(now, zone)
    feeds = home_summary.feeds(result_sets, await source_names(tx, workspace_id))
    silent, weeks = stopped(feeds, local_date(now, zone)), home_summary.weeks(result_sets)
    everything = all(feed.last_at <= max(each.last_at for each in silent) for feed in feeds) if silent else False
    return HomeSummary(
        now=now,
        zone=zone,
        days=[day.isoformat() for day in days],
        members=members,
        reachable=await audience.reachable(tx, lake, workspace_id, now),
        health=outage(weeks, silent, now, zone, everything=everything) if silent else health(weeks),
        flows=home_summary.flows(result_sets, days),
        needs=[item for item in shown if item.needs],
        running=[item for item in shown if not item.needs],
        start=[
            StartStep("import", members > 0, LocalizedText("导入客户和订单", "Import members and orders")),
            StartStep(
                "connect",
                bool(accounts),
                LocalizedText("连接企业微信，或先用模拟器", "Connect WeCom, or use the simulator"),
            ),
            StartStep(
                "journey",
                any(item.kind == "journey" for item in work),
                LocalizedText("发布第一个旅程", "Publish the first journey"),
            ),
        ],
    )


async def _messages(tx: Tx, workspace_id: int, now: datetime) -> list[Work]:
    """Messages in doubt, whenever they were planned; failed ones of the last day; and those that wait, which is work too."""

    async def counted(state: str) -> int:
        return sum(n for _, _, n in await messages.summary(tx, workspace_id, MessageFilter(state=state)))

    doubt, waiting, held = await counted("in_doubt"), await counted("queued"), await counted("held")
    failed = sum(
        n
        for _, _, n in await messages.summary(
            tx, workspace_id, MessageFilter(state="failed", since=now - FAILED_WITHIN)
        )
    )
    work = []
    if doubt:
        text = LocalizedText(
            f"{number(doubt)} 条消息不能确认是否发出，请核实",
            f"{number(doubt)} messages in doubt: settle whether they went out",
        )
        work.append(Work("messages_in_doubt", None, "", "in_doubt", text, "messages.read", True, total=doubt))
    if failed:
        text = LocalizedText(
            f"近一天有 {number(failed)} 条消息发送失败", f"{number(failed)} messages failed within a day"
        )
        work.append(Work("messages_failed", None, "", "failed", text, "messages.read", True, total=failed))
    if waiting:
        text = LocalizedText(f"{number(waiting)} 条消息等待发送", f"{number(waiting)} messages wait to be sent")
        work.append(Work("messages_waiting", None, "", "queued", text, "messages.read", total=waiting))
    if held:
        text = LocalizedText(f"{number(held)} 条消息已暂停，等待处理", f"{number(held)} messages are on hold")
        work.append(Work("messages_held", None, "", "held", text, "messages.read", True, total=held))
    return work


async def _accounts(tx: Tx, workspace_id: int) -> list[Work]:
    """Accounts in trouble."""
    troubled = await tx.execute(
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
            LocalizedText(
                f"渠道账号“{row.name}”有问题，修复前发不出消息",
                f"The account “{row.name}” is in trouble and cannot send",
            ),
            "accounts.read",
            True,
        )
        for row in troubled
    ]
