"""Kinds of identity: how each is written, how it is shown, and how far it can be trusted.

A value is normalised before it is hashed, so that one person's phone written in five ways is one identity. Answers
carry the masked form.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from siyu.kit.errors import Fault, Invalid
from siyu.kit.personal_data import mask_pii
from siyu.kit.text import INVISIBLE, PLACEHOLDERS, LocalizedText


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
EMAIL_CHARS_PLAIN = 64
"""Addresses up to this length have parts that are short enough, whatever they are."""
REGION, CHINA = "CN", 86
"""Where a number without a country is at home."""
MOBILE_DIGITS = 11
"""Digits of a mobile number without the country's: nothing shorter looks like one."""

NOISE = r"[\s().·+-]"
"""What people write between the characters of an identity, as Python, Postgres and DuckDB read it."""
LINE_DIGITS = 8
"""Digits at the end of any other number that are written in every way of writing it."""

_CHINA_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})")
_CANONICAL_EMAIL = re.compile(
    r"[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@(?:[a-z0-9](?:-?[a-z0-9])*\.)+[a-z]{2,}",
)
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE))
_DASH = re.compile("[\u2010-\u2015\u2212\u2e3a\u2e3b\u30fc]")
"""Whatever people and programmes write for a hyphen; NFKC has replaced the small and the full-width one."""
_DAMAGED = re.compile(r"\d(?:\.\d+)?[eE]\+\d+|\d\.\d+[eE]\d+")
"""What a spreadsheet leaves of a long number: 1.23457E+17 stands for many."""
_VEILED = re.compile(r".*\*{3,}.*|[#$~]{2}.+")
"""Masked by a shop (186******05) or encrypted by a platform (##…, $$…): the same for several people, or another each time."""
_MAIL_AROUND = re.compile(r"(?:mailto:)?(?:[^<>]*<)?(?:mailto:)?([^<>]*?)>?[\s;,]*", re.I)
_TRUNK_ZERO = re.compile(r"(?:\+|00)?86(0[1-9][0-9]{8,11})")
"""+86 0755 …: the zero is dialled inside the country only."""
_PHONE_NOISE = re.compile(r"[\s\-().·]")
_LINES = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE}
_WITH_COUNTRY = {
    phonenumbers.CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN,
    phonenumbers.CountryCodeSource.FROM_NUMBER_WITH_IDD,
}
_LETTER = re.compile(r"[^\W\d_]")
_PLAIN = re.compile(r"[!-~]+")


def normalise(kind: str, value: str, path: str) -> str:
    """The one way this identity is written; raises Invalid at `path` (which never repeats the value)."""
    if kind not in KINDS:
        raise Invalid(errors=[Fault(path, "no such kind of identity", "没有这种身份类型", " | ".join(KINDS))])
    cleaned = value.strip() if value.isascii() else unicodedata.normalize("NFKC", value.translate(_UNSEEN)).strip()
    if kind not in ("phone", "email"):
        _ensure_undamaged(cleaned, path)
    if kind == "phone":
        return _phone(cleaned, path)
    if kind == "email":
        return _email(cleaned, path)
    if kind == "external_id":
        if not 0 < len(cleaned) <= VALUE_CHARS_MAX or not cleaned.isprintable():
            raise Invalid(
                errors=[Fault(path, "not a customer number", "会员编号应为 1 至 128 个字符", "1 to 128 characters")]
            )
        return cleaned
    if len(cleaned) > VALUE_CHARS_MAX or not _PLAIN.fullmatch(cleaned):
        fault = Fault(path, f"not a valid {kind}", f"不是有效的 {kind}", "letters, digits and signs without spaces")
        raise Invalid(errors=[fault])
    return cleaned


def veiled(value: str) -> bool:
    """Whether a shop has masked the value or a platform has encrypted it: it tells nobody from anybody."""
    return _VEILED.fullmatch(value.strip()) is not None


def _ensure_undamaged(value: str, path: str) -> None:
    """Refuse what stands where an identity should and is none: it would make one member of several people."""
    if value.lower() in PLACEHOLDERS:
        raise Invalid(errors=[Fault(path, "a placeholder, not a value", "这是占位内容，不是真实的值")])
    if _DAMAGED.fullmatch(value):
        zh = "被电子表格改坏了：长编号变成了科学计数法，请从原系统重新导出为文本"
        raise Invalid(errors=[Fault(path, "damaged by a spreadsheet: a long number was shortened", zh)])
    if veiled(value):
        raise Invalid(errors=[Fault(path, "masked or encrypted, it is nobody's own", "已脱敏或加密，不能用来识别客户")])


def _phone(value: str, path: str) -> str:
    if _plainly_mobile(value):
        return "+86" + value
    _ensure_undamaged(value, path)
    value = _DASH.sub("-", value)
    digits = _PHONE_NOISE.sub("", value)
    mobile, line = _CHINA_MOBILE.fullmatch(digits), _TRUNK_ZERO.fullmatch(digits)
    written = f"+86{mobile[1]}" if mobile else _other_phone(line[1] if line else value)
    if written is None:
        raise Invalid(errors=[Fault(path, "not a phone number", "不是有效的手机号", "13800138000 or +8613800138000")])
    return written


def _plainly_mobile(value: str) -> bool:
    """A mobile number as nearly everybody writes it, told without a pattern: imports ask for millions."""
    return len(value) == MOBILE_DIGITS and value.isascii() and value.isdigit() and "13" <= value[:2] <= "19"


def _other_phone(value: str) -> str | None:
    """A fixed line of the mainland or a number of another country as E.164; None for what is none, or has an extension."""
    if _LETTER.search(value):
        return None
    try:
        number = phonenumbers.parse(value, REGION, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or number.extension:
        return None
    if number.country_code == CHINA and not _china_line(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _china_line(number: phonenumbers.PhoneNumber) -> bool:
    """Whether it is somebody's line: a known range, or an area code written as one. Service numbers (400, 10086) are not."""
    if phonenumbers.number_type(number) in _LINES:
        return True
    dialled_from_abroad = number.country_code_source in _WITH_COUNTRY
    area = dialled_from_abroad or _PHONE_NOISE.sub("", number.raw_input or "").startswith("0")
    return area and not str(number.national_number).startswith("1")


def _mobile(number: str) -> bool:
    return _plainly_mobile(number.removeprefix("+86"))


def _email(value: str, path: str) -> str:
    lowered = value.lower()
    if not _CANONICAL_EMAIL.fullmatch(lowered):
        _ensure_undamaged(lowered, path)
        bare = _MAIL_AROUND.fullmatch(_DASH.sub("-", lowered))
        lowered = bare[1].strip() if bare else lowered
    if len(lowered) <= EMAIL_CHARS_PLAIN and "--" not in lowered and _CANONICAL_EMAIL.fullmatch(lowered):
        return lowered
    try:
        return validate_email(
            lowered, strict=True, check_deliverability=False, test_environment=True
        ).normalized.lower()
    except EmailNotValidError as error:
        fault = Fault(path, "not an email address", "不是有效的邮箱地址", "name@example.com")
        raise Invalid(errors=[fault]) from error


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
    return len(value) >= MOBILE_DIGITS and "@" not in value and mask_pii(value) != value


def _mask_phone(value: str) -> str:
    if _mobile(value):
        local = value.removeprefix("+86")
        return f"{local[:3]}****{local[-4:]}"
    return f"{value[:3]}{'*' * max(4, len(value) - 5)}{value[-2:]}"


@dataclass(frozen=True)
class Trace:
    """How an identity is looked for in what nobody normalised: as a whole cell, or `within` one; either without its NOISE."""

    value: str
    within: bool


def trace(kind: str, value: str) -> Trace:
    """What to look for. Of a phone the part that is dialled at home: files leave the country out."""
    if kind == "phone":
        digits = value.lstrip("+")
        return Trace(digits[-MOBILE_DIGITS:] if _mobile(value) else digits[-LINE_DIGITS:], True)
    return Trace(re.sub(NOISE, "", value.lower()), kind == "email")


def looks_like(text: str) -> list[tuple[str, str]]:
    """The (kind, normalised value) a search text may be: what an exact search looks up."""
    candidates = []
    for kind in ("phone", "email", "external_id"):
        try:
            candidates.append((kind, normalise(kind, text, "search")))
        except Invalid:
            continue
    return candidates
