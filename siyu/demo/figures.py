"""The figures of a run, out of the product (reports, audiences, message log) and out of the simulator's own count."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from siyu.channels.messages.states import REASON_LABELS
from siyu.demo import shop
from siyu.demo.api_client import ApiClient
from siyu.demo.people import refused
from siyu.demo.providers import SimulatedWecom
from siyu.demo.world import ZONE
from siyu.kit.money import money
from siyu.kit.numbers import number
from siyu.kit.time import zone_of

TOTALS = {
    "members": "members",
    "orders": "orders",
    "order_lines": "order_lines",
    "sales_fen": "sales_fen",
    "campaigns": "campaigns",
    "campaign_members": "campaign_members",
    "redemptions": "redemptions",
    "redeemers": "redeemers",
}
"""figure -> metric of the overview"""
OUTCOMES = {"sent": ("sent", "delivered"), "failed": ("failed",), "in_doubt": ("in_doubt",)}


WORDS = {
    "members": "客户  Members",
    "orders": "订单  Orders",
    "order_lines": "订单行  Order lines",
    "sales_fen": "销售额  Sales",
    "campaigns": "活动  Campaigns",
    "campaign_members": "活动触达的客户  Members of campaigns",
    "redemptions": "核销  Redemptions",
    "redeemers": "核销的客户  Redeemers",
    "sent": "消息 · 已发出  Messages sent",
    "failed": "消息 · 失败  Messages failed",
    "in_doubt": "消息 · 待核实  Messages in doubt",
    "simulator_received": "模拟器收到  Received by the simulator",
    "duplicates_received": "重复收到  Received twice",
    "over_cap": "超过频控  Over the caps",
    "in_quiet_hours": "免打扰时段内收到  Received in quiet hours",
    "without_consent": "未授权却收到  Received without consent",
    "rfm_cells": "RFM 格子  RFM cells",
    "seconds": "用时（秒）  Seconds",
}
"""What the figures are called; those of audiences, reasons and steps of the funnel bring names of their own."""


def in_words(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures of a run as a person reads them: (what, how many)."""
    sent = {name: count for name, count in answer["messages"].items() if name != "withheld"}
    withheld = [
        (f"拦下 · {REASON_LABELS[why].zh}  {REASON_LABELS[why].en}", n)
        for why, n in answer["messages"]["withheld"].items()
    ]
    named = {
        "audiences": [(f"人群 · {shop.AUDIENCES[name][0]}", n) for name, n in answer["audiences"].items()],
        "messages": [*((WORDS[name], n) for name, n in sent.items()), *withheld],
        "calm": [(WORDS[name], n) for name, n in answer["calm"].items()],
        "funnel": [(f"漏斗 · {step['step_zh']}  {step['step']}", step["members"]) for step in answer["funnel"]],
        "rfm_cells": [(WORDS["rfm_cells"], len(answer["rfm_cells"]))],
        "sales_fen": [(WORDS["sales_fen"], money(answer["sales_fen"], "CNY"))],
    }
    lines = [line for name, value in answer.items() for line in named.get(name, [(WORDS.get(name, name), value)])]
    return [(what, value if isinstance(value, str) else number(value)) for what, value in lines]


async def figures(client: ApiClient, wecom: SimulatedWecom, as_of: datetime) -> dict[str, Any]:
    """What `siyu demo --json` writes; audiences are counted as of the start of the run."""
    overview = (await client.get("/reports/overview", period="all", compare="none"))["rows"][0]
    counted = {
        name: await client.post("/audience-count", {"tree": tree, "as_of": as_of.isoformat()})
        for name, (_, tree) in shop.AUDIENCES.items()
    }
    received = await wecom.get("/counts?kind=group_send")
    arrivals = await received_by_customer(wecom)
    funnel = await client.get("/reports/funnel", period="all")
    rfm = await client.get("/reports/rfm", as_of=as_of.isoformat())
    return {
        **{figure: overview[metric] for figure, metric in TOTALS.items()},
        "audiences": {name: answer["count"] for name, answer in counted.items()},
        "messages": await messages(client),
        "simulator_received": received["received"],
        "duplicates_received": received["duplicates"],
        "calm": calm(arrivals),
        "funnel": [
            {"step": row["step"]["en"], "step_zh": row["step"]["zh"], "members": row["members"]}
            for row in funnel["rows"]
        ],
        "rfm_cells": rfm["rows"],
    }


async def received_by_customer(wecom: SimulatedWecom) -> dict[str, list[datetime]]:
    """When each customer received a group send, as the simulator saw it."""
    arrivals: dict[str, list[datetime]] = {}
    after = 0
    while True:
        rows = (await wecom.get(f"/received?kind=group_send&after={after}"))["received"]
        if not rows:
            return arrivals
        for row in rows:
            arrivals.setdefault(row["external_userid"], []).append(datetime.fromtimestamp(row["time"], zone_of(ZONE)))
        after = rows[-1]["id"]


def calm(arrivals: dict[str, list[datetime]]) -> dict[str, int]:
    """How often the promises were broken, from the simulator's records alone: all of it must be 0."""
    begins, ends = time.fromisoformat(shop.CALM["quiet"]["start"]), time.fromisoformat(shop.CALM["quiet"]["end"])
    every = [moment.time() for moments in arrivals.values() for moment in moments]
    return {
        "over_cap": sum(_over(sorted(moments)) for moments in arrivals.values()),
        "in_quiet_hours": sum(moment >= begins or moment < ends for moment in every),
        "without_consent": sum(len(moments) for who, moments in arrivals.items() if refused(who)),
    }


def _over(moments: list[datetime]) -> int:
    """Messages that came while the caps of the shop were already full."""
    return sum(
        sum(moment - timedelta(days=cap["days"]) < other <= moment for other in moments) > cap["count"]
        for cap in shop.CALM["caps"]
        for moment in moments
    )


async def messages(client: ApiClient) -> dict[str, Any]:
    """Messages by outcome; withheld ones by reason."""
    summary = await client.get("/messages/summary")
    states = {row["state"]: row["count"] for row in summary["states"]}
    counts: dict[str, Any] = {name: sum(states.get(state, 0) for state in group) for name, group in OUTCOMES.items()}
    withheld = {row["reason"]: row["count"] for row in summary["reasons"] if row["state"] == "withheld"}
    return counts | {"withheld": withheld}
