"""A platform's words stay inside its adapter, and the channels are listed once: what adding one may touch."""

import re
from pathlib import Path

import pytest

from siyu.channels.catalogue import ADAPTERS, CHANNELS

ROOT = Path(__file__).parents[2]
SIYU = ROOT / "siyu"
CATALOGUE = SIYU / "channels/catalogue.py"
HOMES = (SIYU / "channels/adapters", SIYU / "simulators", SIYU / "demo")
"""Where a platform may be spoken to in its own words: adapters, simulators, and the demo that sets one up."""

PLATFORM_WORDS = re.compile(
    r"""ExternalUserID|ChangeType|WelcomeCode|welcome_code|follow_user|msgid|msgtype|chat_type|errcode|externalcontact"""
    r"""|corpid"|adapters\.wecom|[!=]= ?"(?:wecom|webhook)\""""
)
NAMES = re.compile(rf'"({"|".join(CHANNELS)})"')


def outside() -> list[Path]:
    """The product's files that know no platform."""
    return [
        file for file in sorted(SIYU.rglob("*.py")) if file != CATALOGUE and not any(h in file.parents for h in HOMES)
    ]


def test_no_platform_word_stands_outside_its_adapter() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in outside()
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if PLATFORM_WORDS.search(line)
    ]
    assert wrong == []


def test_the_channels_are_listed_once() -> None:
    """`email` is an identity and a column too; a second list of channels would name others."""
    wrong = [
        str(file.relative_to(ROOT)) for file in outside() if len(set(NAMES.findall(file.read_text())) - {"email"}) > 1
    ]
    assert wrong == []


def test_the_console_names_no_channel_that_has_an_adapter() -> None:
    """What differs from channel to channel is said by the adapter; the console draws it."""
    names = {word for name in ADAPTERS for word in (name, CHANNELS[name].label.zh, CHANNELS[name].label.en)}
    named = re.compile("|".join(sorted(names)))
    wrong = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in (ROOT / "console/src").rglob("*.ts*")
        if "schema.d.ts" not in file.name and ".test." not in file.name
        for word in named.findall(file.read_text())
    ]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_an_adapter_is_a_folder_of_its_channel(name: str) -> None:
    assert (SIYU / "channels/adapters" / name / "adapter.py").is_file()
    assert ADAPTERS[name].channel == name


def test_nobody_calls_out_but_by_the_guard() -> None:
    """An address that somebody typed in could lead into our own network: the guarded client alone reaches platforms."""
    calls = re.compile(
        r"AsyncClient\(|httpx\.(?:Client|get|post|request|stream)\(|urllib\.request|http\.client|create_connection\("
    )
    guard = SIYU / "kit/outbound.py"
    wrong = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in sorted(SIYU.rglob("*.py"))
        if file != guard and not any(home in file.parents for home in (SIYU / "simulators", SIYU / "demo"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if calls.search(line)
    ]
    assert wrong == []
