"""Links to a member's own message settings: signed, without personal data, good for as long as the member exists."""

import hmac
import re

from siyu.channels.catalogue import ADAPTERS
from siyu.kit.errors import Fault, Invalid, NotFound
from siyu.kit.text import LocalizedText

PATH = "/p/preferences/"
TOKEN = re.compile(r"([0-9]{1,18})-([0-9a-f]{32})")
MEMBER_LABELS: dict[str, LocalizedText] = {name: adapter.member_label for name, adapter in ADAPTERS.items()}
"""The channels a member may choose about, and what members know them as."""


class WrongLink(NotFound):
    code, title, title_zh = "wrong_link", "This link is not valid", "链接无效或不完整"


class UnknownChoice(Invalid):
    """Not a channel a member may choose about."""

    def __init__(self) -> None:
        super().__init__(errors=[Fault("channel", "choose one of these", "请选择一个渠道", " | ".join(MEMBER_LABELS))])


def token(member_id: int, mac: bytes) -> str:
    """The member's token; `mac` is 16 bytes that only we can make of the id."""
    return f"{member_id}-{mac.hex()}"


def claimed_member(sent: str) -> int:
    """The member a token names, not yet believed; raises WrongLink."""
    match = TOKEN.fullmatch(sent)
    if match is None:
        raise WrongLink()
    return int(match[1])


def verify(sent: str, mac: bytes) -> int:
    """The member behind a token; raises WrongLink for one we did not make."""
    member_id = claimed_member(sent)
    if not hmac.compare_digest(token(member_id, mac), sent):
        raise WrongLink()
    return member_id
