"""Who enters a journey, and who may enter again."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from siyu.facts.catalogue import KINDS
from siyu.journeys.steps.fact_test import FactTest
from siyu.journeys.steps.names import Names
from siyu.journeys.steps.step import References
from siyu.kit.config import Config, Mode, Setting
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText, joined, same
from siyu.kit.time import WEEKDAYS, at_local, clock_time, is_clock_time, zone_or

TRIGGER_GRACE = timedelta(hours=1)
"""A fact that reaches us later than this after it happened is of the past and enrols nobody, unless the trigger says how late
it may be: importing history must not start conversations, and a platform's callback takes seconds or a few tries."""
LATE_HOURS_MAX = 720
RUN_KEY_CHARS_MAX = 200
SCHEDULE_DAYS_AHEAD_MAX = 8
"""A weekly schedule always comes round within a week and a day."""
REENTRY_DAYS_MAX = 3_650

AudienceName = Annotated[
    str,
    Setting(
        LocalizedText("人群", "Audience"),
        fault=LocalizedText("请选择已保存的人群", "choose a saved audience"),
        format="audience",
    ),
]


class Trigger(Config):
    """How members enter, of one kind."""

    kind: ClassVar[str]
    label: ClassVar[LocalizedText]
    help: ClassVar[LocalizedText]
    start: ClassVar[Mapping[str, Any]] = {}

    def check(self, _path: str, _references: References) -> list[Fault]:
        """What is wrong with settings that the parser took."""
        return []

    def summary(self, _names: Names) -> LocalizedText:
        """Who enters and when, in one line; settings of a draft may be incomplete."""
        return self.label

    def subscribes_to(self) -> str | None:
        """The fact that lets members in, if one does."""
        return None

    def admits(self, _props: Mapping[str, Any], _occurred: datetime) -> bool:
        """Whether a fact of that kind with these properties does."""
        return False

    def late_by(self) -> timedelta:
        """How long after it happened a fact may reach us and still let a member in."""
        return TRIGGER_GRACE

    def key_of(self, _props: Mapping[str, Any]) -> str:
        """What makes a run its own, if anything (an order number)."""
        return ""

    def next_at(self, _after: datetime, _zone: str) -> datetime | None:
        """When it lets an audience in next, strictly after `after`."""
        return None

    def audience_named(self) -> str | None:
        """The saved audience that it depends on."""
        return None

    def admitted_at_once(self) -> str | None:
        """The saved audience whose members enter when the journey is published."""
        return None


class AudienceTrigger(Trigger):
    """Entering a saved audience; with `existing` also who is in it when the journey is published."""

    kind: ClassVar[str] = "audience"
    label: ClassVar[LocalizedText] = LocalizedText("进入人群时", "When entering an audience")
    help: ClassVar[LocalizedText] = LocalizedText(
        "客户进入所选人群时进入旅程。", "A member enters on coming into the audience."
    )
    start: ClassVar[Mapping[str, Any]] = {"audience": ""}

    audience: AudienceName = ""
    existing: Annotated[
        bool,
        Setting(LocalizedText("现在已在人群里的客户也进入", "Members already in the audience enter too")),
    ] = False

    def check(self, path: str, references: References) -> list[Fault]:
        """An audience that is saved."""
        return [] if self.audience in references.audiences else [self.fault(path, "audience")]

    def summary(self, names: Names) -> LocalizedText:
        """The audience, and whether those in it already enter too."""
        if not self.audience:
            return LocalizedText("选择人群", "Choose an audience")
        at_once = [LocalizedText("含现在已在人群里的客户", "and members already in it")] if self.existing else []
        return joined((self.label, names.audience(self.audience), *at_once), " · ", " · ")

    def subscribes_to(self) -> str:
        """Coming into an audience."""
        return "audience_entered"

    def admits(self, props: Mapping[str, Any], _occurred: datetime) -> bool:
        """Its own audience."""
        return bool(props.get("audience") == self.audience)

    def audience_named(self) -> str:
        """Its audience."""
        return self.audience

    def admitted_at_once(self) -> str | None:
        """Its audience, if those in it are wanted."""
        return self.audience if self.existing else None


class FactTrigger(FactTest, Trigger):
    """A fact; with `key` one run for each value of that property (one run per order)."""

    kind: ClassVar[str] = "fact"
    label: ClassVar[LocalizedText] = LocalizedText("发生某个行为时", "When something happens")
    help: ClassVar[LocalizedText] = LocalizedText(
        "客户发生所选行为时进入旅程。", "A member enters when it happens to them."
    )
    start: ClassVar[Mapping[str, Any]] = {"fact": "", "where": []}

    key: Annotated[
        str | None,
        Setting(
            LocalizedText("每个取值单独进入一次", "A run of its own for each"),
            fault=LocalizedText("该事件没有这个属性", "the event has no such property"),
            format="property",
            of="fact",
        ),
    ] = None
    late_hours: Annotated[
        int | None,
        Field(ge=1, le=LATE_HOURS_MAX),
        Setting(
            LocalizedText("补录的也算，最多晚（小时）", "Also what is recorded late, by at most (hours)"),
            fault=LocalizedText("应为小时数", "must be a number of hours"),
            expected=f"1..{LATE_HOURS_MAX}",
            hint=LocalizedText(
                "不填时，导入的历史记录不会让任何人进入旅程；每天导入一次订单的，可填 48",
                "Left empty, imported history lets nobody in; with a file of orders a day, 48 will do",
            ),
        ),
    ] = None

    def check(self, path: str, _references: References) -> list[Fault]:
        """A fact of members with properties that it has."""
        faults = self.check_fact(path)
        if faults or not self.key or self.key in KINDS[self.fact].model_fields:
            return faults
        return [self.fault(path, "key")]

    def summary(self, _names: Names) -> LocalizedText:
        """What happens."""
        return joined((self.label, self.fact_label()), " · ", " · ")

    def subscribes_to(self) -> str:
        """The fact."""
        return self.fact

    def admits(self, props: Mapping[str, Any], occurred: datetime) -> bool:
        """What satisfies its tests."""
        return self.matches(self.fact, props, occurred)

    def late_by(self) -> timedelta:
        """As set, and never less than what a delivery takes."""
        return max(TRIGGER_GRACE, timedelta(hours=self.late_hours or 0))

    def key_of(self, props: Mapping[str, Any]) -> str:
        """The value of its key."""
        return str(props.get(self.key, ""))[:RUN_KEY_CHARS_MAX] if self.key else ""


class ScheduleTrigger(Trigger):
    """A saved audience at a time of the brand's day: daily, on some days of the week, or once on a date."""

    kind: ClassVar[str] = "schedule"
    label: ClassVar[LocalizedText] = LocalizedText("按时间批量进入", "On a schedule")
    help: ClassVar[LocalizedText] = LocalizedText(
        "到时间时，所选人群里的客户一起进入旅程。", "At that time all members of the audience enter."
    )
    start: ClassVar[Mapping[str, Any]] = {"audience": "", "at": "09:00"}
    modes: ClassVar[tuple[Mode, ...]] = (
        Mode(LocalizedText("只一次", "Once"), {"date": ""}),
        Mode(LocalizedText("每天", "Every day"), {}),
        Mode(LocalizedText("每周", "Every week"), {"days": [1]}),
    )

    audience: AudienceName = ""
    at: Annotated[
        str,
        Setting(
            LocalizedText("时间", "Time"),
            fault=LocalizedText("应为时刻", "must be a time of day"),
            expected="09:00",
            format="time_of_day",
        ),
    ] = ""
    date: Annotated[
        str | None,
        Setting(
            LocalizedText("日期", "Date"),
            fault=LocalizedText("应为日期", "must be a date"),
            expected="2026-03-20",
            format="date",
        ),
    ] = None
    days: Annotated[
        list[Annotated[int, Field(ge=1, le=7)]] | None,
        Field(min_length=1),
        Setting(
            LocalizedText("每周几", "Days of the week"),
            fault=LocalizedText("应为星期，1 为周一", "must be days of the week, Monday is 1"),
            expected="[1, 2, 3, 4, 5]",
            format="weekdays",
        ),
    ] = None

    def check(self, path: str, references: References) -> list[Fault]:
        """An audience that is saved, a time, and a date or days but not both."""
        faults = [] if self.audience in references.audiences else [self.fault(path, "audience")]
        if not is_clock_time(self.at):
            faults.append(self.fault(path, "at"))
        if self.date is not None and not _is_date(self.date):
            faults.append(self.fault(path, "date"))
        elif self.date is not None and self.days is not None:
            text = LocalizedText("只一次时不能再选星期", "a single date has no days of the week")
            faults.append(self.fault(path, "days", text))
        return faults

    def summary(self, names: Names) -> LocalizedText:
        """When, and which audience."""
        if self.date is not None:
            day = same(self.date)
        elif self.days:
            day = joined((WEEKDAYS[day - 1] for day in self.days), "、", ", ")
        else:
            day = LocalizedText("每天", "Every day")
        moment = LocalizedText(f"{day.zh} {self.at}".strip(), f"{day.en} {self.at}".strip())
        return joined((moment, names.audience(self.audience)), " · ", " · ")

    def next_at(self, after: datetime, zone: str) -> datetime | None:
        """The next time, in the brand's zone; None when its one date has passed."""
        clock, place = clock_time(self.at), zone_or(zone, "UTC")
        if self.date:
            moment = at_local(date.fromisoformat(self.date), clock, place)
            return moment if moment > after else None
        days = set(self.days or range(1, 8))
        today = after.astimezone(place).date()
        for ahead in range(SCHEDULE_DAYS_AHEAD_MAX + 1):
            day = today + timedelta(days=ahead)
            moment = at_local(day, clock, place)
            if day.isoweekday() in days and moment > after:
                return moment
        return None

    def audience_named(self) -> str:
        """Its audience."""
        return self.audience


class ManualTrigger(Trigger):
    """Only by hand or over the API."""

    kind: ClassVar[str] = "manual"
    label: ClassVar[LocalizedText] = LocalizedText("手动加入", "By hand")
    help: ClassVar[LocalizedText] = LocalizedText(
        "由运营选择客户或人群加入。", "An operator adds members or an audience."
    )


TRIGGERS: dict[str, type[Trigger]] = {
    kind.kind: kind for kind in (AudienceTrigger, FactTrigger, ScheduleTrigger, ManualTrigger)
}


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def timely(trigger: Trigger, props: Mapping[str, Any], occurred: datetime, recorded: datetime, since: datetime) -> bool:
    """Whether a fact sets the trigger off: it satisfies it, is not from before it listened, and was not recorded too late.
    How late this process reads it does not matter."""
    return since <= occurred and recorded - occurred <= trigger.late_by() and trigger.admits(props, occurred)


class Reentry(Config):
    """Whether a member may enter again."""

    kind: ClassVar[str]
    label: ClassVar[LocalizedText]
    start: ClassVar[Mapping[str, Any]] = {}

    @property
    @abstractmethod
    def days_between(self) -> int:
        """Days that must have passed."""


class Never(Reentry):
    """Once and no more."""

    kind: ClassVar[str] = "never"
    label: ClassVar[LocalizedText] = LocalizedText("每人只进入一次", "Once per member")

    @property
    def days_between(self) -> int:
        """None that would do."""
        return 0


class _Again(Reentry):
    days: Annotated[
        int | None,
        Field(ge=0, le=REENTRY_DAYS_MAX),
        Setting(
            LocalizedText("间隔至少（天）", "Days in between, at least"),
            fault=LocalizedText("应为天数", "must be a number of days"),
            expected=f"0..{REENTRY_DAYS_MAX}",
        ),
    ] = None

    @property
    def days_between(self) -> int:
        """As set."""
        return self.days or 0


class AfterFinish(_Again):
    """So many days after the last run ended."""

    kind: ClassVar[str] = "after_finish"
    label: ClassVar[LocalizedText] = LocalizedText("完成后可以再次进入", "Again after finishing")
    start: ClassVar[Mapping[str, Any]] = {"days": 30}


class Always(_Again):
    """A new entry ends the open run, so many days after that was entered."""

    kind: ClassVar[str] = "always"
    label: ClassVar[LocalizedText] = LocalizedText("每次触发都进入", "Every time it is triggered")
    start: ClassVar[Mapping[str, Any]] = {"days": 0}


REENTRIES: dict[str, type[Reentry]] = {kind.kind: kind for kind in (Never, AfterFinish, Always)}
