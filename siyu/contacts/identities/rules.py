"""Kinds of identity: how each is written, how it is shown, and how far it can be trusted.

A value is normalised before it is hashed, so that one person's phone written in five ways is one identity. Answers
carry the masked form.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum

from siyu.kit.errors import Fault, Invalid
from siyu.kit.text import LocalizedText


class Strength(IntEnum):
    """How far an identity can be trusted to mean one person; each is also all that the ones before it are."""

    WEAK = 0
    """People share it: a mailbox, a tablet."""
    STRONG = 1
    """Belongs to one person; two members found by two of them in one row are one person."""
    DISTINGUISHING = 2
    """Tells people apart who were found by a weak identity only."""
    UNIQUE = 3
    """A person has one: two members with different ones are never merged by themselves."""


@dataclass(frozen=True)
class IdentityKind:
    """A kind of identity: what it is called, and how far it can be trusted."""

    label: LocalizedText
    strength: Strength


KINDS: dict[str, IdentityKind] = {
    "external_id": IdentityKind(LocalizedText("会员编号", "Customer number"), Strength.UNIQUE),
    "unionid": IdentityKind(LocalizedText("微信 UnionID", "WeChat UnionID"), Strength.UNIQUE),
    "external_userid": IdentityKind(LocalizedText("企业微信客户", "WeCom customer"), Strength.DISTINGUISHING),
    "openid": IdentityKind(LocalizedText("微信 OpenID", "WeChat OpenID"), Strength.STRONG),
    "phone": IdentityKind(LocalizedText("手机号", "Phone"), Strength.DISTINGUISHING),
    "email": IdentityKind(LocalizedText("邮箱", "Email"), Strength.WEAK),
    "anonymous": IdentityKind(LocalizedText("匿名访客", "Anonymous visitor"), Strength.WEAK),
}
"""The most trusted first: the first known identity of a row decides whose row it is."""
KIND_LABELS: dict[str, LocalizedText] = {name: kind.label for name, kind in KINDS.items()}
RANK = {kind: place for place, kind in enumerate(KINDS)}

VALUE_CHARS_MAX = 128
EMAIL_CHARS_MAX = 254
MOBILE_DIGITS = 11
"""Digits of a mobile number without the country's: nothing shorter looks like one."""

_CHINA_MOBILE = re.compile(r"1[3-9]\d{9}")
_CHINA_FIXED = re.compile(r"0\d{9,11}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE_NOISE = re.compile(r"[\s\-().·]")
_PLAIN = re.compile(r"[!-~]+")
_PHONE_INSIDE = re.compile(r"(?<![\d])(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_EMAIL_INSIDE = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")


def normalise(kind: str, value: str, path: str) -> str:
    """The one way this identity is written; raises Invalid at `path` (which never repeats the value)."""
    if kind not in KINDS:
        raise Invalid(errors=[Fault(path, "no such kind of identity", "没有这种身份类型", " | ".join(KINDS))])
    cleaned = (value if value.isascii() else unicodedata.normalize("NFKC", value)).strip()
    if kind == "phone":
        return _phone(cleaned, path)
    if kind == "email":
        return _email(cleaned, path)
    if kind == "external_id":
        if not 0 < len(cleaned) <= VALUE_CHARS_MAX or not cleaned.isprintable():
            raise Invalid(errors=[Fault(path, "not a customer number", "不是有效的会员编号", "1 to 128 characters")])
        return cleaned
    if len(cleaned) > VALUE_CHARS_MAX or not _PLAIN.fullmatch(cleaned):
        fault = Fault(path, f"not a valid {kind}", f"不是有效的 {kind}", "letters, digits and signs without spaces")
        raise Invalid(errors=[fault])
    return cleaned


def _phone(value: str, path: str) -> str:
    if _plainly_mobile(value):
        return "+86" + value
    digits = _PHONE_NOISE.sub("", value)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if _CHINA_MOBILE.fullmatch(digits):
        return "+86" + digits
    if _CHINA_FIXED.fullmatch(digits):
        return "+86" + digits[1:]
    if digits.startswith("86") and _CHINA_MOBILE.fullmatch(digits[2:]):
        return "+" + digits
    if re.fullmatch(r"\+[1-9]\d{7,14}", digits) and not (digits.startswith("+861") and not _mobile(digits)):
        return digits
    raise Invalid(errors=[Fault(path, "not a phone number", "不是有效的手机号", "13800138000 or +8613800138000")])


def _plainly_mobile(value: str) -> bool:
    """A mobile number as nearly everybody writes it, told without a pattern: imports ask for millions."""
    return len(value) == MOBILE_DIGITS and value.isascii() and value.isdigit() and "13" <= value[:2] <= "19"


def _mobile(number: str) -> bool:
    return (
        _plainly_mobile(number.removeprefix("+86")) or _CHINA_MOBILE.fullmatch(number.removeprefix("+86")) is not None
    )


def _email(value: str, path: str) -> str:
    lowered = value.lower()
    if len(lowered) > EMAIL_CHARS_MAX or not _EMAIL.fullmatch(lowered):
        raise Invalid(errors=[Fault(path, "not an email address", "不是有效的邮箱地址", "name@example.com")])
    return lowered


def mask(kind: str, value: str) -> str:
    """A normalised value as it may be shown: enough to recognise, too little to use."""
    if kind == "phone" or (kind == "external_id" and _looks_like_phone(value)):
        return _mask_phone(value)
    if kind == "email" or (kind == "external_id" and "@" in value):
        name, _, host = value.partition("@")
        return f"{name[:1]}***@{host}"
    if kind == "external_id":
        return value
    return f"{value[:4]}…{value[-4:]}" if len(value) > 10 else f"{value[:2]}***"


def _looks_like_phone(value: str) -> bool:
    return len(value) >= MOBILE_DIGITS and _PHONE_INSIDE.search(value) is not None


def _mask_phone(value: str) -> str:
    if _mobile(value):
        local = value.removeprefix("+86")
        return f"{local[:3]}****{local[-4:]}"
    return f"{value[:3]}{'*' * max(4, len(value) - 5)}{value[-2:]}"


def mask_pii(text: str) -> str:
    """Free text with phone numbers and email addresses in it masked, for those who may not see them."""
    text = _PHONE_INSIDE.sub(lambda found: f"{found[0][:3]}****{found[0][-4:]}", text)
    return _EMAIL_INSIDE.sub(lambda found: f"{found[0][:1]}***@{found[0].partition('@')[2]}", text)


def looks_like(text: str) -> list[tuple[str, str]]:
    """The (kind, normalised value) a search text may be: what an exact search looks up."""
    found = []
    for kind in ("phone", "email", "external_id"):
        try:
            found.append((kind, normalise(kind, text, "search")))
        except Invalid:
            continue
    return found
