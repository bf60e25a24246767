"""What house tests read of the code: its modules, what they import, and what they define. Each takes a tree, so each can be shown to fail."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Module:
    """One file of a package, by its dotted name below the package."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.split(".")[0]

    @property
    def parts(self) -> list[str]:
        return self.name.split(".")


def modules(package: Path) -> list[Module]:
    """Every module of `package` (a folder), its history of migrations left out."""
    parsed = []
    for file in sorted(package.rglob("*.py")):
        relative = file.relative_to(package)
        if relative.parts[0] == "migrations":
            continue
        parts = [*relative.parts[:-1], relative.stem] if relative.stem != "__init__" else list(relative.parts[:-1])
        if parts:
            parsed.append(Module(".".join(parts), file, ast.parse(file.read_text())))
    return parsed


def imports(module: Module, package: str, known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Modules of `package` that `module` imports, with the line; `from a import b` is the module a.b where there is one."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            inside = name.removeprefix(f"{package}.")
            if inside == name:
                continue
            while inside and inside not in known:
                inside = inside.rpartition(".")[0]
            if inside:
                yield inside, node.lineno
