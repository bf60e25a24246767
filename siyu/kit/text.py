"""One text in the two languages of the product."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]

INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters that nobody sees and that programmes leave in texts: joiners, marks of direction, byte order."""
PLACEHOLDERS = frozenset(
    [
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "无",
        "暂无",
        "null",
        "none",
        "nan",
        "n/a",
        "#n/a",
        "#null!",
        "#value!",
        "#ref!",
        "#name?",
        "#div/0!",
        "#num!",
        "<na>",
        "undefined",
        "(null)",
        "<null>",
    ]
)
"""What systems and people write where there is no value, in lower case."""
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""A spreadsheet runs a cell that begins so; the full-width signs too, where the language is Chinese or Japanese."""


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text in Chinese (`zh`) and English (`en`); in JSON an object with these two keys."""

    zh: str
    en: str

    def read(self, lang: Lang) -> str:
        """The text in one of the two languages."""
        return self.zh if lang == "zh" else self.en


def joined(texts: Iterable[LocalizedText], zh: str, en: str) -> LocalizedText:
    """`texts` with `zh` or `en` between them."""
    parts = list(texts)
    return LocalizedText(zh.join(part.zh for part in parts), en.join(part.en for part in parts))


def same(text: str) -> LocalizedText:
    """A text that reads the same in both languages: a name, a date."""
    return LocalizedText(text, text)


def like_pattern(text: str) -> str:
    """The pattern of LIKE that finds `text` anywhere, whatever signs it holds."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def spreadsheet_text(text: str) -> str:
    """A cell of a CSV that no spreadsheet runs: an apostrophe goes before what would be a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
