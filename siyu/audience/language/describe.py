"""`sentence`: a tree as one plain sentence, in Chinese (`zh`) or English (`en`)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from siyu.audience.language.lifecycle import STAGES
from siyu.audience.language.predicates import describe_count, describe_test
from siyu.audience.language.schema import CHANNELS, CONSENTS, Schema, fact_props
from siyu.audience.language.time_windows import CALENDARS, Day, Instant, Relative, Span, When, Window
from siyu.audience.language.tree import (
    All,
    AnyOf,
    Consent,
    Did,
    InGroup,
    Leaf,
    Not,
    Profile,
    Reachable,
    Reference,
    Rfm,
    Sample,
    Sequence_,
    Stage,
    Tag,
    Top,
    Tree,
)
from siyu.facts.catalogue import KINDS
from siyu.kit.text import LocalizedText

_UNITS = {
    "s": ("秒", "second"),
    "m": ("分钟", "minute"),
    "h": ("小时", "hour"),
    "d": ("天", "day"),
    "w": ("周", "week"),
}
_MONEY = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"}


class Describer:
    """Says trees in one language."""

    def __init__(self, vocabulary: Schema, lang: str) -> None:
        self.words = vocabulary
        self.zh = lang == "zh"

    def pick(self, pair: tuple[str, str] | LocalizedText) -> str:
        zh, en = pair if isinstance(pair, tuple) else (pair.zh, pair.en)
        return zh if self.zh else en

    def say(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    def listed(self, values: Any) -> str:
        return self.say("、", ", ").join(map(str, values))

    # --- groups

    def tree(self, tree: Tree, nested: bool = False) -> str:
        """The whole of it; an empty `all` is every member."""
        match tree:
            case All(()):
                return self.say("全部客户", "every member")
            case All(parts):
                said = self.say("，并且", ", and ").join(self.tree(part, True) for part in parts)
            case AnyOf(parts):
                said = self.say("，或者", ", or ").join(self.tree(part, True) for part in parts)
            case Not(part):
                return self.negated(part)
            case _:
                return self.leaf(tree)
        return self.say(f"（{said}）", f"({said})") if nested and len(parts) > 1 else said

    def negated(self, part: Tree) -> str:
        if isinstance(part, Did):
            return self.did(part, negated=True)
        inner = self.tree(part)
        return self.say(f"不满足“{inner}”", f"not ({inner})")

    def leaf(self, leaf: Leaf) -> str:
        """One condition."""
        return _TELLERS[type(leaf)](self, leaf)

    # --- time and values

    def span(self, span: Span) -> str:
        zh, en = _UNITS[span.unit]
        return self.say(f"{span.count} {zh}", f"{span.count} {en}{'' if span.count == 1 else 's'}")

    def when(self, when: When) -> str:
        match when:
            case Relative(span, sign) if sign < 0:
                return self.say(f"{self.span(span)}前", f"{self.span(span)} ago")
            case Relative(span, _):
                return self.say(f"{self.span(span)}后", f"{self.span(span)} from now")
            case Day(day):
                return self.say(f"{day.year} 年 {day.month} 月 {day.day} 日", day.isoformat())
            case Instant(at):
                zone = " UTC" if at.tzinfo is not None and not at.utcoffset() else at.strftime(" %z").rstrip()
                return at.strftime("%Y-%m-%d %H:%M:%S") + zone

    def moment(self, op: str, value: Any) -> str:
        """A time compared: "60 天以前"."""
        if op == "between":
            low, high = (self.when(one) for one in value)
            return self.say(f"在{low}至{high}之间", f"between {low} and {high}")
        if isinstance(value, Relative) and value.sign < 0:
            span = self.span(value.span)
            if op == "before":
                return self.say(f"在 {span}以前", f"more than {span} ago")
            return self.say(f"在最近 {span}内", f"in the last {span}")
        said = self.when(value)
        if op == "is":
            return self.say(f"是{said}", f"on {said}")
        return self.say(f"早于{said}", f"before {said}") if op == "before" else self.say(f"自{said}起", f"since {said}")

    def value(self, value: Any, kind: str) -> str:
        if isinstance(value, bool):
            return self.say("是" if value else "否", "yes" if value else "no")
        if kind == "money":
            sign = _MONEY.get(self.words.currency, f"{self.words.currency} ")
            amount = Decimal(value) / 100
            return f"{sign}{amount:,.2f}".removesuffix(".00")
        if isinstance(value, int | float):
            return f"{value:,}"
        return self.say(f"“{value}”", f"“{value}”")

    # --- conditions

    def window(self, window: Window) -> str:
        if window.within is not None:
            return self.say(f"过去 {self.span(window.within)}内", f"in the last {self.span(window.within)}")
        if window.calendar is not None:
            return self.pick(CALENDARS[window.calendar][:2])
        if window.start is not None and window.end is not None:
            low, high = self.when(window.start), self.when(window.end)
            return self.say(f"{low}至{high}（不含）", f"from {low} until {high}")
        if window.start is not None:
            return self.say(f"自{self.when(window.start)}起", f"since {self.when(window.start)}")
        return ""

    def did(self, did: Did, negated: bool = False) -> str:
        """One fact: when, what, how often, how much."""
        kind = KINDS[did.fact]
        fact = kind.label.zh if self.zh else kind.label.en[0].lower() + kind.label.en[1:]
        never = did.count is not None and did.count.op == "is" and did.count.value == 0
        plain = not (did.count or did.sum or did.distinct or did.first or did.last)
        none = (negated and plain) or never
        times = ""
        if did.count is not None and not never:
            times = describe_count(self, did.count, self.say("次", "time" if did.count.value == 1 else "times"))
        where = self.listed(describe_test(self, self.prop(did.fact, one.prop), one.test) for one in did.where)
        where = self.say(f"（{where}）", f" ({where})") if where else ""
        window = self.window(did.window)
        if self.zh:
            said = "，".join([f"{window}{'没有' if none else ''}{fact}{where}{times}", *self.measured(did)])
            return f"不满足“{said}”" if negated and not plain else said
        what = " ".join(filter(None, ["never" if none else "", f"{fact}{where}", times, window]))
        said = ", ".join([what, *self.measured(did)])
        return f"not ({said})" if negated and not plain else said

    def measured(self, did: Did) -> list[str]:
        """What is asked of the sum, of the variety and of the ends."""
        parts = []
        if did.sum is not None:
            name, kind = self.prop(did.fact, did.sum.prop), fact_props(did.fact)[did.sum.prop].type
            said = describe_count(self, did.sum.test, "", kind).replace("fewer than", "less than")
            parts.append(self.say(f"{name}合计{said}", f"{name} {said} in total"))
        if did.distinct is not None:
            name = self.prop(did.fact, did.distinct.prop)
            parts.append(describe_count(self, did.distinct.test, self.say(f"种{name}", f"different {name}")))
        for end, zh, en in ((did.first, "首次", "the first"), (did.last, "最近一次", "the latest")):
            if end is not None:
                parts.append(
                    self.say(f"{zh}{self.moment(end.op, end.value)}", f"{en} {self.moment(end.op, end.value)}")
                )
        return parts

    def prop(self, fact: str, name: str) -> str:
        spec = fact_props(fact)[name]
        return self.say(spec.label.zh, spec.label.en.lower())


def _profile(describer: Describer, leaf: Profile) -> str:
    field = describer.words.fields[leaf.field]
    return describe_test(describer, describer.say(field.zh, field.en), leaf.test)


def _tag(describer: Describer, leaf: Tag) -> str:
    lead = {
        "any": ("有任一标签 ", "has any tag of "),
        "all": ("同时有标签 ", "has all tags "),
        "none": ("没有标签 ", "has no tag of "),
    }[leaf.how]
    if len(leaf.tags) == 1 and leaf.how != "none":
        lead = ("有标签 ", "has the tag ")
    return describer.pick(lead) + describer.listed(leaf.tags)


def _sequence(describer: Describer, leaf: Sequence_) -> str:
    steps = [describer.did(step) for step in leaf.steps]
    span = describer.span(leaf.within)
    if leaf.ordered:
        return describer.say(
            f"{span}内先后发生：{' → '.join(steps)}", f"in this order within {span}: {', then '.join(steps)}"
        )
    return describer.say(f"{span}内都发生过：{'、'.join(steps)}", f"all within {span}: {', '.join(steps)}")


def _rfm(describer: Describer, leaf: Rfm) -> str:
    names = (
        ("最近消费 R", "recency R", leaf.r),
        ("消费频次 F", "frequency F", leaf.f),
        ("消费金额 M", "money M", leaf.m),
    )
    said = [f"{describer.say(zh, en)} {'/'.join(map(str, wanted))}" for zh, en, wanted in names if wanted is not None]
    return describer.say("RFM 得分：", "RFM scores: ") + describer.say("，", ", ").join(said)


def _stage(describer: Describer, leaf: Stage) -> str:
    stages = describer.say("、", " or ").join(describer.pick(STAGES[stage]) for stage in leaf.stages)
    return describer.say(f"生命周期为{stages}", f"lifecycle stage is {stages}")


def _reference(describer: Describer, leaf: Reference) -> str:
    label = describer.words.audiences[leaf.name].label if leaf.name in describer.words.audiences else leaf.name
    return describer.say(f"在人群“{label}”中", f"is in the audience “{label}”")


def _in_group(describer: Describer, leaf: InGroup) -> str:
    if leaf.name is None:
        return describer.say("在任一客户群中", "is in a customer group")
    return describer.say(f"在客户群“{leaf.name}”中", f"is in the customer group “{leaf.name}”")


def _channel(describer: Describer, channel: str) -> str:
    known = CHANNELS.get(channel)
    return describer.say(known[0], known[1]) if known else channel


def _consent(describer: Describer, leaf: Consent) -> str:
    channel, state = _channel(describer, leaf.channel), describer.pick(CONSENTS[leaf.state])
    return describer.say(f"对{channel}的授权{state}", f"consent for {channel} is {state}")


def _reachable(describer: Describer, leaf: Reachable) -> str:
    channel = _channel(describer, leaf.channel)
    return describer.say(f"可通过{channel}触达", f"can be reached on {channel}")


def _sample(describer: Describer, leaf: Sample) -> str:
    return describer.say(f"随机抽取的 {leaf.percent:g}%", f"a random {leaf.percent:g}%")


def _top(describer: Describer, leaf: Top) -> str:
    by = describer.did(leaf.by)
    prop = describer.prop(leaf.by.fact, leaf.prop) if leaf.prop else ""
    what = {
        "count": ("次数", "number of times"),
        "sum": (f"{prop}合计", f"total {prop}"),
        "distinct": (f"不同{prop}数", f"number of different {prop}"),
    }[leaf.measure]
    return describer.say(f"“{by}”的{what[0]}排名前 {leaf.n:,} 位", f"top {leaf.n:,} by {what[1]} of: {by}")


_TELLERS: dict[type, Callable[[Describer, Any], str]] = {
    Profile: _profile,
    Tag: _tag,
    Did: lambda describer, leaf: describer.did(leaf),
    Sequence_: _sequence,
    Rfm: _rfm,
    Stage: _stage,
    Reference: _reference,
    InGroup: _in_group,
    Consent: _consent,
    Reachable: _reachable,
    Sample: _sample,
    Top: _top,
}


def sentence(tree: Tree, vocabulary: Schema, lang: str) -> str:
    """`tree` as one plain sentence in `lang` (zh or en)."""
    return Describer(vocabulary, lang).tree(tree)


def describe(tree: Tree, vocabulary: Schema) -> dict[str, str]:
    """{"zh": ..., "en": ...}"""
    return {lang: sentence(tree, vocabulary, lang) for lang in ("zh", "en")}
