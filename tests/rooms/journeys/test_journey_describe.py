"""A graph in words: what each step does in a line, whatever state the draft is in."""

from typing import Any

import pytest

from siyu.journeys.graph.describe import describe
from siyu.journeys.steps.catalogue import STEPS
from siyu.journeys.steps.names import Names
from siyu.kit.text import LocalizedText

NAMES = Names(templates={"7": "新人礼", "新人礼": "新人礼"}, audiences={"vip": "高价值客户"})


def _line(node: dict[str, Any]) -> LocalizedText:
    return describe({"nodes": {"n1": node}}, NAMES).steps["n1"].line


@pytest.mark.parametrize(
    ("node", "zh", "en"),
    [
        ({"kind": "send", "channel": "wecom", "template": "7"}, "企业微信 · 新人礼", "WeCom · 新人礼"),
        ({"kind": "send", "channel": "wecom", "template": ""}, "企业微信 · 未选模板", "WeCom · no template yet"),
        ({"kind": "wait", "seconds": 172_800}, "2 天", "2 days"),
        (
            {"kind": "wait", "until": "10:00", "days": 1},
            "1 天后的 10:00（客户当地时间）",
            "1 day later at 10:00 (in the member's local time)",
        ),
        ({"kind": "wait_until", "fact": "order_paid", "timeout": 3_600}, "支付订单，最多等 1 小时", None),
        ({"kind": "split", "arms": [{"key": "a", "share": 30}, {"key": "b", "share": 70}]}, "a 30% · b 70%", None),
        ({"kind": "tag", "add": ["老客"], "remove": ["新客"]}, "+ 老客  − 新客", None),
        ({"kind": "exit", "reason": "已召回"}, "已召回", "已召回"),
    ],
)
def test_a_step_says_what_it_does(node: dict[str, Any], zh: str, en: str | None) -> None:
    line = _line(node)
    assert line.zh == zh
    assert en is None or line.en == en


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_without_settings_is_called_by_its_kind(kind: str) -> None:
    step = describe({"nodes": {"n1": {"kind": kind}}}, NAMES).steps["n1"]
    assert step.title == STEPS[kind].label


def test_ways_on_bear_the_names_of_branches() -> None:
    branches = [{"key": "b1", "label": "买过"}, {"key": "b2"}]
    step = describe({"nodes": {"n1": {"kind": "branch", "branches": branches}}}, NAMES).steps["n1"]
    assert {key: label.zh for key, label in step.exits.items()} == {"b1": "买过", "b2": "分支 2", "else": "其他人"}
    assert step.line.zh == "买过 / 分支 2"


def test_trigger_goal_and_exits_are_said() -> None:
    text = describe(
        {
            "trigger": {"kind": "schedule", "audience": "vip", "at": "10:00", "days": [1, 3]},
            "goal": {"fact": "order_paid", "within": 86_400},
            "exits": [{"fact": "order_paid"}, {"tree": {"all": []}}],
        },
        NAMES,
    )
    assert text.trigger == LocalizedText("周一、周三 10:00 · 高价值客户", "Monday, Wednesday 10:00 · 高价值客户")
    assert text.goal is not None
    assert text.goal.zh == "1 天内支付订单"
    assert [exit.zh for exit in text.exits] == ["支付订单", "满足某些条件"]


@pytest.mark.parametrize("graph", [{}, {"nodes": []}, {"nodes": {"n1": 3}}, {"trigger": 1, "exits": [1], "goal": 2}])
def test_what_is_no_graph_is_said_all_the_same(graph: dict[str, Any]) -> None:
    assert describe(graph, NAMES).trigger.zh == "…"
