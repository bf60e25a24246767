"""One text in the two languages of the product."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text in Chinese (`zh`) and English (`en`); in JSON an object with these two keys."""

    zh: str
    en: str


def same(text: str) -> LocalizedText:
    """A text that reads the same in both languages: a name, a date."""
    return LocalizedText(text, text)
