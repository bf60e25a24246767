"""What 青巷鲜食's operator sets up: whom to talk to, what to say, how often at most."""

from typing import Any

DAY = 86_400
DAYS = 8
"""How long the demo's operator lets her journeys run."""

AUDIENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "regulars_90d": (
        "近 90 天至少下单 3 次",
        {"did": {"fact": "order_paid", "count": {">=": 3}, "within": "90d"}},
    ),
    "silent_60d": (
        "最近一单在 60 天以前",
        {"did": {"fact": "order_paid", "last": {"before": "-60d"}}},
    ),
    "big_spenders_30d": (
        "近 30 天消费满 500 元",
        {"did": {"fact": "order_paid", "sum": {"prop": "amount", ">=": 50_000}, "within": "30d"}},
    ),
    "regulars_no_coupon": (
        "近 90 天至少下单 3 次，且从未核销优惠券",
        {
            "all": [
                {"did": {"fact": "order_paid", "count": {">=": 3}, "within": "90d"}},
                {"not": {"did": {"fact": "coupon_redeemed"}}},
            ]
        },
    ),
    "silent_reachable": (
        "沉默且能在企业微信上联系到",
        {"all": [{"audience": "silent_60d"}, {"reachable": {"channel": "wecom"}}]},
    ),
}
"""name -> (label, tree)"""

CALM: dict[str, Any] = {
    "caps": [{"channel": None, "count": 1, "days": 1}, {"channel": None, "count": 3, "days": 7}],
    "quiet": {"start": "21:00", "end": "09:00"},
    "holidays": [],
}

THANKS = {
    "name": "常客答谢",
    "channel": "wecom",
    "body": "这一季谢谢你常来。周末到店可以先挑当天早上到的叶菜，需要留货直接回复我就好。",
}
NEWS = {
    "name": "常客上新",
    "channel": "wecom",
    "body": "本周上了几样应季水果，都先试吃过。想看看清单的话回复“清单”，不需要就不用理会这条。",
}


def regulars_graph(thanks: int, news: int) -> dict[str, Any]:
    """The regulars' SOP: thank them, give them three days to come by themselves, tell only the others what is new."""
    return {
        "trigger": {"kind": "audience", "audience": "regulars_90d", "existing": True},
        "start": "n1",
        "nodes": {
            "n1": {"kind": "wait", "until": "10:30", "days": 0, "next": {"done": "n2"}},
            "n2": _send(thanks, "n3"),
            "n3": {
                "kind": "wait_until",
                "fact": "order_paid",
                "timeout": 3 * DAY,
                "next": {"happened": "n6", "timeout": "n4"},
            },
            "n4": {"kind": "wait", "until": "10:30", "days": 0, "next": {"done": "n5"}},
            "n5": _send(news, "n7"),
            "n6": {"kind": "exit", "reason": "答谢后来店"},
            "n7": {"kind": "exit", "reason": "已告知上新"},
        },
        "goal": {"fact": "order_paid", "within": 7 * DAY},
        "exits": [
            {"fact": "consent_withdrawn", "where": [{"prop": "channel", "is": "wecom"}]},
            {"fact": "friend_removed"},
        ],
        "reentry": {"kind": "after_finish", "days": 90},
    }


def _send(template: int, following: str) -> dict[str, Any]:
    return {
        "kind": "send",
        "channel": "wecom",
        "template": template,
        "purpose": "marketing",
        "on_cap": "drop",
        "on_quiet": "defer",
        "next": {"sent": following, "withheld": following, "failed": following},
    }
