"""What operators call things: words that they do not use stand nowhere in the product."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPLACED = {
    "触达规矩": "触达频控",
    "安静度": "打扰度",
    "试走": "试跑",
    "走完旅程": "完成旅程",
    "离开旅程": "退出旅程",
    "怎样算回来": "回访定义",
    "常用筛选": "视图",
}
"""{a word that nobody in the field says: what they say}"""
SOURCES = [
    path
    for folder, endings in (("siyu", {".py"}), ("console/src", {".ts", ".tsx"}), ("docs/zh", {".md"}))
    for path in (ROOT / folder).rglob("*")
    if path.suffix in endings and "static" not in path.parts
]


@pytest.mark.parametrize("word", REPLACED)
def test_a_word_of_nobody_is_nowhere(word: str) -> None:
    assert [str(path.relative_to(ROOT)) for path in SOURCES if word in path.read_text()] == []
