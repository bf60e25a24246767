"""Random small worlds and random trees over them: every kind of condition, and times right on the edges of its windows."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from siyu.audience.language.evaluate import Event, MemberView
from siyu.audience.language.schema import BUILT_IN, ProfileField, Saved, Schema
from siyu.kit.text import LocalizedText

ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Auckland", "UTC")
SPANS = ("1s", "90m", "24h", "7d", "30d", "60d", "90d", "180d", "52w")
LENGTHS = {
    "1s": timedelta(seconds=1),
    "90m": timedelta(minutes=90),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "60d": timedelta(days=60),
    "90d": timedelta(days=90),
    "180d": timedelta(days=180),
    "52w": timedelta(weeks=52),
}
NOWS = (
    datetime(2026, 3, 18, 4, 0, tzinfo=UTC),
    datetime(2024, 2, 28, 16, 0, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
)
"""Noon in Shanghai; a midnight there before a leap day; the hour New York's clocks change."""
EDGES = (timedelta(0), timedelta(microseconds=1), timedelta(seconds=1), timedelta(hours=3))
TAGS = ("vip", "新客", "it's", "a%b_")
NASTY = ("x'; DROP TABLE lake.facts; --", '"; --', "$1", "'' OR 1=1", "\\", "上海", "shanghai", "sh")
FACTS = (
    "order_paid",
    "coupon_redeemed",
    "campaign_sent",
    "message_delivered",
    "journey_entered",
    "member_updated",
    "group_joined",
    "group_left",
)
ATTRIBUTES = (
    ProfileField("city", "text", LocalizedText("城市", "City"), None, True),
    ProfileField("age", "number", LocalizedText("年龄", "Age"), None, True),
    ProfileField("balance", "money", LocalizedText("余额", "Balance"), None, True),
    ProfileField("subscribed", "boolean", LocalizedText("已订阅", "Subscribed"), None, True),
    ProfileField("birthday", "date", LocalizedText("生日", "Birthday"), None, True),
    ProfileField("level", "choice", LocalizedText("等级", "Level"), ("gold", "silver"), True),
    ProfileField("likes", "list", LocalizedText("喜好", "Likes"), None, True),
)
SAVED: dict[str, dict[str, Any]] = {
    "regulars": {"did": {"fact": "order_paid", "count": {">=": 2}, "within": "90d"}},
    "quiet": {"not": {"any": [{"audience": "regulars"}, {"tag": {"any": ["vip"]}}]}},
}


def schema_in(zone: str) -> Schema:
    """The names of every world."""
    fields = {attribute.name: attribute for attribute in (*ATTRIBUTES, *BUILT_IN)}
    return Schema(zone, "CNY", fields, frozenset(TAGS), {name: Saved(name, tree) for name, tree in SAVED.items()})


@dataclass(frozen=True)
class World:
    """One workspace: its members as the oracle sees them, and the rows the lake has of them."""

    workspace_id: int
    zone: str
    now: datetime
    members: tuple[MemberView, ...]
    profiles: list[dict[str, Any]]
    facts: list[dict[str, Any]]

    def __repr__(self) -> str:
        return f"make({self.workspace_id - 100}, {self.workspace_id})"


def around(dice: random.Random, now: datetime) -> datetime:
    """Often just before, on, or just after the edge of a window."""
    edge = dice.choice((timedelta(0), *LENGTHS.values(), LENGTHS["90d"], LENGTHS["60d"]))
    if dice.random() < 0.3:
        edge = timedelta(seconds=dice.randrange(200 * 86_400))
    if dice.random() < 0.15:
        local_midnight = now.replace(hour=16, minute=0, second=0, microsecond=0) - timedelta(days=dice.randrange(40))
        return local_midnight + dice.choice((-1, 1)) * dice.choice(EDGES)
    return now - edge + dice.choice((-1, 1)) * dice.choice(EDGES)


def props(dice: random.Random, name: str) -> dict[str, Any]:
    text = dice.choice(("a", "b", *NASTY))
    if name == "order_paid":
        props: dict[str, Any] = {
            "order": text,
            "amount": dice.choice((0, 1, 9_999, 50_000)),
            "lines": dice.randrange(4),
        }
        if dice.random() < 0.6:
            props["store"] = dice.choice(("s1", *NASTY))
        return {**props, "source": "t"}
    if name == "coupon_redeemed":
        return {"coupon": text, **({"campaign": text} if dice.random() < 0.5 else {})}
    others: dict[str, dict[str, Any]] = {
        "campaign_sent": {"campaign": text},
        "message_delivered": {"message_id": 1, "channel": dice.choice(("wecom", "sms")), "source": text},
        "journey_entered": {"journey": text, "version": dice.randrange(3), "entry": 1},
        "member_updated": {"fields": ["name"]},
        "group_joined": {"group": dice.choice(("a", "b")), "source": "t"},
        "group_left": {"group": dice.choice(("a", "b")), "source": "t"},
    }
    return others[name]


def attributes(dice: random.Random) -> dict[str, Any]:
    made = {
        "city": dice.choice(NASTY),
        "age": dice.choice((0, 18, 18.5, 64)),
        "balance": dice.choice((0, 100, 50_000)),
        "subscribed": dice.random() < 0.5,
        "birthday": dice.choice(("2000-02-29", "1990-02-28", "1990-03-01", "1985-03-18", "1985-03-25", "1999-12-31")),
        "level": dice.choice(("gold", "silver")),
        "likes": dice.sample(("tea", "fish", "it's"), dice.randrange(3)),
    }
    return {name: (None if dice.random() < 0.1 else value) for name, value in made.items() if dice.random() < 0.7}


def make(seed: int, workspace_id: int) -> World:
    """The world of `seed`: some members merged into others, some erased, facts of strangers among theirs."""
    dice = random.Random(seed)
    now, zone = dice.choice(NOWS), dice.choice(ZONES)
    first = workspace_id * 1_000
    ids = list(range(first, first + dice.randrange(2, 9)))
    erased = {member for member in ids if dice.random() < 0.12}
    winners = [member for member in ids if member not in erased] or ids[:1]
    merged = {member: dice.choice(winners) for member in ids if member not in erased and dice.random() < 0.2}
    merged = {loser: winner for loser, winner in merged.items() if loser != winner and winner not in merged}
    profiles: list[dict[str, Any]] = []
    facts: list[dict[str, Any]] = []
    members: list[MemberView] = []
    for member in ids:
        profile: dict[str, Any] = {
            "id": member,
            "created_at": around(dice, now),
            "zone": dice.choice((None, *ZONES)),
            "source": dice.choice(("import", "wecom")),
            "attributes": attributes(dice),
            "tags": tuple(
                (tag, dice.choice((None, now, now + timedelta(microseconds=1), now - timedelta(seconds=1))))
                for tag in TAGS
                if dice.random() < 0.35
            ),
            "identities": frozenset(kind for kind in ("external_userid", "phone") if dice.random() < 0.6),
            "consents": {c: dice.choice(("given", "withdrawn")) for c in ("wecom", "sms") if dice.random() < 0.7},
            "suppressed": frozenset(c for c in ("wecom", "*") if dice.random() < 0.1),
            "addresses": frozenset(c for c in ("wecom",) if dice.random() < 0.6),
        }
        for _ in range(dice.randrange(12)):
            name = dice.choice((*FACTS, "order_paid", "order_paid"))
            facts.append({"member_id": member, "name": name, "at": around(dice, now), "props": props(dice, name)})
        if member not in erased:
            profiles.append({**profile, "merged_into": merged.get(member)})
    facts.append(
        {"member_id": None, "name": "order_paid", "at": now - timedelta(days=1), "props": props(dice, "order_paid")}
    )
    for profile in profiles:
        if profile["merged_into"] is None:
            family = {profile["id"], *(loser for loser, winner in merged.items() if winner == profile["id"])}
            events = [Event(f["name"], f["at"], f["props"]) for f in facts if f["member_id"] in family]
            view = {key: value for key, value in profile.items() if key != "merged_into"}
            members.append(MemberView(**view, events=tuple(events)))
    return World(workspace_id, zone, now, tuple(members), profiles, facts)


# --- trees

_numbers = st.sampled_from((0, 1, 2, 3, 18, 18.5, 9_999, 10_000, 50_000, 100_000))
_texts = st.sampled_from(("a", "b", "s1", *NASTY))
_spans = st.sampled_from(SPANS)
_days = st.sampled_from(("2026-03-18", "2026-03-01", "2024-02-29", "2026-01-01", "2025-12-31"))
_whens = st.one_of(
    _spans.map(lambda span: f"-{span}"),
    st.just("+7d"),
    _days,
    st.sampled_from(("2026-03-17T16:00:00Z", "2026-03-08T02:30:00", "2026-03-01T00:00:00+08:00")),
)


def _pair(values: Any, key: Any = None) -> Any:
    return (
        st.tuples(values, values)
        .map(lambda pair: sorted(pair, key=key))
        .filter(lambda pair: pair[0] != pair[1])
        .map(list)
    )


_counts = st.one_of(
    st.tuples(st.sampled_from((">=", ">", "<=", "<", "is", "is_not")), st.integers(0, 4)).map(lambda t: {t[0]: t[1]}),
    st.just({"between": [1, 2]}),
    st.just({"in": [0, 2]}),
)
_amounts = st.tuples(st.sampled_from((">=", ">", "<=", "<", "is")), _numbers).map(lambda t: {t[0]: t[1]})
_moments = st.one_of(
    st.tuples(st.sampled_from(("before", "after")), _whens).map(lambda t: {t[0]: t[1]}),
    st.just({"between": ["-90d", "-30d"]}),
    st.just({"between": ["2026-01-01", "2026-03-18"]}),
)
_window = st.one_of(
    st.just({}),
    _spans.map(lambda span: {"within": span}),
    st.sampled_from(
        (
            "today",
            "yesterday",
            "this_week",
            "last_week",
            "this_month",
            "last_month",
            "this_quarter",
            "this_year",
            "last_year",
        )
    ).map(lambda name: {"within": name}),
    _whens.map(lambda when: {"since": when}),
    st.just({"between": ["-90d", "-7d"]}),
    _pair(_days).map(lambda pair: {"between": pair}),
)
_flip: Any = st.booleans()
_exists: Any = st.booleans().map(lambda flag: {"exists": flag})
_text_test = st.one_of(
    st.tuples(st.sampled_from(("is", "is_not", "contains", "starts_with")), _texts).map(lambda t: {t[0]: t[1]}),
    st.tuples(st.sampled_from(("in", "not_in")), st.lists(_texts, min_size=1, max_size=3)).map(lambda t: {t[0]: t[1]}),
    _exists,
)
_number_test = st.one_of(
    st.tuples(st.sampled_from((">=", ">", "<=", "<", "is", "is_not")), _numbers).map(lambda t: {t[0]: t[1]}),
    st.tuples(st.sampled_from(("in", "not_in")), st.lists(_numbers, min_size=1, max_size=3)).map(
        lambda t: {t[0]: t[1]}
    ),
    _pair(_numbers).map(lambda pair: {"between": pair}),
    _exists,
)
_money_test = st.one_of(
    st.tuples(st.sampled_from((">=", ">", "<=", "<", "is", "is_not")), st.sampled_from((0, 1, 100, 50_000))).map(lambda t: {t[0]: t[1]}),
    _exists,
)  # fmt: skip
_list_test = st.one_of(
    st.sampled_from(("tea", "it's", "phone")).map(lambda value: {"contains": value}),
    st.tuples(st.sampled_from(("in", "not_in")), st.just(["tea", "it's"])).map(lambda t: {t[0]: t[1]}),
    _exists,
)
_anniversary = st.sampled_from(("1d", "7d", "2w", "366d")).map(lambda span: {"anniversary_within": span})
_date_test = st.one_of(_moments, _anniversary, _days.map(lambda day: {"is": day}), _exists)
_identity_test = st.one_of(
    st.sampled_from(("phone", "external_userid")).map(lambda kind: {"contains": kind}),
    st.just({"in": ["phone", "email"]}),
    st.just({"not_in": ["phone"]}),
    _exists,
)
_choice_test = st.one_of(
    st.sampled_from(("gold", "silver")).map(lambda value: {"is": value}),
    st.just({"not_in": ["gold"]}),
    st.just({"in": ["gold", "silver"]}),
    _exists,
)

PROPS: dict[str, list[tuple[str, Any]]] = {
    "order_paid": [("amount", _money_test), ("lines", _number_test), ("store", _text_test), ("order", _text_test)],
    "coupon_redeemed": [("coupon", _text_test), ("campaign", _text_test)],
    "campaign_sent": [("campaign", _text_test)],
    "message_delivered": [("channel", _text_test), ("source", _text_test)],
    "journey_entered": [("journey", _text_test), ("version", _number_test)],
    "member_updated": [],
    "group_joined": [("group", _text_test)],
    "group_left": [("group", _text_test)],
}


@st.composite
def _step(draw: st.DrawFn) -> dict[str, Any]:
    fact = draw(st.sampled_from(FACTS))
    body = {"fact": fact, **draw(_window)}
    if PROPS[fact] and draw(_flip):
        name, tests = draw(st.sampled_from(PROPS[fact]))
        body["where"] = [{"prop": name, **draw(tests)}]
    return body


@st.composite
def _did(draw: st.DrawFn) -> dict[str, Any]:
    body = draw(_step())
    props = [name for name, _ in PROPS[body["fact"]]]
    summable = {"order_paid": ["amount", "lines"], "journey_entered": ["version"]}.get(body["fact"], [])
    if draw(st.booleans()):
        body["count"] = draw(_counts)
    if summable and draw(st.integers(0, 2)) == 0:
        body["sum"] = {"prop": draw(st.sampled_from(summable)), **draw(_amounts)}
    if props and draw(st.integers(0, 3)) == 0:
        body["distinct"] = {"prop": draw(st.sampled_from(props)), **draw(_counts)}
    for end in ("first", "last"):
        if draw(st.integers(0, 3)) == 0:
            body[end] = draw(_moments)
    return {"did": body}


@st.composite
def _top(draw: st.DrawFn) -> dict[str, Any]:
    by = draw(_step())
    if by["fact"] == "order_paid":
        by |= draw(st.sampled_from(({}, {"sum": "amount"}, {"sum": "lines"}, {"distinct": "store"})))
    return {"top": {"n": draw(st.integers(1, 4)), "by": draw(st.sampled_from((by, {"did": by})))}}


_profiles = st.one_of(
    st.tuples(st.just("city"), _text_test),
    st.tuples(st.just("age"), _number_test),
    st.tuples(st.just("balance"), _money_test),
    st.tuples(
        st.just("subscribed"), st.one_of(st.booleans().map(lambda b: {"is": b}), st.just({"is_not": True}), _exists)
    ),
    st.tuples(st.just("birthday"), _date_test),
    st.tuples(st.just("level"), _choice_test),
    st.tuples(st.just("likes"), _list_test),
    st.tuples(st.just("identities"), _identity_test),
    st.tuples(st.just("created_at"), st.one_of(_moments, _anniversary, _exists)),
    st.tuples(st.just("zone"), st.one_of(st.sampled_from(ZONES).map(lambda zone: {"is": zone}), _exists)),
    st.tuples(st.just("source"), st.sampled_from(({"is": "wecom"}, {"not_in": ["import"]}))),
).map(lambda pair: {"profile": {"field": pair[0], **pair[1]}})

_scores = st.lists(st.integers(1, 5), min_size=1, max_size=4, unique=True)
LEAVES = {
    "profile": _profiles,
    "tag": st.tuples(
        st.sampled_from(("any", "all", "none")), st.lists(st.sampled_from(TAGS), min_size=1, max_size=3)
    ).map(lambda t: {"tag": {t[0]: t[1]}}),
    "did": _did(),
    "sequence": st.tuples(st.lists(_step(), min_size=2, max_size=3), _spans, st.booleans()).map(
        lambda t: {"sequence": {"steps": t[0], "within": t[1], "ordered": t[2]}}
    ),
    "order": st.tuples(_window, _amounts).map(lambda t: {"order": {**t[0], "sum": t[1]}}),
    "rfm": st.dictionaries(st.sampled_from("rfm"), _scores, min_size=1).map(lambda axes: {"rfm": axes}),
    "stage": st.lists(st.sampled_from(("new", "ordinary", "core", "silent", "lost")), min_size=1, max_size=3).map(
        lambda stages: {"stage": stages}
    ),
    "audience": st.sampled_from(tuple(SAVED)).map(lambda name: {"audience": name}),
    "consent": st.tuples(
        st.sampled_from(("wecom", "sms", "email")), st.sampled_from(("given", "withdrawn", "unknown"))
    ).map(lambda t: {"consent": {"channel": t[0], "state": t[1]}}),
    "reachable": st.sampled_from(("wecom", "webhook")).map(lambda channel: {"reachable": {"channel": channel}}),
    "journey": st.tuples(_texts, _counts).map(lambda t: {"journey": {"name": t[0], "did": "entered", "count": t[1]}}),
    "campaign": st.tuples(_texts, st.sampled_from(("sent", "redeemed")), _window).map(
        lambda t: {"campaign": {"name": t[0], "did": t[1], **t[2]}}
    ),
    "group": st.one_of(
        st.sampled_from(({}, {"did": "in"}, {"name": "a"}, {"name": "b", "did": "in"}, {"name": "nobody's"})),
        st.tuples(st.sampled_from(("joined", "left")), _counts, _window).map(
            lambda t: {"name": "a", "did": t[0], "count": t[1], **t[2]}
        ),
    ).map(lambda body: {"group": body}),
    "sample": st.tuples(st.sampled_from((0.01, 10, 50, 99.5, 100)), st.sampled_from(("", "a", "春'\"$1"))).map(
        lambda t: {"sample": {"percent": t[0], "salt": t[1]}}
    ),
    "top": _top(),
}
"""A strategy for every kind of condition there is."""

trees = st.recursive(
    st.one_of(*LEAVES.values()),
    lambda inner: st.one_of(
        st.lists(inner, min_size=0, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)

step_by_step = st.tuples(
    st.one_of(LEAVES["tag"], LEAVES["profile"]),
    st.lists(st.one_of(LEAVES["did"], LEAVES["order"], LEAVES["campaign"]), min_size=2, max_size=4),
    st.lists(st.one_of(LEAVES["did"].map(lambda leaf: {"not": leaf}), *LEAVES.values()), max_size=2),
).map(lambda parts: {"all": [parts[0], *parts[1], *parts[2]]})
"""Conditions that must all hold, of the kinds that the compiler lets narrow each other."""
