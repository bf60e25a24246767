"""Personal data before those who may not see it: the one rule, kept by every answer.

Fields of answers that may hold it are `PersonalText`, `PersonalName`, `PersonalJson` or `PersonalWords`; what they show
depends on the sight of whoever asks, which the access check sets and which is none until then. A stream masks with `visible`.
"""

import re
from contextvars import ContextVar
from enum import IntEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, PlainSerializer

from siyu.kit.text import LocalizedText


class Sight(IntEnum):
    """What of personal data somebody may see; each is also all that the ones before it are."""

    NONE = 0
    """Names by their first character, numbers and addresses masked."""
    NAMES = 1
    """Names; numbers and addresses masked, also where they stand in a name."""
    CLEAR = 2


M = TypeVar("M", bound=BaseModel)

_sight: ContextVar[Sight] = ContextVar("sight", default=Sight.NONE)

_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LINE = re.compile(r"(?<![\d-])0\d{2,3}[- ]\d{7,8}(?!\d)")
_ABROAD = re.compile(r"\+\d(?:[ ()-]{0,2}\d){6,14}(?!\d)")
_CITIZEN = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
"""The number of an identity card of the mainland: place, birthday, three digits, a check digit."""
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63})+")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＠．＋－", "0123456789@.+-")


def set_sight(sight: Sight) -> None:
    """From here on the answer to this request is for eyes that may see so much."""
    _sight.set(sight)


def mask_pii(text: str) -> str:
    """Free text with the phone numbers, addresses and card numbers in it masked."""
    plain = text if text.isascii() else text.translate(_FULL_WIDTH)
    masked_text = plain
    if any(character.isdigit() for character in plain):
        for pattern in (_CITIZEN, _MOBILE, _ABROAD, _LINE):
            masked_text = pattern.sub(lambda match: f"{match[0][:3]}****{match[0][-4:]}", masked_text)
    if "@" in plain:
        masked_text = _EMAIL.sub(lambda match: f"{match[0][:1]}***@{match[0].partition('@')[2]}", masked_text)
    return text if masked_text == plain else masked_text


def masked(value: Any) -> Any:
    """`value` (JSON, or a text in two languages) with every number and address inside it masked."""
    if isinstance(value, str):
        return mask_pii(value)
    if isinstance(value, dict):
        return {mask_pii(str(key)): masked(part) for key, part in value.items()}
    if isinstance(value, LocalizedText):
        return LocalizedText(mask_pii(value.zh), mask_pii(value.en))
    if isinstance(value, list | tuple):
        return [masked(part) for part in value]
    # a number that reads as a mobile one: kept so by an attribute of numbers
    return mask_pii(str(value)) if type(value) is int and _MOBILE.fullmatch(str(value)) else value


def veiled(value: str) -> str:
    """What says no more than that something is there and how it begins."""
    return f"{value[:1]}***" if value else value


def visible(value: Any) -> Any:
    """`value` as whoever asks may see it."""
    return value if _sight.get() is Sight.CLEAR else masked(value)


def visible_name(name: str) -> str:
    """What a member is called, as whoever asks may see it."""
    return str(visible(name)) if _sight.get() >= Sight.NAMES else veiled(name)


def visible_model(answer: M) -> M:
    """An answer as whoever asks may see it, for what is written of it by hand: a spreadsheet, a stream."""
    return type(answer).model_validate(answer.model_dump())


PersonalText = Annotated[str, PlainSerializer(visible, return_type=str)]
"""A text that may name or quote somebody."""
PersonalName = Annotated[str, PlainSerializer(visible_name, return_type=str)]
"""What a member is called."""
PersonalJson = Annotated[dict[str, Any], PlainSerializer(visible, return_type=dict[str, Any])]
"""Values of members."""
PersonalValue = Annotated[Any, PlainSerializer(visible)]
"""One of them."""
PersonalWords = Annotated[LocalizedText, PlainSerializer(visible, return_type=LocalizedText)]
"""A sentence that may name or quote somebody."""
