"""Calm: whether a message may reach a member now, later, or not at all.

The order is fixed, so that the reason shown is always the first that applies: account, address, erased, suppressed,
consent, age, quiet hours and holidays, caps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from siyu.channels.catalogue import ANY_CHANNEL, CHANNEL_LABELS, CHANNELS, STAFF_CHANNEL, check_channel
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText
from siyu.kit.time import zone_or

EXPIRES_AFTER = timedelta(days=30)
"""A message that could not be let through this long after it was planned is withheld."""
OPEN_RECHECK_AFTER = timedelta(days=1)
"""A cap held by a message whose outcome is open (staff have not confirmed) is looked at again after this long."""

CAPS_MAX = 20
CAP_COUNT_MAX = 1_000
CAP_DAYS_MAX = 365
HOLIDAYS_MAX = 400

WhenBlocked = Literal["defer", "drop"]


@dataclass(frozen=True)
class Purpose:
    """What a message is for, and which rules bind it. Suppression and a withdrawal bind every purpose."""

    label: LocalizedText
    needs_consent: bool
    """True: an opt-in is needed. False: being reachable is enough, as long as the member has not opted out."""
    quiet: bool
    caps: bool


PURPOSES: dict[str, Purpose] = {
    "marketing": Purpose(LocalizedText("营销", "Marketing"), needs_consent=True, quiet=True, caps=True),
    "service": Purpose(LocalizedText("服务通知", "Service"), needs_consent=False, quiet=True, caps=False),
}


@dataclass(frozen=True)
class QuietWindow:
    """Nothing between `begins` and `ends` of the member's own clock (equal: no such hours; may pass midnight), nor on
    `holidays`, from midnight to midnight."""

    begins: time
    ends: time
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True)
class FrequencyCap:
    """At most `count` messages to a member in any `days` days; channel `*` counts all channels together."""

    channel: str
    count: int
    days: int


@dataclass(frozen=True)
class Policy:
    """A brand's calm: its caps, quiet hours, and the zone of members who have none."""

    caps: tuple[FrequencyCap, ...]
    quiet: QuietWindow | None
    zone: str


@dataclass(frozen=True)
class CountedMessage:
    """A message let through before: its channel, the moment it counts from, and whether its outcome is still open."""

    channel: str
    at: datetime
    open: bool = False


@dataclass(frozen=True)
class Candidate:
    """A message about to be let through, with what is known of its member. `reserved`: it counts already."""

    channel: str
    purpose: str
    planned_at: datetime
    account: bool = True
    address: bool = True
    erased: bool = False
    suppressed: bool = False
    consent: str | None = None
    zone: str | None = None
    counted: tuple[CountedMessage, ...] = ()
    reserved: bool = False
    on_cap: WhenBlocked = "defer"
    on_quiet: WhenBlocked = "defer"


@dataclass(frozen=True)
class Allow:
    """It may go now."""


@dataclass(frozen=True)
class Defer:
    """Look again at `until`."""

    until: datetime
    reason: str


@dataclass(frozen=True)
class Withhold:
    """It will not be sent."""

    reason: str


Decision = Allow | Defer | Withhold
ALLOW = Allow()


def decide(candidate: Candidate, policy: Policy, now: datetime) -> Decision:
    """Whether `candidate` may go at `now` under `policy`."""
    purpose = PURPOSES[candidate.purpose]
    refused = refusal(candidate, purpose)
    if refused is None and now - candidate.planned_at >= EXPIRES_AFTER:
        refused = "expired"
    if refused is not None:
        return Withhold(refused)
    zone = zone_or(candidate.zone, policy.zone)
    if purpose.quiet and policy.quiet is not None:
        reason = quiet_reason(now, policy.quiet, zone)
        if reason is not None:
            if candidate.on_quiet == "drop":
                return Withhold(reason)
            return _defer(candidate, next_allowed(now, policy.quiet, zone), reason)
    if not purpose.caps or candidate.reserved:
        return ALLOW
    until = cap_until(candidate.counted, candidate.channel, policy.caps, now)
    if until is None:
        return ALLOW
    if candidate.on_cap == "drop":
        return Withhold("cap")
    return _defer(candidate, until if policy.quiet is None else next_allowed(until, policy.quiet, zone), "cap")


def refusal(candidate: Candidate, purpose: Purpose) -> str | None:
    """The first standing reason not to write to this member here at all."""
    if candidate.erased:
        return "erased"
    if not candidate.account:
        return "no_account"
    if not candidate.address:
        return "not_yet_friend" if candidate.channel == STAFF_CHANNEL else "no_address"
    if candidate.suppressed:
        return "suppressed"
    if candidate.consent == "withdrawn":
        return "withdrawn"
    if purpose.needs_consent and candidate.consent != "given":
        return "no_consent"
    return None


def _defer(candidate: Candidate, until: datetime, reason: str) -> Decision:
    if until - candidate.planned_at >= EXPIRES_AFTER:
        return Withhold("expired")
    return Defer(until, reason)


def cap_until(
    counted: Iterable[CountedMessage], channel: str, caps: Iterable[FrequencyCap], now: datetime
) -> datetime | None:
    """When every cap has room again; None when all have room now.

    A window is the `days` before a moment, open at its start: a message exactly `days` old counts no more. One whose
    outcome is open may yet arrive, so it counts as of now.
    """
    until: datetime | None = None
    held = tuple(counted)
    for cap in caps:
        if cap.channel not in (ANY_CHANNEL, channel):
            continue
        window = timedelta(days=cap.days)
        inside = sorted(
            (max(message.at, now) if message.open else message.at, message.open)
            for message in held
            if cap.channel in (ANY_CHANNEL, message.channel) and (message.open or message.at > now - window)
        )
        if len(inside) < cap.count:
            continue
        # all but count - 1 of them must have left the window
        at, still_open = inside[len(inside) - cap.count] if cap.count else (now, False)
        room = now + OPEN_RECHECK_AFTER if still_open else at + window
        until = room if until is None else max(until, room)
    return until


@lru_cache(maxsize=4_096)
def quiet_reason(moment: datetime, quiet: QuietWindow, zone: ZoneInfo) -> str | None:
    """`holiday` or `quiet_hours` when nothing may be sent at `moment` in `zone`, else None."""
    local = moment.astimezone(zone)
    if local.date() in quiet.holidays:
        return "holiday"
    return "quiet_hours" if _within(local.time(), quiet) else None


def _within(clock: time, quiet: QuietWindow) -> bool:
    if quiet.begins <= quiet.ends:
        return quiet.begins <= clock < quiet.ends
    return clock >= quiet.begins or clock < quiet.ends


@lru_cache(maxsize=4_096)
def next_allowed(moment: datetime, quiet: QuietWindow, zone: ZoneInfo) -> datetime:
    """The first moment from `moment` on that is not quiet in `zone`, in UTC.

    Where the clock jumps over the end of quiet hours, the hour that does not exist is waited for too: never early, at
    most as late as the jump is long.
    """
    at = moment
    for _ in range(2 * len(quiet.holidays) + 4):
        local = at.astimezone(zone)
        if local.date() in quiet.holidays:
            at = _instant(local.date() + timedelta(days=1), time(), zone, at)
        elif _within(local.time(), quiet):
            same_day = local.time() < quiet.ends
            at = _instant(local.date() + timedelta(days=0 if same_day else 1), quiet.ends, zone, at)
        else:
            break
    return at.astimezone(UTC)


def _instant(day: date, clock: time, zone: ZoneInfo, after: datetime) -> datetime:
    """The moment of a local date and time; of two (the clock set back) the first that is after `after`."""
    first, second = (datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first > after else max(second, after + timedelta(minutes=1))


POLICY_LABELS = {
    "caps": LocalizedText("疲劳度", "Frequency caps"),
    "quiet": LocalizedText("免打扰", "Quiet hours"),
    "holidays": LocalizedText("节假日", "Holidays"),
}


def policy_values(caps: Iterable[FrequencyCap], quiet: QuietWindow | None) -> dict[str, Any]:
    """A send policy as the audit trail shows it, under the names of POLICY_LABELS."""
    return {
        "caps": [_cap_text(cap) for cap in sorted(caps, key=lambda cap: (cap.channel, cap.days))],
        "quiet": f"{quiet.begins:%H:%M}–{quiet.ends:%H:%M}" if quiet and quiet.begins != quiet.ends else None,
        "holidays": sorted(day.isoformat() for day in quiet.holidays) if quiet else [],
    }


def _cap_text(cap: FrequencyCap) -> LocalizedText:
    channel = CHANNEL_LABELS[cap.channel]
    return LocalizedText(
        f"{channel.zh} {cap.days} 天内最多 {cap.count} 条", f"{channel.en} {cap.count} in {cap.days} days"
    )


def check_caps(caps: Sequence[FrequencyCap]) -> list[Fault]:
    """What is wrong with a set of caps."""
    faults = []
    if len(caps) > CAPS_MAX:
        faults.append(Fault("caps", f"at most {CAPS_MAX}", f"最多 {CAPS_MAX} 条"))
    seen: set[tuple[str, int]] = set()
    for place, cap in enumerate(caps):
        faults += check_channel(cap.channel, (*CHANNELS, ANY_CHANNEL), f"caps[{place}].channel")
        if not 1 <= cap.count <= CAP_COUNT_MAX:
            faults.append(
                Fault(
                    f"caps[{place}].count",
                    "not a useful number",
                    f"应为 1 至 {CAP_COUNT_MAX} 条",
                    f"1 to {CAP_COUNT_MAX}",
                )
            )
        if not 1 <= cap.days <= CAP_DAYS_MAX:
            faults.append(
                Fault(
                    f"caps[{place}].days", "not a useful number", f"应为 1 至 {CAP_DAYS_MAX} 天", f"1 to {CAP_DAYS_MAX}"
                )
            )
        if (cap.channel, cap.days) in seen:
            faults.append(
                Fault(f"caps[{place}].days", "there is a cap for these days already", "同一渠道和天数只能有一条")
            )
        seen.add((cap.channel, cap.days))
    return faults


def check_quiet(quiet: tuple[time, time] | None) -> list[Fault]:
    """What is wrong with quiet hours."""
    if quiet is None or quiet[0] != quiet[1]:
        return []
    return [Fault("quiet.end", "is the same as the start", "不能与开始时间相同")]


def check_holidays(holidays: Sequence[date]) -> list[Fault]:
    """What is wrong with a list of holidays."""
    if len(holidays) <= HOLIDAYS_MAX:
        return []
    return [Fault("holidays", f"at most {HOLIDAYS_MAX} days", f"最多 {HOLIDAYS_MAX} 天")]
