"""Tokens that open something by themselves are not shown where people or logs read. Every kind there is stands here."""

import re
from typing import Any

HIDDEN = "***"
TOKENS = re.compile(
    r"siyu_[0-9A-Za-z_-]{36,}"  # API keys and members' links
    r"|(?<![0-9A-Za-z])[0-9]{1,18}-[0-9a-f]{32}(?![0-9a-f])"  # members' links as they were
    r"|whsec_[0-9A-Za-z+/=]{20,}"
    r"|(?<=access_token=)[^&\s\"'<>]+"
    r"|(?<=corpsecret=)[^&\s\"'<>]+"
    r"|(?<=Bearer )[^\s\"'<>]+"
)
"""What a token looks like, whatever it opens. A new kind begins with `siyu_` and has 36 characters or more after it."""


def redact(text: str) -> str:
    """`text` with HIDDEN for every token in it."""
    return TOKENS.sub(HIDDEN, text)


def redacted(value: Any) -> Any:
    """`value` (JSON) with HIDDEN for every token in its texts."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner) for inner in value]
    return value
