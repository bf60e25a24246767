"""Typed attributes: what fits, and what is said when it does not."""

from typing import Any

import pytest

from siyu.contacts.attributes.rules import Spec, check_definition, check_values, check_zone
from siyu.contacts.members.rules import MemberRow, combine
from siyu.kit.errors import Invalid

SPECS = {
    spec.name: spec
    for spec in (
        Spec("city", "城市", "text"),
        Spec("age", "年龄", "number"),
        Spec("budget", "预算", "money"),
        Spec("pet", "有宠物", "boolean"),
        Spec("birthday", "生日", "date"),
        Spec("level", "等级", "choice", ("金", "银")),
        Spec("likes", "喜好", "list"),
    )
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("city", "杭州"), ("age", 3), ("age", 3.5), ("budget", 9900), ("pet", False), ("birthday", "1990-02-28")),
        *(("level", "金"), ("likes", ["茶", "酒"]), ("city", None)),
    ],
)
def test_what_fits(name: str, value: Any) -> None:
    assert check_values(SPECS, {name: value}, "attributes") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("city", 3), ("city", "x" * 501), ("city", "a\x00"), ("age", "3"), ("age", True), ("age", float("nan"))),
        *(
            ("budget", 99.5),
            ("budget", 10**16),
            ("pet", 1),
            ("birthday", "1990-02-30"),
            ("birthday", "19900228"),
            ("birthday", "2026-W05-3"),
        ),
        *(("level", "铜"), ("likes", "茶"), ("likes", [1]), ("likes", ["x"] * 51), ("unknown", 1)),
    ],
)
def test_what_does_not_fit_is_named(name: str, value: Any) -> None:
    (fault,) = check_values(SPECS, {name: value}, "attributes")
    assert fault.path == f"attributes.{name}"
    assert fault.reason and fault.reason_zh


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        (("City", "城市", "text", None), "name"),
        (("phone", "手机", "text", None), "name"),
        (("city", " ", "text", None), "label"),
        (("city", "城市", "json", None), "type"),
        (("level", "等级", "choice", []), "options"),
        (("city", "城市", "text", ["a"]), "options"),
    ],
)
def test_a_wrong_definition_is_named(definition: tuple[str, str, str, list[str] | None], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_definition(*definition)
    assert [fault.path for fault in refused.value.errors] == [path]


def test_zones_are_those_of_the_tz_database() -> None:
    assert check_zone("Asia/Shanghai") == check_zone(None) == []
    assert check_zone("Beijing")[0].path == "zone"


def test_rows_of_one_person_add_up_and_a_refusal_overrules() -> None:
    combined = combine(
        [
            MemberRow({}, name="林", attributes={"city": "杭州"}, tags=["a"], consents={"wecom": False}),
            MemberRow({}, attributes={"city": None, "age": 3}, tags=["b", "a"], consents={"wecom": True, "sms": True}),
        ]
    )
    assert (combined.name, combined.attributes, combined.tags) == ("林", {"city": "杭州", "age": 3}, ("a", "b"))
    assert combined.consents == {"wecom": False, "sms": True}
