"""What is wrong with something that was configured: collected, so that one answer names everything."""

from collections.abc import Sequence
from typing import Any

from siyu.kit.errors import Fault


class Faults:
    """The faults so far, each with the path at which it was written."""

    def __init__(self) -> None:
        self.items: list[Fault] = []

    def add(self, path: str, reason: str, reason_zh: str, expected: str | None = None) -> None:
        self.items.append(Fault(path, reason, reason_zh, expected))

    def keys(self, path: str, body: Any, allowed: Sequence[str]) -> dict[str, Any] | None:
        """`body` as an object with none but `allowed` keys; names each stranger."""
        if not isinstance(body, dict):
            self.add(path, "must be an object", "应为对象", ", ".join(allowed))
            return None
        for key in body:
            if key not in allowed:
                name = shown(key)
                self.add(path_inside(path, key), f"unknown key {name}", f"未知的键 {name}", ", ".join(allowed))
        return body


def path_inside(path: str, key: object) -> str:
    """The path of `key` inside `path`."""
    return f"{path}.{shown(key)}" if path else shown(key)


def shown(value: object) -> str:
    """What somebody wrote, short enough for a message."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
