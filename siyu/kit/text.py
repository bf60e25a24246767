"""One text in the two languages of the product."""

from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text in Chinese (`zh`) and English (`en`); in JSON an object with these two keys."""

    zh: str
    en: str

    def read(self, lang: Lang) -> str:
        """The text in one of the two languages."""
        return self.zh if lang == "zh" else self.en


def same(text: str) -> LocalizedText:
    """A text that reads the same in both languages: a name, a date."""
    return LocalizedText(text, text)
