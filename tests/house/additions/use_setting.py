"""The setting of the recipe is read from the environment, and the guide tells of it."""

import pytest

from siyu.cli.reference import page
from siyu.kit.settings import Settings


def test_the_setting_is_read_and_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_SUPPORT_EMAIL", "help@qingxiang.example")
    assert vars(Settings())["support_email"] == "help@qingxiang.example"
    assert "`SIYU_SUPPORT_EMAIL`" in page("en") and "页面上给需要帮助的人看的邮箱" in page("zh")
