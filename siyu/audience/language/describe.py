"""`describe`: a tree as one plain sentence, in Chinese and in English."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from siyu.audience.language.conditions.condition import Condition
from siyu.audience.language.schema import Schema, fact_props
from siyu.audience.language.time_windows import CALENDARS, UNIT_TEXTS, Day, Instant, Relative, Span, When, Window
from siyu.audience.language.tree import All, AnyOf, Not, Tree
from siyu.kit.text import LocalizedText

_MONEY = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$"}


class Describer:
    """Words trees, times and values in one language."""

    def __init__(self, schema: Schema, lang: str) -> None:
        self.schema = schema
        self.zh = lang == "zh"

    def pick(self, text: LocalizedText) -> str:
        """`text` in this language."""
        return text.zh if self.zh else text.en

    def say(self, zh: str, en: str) -> str:
        """The one of the two in this language."""
        return zh if self.zh else en

    def listed(self, values: Iterable[Any]) -> str:
        """`values` one after the other."""
        return self.say("、", ", ").join(map(str, values))

    # --- groups

    def tree(self, tree: Tree, nested: bool = False) -> str:
        """The whole of it; an empty `all` is every member."""
        match tree:
            case All(()):
                return self.say("全部客户", "every member")
            case All(parts):
                joined = self.say("，并且", ", and ").join(self.tree(part, True) for part in parts)
            case AnyOf(parts):
                joined = self.say("，或者", ", or ").join(self.tree(part, True) for part in parts)
            case Not(part) if isinstance(part, Condition):
                return part.describe_negated(self)
            case Not(part):
                inner = self.tree(part)
                return self.say(f"不满足“{inner}”", f"not ({inner})")
            case _:
                return tree.describe(self)
        return self.say(f"（{joined}）", f"({joined})") if nested and len(parts) > 1 else joined

    # --- time and values

    def span(self, span: Span) -> str:
        """ "60 days" """
        unit = UNIT_TEXTS[span.unit]
        return self.say(f"{span.count} {unit.zh}", f"{span.count} {unit.en}{'' if span.count == 1 else 's'}")

    def when(self, when: When) -> str:
        """ "60 days ago" """
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
            low, high = (self.when(bound) for bound in value)
            return self.say(f"在{low}至{high}之间", f"between {low} and {high}")
        if isinstance(value, Relative) and value.sign < 0:
            span = self.span(value.span)
            if op == "before":
                return self.say(f"在 {span}以前", f"more than {span} ago")
            return self.say(f"在最近 {span}内", f"in the last {span}")
        at = self.when(value)
        if op == "is":
            return self.say(f"是{at}", f"on {at}")
        return self.say(f"早于{at}", f"before {at}") if op == "before" else self.say(f"自{at}起", f"since {at}")

    def window(self, window: Window) -> str:
        """ "in the last 60 days"; empty for ever."""
        if window.within is not None:
            return self.say(f"过去 {self.span(window.within)}内", f"in the last {self.span(window.within)}")
        if window.calendar is not None:
            return self.pick(CALENDARS[window.calendar].text)
        if window.start is not None and window.end is not None:
            low, high = self.when(window.start), self.when(window.end)
            return self.say(f"{low}至{high}（不含）", f"from {low} until {high}")
        if window.start is not None:
            return self.say(f"自{self.when(window.start)}起", f"since {self.when(window.start)}")
        return ""

    def value(self, value: Any, kind: str) -> str:
        """A value of a test."""
        if isinstance(value, bool):
            return self.say("是" if value else "否", "yes" if value else "no")
        if kind == "money":
            sign = _MONEY.get(self.schema.currency, f"{self.schema.currency} ")
            return f"{sign}{Decimal(value) / 100:,.2f}".removesuffix(".00")
        return f"{value:,}" if isinstance(value, int | float) else f"“{value}”"

    def prop(self, fact: str, name: str) -> str:
        """What a property of a fact is called."""
        spec = fact_props(fact)[name]
        return self.say(spec.label.zh, spec.label.en.lower())


def describe(tree: Tree, schema: Schema) -> LocalizedText:
    """`tree` as one plain sentence."""
    return LocalizedText(Describer(schema, "zh").tree(tree), Describer(schema, "en").tree(tree))


def describe_condition(condition: Condition, schema: Schema) -> LocalizedText:
    """One condition in plain words."""
    return LocalizedText(*(condition.describe(Describer(schema, lang)) for lang in ("zh", "en")))
