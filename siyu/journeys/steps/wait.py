"""Wait: so long, or until a time of the member's day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from siyu.journeys.steps.names import NOTHING_CHOSEN, Names
from siyu.journeys.steps.step import DONE, Answers, Exit, References, Run, StepKind, StepOutcome
from siyu.kit.config import Mode, Setting
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText
from siyu.kit.time import at_local, clock_time, duration_text, is_clock_time, zone_or

DAYS_MAX = 400
SECONDS_MIN = 60
SECONDS_MAX = DAYS_MAX * 86_400


class WaitStep(StepKind):
    """Stay for a time, or until an hour of the member's own day.

    `until` with `days: n` is that time on the n-th day after; without `days` the next such time, never that of arrival.
    """

    kind: ClassVar[str] = "wait"
    label: ClassVar[LocalizedText] = LocalizedText("等待", "Wait")
    help: ClassVar[LocalizedText] = LocalizedText(
        "等一段时间，或等到客户当地的某个时刻", "Wait for a time, or until an hour of the member's own day"
    )
    icon: ClassVar[str] = "clock"
    start: ClassVar[Mapping[str, Any]] = {"seconds": 86_400}
    modes: ClassVar[tuple[Mode, ...]] = (
        Mode(LocalizedText("一段时间", "A span of time"), {"seconds": 86_400}),
        Mode(LocalizedText("到当天几点", "To a time of day"), {"until": "10:00", "days": 1}),
    )
    fixed_exits: ClassVar[tuple[Exit, ...]] = (
        Exit(DONE, LocalizedText("完成", "done"), LocalizedText("等待结束", "The wait is over")),
    )
    pauses: ClassVar[bool] = True

    seconds: Annotated[
        int | None,
        Field(ge=SECONDS_MIN, le=SECONDS_MAX),
        Setting(
            LocalizedText("等待时长", "For how long"),
            fault=LocalizedText("应在 1 分钟到 400 天之间", "must be between a minute and 400 days"),
            expected=f"{SECONDS_MIN}..{SECONDS_MAX}",
            format="duration",
        ),
    ] = None
    days: Annotated[
        int | None,
        Field(ge=0, le=DAYS_MAX),
        Setting(
            LocalizedText("几天后", "days later"),
            fault=LocalizedText("应为天数", "must be a number of days"),
            expected=f"0..{DAYS_MAX}",
        ),
    ] = None
    until: Annotated[
        str | None,
        Setting(
            LocalizedText("到当天几点", "To a time of day"),
            fault=LocalizedText("应为时刻", "must be a time of day"),
            expected="09:00",
            hint=LocalizedText("客户当地时间", "in the member's local time"),
            format="time_of_day",
        ),
    ] = None

    def summary(self, _names: Names) -> LocalizedText:
        """How long, or until when."""
        if self.until is None:
            return duration_text(self.seconds) if self.seconds is not None else NOTHING_CHOSEN
        zh, en = (
            (f"{self.days} 天后的 ", f"{self.days} day{'s' if self.days > 1 else ''} later at ")
            if self.days
            else ("", "")
        )
        return LocalizedText(f"{zh}{self.until}（客户当地时间）", f"{en}{self.until} (in the member's local time)")

    def check(self, path: str, _references: References) -> list[Fault]:
        """A length or a time of day, not both."""
        if (self.seconds is None) == (self.until is None):
            return [Fault(path, "say how long, or until what time", "请填写等待时长或等到几点", "seconds | until")]
        if self.until is not None and not is_clock_time(self.until):
            return [self.fault(path, "until")]
        if self.until is None and self.days is not None:
            alone = LocalizedText("天数要和时刻一起填", "days go with a time of day")
            return [self.fault(path, "days", alone, "until")]
        return []

    def ends(self, arrived_at: datetime, zone: str) -> datetime:
        """When a wait that began at `arrived_at` is over for a member in `zone`."""
        if self.until is None:
            assert self.seconds is not None, "a wait has one or the other"
            return arrived_at + timedelta(seconds=self.seconds)
        clock, days, place = clock_time(self.until), self.days or 0, zone_or(zone, "UTC")
        today = arrived_at.astimezone(place).date()
        due = at_local(today + timedelta(days=days), clock, place)
        return due if due > arrived_at else at_local(today + timedelta(days=days + 1), clock, place)

    def decide(self, _salt: str, runs: Sequence[Run], _answers: Answers, now: datetime) -> StepOutcome:
        """Those whose wait is over are done; the others stay until it is."""
        outcome = StepOutcome()
        done: list[Run] = []
        for run in runs:
            due = self.ends(run.arrived_at, run.zone)
            if due <= now:
                done.append(run)
            else:
                outcome.staying.append((run, due))
        if done:
            outcome.left[DONE] = done
        return outcome
