"""How well the shop is, as a plain rule: each area of the last full week against the four weeks before, the worst one told.

A score is the share of its usual level that an area reached, at most 100; of calm, what is left after ten points for each
per cent of the reached who left. An area with too little behind it has none and is never blamed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from siyu.insight.rules import feeds
from siyu.insight.rules.feeds import Feed
from siyu.kit.numbers import NOTHING, number, percent
from siyu.kit.text import LocalizedText

Level = Literal["good", "watch", "bad", "unknown"]
AreaName = Literal["acquisition", "activity", "retention", "conversion", "fission", "calm"]

WATCH_BELOW = 85
BAD_BELOW = 70
WEEKS_BEFORE = 4
NEW_MIN = 5
"""New members a week, on average before."""
ACTIVE_MIN = 20
"""Active members a week, where a share of them is looked at."""
REACHED_MIN = 50
"""Members reached in the week, before their leaving says anything."""
CALM_POINTS = 1_000
"""Points lost for a whole; ten for each per cent."""

AREA_LABELS: dict[str, LocalizedText] = {
    "acquisition": LocalizedText("拉新", "Acquisition"),
    "activity": LocalizedText("促活", "Activity"),
    "retention": LocalizedText("留存", "Retention"),
    "conversion": LocalizedText("转化", "Conversion"),
    "fission": LocalizedText("裂变", "Fission"),
    "calm": LocalizedText("打扰度", "Disturbance"),
}
ACTIONS: dict[str, LocalizedText] = {
    "acquisition": LocalizedText(
        "检查活码和入会入口是否正常，再看各来源的新增",
        "Check that codes and entries work, then look at new members by source",
    ),
    "activity": LocalizedText("给沉默客户跑一次唤醒旅程", "Run a win-back journey for silent members"),
    "retention": LocalizedText(
        "看留存报表，给首购客户安排第二单的理由",
        "Look at retention, and give first-time buyers a reason for a second order",
    ),
    "conversion": LocalizedText(
        "看漏斗卡在哪一步，检查优惠和链接", "See where the funnel is stuck, and check offers and links"
    ),
    "calm": LocalizedText(
        "收紧疲劳度，暂停退订最多的旅程", "Tighten the caps, and pause the journey that most opt out of"
    ),
}
VERDICTS: dict[tuple[bool, bool], LocalizedText] = {
    (False, True): LocalizedText("偏弱", "is weak"),
    (False, False): LocalizedText("明显下滑", "is clearly down"),
    (True, True): LocalizedText("偏高", "is high"),
    (True, False): LocalizedText("过高", "is far too high"),
}
"""Of an area, by whether a high figure is the bad one, and whether it is only worth watching."""


@dataclass(frozen=True)
class Week:
    """One full week. `kept` are the active who had been active in the week before as well."""

    new: int
    active: int
    kept: int
    buyers: int
    redeemers: int
    friends: int
    reached: int
    left: int


@dataclass(frozen=True)
class Area:
    """An area with its score (None: too little data), and the figures that explain it."""

    key: AreaName
    score: int | None
    cause: LocalizedText
    rate: float | None = None
    """The share that the area is told by instead of its score: of those reached, who left."""

    @property
    def figure(self) -> str:
        """The area in one figure with its unit."""
        return percent(self.rate) if self.rate is not None else NOTHING if self.score is None else f"{self.score}%"

    @property
    def level(self) -> Level:
        if self.score is None:
            return "unknown"
        return "bad" if self.score < BAD_BELOW else "watch" if self.score < WATCH_BELOW else "good"


@dataclass(frozen=True)
class Health:
    """The verdict: the worst area (None: all is well, or nothing can be said), one sentence, and all areas."""

    level: Level
    area: AreaName | None
    sentence: LocalizedText
    cause: LocalizedText | None
    action: LocalizedText | None
    areas: list[Area]
    silent: tuple[Feed, ...] = ()
    """The sources of data that have stopped; there is nothing else to say before they are back."""


def areas(weeks: Sequence[Week]) -> list[Area]:
    """Every area; `weeks` are the last full week and the WEEKS_BEFORE before it, newest first."""
    week, earlier = weeks[0], weeks[1 : 1 + WEEKS_BEFORE]
    return [
        _acquisition(week, earlier),
        _activity(week, earlier),
        _retention(weeks),
        _conversion(week, earlier),
        Area("fission", None, LocalizedText("还没有裂变的记录", "No facts of fission yet")),
        _calm(week),
    ]


def _score(now: float, usual: float) -> int:
    return min(100, round(100 * now / usual))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _acquisition(week: Week, earlier: Sequence[Week]) -> Area:
    usual = _mean([past.new for past in earlier])
    score = _score(week.new, usual) if usual >= NEW_MIN else None
    return Area(
        "acquisition",
        score,
        LocalizedText(
            f"上周新增 {number(week.new)} 位，此前四周平均 {number(round(usual, 1))} 位",
            f"{number(week.new)} new members last week, {number(round(usual, 1))} an average week before",
        ),
    )


def _activity(week: Week, earlier: Sequence[Week]) -> Area:
    usual = _mean([past.active for past in earlier])
    score = _score(week.active, usual) if usual >= ACTIVE_MIN else None
    parts = {
        "buyers": LocalizedText("下单客户", "buyers"),
        "redeemers": LocalizedText("核销客户", "redeemers"),
        "friends": LocalizedText("新增好友", "new friends"),
    }
    falls = {key: _mean([getattr(past, key) for past in earlier]) - getattr(week, key) for key in parts}
    worst = max(falls, key=lambda key: falls[key])
    zh = f"上周活跃 {number(week.active)} 位，此前四周平均 {number(round(usual, 1))} 位"
    en = f"{number(week.active)} active last week, {number(round(usual, 1))} an average week before"
    if falls[worst] > 0:
        was = number(round(falls[worst] + getattr(week, worst), 1))
        zh += f"，{parts[worst].zh}减少最多（{was} → {number(getattr(week, worst))}）"
        en += f"; {parts[worst].en} fell most ({was} to {number(getattr(week, worst))})"
    return Area("activity", score, LocalizedText(zh, en))


def _retention(weeks: Sequence[Week]) -> Area:
    def share(n: int) -> float | None:
        before = weeks[n + 1].active
        return weeks[n].kept / before if before >= ACTIVE_MIN else None

    now = share(0)
    usual = [share_then for share_then in map(share, range(1, WEEKS_BEFORE)) if share_then is not None]
    level = _mean(usual) if usual else None
    score = _score(now, level) if now is not None and level else None
    return Area(
        "retention",
        score,
        LocalizedText(
            f"前一周活跃的客户上周有 {percent(now)} 回来，此前平均 {percent(level)}",
            f"{percent(now)} of those active the week before came back last week, {percent(level)} on average before",
        ),
    )


def _conversion(week: Week, earlier: Sequence[Week]) -> Area:
    active, buyers = sum(past.active for past in earlier), sum(past.buyers for past in earlier)
    now = week.buyers / week.active if week.active >= ACTIVE_MIN else None
    usual = buyers / active if active >= ACTIVE_MIN else None
    score = _score(now, usual) if now is not None and usual else None
    return Area(
        "conversion",
        score,
        LocalizedText(
            f"上周活跃客户中 {percent(now)} 下单，此前四周 {percent(usual)}",
            f"{percent(now)} of active members bought last week, {percent(usual)} in the four weeks before",
        ),
    )


def _calm(week: Week) -> Area:
    rate = week.left / week.reached if week.reached >= REACHED_MIN else None
    score = None if rate is None else max(0, round(100 - rate * CALM_POINTS))
    return Area(
        "calm",
        score,
        LocalizedText(
            f"上周触达 {number(week.reached)} 位，{number(week.left)} 位退订或删除好友",
            f"{number(week.reached)} reached last week, {number(week.left)} opted out or removed us",
        ),
        rate,
    )


def outage(weeks: Sequence[Week], silent: Sequence[Feed], now: datetime, zone: str, *, everything: bool) -> Health:
    """That data have stopped coming, and from where: said in place of `health`, whose figures rest on them."""
    return Health(
        "bad", None, feeds.sentence(silent, now, zone, everything=everything), None, None, areas(weeks), tuple(silent)
    )


def health(weeks: Sequence[Week]) -> Health:
    """The worst area with its cause and the next action, or that all is well."""
    every_area = areas(weeks)
    scores = {area.key: area.score for area in every_area if area.score is not None}
    if not scores:
        sentence = LocalizedText(
            "数据还太少，暂时无法判断健康度。", "There is too little data yet to say how well the shop is."
        )
        return Health("unknown", None, sentence, None, None, every_area)
    worst = next(area for area in every_area if area.key == min(scores, key=lambda key: scores[key]))
    if worst.level == "good":
        return Health("good", None, _well(scores), None, None, every_area)
    action, name = ACTIONS[worst.key], AREA_LABELS[worst.key]
    weak = VERDICTS[worst.key == "calm", worst.level == "watch"]
    sentence = LocalizedText(
        f"{name.zh}{weak.zh}：{worst.cause.zh}。建议{action.zh}。",
        f"{name.en} {weak.en}: {worst.cause.en}. {action.en}.",
    )
    return Health(worst.level, worst.key, sentence, worst.cause, action, every_area)


def _well(scores: Mapping[AreaName, int]) -> LocalizedText:
    zh, en = "、".join(AREA_LABELS[key].zh for key in scores), ", ".join(AREA_LABELS[key].en.lower() for key in scores)
    return LocalizedText(f"一切正常：{zh}都在往常水平。", f"All is well: {en} at their usual level.")
