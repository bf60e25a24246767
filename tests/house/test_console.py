"""The shape of the console and the member pages: no file of theirs imports itself by a roundabout way."""

import re
from pathlib import Path

import pytest

from siyu.web.labels import LABELS

ROOT = Path(__file__).parents[2]
IMPORT = re.compile(r'^(?:import|export)\s[^;]*?from "([^"]+)";', re.M | re.S)


def _file_of(source: Path, importer: Path, name: str) -> Path | None:
    """The file that `name` stands for in `importer`; None for a package."""
    if name.startswith("@/"):
        stem = source / name[2:]
    elif name.startswith("."):
        stem = (importer.parent / name).resolve()
    else:
        return None
    tries = [
        stem,
        stem.with_name(f"{stem.name}.ts"),
        stem.with_name(f"{stem.name}.tsx"),
        stem / "index.ts",
        stem / "index.tsx",
    ]
    return next((file for file in tries if file.is_file()), None)


def _imports(source: Path) -> dict[Path, list[Path]]:
    graph: dict[Path, list[Path]] = {}
    for file in sorted(source.rglob("*.ts*")):
        if file.name != "schema.d.ts":
            names = IMPORT.findall(file.read_text())
            graph[file] = [target for name in names if (target := _file_of(source, file, name))]
    return graph


def _rings(graph: dict[Path, list[Path]]) -> list[list[Path]]:
    rings: list[list[Path]] = []
    done: set[Path] = set()

    def walk(file: Path, trail: list[Path]) -> None:
        if file in trail:
            rings.append(trail[trail.index(file) :])
        elif file not in done:
            for target in graph.get(file, []):
                walk(target, [*trail, file])
            done.add(file)

    for file in graph:
        walk(file, [])
    return rings


@pytest.mark.parametrize("folder", ["console/src", "pages/src"])
def test_no_files_import_each_other_in_a_ring(folder: str) -> None:
    source = ROOT / folder
    graph = _imports(source)
    assert len(graph) > 3
    assert sum(len(targets) for targets in graph.values()) > len(graph) / 2, (
        "imports are no longer read as they are written"
    )
    assert [" > ".join(str(file.relative_to(source)) for file in ring) for ring in _rings(graph)] == []


WORD = re.compile(r'^\s+(\w+): \["([^"]+)", "([^"]+)"\]', re.M)
NOUNS = {
    "attachment_kind",
    "identity",
    "import_count",
    "source",
    "attribute_type",
    "fact",
    "fact_property",
    "metric",
    "permission",
}
"""Sets of plain nouns, which a heading or a field may share without meaning the server's code."""


def test_the_console_does_not_word_what_the_server_words() -> None:
    labels = {
        (label.zh, label.en): f"{name}.{code}"
        for name, table in LABELS.items()
        if name not in NOUNS
        for code, label in table.items()
    }
    assert len(labels) > 30
    texts = [
        (str(file.relative_to(ROOT)), key, labels.get((zh, en)))
        for file in sorted((ROOT / "console/src").rglob("words.ts"))
        for key, zh, en in WORD.findall(file.read_text())
    ]
    assert len(texts) > 300, "words are no longer read as they are written"
    assert [word for word in texts if word[2]] == [], "use useLabel()(set, code)"


def test_no_tooltip_of_a_chart_is_html() -> None:
    """A tag or a product may be called `<img onerror=…>`."""
    charts = [file.read_text() for file in (ROOT / "console" / "src" / "ui").glob("chart*.ts")]
    tooltips = [text[match.end() : match.end() + 60] for text in charts for match in re.finditer(r"tooltip: \{", text)]
    assert len(tooltips) >= 3
    assert all(re.match(r"\s*\.\.\.(tooltipBase\(look\)|\(shared\.tooltip as Bag\))", tooltip) for tooltip in tooltips)
    assert any('renderMode: "richText"' in text for text in charts)
