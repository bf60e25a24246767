"""The guide says what the code does: every setting, fact, permission, metric, report, step and channel is documented."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from siyu.channels.catalogue import ADAPTERS
from siyu.cli.reference import page
from siyu.facts.catalogue import CATALOGUE
from siyu.kit.settings import Settings, meaning
from siyu.kit.text import Lang

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "README.zh-CN.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/zh/guide.md",
    "docs/en/guide.md",
    "docs/scale.md",
)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_reference_is_current(lang: Lang) -> None:
    assert (ROOT / "docs" / lang / "reference.md").read_text() == page(lang), "run `make reference`"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_setting_and_fact_is_documented(lang: Lang) -> None:
    text = page(lang)
    for name in Settings.model_fields:
        assert f"`SIYU_{name.upper()}`" in text
        assert meaning(name).read(lang), name
    assert all(f"`{kind.name}`" in text for kind in CATALOGUE)


def test_every_channel_has_words() -> None:
    assert all(adapter.description.zh and adapter.description.en for adapter in ADAPTERS.values())


@pytest.mark.parametrize("page_", PAGES)
def test_links_between_pages_lead_somewhere(page_: str) -> None:
    file = ROOT / page_
    for target in re.findall(r"\]\(([^)#\s]+)", file.read_text()):
        if "://" not in target:
            assert (file.parent / target).exists(), f"{page_} -> {target}"


NAMED_PATH = re.compile(r"(?<![\w/.-])((?:siyu|tests|console|pages|docs|benchmarks|tools)/[\w./{},*<>-]*)")
BUILT = ("siyu/web/static", "console/openapi.json", "console/node_modules", "pages/node_modules")
RECIPE_FILE = re.compile(r"^```python .*$", re.M)
"""A file that a recipe would add."""
NAMING = ("*.md", "*.py", "*.ts", "*.tsx", "*.toml", "Makefile")


def test_files_that_pages_and_comments_name_exist() -> None:
    """`siyu/audience/…` in a page, a docstring or a comment is a file or folder of the tree; a pattern (`<kind>`, `*`) is not looked up."""
    names = subprocess.run(["git", "ls-files", *NAMING], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    gone = [
        f"{name}: {path}"
        for name in names.splitlines()
        if (ROOT / name).is_file()
        for path in NAMED_PATH.findall(RECIPE_FILE.sub("", (ROOT / name).read_text()))
        if not set("{<*") & set(path) and not path.startswith(BUILT) and not (ROOT / path.rstrip(".,")).exists()
    ]
    assert gone == []


COMMAND = re.compile(r"(?:`|^ {4})make ([a-z-]+)", re.M)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


@pytest.mark.parametrize("page_", PAGES)
def test_commands_in_the_pages_exist(page_: str) -> None:
    assert set(COMMAND.findall((ROOT / page_).read_text())) <= TARGETS


def test_commands_for_those_who_change_siyu_are_named() -> None:
    named = set(COMMAND.findall((ROOT / "CONTRIBUTING.md").read_text()))
    assert {"setup", "dev", "quick", "fix", "test", "check", "client", "reference", "house"} <= named


def test_a_commit_is_held_to_what_make_quick_runs() -> None:
    """The pre-commit file fetches nothing and runs the one command."""
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"entry: (.+)", text) == ["make quick"]
    assert set(re.findall(r"repo: (.+)", text)) == {"local"}


@pytest.mark.parametrize("record", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda file: file.stem)
def test_every_decision_names_its_check_and_stays_short(record: Path) -> None:
    text = record.read_text()
    assert "hecked by" in text
    assert len(text.splitlines()) <= 45


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    expected = [
        *project["dependencies"],
        *(name for group in project["optional-dependencies"].values() for name in group),
    ]
    named = re.findall(r"[a-z0-9-]+", (ROOT / "docs/decisions/008-libraries.md").read_text())
    assert sorted({re.split(r"[\[=<>]", name)[0] for name in expected} - set(named)) == []
