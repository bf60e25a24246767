"""How often somebody may try, and which passwords nobody may have."""

import ipaddress
import math
import re
import unicodedata
from collections.abc import Iterable, Set
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from siyu.kit.errors import Fault, Forbidden, Invalid, Refusal, TooMany

SESSION_LASTS = timedelta(days=14)
TRIES_WITHIN = timedelta(minutes=15)
"""Failed tries are counted over this time from the first of them."""
PAIR_TRIES_MAX = 8
"""Failed tries on one address from one source, from one known device, or on one's own password while signed in."""
SOURCE_TRIES_MAX = 60
"""Failed tries from one source on whatever addresses."""
ADDRESS_TRIES_FREE = 20
"""Failed tries on one address from sources that it never signed in from; past these each must wait for its turn."""
ADDRESS_TRY_EVERY = timedelta(seconds=5)
CLOCKS_DIFFER_MAX = timedelta(minutes=1)
"""A count that began later than this from now began on a clock that was set back: it is over."""
DEVICES_MAX = 20
"""Devices remembered a person; the longest unused make room."""
DEVICE_LASTS = timedelta(days=180)
PASSWORD_CHARS_MIN = 10
PASSWORD_CHARS_MAX = 200
NAME_PART_CHARS_MIN = 4
"""A shorter part of a name or address inside a password says nothing."""
DISTINCT_CHARS_MIN = 5
WORDS_COMMON_MAX = 3
"""So many common words after one another are guessed as one; four or more make a passphrase."""
WALK_CHARS_MAX = 26


class WrongCredentials(Refusal):
    status, code, title, title_zh = 401, "wrong_credentials", "Email or password is wrong", "邮箱或密码不正确"


class WrongOldPassword(Invalid):
    """The present password is not the one that was given."""

    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__(errors=[Fault("old", "is not your present password", "不是当前密码")])


class TooManyTries(TooMany):
    """Refused before the password was looked at; carries after how many seconds the next try counts."""

    def __init__(self, wait: timedelta) -> None:
        self.retry_after = max(1, math.ceil(wait.total_seconds()))
        super().__init__(
            f"Too many tries; wait {self.retry_after} seconds", f"尝试过于频繁，请 {self.retry_after} 秒后再试"
        )


class SignInBusy(Refusal):
    status, code, title, title_zh = 503, "busy", "Too many people sign in at once", "登录的人太多，请稍后再试"
    retry_after = 2


class PasswordChangeNeeded(Forbidden):
    code, title = "password_change_needed", "Choose a password of your own first"
    title_zh = "请先设置自己的密码"


def source_of(host: str) -> str:
    """What tries are counted by: an IPv4 address, or the /64 that one subscriber of IPv6 has."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def wait_after(tries: int, began_at: datetime, tries_max: int, now: datetime) -> timedelta | None:
    """How long the try that makes it `tries` must wait, or None when it may go on."""
    return began_at + TRIES_WITHIN - now if tries > tries_max else None


def turn_after(tries: int, began_at: datetime, now: datetime) -> timedelta | None:
    """As `wait_after` for an address that strangers try: never shut, one turn every ADDRESS_TRY_EVERY past the free ones."""
    wait = began_at + (tries - ADDRESS_TRIES_FREE) * ADDRESS_TRY_EVERY - now
    return wait if tries > ADDRESS_TRIES_FREE and wait > timedelta(0) else None


# --- passwords

_LEET = str.maketrans("@4031!$57", "aaoeiisst")
_EDGES = re.compile(r"^[^a-z]+|[^a-z]+$")
_INSIDE = re.compile(r"[^a-z]+")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "qazwsxedcrfvtgbyhnujmikolp")
_WALKS = [line for row in _ROWS for line in (row * 2, row[::-1] * 2)]


@cache
def common_words() -> frozenset[str]:
    """What passwords are most often made of: written by ourselves from habits that are generally known, one word a place."""
    text = files("siyu.platform.sign_in").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def _walks(letters: str) -> bool:
    """Whether `letters` follow one another on a keyboard or in the alphabet, four or more."""
    return len(letters) >= 4 and any(letters in line for line in _WALKS)


def _parts(letters: str, vocabulary: Set[str]) -> int:
    """Of how few common words, walks over the keyboard and runs of a letter `letters` are made, one after the other; beyond
    WORDS_COMMON_MAX when they are not."""
    letters = letters[: (letters * 2).find(letters, 1)] or letters
    fewest = [0] + [WORDS_COMMON_MAX + 1] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - WALK_CHARS_MAX), end):
            part = letters[start:end]
            if part in vocabulary or (len(part) > 2 and len(set(part)) == 1) or _walks(part):
                fewest[end] = min(fewest[end], fewest[start] + 1)
    return fewest[-1]


def is_common(password: str, about: Iterable[str] = ()) -> bool:
    """Whether a guesser comes upon it early: common words, dates and numbers, keyboard walks, repetitions, or the
    person's own name or address (`about`), however digits and signs are put between, around or for letters."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < DISTINCT_CHARS_MIN:
        return True
    names = {
        part for text in about for part in re.split(r"[^\w]+", text.casefold()) if len(part) >= NAME_PART_CHARS_MIN
    }
    vocabulary = common_words() | names
    if any(not char.isascii() and char.isalpha() for char in plain):
        return plain in vocabulary or _EDGES.sub("", plain) in vocabulary
    spellings = {_INSIDE.sub("", plain), _INSIDE.sub("", plain.translate(_LEET))}
    spellings.add(_INSIDE.sub("", _EDGES.sub("", plain).translate(_LEET)))
    return any(not letters or _parts(letters, vocabulary) <= WORDS_COMMON_MAX for letters in spellings)


def check_password(password: str, about: Iterable[str] = (), path: str = "password") -> None:
    """Raises Invalid for a password that is too short, too long, or among the first that anybody would guess."""
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        reason = f"must have {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters"
        reason_zh = f"长度应为 {PASSWORD_CHARS_MIN} 至 {PASSWORD_CHARS_MAX} 个字符"
    elif is_common(password, about):
        reason = "is too easy to guess: common words, names, dates, numbers or keys side by side"
        reason_zh = "太容易被猜到：由常见词、姓名、日期、数字或相邻按键组成"
    else:
        return
    raise Invalid(errors=[Fault(path, reason, reason_zh, "three or four words that do not belong together")])


def check_new_password(old: str, new: str, about: Iterable[str]) -> None:
    """Raises Invalid when the new password of a person is not good enough, or is the old one."""
    check_password(new, about, "new")
    if old == new:
        raise Invalid(errors=[Fault("new", "is the password of before", "与当前密码相同")])
