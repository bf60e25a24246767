"""The words of CONTRIBUTING are those of the code: each has a module, a class, a function or a state of that name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import modules

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([a-z][a-z ()]*)", re.M)


def terms(page: str) -> list[list[str]]:
    """The words of the table, each with the other word it gives in brackets."""
    table = page.partition("## Words")[2].partition("\n## ")[0]
    rows = [row.group(1).strip() for row in ROW.finditer(table)]
    return [[term.strip(" )") for term in row.split("(")] for row in rows if row != "word"]


def names(package: Path) -> Iterator[str]:
    """What is called something: modules by their path, classes, functions, names of values, and codes."""
    for module in modules(package):
        yield module.name
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                yield re.sub(r"(?<!^)(?=[A-Z])", "_", node.name).lower()
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name
            elif (
                isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[a-z_]+", node.value)
            ):
                yield node.value


def known(term: str, called: set[tuple[str, ...]]) -> bool:
    """Whether the words of `term` follow each other in some name; an s at the end is all the same."""
    singular = tuple(_singular(word) for word in term.split())
    return any(
        singular == name[at : at + len(singular)] for name in called for at in range(len(name) - len(singular) + 1)
    )


def _singular(word: str) -> str:
    return word.removesuffix("s")


def strangers(page: str, package: Path) -> list[str]:
    """Words of `page` that nothing in `package` is called."""
    called = {tuple(_singular(word) for word in re.split(r"[._]", name)) for name in names(package)}
    return [row[0] for row in terms(page) if not any(known(term, called) for term in row)]


def test_a_word_that_the_code_does_not_know_is_found(tmp_path: Path) -> None:
    (tmp_path / "shops" / "logs").mkdir(parents=True)
    (tmp_path / "shops" / "logs" / "types.py").write_text("class ShopKeeper: ...\nSTATE = 'in_doubt'")
    page = "## Words\n| word | what |\n| --- | --- |\n| shop log 店 | a |\n| keeper (shop keeper) | b |\n| in doubt | c |\n| till | d |\n## Next\n| barrow | e |"
    assert strangers(page, tmp_path) == ["till"]


def test_every_word_of_the_glossary_is_one_of_the_code() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    assert len(terms(page)) >= 20
    assert strangers(page, ROOT / "siyu") == []
