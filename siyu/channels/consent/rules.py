"""Links to a member's own message settings: signed, without personal data, good for a stated time and until they are revoked."""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from siyu.channels.catalogue import ADAPTERS
from siyu.channels.policy.rules import PURPOSES
from siyu.kit.errors import Fault, Invalid, NotFound, Refusal
from siyu.kit.redaction import HIDDEN
from siyu.kit.text import LocalizedText

PATH = "/p/preferences/"
TOKEN = re.compile(r"siyu_([0-9]{1,18})-([0-9]{6})-([0-9a-f]{32})")
"""Member, day of issue (of the calendar's count of days), and a code that only we can make of both."""
MEMBER_LABELS: dict[str, LocalizedText] = {name: adapter.member_label for name, adapter in ADAPTERS.items()}
"""The channels a member may choose about, and what members know them as."""


class WrongLink(NotFound):
    code, title, title_zh = "wrong_link", "This link is not valid", "链接无效或不完整"

    def __init__(self) -> None:
        super().__init__(
            "Open it again from a recent message of ours, or contact the shop.",
            "请从最近一条消息里重新打开，或直接联系商家。",
        )


class LinkEnded(Refusal):
    """The link was ours; it is too old or was revoked."""

    status, code, title, title_zh = 410, "link_ended", "This link has ended", "链接已失效"

    def __init__(self) -> None:
        super().__init__(
            "For your safety links work for a limited time only. Open the one in our latest message, or tell the shop what you want.",
            "为保护你的设置，链接只在一段时间内有效。请打开最近一条消息里的链接，或直接告诉商家你的选择。",
        )


class UnknownChoice(Invalid):
    """Not a channel a member may choose about."""

    def __init__(self) -> None:
        super().__init__(errors=[Fault("channel", "choose one of these", "请选择一个渠道", " | ".join(MEMBER_LABELS))])


@dataclass(frozen=True)
class Claim:
    """What a token says, not yet believed."""

    member_id: int
    issued_on: date
    code: str


def issue_day(at: datetime) -> date:
    """The day a link made at `at` counts from."""
    return at.astimezone(UTC).date()


def token(member_id: int, issued_on: date, code: bytes) -> str:
    """The member's token; `code` is 16 bytes that only we can make of id, day and how often links were revoked."""
    return f"siyu_{member_id}-{issued_on.toordinal():06d}-{code.hex()}"


def claim(sent: str) -> Claim:
    """What a token says; raises WrongLink for what is no token."""
    match = TOKEN.fullmatch(sent)
    if match is None or not date.min.toordinal() <= int(match[2]) <= date.max.toordinal():
        raise WrongLink()
    return Claim(int(match[1]), date.fromordinal(int(match[2])), match[3])


def verify(claimed: Claim, present: bytes, revoked: Iterable[bytes], lasts: timedelta, now: datetime) -> None:
    """Raises WrongLink for a token we did not make, LinkEnded for one of before a revocation, or older than `lasts`."""
    if any(_same(claimed.code, code) for code in revoked):
        raise LinkEnded()
    if not _same(claimed.code, present):
        raise WrongLink()
    if issue_day(now) > claimed.issued_on + lasts:
        raise LinkEnded()


def _same(sent: str, code: bytes) -> bool:
    return hmac.compare_digest(sent.encode(), code.hex().encode())


def with_token(content: Any, made: str) -> Any:
    """Message content as it was before its token was hidden."""
    if isinstance(content, str):
        return content.replace(PATH + HIDDEN, PATH + made)
    if isinstance(content, dict):
        return {key: with_token(inner, made) for key, inner in content.items()}
    return [with_token(inner, made) for inner in content] if isinstance(content, list) else content


def check_stated(opted_in: bool, purpose: str, source: str | None, proof: str | None) -> None:
    """Raises Invalid for a purpose that there is not, and for a consent that names neither where it was given nor what proves it."""
    faults = []
    if purpose not in PURPOSES:
        names = "、".join(kind.label.zh for kind in PURPOSES.values())
        faults.append(Fault("purpose", "no such purpose", "没有这种用途", " | ".join(PURPOSES), names))
    if opted_in and source is None:
        faults.append(Fault("source", "say where the member agreed", "请选择客户在哪里表示同意"))
    if opted_in and proof is None:
        faults.append(
            Fault(
                "proof",
                "say what proves it",
                "请填写凭证",
                "a receipt, a recording, a chat",
                "小票号、录音或聊天记录的时间",
            )
        )
    if faults:
        raise Invalid(errors=faults)
