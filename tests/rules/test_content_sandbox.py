"""The Liquid sandbox: what it writes, what it refuses, and what hostile templates come to."""

import time
from typing import Any

import pytest

from siyu.content.rules import attachments, sandbox, templates
from siyu.content.rules.sandbox import CannotRender
from siyu.kit.errors import Invalid

VALUES = templates.render_values(
    name="林晓",
    attributes={"city": "杭州", "budget": 12345, "birthday": "1990-02-28", "likes": ["茶", "酒"]},
    tags=["vip", "老客"],
    shop="青巷鲜食",
    preferences="https://shop.example/p/x",
)
ATTRIBUTES = ("city", "budget", "birthday", "likes")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{{ member.name }}您好", "林晓您好"),
        ("{{ member.nick | default: '顾客' }}", "顾客"),
        ("{{ member.budget | money }} 元", "123.45 元"),
        ("{{ member.birthday | date: '%m月%d日' }}", "02月28日"),
        ("{% for one in member.likes %}[{{ one }}]{% endfor %}", "[茶][酒]"),
        ("{% if member.tags contains 'vip' %}贵宾{% else %}您{% endif %}", "贵宾"),
        ("{% assign n = member.likes | size %}{{ n | plus: 1 | times: 2 }}", "6"),
        ("{{ member.tags | join }}", "vip、老客"),
        ("{{ member.city | replace: '杭', '广' | truncate: 1, '' }}", "广"),
        ("{{ 7 | divided_by: 2 }} {{ 7.0 | divided_by: 2 | round }}", "3 4"),
        ("{{ shop.name }}<b>", "青巷鲜食<b>"),
        ("{{ member }}{{ nobody.knows }}", ""),
    ],
)
def test_what_it_writes(body: str, text: str) -> None:
    assert sandbox.render(body, VALUES) == text


def test_values_are_escaped_where_the_channel_shows_html() -> None:
    values: dict[str, Any] = {"member": {"name": "<script>"}}
    assert sandbox.render("{{ member.name }}", values, html=True) == "&lt;script&gt;"
    assert sandbox.render("{{ member.name }}", values) == "<script>"


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        ("您好\n{{ member.nmae }}", "body:2:4", "member.nmae"),
        ("{{ member }}", "body:1:4", "member"),
        ("{{ member[member.city] }}", "body:1:4", "member[member.city]"),
        ("{{ member.name.__class__ }}", "body:1:4", "__class__"),
        ("{% for x in shop %}{{ x }}{% endfor %}", "body:1:13", "shop"),
        ("{{ member.name | system }}", "body:1:18", "system"),
        ("{% include 'secrets' %}", "body:1:4", "include"),
        ("{% render 'secrets' %}", "body:1:4", "render"),
        ("{% capture x %}{% endcapture %}", "body:1:4", "capture"),
        ("{% if member.name %}没有结束", "body:1:1", "endif"),
        ("一二{{", "body:1:3", "}}"),
        ("{{ (1..3) }}", "body:1:4", "ranges"),
        ("{% for i in (1..99999999999) reversed %}x{% endfor %}", "body:1:13", "ranges"),
    ],
)
def test_what_it_refuses_and_where(body: str, path: str, reason: str) -> None:
    fault = sandbox.check(body, ATTRIBUTES)[0]
    assert fault.path == path
    assert reason in fault.reason
    assert fault.reason_zh


def test_every_unknown_variable_is_named_in_order() -> None:
    faults = sandbox.check("{{ b.c }}\n{{ member.x }}{{ member.name }}", ATTRIBUTES)
    assert [fault.path for fault in faults] == ["body:1:4", "body:2:4"]
    assert "member.city" in (faults[0].expected or "")


POWERS = "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | replace: 'a', 'aaaaaaaaaa' %}" * 20 + "{{ x }}"
HOSTILE = {
    "powers by replace": POWERS,
    "powers in one chain": "{{ 'a'" + " | replace: 'a', 'aaaaaaaaaa'" * 30 + " }}",
    "powers by append": "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40 + "{{ x }}",
    "powers of numbers": "{% assign x = 999999999 %}" + "{% assign x = x | times: x %}" * 40 + "{{ x }}",
    "loops in loops": "{% for a in member.likes %}" * 9 + "x" + "{% endfor %}" * 9,
    "nesting": "{% if member.name %}" * 60 + "x" + "{% endif %}" * 60,
    "a chain of ands": "{% if " + "member.name and " * 600 + "member.name %}x{% endif %}",
    "a long number": "{{ " + "9" * 9_000 + " }}",
    "a long body": "x" * 20_000,
    "a wide date": "{{ member.birthday | date: '" + "%Y" * 4_900 + "' }}",
    "padding in a date": "{{ member.birthday | date: '%999999999d' }}",
    "a format in a date": "{{ member.birthday | date: '{0.__class__}' }}",
    "a long output": "{% for a in member.likes %}" + "长" * 9_000 + "{% endfor %}",
    "division by zero": "{{ 1 | divided_by: 0 }}",
    "text as a number": "{{ 'e' | times: 'e' | divided_by: 'x' }}",
    "brackets": "{{ " + "[" * 3_000,
    "braces": "{{" * 4_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_costs_little(name: str) -> None:
    began = time.monotonic()
    try:
        text = sandbox.render(HOSTILE[name], VALUES)
    except (Invalid, CannotRender) as refused:
        assert refused.detail_zh
    else:
        assert len(text.encode()) <= sandbox.OUTPUT_BYTES_MAX
        assert "class" not in text.replace("{0.__class__}", "")
    assert time.monotonic() - began < 2


def test_a_member_cannot_write_templates_through_its_name() -> None:
    values = templates.render_values(
        name="{{ shop.name }}{% for %}", attributes={}, tags=[], shop="青巷", preferences=""
    )
    assert sandbox.render("{{ member.name }}", values) == "{{ shop.name }}{% for %}"


def test_attachments_are_checked_field_by_field() -> None:
    wrong = [
        {"kind": "gif"},
        {"kind": "link", "title": "{{ member.nmae }}", "url": "javascript:alert(1)"},
        {"kind": "image"},
        {"kind": "file", "media_id": "m", "extra": "x"},
    ]
    paths = [fault.path for fault in attachments.check_attachments(wrong, ATTRIBUTES)]
    assert paths == [
        "attachments[0].kind",
        "attachments[1].title:1:4",
        "attachments[1].url",
        "attachments[2].media_id",
        "attachments[3].extra",
    ]


def test_attachments_are_templates_too() -> None:
    link = {"kind": "link", "title": "给{{ member.name }}", "url": "https://shop.example/"}
    assert attachments.check_attachments([link], ATTRIBUTES) == []
    assert attachments.render_attachments([link], VALUES)[0]["title"] == "给林晓"
