"""The figures of a run, out of the product (reports, audiences, message log) and out of the simulator's own count."""

from datetime import datetime
from typing import Any

from siyu.demo import shop
from siyu.demo.desk import Desk
from siyu.demo.outside import Outside

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
FUNNEL = "member_created>campaign_sent>order_paid>coupon_redeemed"


async def figures(desk: Desk, outside: Outside, as_of: datetime) -> dict[str, Any]:
    """What `siyu demo --json` writes; audiences are counted as of the start of the run."""
    overview = (await desk.get("/reports/overview", period="all", compare="none"))["rows"][0]
    counted = {
        name: await desk.post("/audience-count", {"tree": tree, "as_of": as_of.isoformat()})
        for name, (_, tree) in shop.AUDIENCES.items()
    }
    received = await outside.get("/counts?kind=group_send")
    funnel = await desk.get("/reports/funnel", period="all")
    rfm = await desk.get("/reports/rfm", as_of=as_of.isoformat())
    return {
        **{figure: overview[metric] for figure, metric in TOTALS.items()},
        "audiences": {name: answer["count"] for name, answer in counted.items()},
        "messages": await messages(desk),
        "simulator_received": received["received"],
        "duplicates_received": received["duplicates"],
        "received_by_customer_max": received["by_customer_max"],
        "funnel": [{"step": row["step"], "members": row["members"]} for row in funnel["rows"]],
        "rfm_cells": rfm["rows"],
    }


async def messages(desk: Desk) -> dict[str, Any]:
    """Messages by outcome; withheld ones by reason."""
    summary = await desk.get("/messages/summary")
    states = {row["state"]: row["count"] for row in summary["states"]}
    counts: dict[str, Any] = {name: sum(states.get(state, 0) for state in group) for name, group in OUTCOMES.items()}
    withheld = {row["reason"]: row["count"] for row in summary["reasons"] if row["state"] == "withheld"}
    return counts | {"withheld": withheld}
