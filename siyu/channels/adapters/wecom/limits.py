"""WeCom's limits that bind us, each with its unit and the date of the page it was read from.

They are configuration: an account's config may carry `limits: {name: value}`, as an admin of the corp may have agreed
on other numbers. An empty date means that the page gives none.
"""

import calendar
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from siyu.channels.adapters.types import Quota
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText

LIMIT_MAX = 100_000_000
CHINA = timezone(timedelta(hours=8))

LIMITS: tuple[Quota, ...] = (
    Quota(
        "group_send_month",
        LocalizedText(
            "每位客户每月群发条数（0 为当月天数）", "Group sends to a customer in a month (0: as many as it has days)"
        ),
        0,
        "messages",
        "2025-11-17",
    ),
    Quota(
        "group_send_customers",
        LocalizedText("单次群发客户数", "Customers in one group send"),
        10_000,
        "customers",
        "2025-11-17",
    ),
    Quota("attachments", LocalizedText("单条消息附件数", "Attachments of one message"), 9, "attachments", "2025-11-17"),
    Quota(
        "text_bytes", LocalizedText("单条消息文字字节数", "Bytes of text in one message"), 4_000, "bytes", "2025-11-17"
    ),
    Quota(
        "reminders",
        LocalizedText("24 小时内提醒员工次数", "Reminders of staff in 24 hours"),
        3,
        "reminders",
        "2025-11-17",
    ),
    Quota("welcome_s", LocalizedText("欢迎语时限（秒）", "Seconds to send a welcome"), 20, "seconds", "2025-11-17"),
    Quota("api_minute", LocalizedText("每分钟接口调用", "Calls of one API in a minute"), 10_000, "calls", ""),
    Quota("api_hour", LocalizedText("每小时接口调用", "Calls of one API in an hour"), 150_000, "calls", ""),
)


def check(own_limits: Mapping[str, int], path: str) -> list[Fault]:
    """What is wrong with an account's own limits: there is no such, or nothing could ever be sent under it."""
    names = [quota.name for quota in LIMITS]
    faults = []
    for name, value in own_limits.items():
        least = 0 if name == "group_send_month" else 1
        if name not in names:
            faults.append(Fault(f"{path}.{name}", "no such limit", "没有这个限制", " | ".join(names)))
        elif not least <= value <= LIMIT_MAX:
            reason, reason_zh = f"from {least} to {LIMIT_MAX}", f"应在 {least} 到 {LIMIT_MAX} 之间"
            faults.append(Fault(f"{path}.{name}", reason, reason_zh))
    return faults


def limit(config: Mapping[str, Any], name: str) -> int:
    """The value in force: the account's own, else the table's."""
    own = (config.get("limits") or {}).get(name)
    return int(own) if own is not None else next(quota.limit for quota in LIMITS if quota.name == name)


def in_force(config: Mapping[str, Any], now: datetime) -> tuple[Quota, ...]:
    """The table under an account's config at `now`, with what uses each up."""
    start, group_sends = month_of(now, config)
    counted: dict[str, dict[str, Any]] = {
        "group_send_month": {"limit": group_sends, "counted": "messages_per_member", "since": start},
        "api_minute": {"counted": "calls", "since": now - timedelta(minutes=1)},
        "api_hour": {"counted": "calls", "since": now - timedelta(hours=1)},
    }
    return tuple(
        replace(quota, **{"limit": limit(config, quota.name), **counted.get(quota.name, {})}) for quota in LIMITS
    )


def month_of(now: datetime, config: Mapping[str, Any]) -> tuple[datetime, int]:
    """(the start of the platform's month, how many group sends a customer may get in it)."""
    local = now.astimezone(CHINA)
    start = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, limit(config, "group_send_month") or calendar.monthrange(local.year, local.month)[1]
