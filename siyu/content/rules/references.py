"""Tags and options that a template compares with: written and read by name, kept by key, so that renaming one changes nothing.

What is looked at: `member.tags contains "VIP"`, `member.level == "gold"`, and the `when` of a `case member.level`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from siyu.content.rules import sandbox
from siyu.platform.uses.rules import Thing, option

Visit = Callable[[str, str], str]
"""(field of the member, the text it is compared with) -> the text instead."""

TAGS = "tags"
_TEXT = r"""(?P<quote>["'])(?P<text>[^"']*)(?P=quote)"""
_COMPARED = re.compile(rf"""(?P<before>\bmember\.(?P<field>[a-z][a-z0-9_]*)\s*(?:==|!=|contains)\s*){_TEXT}""")
_BLOCK = re.compile(r"\{%-?\s*(?P<tag>case|when|endcase)\b(?P<rest>.*?)-?%\}", re.S)
_SUBJECT = re.compile(r"\s*member\.([a-z][a-z0-9_]*)\s*")
_OWN = re.compile(r"member\.([a-z][a-z0-9_]*)")


def _quoted(text: str, quote: str) -> str:
    other = "'" if quote == '"' else '"'
    return f"{quote}{text}{quote}" if quote not in text else f"{other}{text}{other}"


def map_body(body: str, visit: Visit) -> str:
    """`body` with every text that a field of the member is compared with visited."""
    if "member." not in body:
        return body
    mapped = _COMPARED.sub(
        lambda m: m["before"] + _quoted(visit(m["field"], m["text"]), m["quote"]),
        body,
    )
    parts, end, subjects = [], 0, list[str | None]()
    for block in _BLOCK.finditer(mapped):
        if block["tag"] == "case":
            subject = _SUBJECT.fullmatch(block["rest"])
            subjects.append(subject[1] if subject else None)
        elif block["tag"] == "endcase" and subjects:
            subjects.pop()
        elif subjects and (field := subjects[-1]) is not None:
            texts = re.sub(_TEXT, lambda m, own=field: _quoted(visit(own, m["text"]), m["quote"]), block["rest"])
            start = block.start("rest")
            parts += [mapped[end:start], texts]
            end = start + len(block["rest"])
    return "".join([*parts, mapped[end:]])


def map_attachments(attachments: Sequence[Mapping[str, Any]], visit: Visit) -> list[dict[str, Any]]:
    """The same for the texts of attachments."""
    return [
        {name: map_body(value, visit) if isinstance(value, str) else value for name, value in attachment.items()}
        for attachment in attachments
    ]


def compares(body: str, attachments: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a template compares a field of the member with a text."""
    met: list[str] = []

    def note(field: str, text: str) -> str:
        met.append(field)
        return text

    map_body(body, note)
    map_attachments(attachments, note)
    return bool(met)


def things_used(body: str, attachments: Sequence[Mapping[str, Any]]) -> set[Thing]:
    """The attributes, tags and options that a kept template refers to."""
    things: set[Thing] = set()

    def note(field: str, text: str) -> str:
        things.add(Thing("tag", text) if field == TAGS else option(field, text))
        return text

    map_body(body, note)
    map_attachments(attachments, note)
    texts = [body, *(value for attachment in attachments for value in attachment.values() if isinstance(value, str))]
    named = {name for text in texts if "{" in text for name in sandbox.variables(text)}
    return things | {Thing("attribute", own[1]) for name in named if (own := _OWN.match(name)) is not None}
