"""Tag norms: what is one tag written twice, and what is only similar."""

import pytest

from siyu.contacts.tags.rules import GroupUse, TagUse, check_group, check_tag_name, duplicates, norms
from siyu.kit.errors import Invalid


@pytest.mark.parametrize(
    "alike",
    [
        ("VIP", "vip"),
        ("ＶＩＰ", "VIP"),
        ("高 价值", "高价值"),
        ("沉默客户", "沉默用户"),
        ("new_customer", "New Customers"),
    ],
)
def test_one_tag_written_twice(alike: tuple[str, str]) -> None:
    assert duplicates([*alike, "别的"]) == [alike]


@pytest.mark.parametrize("alike", [("loyalty", "loyality"), ("premium", "premiun"), ("discount", "discont")])
def test_one_wrong_letter(alike: tuple[str, str]) -> None:
    assert [set(group) for group in duplicates(alike)] == [set(alike)]


@pytest.mark.parametrize(
    "apart",
    [
        ("高价值", "低价值"),
        ("2025年", "2026年"),
        ("vip1", "vip2"),
        ("new", "now"),
        ("客户", "会员"),
        ("level10", "level11"),
    ],
)
def test_what_only_looks_alike_is_left_alone(apart: tuple[str, str]) -> None:
    assert duplicates(apart) == []


def test_the_report_names_what_to_tidy() -> None:
    tags = [
        TagUse(1, "金卡", "等级", 3, 0),
        TagUse(2, "银卡", "等级", 2, 0),
        TagUse(3, "沉默客户", "状态", 0, 4),
        TagUse(4, "沉默用户", "状态", 0, 0),
    ]
    groups = [GroupUse(1, "等级", "林晓", True, 2), GroupUse(2, "状态", " ", False, 0)]
    by_kind = {norm.kind: norm for norm in norms(tags, groups)}
    assert set(by_kind) == {"conflicting", "duplicate", "ownerless", "expired", "unused"}
    assert by_kind["conflicting"].members == 2
    assert by_kind["duplicate"].tags == ("沉默客户", "沉默用户")
    assert by_kind["expired"].tags == ("沉默客户",)
    assert by_kind["unused"].tags == ("沉默用户",)
    assert "状态" in by_kind["ownerless"].zh


def test_a_group_names_each_wrong_field() -> None:
    with pytest.raises(Invalid) as refused:
        check_group(" ", "magic", "x" * 200, 0)
    assert [fault.path for fault in refused.value.errors] == ["name", "kind", "owner", "days"]


def test_a_tag_name_is_tidied() -> None:
    assert check_tag_name("  新  客 ") == "新 客"
