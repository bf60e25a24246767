"""What masking finds in free text, what it leaves alone, and what each sight sees."""

from collections.abc import Iterator

import pytest

from siyu.kit.personal_data import Sight, mask_pii, masked, set_sight, visible, visible_name
from siyu.kit.text import LocalizedText


@pytest.fixture(autouse=True)
def unseen() -> Iterator[None]:
    set_sight(Sight.NONE)
    yield
    set_sight(Sight.NONE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("本人 13812345678，晚上", "本人 138****5678，晚上"),
        ("+86 138-1234-5678", "+86****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("0755-26771234", "075****1234"),
        ("+44 20 7946 0958", "+44****0958"),
        ("证件440305199001011234", "证件440****1234"),
        ("邮箱 lin.xiao@example.com", "邮箱 l***@example.com"),
        ("联系lin@例子.中国", "联系l***@例子.中国"),
    ],
)
def test_numbers_and_addresses_inside_text_are_masked(text: str, shown: str) -> None:
    assert mask_pii(text) == shown


@pytest.mark.parametrize(
    "text",
    ["订单 202603180001234567", "2026-03-18 12:00", "￥１２，０００", "SKU-1380013", "400-820-8820", "@所有人", ""],
)
def test_what_is_nobodys_number_stays_as_it_is_written(text: str) -> None:
    assert mask_pii(text) == text


def test_a_long_text_takes_no_longer_than_it_is() -> None:
    text = "a." * 200_000 + "@"
    assert mask_pii(text) == text


def test_values_are_masked_wherever_they_stand() -> None:
    value = {"13812345678": ["a@b.cn", {"n": 13812345678, "fen": 9900, "yes": True}], "none": None}
    assert masked(value) == {"138****5678": ["a***@b.cn", {"n": "138****5678", "fen": 9900, "yes": True}], "none": None}
    assert masked(LocalizedText("电话13812345678", "a@b.cn")) == LocalizedText("电话138****5678", "a***@b.cn")


def test_each_sight_sees_more() -> None:
    name = "柳明 13812345678"
    assert (visible_name(name), visible("13812345678")) == ("柳***", "138****5678")
    set_sight(Sight.NAMES)
    assert (visible_name(name), visible("13812345678")) == ("柳明 138****5678", "138****5678")
    set_sight(Sight.CLEAR)
    assert (visible_name(name), visible("13812345678")) == (name, "13812345678")
