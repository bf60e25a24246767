"""Every condition reads as one plain sentence in both languages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from siyu.audience.language.check import check_tree
from siyu.audience.language.conditions.named_facts import facts_naming
from siyu.audience.language.describe import describe
from siyu.audience.language.evaluate import Event, MemberView
from siyu.audience.language.explain import explain
from siyu.audience.language.schema import BUILT_IN, ProfileField, Saved, Schema
from siyu.kit.text import LocalizedText
from tests.rules import audience_worlds as worlds

FIELDS = {
    name.name: name
    for name in (
        *BUILT_IN,
        ProfileField("born", "date", LocalizedText("生日", "Birthday")),
        ProfileField("age", "number", LocalizedText("年龄", "Age")),
    )
}
WORDS = Schema("Asia/Shanghai", "CNY", FIELDS, None, {"r": Saved("常客", {"did": {"fact": "order_paid"}})})

CASES: list[tuple[Any, str, str]] = [
    ({"all": []}, "全部客户", "every member"),
    ({"did": {"fact": "order_paid"}}, "支付订单", "paid an order"),
    (
        {"did": {"fact": "order_paid", "count": {">=": 3}, "within": "90d"}},
        "过去 90 天内支付订单至少 3 次",
        "paid an order at least 3 times in the last 90 days",
    ),
    (
        {"did": {"fact": "order_paid", "last": {"before": "-60d"}}},
        "支付订单，最近一次在 60 天以前",
        "paid an order, the latest more than 60 days ago",
    ),
    (
        {"did": {"fact": "order_paid", "sum": {"prop": "amount", ">=": 50_000}, "within": "30d"}},
        "过去 30 天内支付订单，金额合计至少 ¥500",
        "paid an order in the last 30 days, amount at least ¥500 in total",
    ),
    ({"did": {"fact": "order_paid", "count": {"is": 0}, "within": "this_month"}}, "本月没有支付订单", "never paid an order this month"),
    ({"not": {"did": {"fact": "coupon_redeemed"}}}, "没有核销优惠券", "never redeemed a coupon"),
    (
        {"did": {"fact": "order_paid", "where": [{"prop": "store", "is": "南门店"}]}},
        "支付订单（门店是 “南门店”）",
        "paid an order (store is “南门店”)",
    ),
    ({"tag": {"any": ["vip"]}}, "有标签 vip", "has the tag vip"),
    ({"profile": {"field": "born", "anniversary_within": "7d"}}, "生日的周年日在今天起 7 天内", "the anniversary of Birthday is within 7 days from today"),
    ({"profile": {"field": "age", "between": [18, 30]}}, "年龄在 18 到 30 之间", "Age is between 18 and 30"),
    ({"profile": {"field": "age", "exists": False}}, "年龄未填写", "Age is empty"),
    ({"stage": ["silent", "lost"]}, "生命周期为沉默、流失", "lifecycle stage is silent or lost"),
    ({"audience": "r"}, "在人群“常客”中", "is in the audience “常客”"),
    ({"reachable": {"channel": "wecom"}}, "可通过企业微信触达", "can be reached on WeCom"),
    ({"sample": {"percent": 10, "salt": "a"}}, "随机抽取的 10%", "a random 10%"),
    (
        {"all": [{"tag": {"any": ["vip"]}}, {"any": [{"stage": ["new"]}, {"not": {"tag": {"any": ["x"]}}}]}]},
        "有标签 vip，并且（生命周期为新客，或者不满足“有标签 x”）",
        "has the tag vip, and (lifecycle stage is new, or not (has the tag x))",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "zh", "en"), CASES, ids=[str(case[0])[:50] for case in CASES])
def test_sentences(tree: Any, zh: str, en: str) -> None:
    assert describe(check_tree(tree, WORDS), WORDS) == LocalizedText(zh, en)


@settings(max_examples=150, deadline=None)
@given(tree=worlds.trees)
def test_every_tree_has_a_sentence_without_a_trace_of_code(tree: Any) -> None:
    schema = worlds.schema_in("Asia/Shanghai")
    sentence = describe(check_tree(tree, schema), schema)
    for text in (sentence.zh, sentence.en):
        assert text and not re.search(r"None|Test\(|Span\(|order_paid|[a-z]+_within|<class|datetime", text)
    assert not re.search(r"[一-鿿]", re.sub("“[^”]*”|上海|新客|春", "", sentence.en).replace("城市", ""))


def test_a_value_is_told_beside_the_words() -> None:
    now = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
    orders = tuple(Event("order_paid", now - timedelta(days=n), {"amount": 12_345}) for n in (1, 2, 99))
    member = MemberView(1, now, tags=(("vip", None),), events=orders)
    parsed: Any = check_tree({"did": {"fact": "order_paid", "sum": {"prop": "amount", ">": 1}, "within": "90d"}}, WORDS)
    (reason,) = explain(parsed, WORDS, member, now, {}).reasons
    assert reason.value["count"] == 2 and reason.value["sum"] == 24_690
    assert reason.text.zh.endswith("（实际 2 次，合计 246.90）")
    assert reason.text.en.endswith(" (2 in fact, 246.90 in total)")
    tag: Any = check_tree({"tag": {"any": ["vip", "x"]}}, WORDS)
    assert explain(tag, WORDS, member, now, {}).reasons[0].value == ["vip"]


def test_what_a_condition_means_without_saying_so_stays() -> None:
    """Kept trees rest on it: a fact that is added may not change what they mean."""
    assert [next(iter(facts_naming(thing))) for thing in ("journey", "campaign", "group")] == [
        "entered",
        "sent",
        "joined",
    ]
