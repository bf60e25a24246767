"""Readers of the conditions, one a kind."""

from collections.abc import Callable
from typing import Any

from siyu.audience.language import values
from siyu.audience.language.lifecycle import ORDER, RFM_SCORES, STAGES
from siyu.audience.language.limits import PERCENT_MIN, STEPS_MAX, TEXT_CHARS_MAX, TOP_MEMBERS_MAX
from siyu.audience.language.parse_context import ParseContext
from siyu.audience.language.predicates import (
    COUNT_OPERATORS,
    MOMENT_OPERATORS,
    NUMERIC,
    PropertyTest,
    Test,
    in_order,
    parse_property_test,
    parse_property_tests,
    parse_test,
)
from siyu.audience.language.schema import CHANNELS, CONSENTS, FACTS, fact_props
from siyu.audience.language.time_windows import CALENDARS, Window, read_span
from siyu.audience.language.tree import (
    Consent,
    Did,
    InGroup,
    Leaf,
    Profile,
    Reachable,
    Reference,
    Rfm,
    Sample,
    Sequence_,
    Stage,
    Tag,
    Top,
)
from siyu.channels.catalogue import CONSENT_CHANNELS

WINDOW = ("within", "between", "since")
JOURNEY_FACTS = {"entered": "journey_entered", "exited": "journey_exited", "goal": "journey_goal_reached"}
CAMPAIGN_FACTS = {"sent": "campaign_sent", "redeemed": "coupon_redeemed"}
GROUP_FACTS = {"joined": "group_joined", "left": "group_left"}
IN_GROUP = "in"


def profile(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"field": F, OP: V}"""
    faults, fields = reading.faults, reading.vocabulary.fields
    if not isinstance(body, dict) or not isinstance(body.get("field"), str) or body["field"] not in fields:
        at, expected = f"{path}.field", " | ".join(sorted(fields)[:30])
        faults.add(at, "unknown profile field", "未知的客户属性", expected)
        return None
    field = fields[body["field"]]
    test = parse_test(faults, path, body, field.type, options=field.options, besides=("field",))
    return None if test is None else Profile(field.name, test)


def tag(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"any" | "all" | "none": [T...]}"""
    faults = reading.faults
    if not isinstance(body, dict) or len(body) != 1 or next(iter(body)) not in ("any", "all", "none"):
        faults.add(path, "must have one of any, all, none", "应为 any、all、none 之一", '{"any": ["vip"]}')
        return None
    ((how, names),) = body.items()
    read = values.texts(faults, f"{path}.{how}", names)
    known = reading.vocabulary.tags
    for index, name in enumerate(read or ()):
        if known is not None and name not in known:
            expected = " | ".join(sorted(known)[:20])
            faults.add(f"{path}.{how}[{index}]", f"there is no tag {name}", f"没有“{name}”这个标签", expected)
            read = None
    return None if read is None else Tag(how, read)


def _window(reading: ParseContext, path: str, body: dict[str, Any]) -> Window | None:
    """At most one of within, between, since."""
    faults = reading.faults
    given = [key for key in WINDOW if key in body]
    if not given:
        return Window()
    if len(given) > 1:
        faults.add(
            f"{path}.{given[1]}", f"not together with {given[0]}", f"不能与 {given[0]} 同时使用", " | ".join(WINDOW)
        )
        return None
    key, value = given[0], body[given[0]]
    at = f"{path}.{key}"
    if key == "within" and isinstance(value, str) and value in CALENDARS:
        return Window(calendar=value)
    if key == "within":
        span = read_span(value)
        if span is None:
            expected = f"{values.SPAN_EXPECTED} | {' | '.join(CALENDARS)}"
            faults.add(at, "is not a length of time or a calendar period", "不是有效的时长或日历周期", expected)
            return None
        return Window(within=span)
    if key == "since":
        start = values.when(faults, at, value)
        return None if start is None else Window(start=start)
    if not isinstance(value, list) or len(value) != 2:
        faults.add(at, "must be a list of two moments", "应为两个时间的列表", "[from, to]")
        return None
    start, end = (values.when(faults, f"{at}[{index}]", one) for index, one in enumerate(value))
    if start is None or end is None:
        return None
    if not in_order(start, end):
        faults.add(at, "the first must be before the second", "第一个时间应早于第二个时间")
        return None
    return Window(start=start, end=end)


def _wheres(reading: ParseContext, path: str, body: dict[str, Any], fact: str) -> tuple[PropertyTest, ...] | None:
    return parse_property_tests(reading.faults, f"{path}.where", body.get("where", []), fact_props(fact))


def _fact(reading: ParseContext, path: str, body: dict[str, Any]) -> str | None:
    name = body.get("fact")
    if isinstance(name, str) and name in FACTS:
        return name
    reading.faults.add(f"{path}.fact", "unknown fact", "未知的行为", " | ".join(FACTS))
    return None


def did(reading: ParseContext, path: str, body: Any) -> Did | None:
    """{"fact": N, "where", "count", "sum", "distinct", "first", "last", "within" | "between" | "since"}"""
    allowed = ("fact", "where", "count", "sum", "distinct", "first", "last", *WINDOW)
    found = reading.faults.keys(path, body, allowed)
    fact = None if found is None else _fact(reading, path, found)
    return None if found is None or fact is None else _did(reading, path, found, fact, "did")


def _did(
    reading: ParseContext, path: str, body: dict[str, Any], fact: str, kind: str, extra: tuple[PropertyTest, ...] = ()
) -> Did | None:
    before = len(reading.faults.found)
    where, window = _wheres(reading, path, body, fact), _window(reading, path, body)
    count = total = distinct = first = last = None
    if "count" in body:
        count = parse_test(reading.faults, f"{path}.count", body["count"], "number", operators=COUNT_OPERATORS)
    if "sum" in body:
        total = _sum(reading, f"{path}.sum", body["sum"], fact, kind)
    if "distinct" in body:
        distinct = parse_property_test(
            reading.faults, f"{path}.distinct", body["distinct"], fact_props(fact), COUNT_OPERATORS
        )
    if "first" in body:
        first = parse_test(reading.faults, f"{path}.first", body["first"], "time", operators=MOMENT_OPERATORS)
    if "last" in body:
        last = parse_test(reading.faults, f"{path}.last", body["last"], "time", operators=MOMENT_OPERATORS)
    if len(reading.faults.found) > before or where is None or window is None:
        return None
    return Did(fact, (*extra, *where), window, count, total, distinct, first, last, kind)


def _sum(reading: ParseContext, path: str, body: Any, fact: str, kind: str) -> PropertyTest | None:
    if kind == "order" and isinstance(body, dict) and "prop" not in body:
        body = {"prop": "amount", **body}
    prop = body.get("prop") if isinstance(body, dict) else None
    props = fact_props(fact)
    if isinstance(prop, str) and prop in props and props[prop].type not in NUMERIC:
        summable = [spec.name for spec in props.values() if spec.type in NUMERIC]
        reading.faults.add(f"{path}.prop", f"{prop} is not a number", f"“{prop}”不是数值", " | ".join(summable))
        return None
    return parse_property_test(reading.faults, path, body, props, COUNT_OPERATORS)


def order(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """`did order_paid` without naming the fact; `sum` is of the amount unless it says otherwise."""
    found = reading.faults.keys(path, body, ("where", "count", "sum", "distinct", "first", "last", *WINDOW))
    return None if found is None else _did(reading, path, found, ORDER, "order")


def _named(facts: dict[str, str], kind: str, prop: str) -> "Callable[[ParseContext, str, Any], Leaf | None]":
    """{"name": N, "did": one of `facts`, "count", window}: facts of one journey or campaign."""

    def read(reading: ParseContext, path: str, body: Any) -> Leaf | None:
        found = reading.faults.keys(path, body, ("name", "did", "count", *WINDOW))
        if found is None:
            return None
        extra: tuple[PropertyTest, ...] = ()
        if "name" in found:
            name = values.text(reading.faults, f"{path}.name", found["name"])
            if name is None:
                return None
            extra = (PropertyTest(prop, Test("is", name, "text")),)
        which = found.get("did", next(iter(facts)))
        if not isinstance(which, str) or which not in facts:
            reading.faults.add(f"{path}.did", "unknown", "未知的取值", " | ".join(facts))
            return None
        return _did(reading, path, found, facts[which], kind, extra)

    return read


def group(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"name": N, "did": in | joined | left, and for the last two "count" and a window}; in unless it says otherwise."""
    if isinstance(body, dict) and body.get("did", IN_GROUP) != IN_GROUP:
        if body["did"] not in GROUP_FACTS:
            reading.faults.add(f"{path}.did", "unknown", "未知的取值", " | ".join((IN_GROUP, *GROUP_FACTS)))
            return None
        return _named(GROUP_FACTS, "group", "group")(reading, path, body)
    found = reading.faults.keys(path, body, ("name", "did"))
    if found is None:
        return None
    name = values.text(reading.faults, f"{path}.name", found["name"]) if "name" in found else None
    return None if name is None and "name" in found else InGroup(name)


def _step(reading: ParseContext, path: str, body: Any) -> Did | None:
    if isinstance(body, dict) and set(body) == {"did"}:
        path, body = f"{path}.did", body["did"]
    found = reading.faults.keys(path, body, ("fact", "where", *WINDOW))
    fact = None if found is None else _fact(reading, path, found)
    return None if found is None or fact is None else _did(reading, path, found, fact, "did")


def sequence(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"steps": [did...], "within": "7d", "ordered": true}; a step is a fact, `where` and a window."""
    found = reading.faults.keys(path, body, ("steps", "within", "ordered"))
    if found is None:
        return None
    steps, ordered = found.get("steps"), found.get("ordered", True)
    if not isinstance(steps, list) or not 2 <= len(steps) <= STEPS_MAX:
        reading.faults.add(f"{path}.steps", f"must be 2 to {STEPS_MAX} steps", f"应为 2 至 {STEPS_MAX} 步")
        return None
    if not isinstance(ordered, bool):
        reading.faults.add(f"{path}.ordered", "must be true or false", "应为 true 或 false", "true")
        return None
    within = values.span(reading.faults, f"{path}.within", found.get("within"))
    read = [_step(reading, f"{path}.steps[{index}]", step) for index, step in enumerate(steps)]
    known = tuple(step for step in read if step is not None)
    return Sequence_(known, within, ordered) if within is not None and len(known) == len(steps) else None


def rfm(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"r": [4, 5], "f": [...], "m": [...]}: at least one axis."""
    found = reading.faults.keys(path, body, ("r", "f", "m"))
    if found is None:
        return None
    read: dict[str, tuple[int, ...]] = {}
    for axis, wanted in found.items():
        fine = isinstance(wanted, list) and wanted and all(isinstance(s, int) and 1 <= s <= RFM_SCORES for s in wanted)
        if axis in ("r", "f", "m") and fine and not any(isinstance(s, bool) for s in wanted):
            read[axis] = tuple(sorted(set(wanted)))
        elif axis in ("r", "f", "m"):
            reading.faults.add(
                f"{path}.{axis}", f"must be scores of 1 to {RFM_SCORES}", f"应为 1 至 {RFM_SCORES} 的分数", "[4, 5]"
            )
    if not found:
        reading.faults.add(path, "choose at least one of r, f, m", "至少选择 r、f、m 之一", '{"r": [4, 5]}')
    return Rfm(read.get("r"), read.get("f"), read.get("m")) if read else None


def stage(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """["new", "silent"...]"""
    read = values.texts(reading.faults, path, body)
    for index, name in enumerate(read or ()):
        if name not in STAGES:
            reading.faults.add(
                f"{path}[{index}]", f"there is no stage {name}", f"没有“{name}”这个阶段", " | ".join(STAGES)
            )
            read = None
            break
    return None if read is None else Stage(read)


def audience(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """The name of a saved audience."""
    tree = reading.refer(reading, path, body)
    return None if tree is None else Reference(body, tree)


def _channel(reading: ParseContext, path: str, body: dict[str, Any], known: tuple[str, ...]) -> str | None:
    channel = body.get("channel")
    if isinstance(channel, str) and channel in known:
        return channel
    reading.faults.add(f"{path}.channel", "unknown channel", "未知的渠道", " | ".join(known))
    return None


def consent(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"channel": C, "state": given | withdrawn | unknown}; given unless it says otherwise."""
    found = reading.faults.keys(path, body, ("channel", "state"))
    channel = None if found is None else _channel(reading, path, found, CONSENT_CHANNELS)
    if found is None or channel is None:
        return None
    state = found.get("state", "given")
    if not isinstance(state, str) or state not in CONSENTS:
        reading.faults.add(f"{path}.state", "unknown state", "未知的状态", " | ".join(CONSENTS))
        return None
    return Consent(channel, state)


def reachable(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"channel": C}"""
    found = reading.faults.keys(path, body, ("channel",))
    channel = None if found is None else _channel(reading, path, found, tuple(CHANNELS))
    return None if channel is None else Reachable(channel)


def sample(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"percent": 10, "salt": S}"""
    found = reading.faults.keys(path, body, ("percent", "salt"))
    if found is None:
        return None
    percent = values.number(reading.faults, f"{path}.percent", found.get("percent"))
    if percent is not None and not PERCENT_MIN <= percent <= 100:
        reading.faults.add(f"{path}.percent", f"must be {PERCENT_MIN} to 100", f"应在 {PERCENT_MIN} 与 100 之间", "10")
        percent = None
    salt = found.get("salt", "")
    if not isinstance(salt, str) or len(salt) > TEXT_CHARS_MAX or "\x00" in salt:
        reading.faults.add(f"{path}.salt", "must be text", "应为文本")
        return None
    return None if percent is None else Sample(percent, salt)


def top(reading: ParseContext, path: str, body: Any) -> Leaf | None:
    """{"n": 1000, "by": {"fact": N, "where", window, and "sum" or "distinct": P}}; by count unless it says otherwise."""
    found = reading.faults.keys(path, body, ("n", "by"))
    if found is None:
        return None
    n = values.number(reading.faults, f"{path}.n", found.get("n"), whole=True)
    if n is not None and not 1 <= n <= TOP_MEMBERS_MAX:
        reading.faults.add(f"{path}.n", f"must be 1 to {TOP_MEMBERS_MAX}", f"应在 1 与 {TOP_MEMBERS_MAX} 之间", "1000")
        n = None
    by, at = found.get("by"), f"{path}.by"
    if isinstance(by, dict) and set(by) == {"did"}:
        by, at = by["did"], f"{at}.did"
    inner = reading.faults.keys(at, by, ("fact", "where", "count", "sum", "distinct", *WINDOW))
    fact = None if inner is None else _fact(reading, at, inner)
    if inner is None or fact is None or n is None:
        return None
    measure = next((key for key in ("sum", "distinct") if key in inner), "count")
    prop = inner.get(measure) if measure != "count" else None
    prop = prop.get("prop") if isinstance(prop, dict) else prop
    props = fact_props(fact)
    prop = prop if isinstance(prop, str) else None
    if measure != "count" and (prop not in props or (measure == "sum" and props[prop].type not in NUMERIC)):
        summable = [name for name, spec in props.items() if measure == "distinct" or spec.type in NUMERIC]
        reading.faults.add(f"{at}.{measure}", "not a property for this", "这个属性不能用于排名", " | ".join(summable))
        return None
    plain = {key: value for key, value in inner.items() if key in ("where", *WINDOW)}
    scanned = _did(reading, at, plain, fact, "did")
    return None if scanned is None else Top(int(n), scanned, measure, prop)


READERS: dict[str, Callable[[ParseContext, str, Any], Leaf | None]] = {
    "profile": profile,
    "tag": tag,
    "did": did,
    "sequence": sequence,
    "order": order,
    "rfm": rfm,
    "stage": stage,
    "audience": audience,
    "consent": consent,
    "reachable": reachable,
    "journey": _named(JOURNEY_FACTS, "journey", "journey"),
    "campaign": _named(CAMPAIGN_FACTS, "campaign", "campaign"),
    "group": group,
    "sample": sample,
    "top": top,
}
