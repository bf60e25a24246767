"""The parameters reports take, as text from an address or a command line, checked into values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from siyu.insight.rules.period import EARLIEST, Interval, before, last_days
from siyu.kit.errors import Fault, Invalid
from siyu.kit.text import LocalizedText
from siyu.kit.time import midnight

PERIOD_DAYS_MAX = 3_660
PRESETS = ("7d", "30d", "90d", "365d", "all")
Kind = Literal["moment", "period", "choice", "integer", "steps", "audience", "text"]


@dataclass(frozen=True)
class Param:
    """A parameter: what it is called, what it takes and its default (as text; None when it may be left out)."""

    name: str
    label: LocalizedText
    kind: Kind
    default: str | None = None
    choices: tuple[tuple[str, LocalizedText], ...] = ()
    low: int = 0
    high: int = 0


AS_OF = Param("as_of", LocalizedText("统计时刻", "As of"), "moment")
AUDIENCE = Param("audience", LocalizedText("人群", "Audience"), "audience")
FROM = Param("from", LocalizedText("开始（含）", "From (included)"), "moment")
TO = Param("to", LocalizedText("结束（不含）", "To (not included)"), "moment")
COMPARE = Param(
    "compare",
    LocalizedText("对比", "Compare with"),
    "choice",
    "previous",
    (("previous", LocalizedText("上期", "The period before")), ("none", LocalizedText("不对比", "Nothing"))),
)


def period(default: str) -> Param:
    """The period parameter with its default."""
    labels = {
        "7d": ("近 7 天", "Last 7 days"),
        "30d": ("近 30 天", "Last 30 days"),
        "90d": ("近 90 天", "Last 90 days"),
    }
    labels |= {"365d": ("近 365 天", "Last 365 days"), "all": ("全部历史", "All of history")}
    return Param(
        "period",
        LocalizedText("统计期", "Period"),
        "period",
        default,
        tuple((name, LocalizedText(*labels[name])) for name in PRESETS),
    )


def check(params: Sequence[Param], texts: Mapping[str, str], zone: str) -> dict[str, Any]:
    """Values of `texts` by name, defaults filled in; raises Invalid that names every wrong one."""
    known = {param.name: param for param in params}
    faults = [
        Fault(name, "this report takes no such parameter", "这份报表没有这个参数", " | ".join(known))
        for name in texts
        if name not in known
    ]
    values: dict[str, Any] = {}
    for name, param in known.items():
        text = texts.get(name) or param.default
        try:
            values[name] = None if text is None else _read(param, text, zone)
        except ValueError as error:
            expected, reason_zh = error.args
            faults.append(Fault(name, f"cannot be {text[:60]!r}" if text else "missing", reason_zh, expected))
    if faults:
        raise Invalid(errors=faults)
    return values


def _read(param: Param, text: str, zone: str) -> Any:
    if param.kind == "moment":
        return moment(text, zone)
    if param.kind == "period":
        if text not in PRESETS and not re.fullmatch(r"[1-9]\d{0,3}d", text):
            raise ValueError("30d | all", "统计期应为天数（如 30d）或 all")
        if text != "all" and int(text[:-1]) > PERIOD_DAYS_MAX:
            raise ValueError(f"at most {PERIOD_DAYS_MAX}d", f"统计期最长 {PERIOD_DAYS_MAX} 天")
        return text
    if param.kind == "choice":
        if text not in dict(param.choices):
            raise ValueError(" | ".join(dict(param.choices)), "不在可选范围内")
        return text
    if param.kind == "integer":
        if not re.fullmatch(r"\d{1,6}", text) or not param.low <= int(text) <= param.high:
            raise ValueError(f"{param.low} to {param.high}", f"应为 {param.low} 至 {param.high} 的整数")
        return int(text)
    return text


def moment(text: str, zone: str) -> datetime:
    """`2026-03-18` is the moment that day begins in `zone`; a time must say its offset (`Z`, `+08:00`)."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return midnight(date.fromisoformat(text), zone)
        # in an address an unescaped + arrives as a space
        parsed = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
        if parsed.tzinfo is None:
            raise ValueError
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("2026-03-18 | 2026-03-18T04:00:00Z", "应为日期，或带时区的时间") from None


def windows(values: Mapping[str, Any], zone: str, now: datetime) -> tuple[datetime, Interval, Interval | None]:
    """As of when, over what window, and the one before (None where there is none or it is not wanted).

    Nothing after `as_of` is looked at. `from` and `to` win over `period`. Raises Invalid for a window without length.
    """
    as_of = values.get("as_of") or now
    begins, ends = values.get("from"), values.get("to")
    ends = min(ends, as_of) if ends else as_of
    if begins is None:
        preset = values.get("period") or "all"
        if preset == "all":
            begins = EARLIEST
        else:
            days = int(preset[:-1])
            begins = last_days(days, ends - timedelta(microseconds=1), zone).begins
    if begins >= ends:
        raise Invalid(
            errors=[Fault("from", "must be before the end", "开始时间必须早于结束时间", "from < to <= as_of")]
        )
    window = Interval(begins, ends)
    return as_of, window, None if values.get("compare") == "none" else before(window, zone)
