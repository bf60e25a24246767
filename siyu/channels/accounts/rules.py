"""What may be wrong with connecting an account, by name."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from siyu.kit.config import Config
from siyu.kit.errors import Conflict, Fault, Forbidden, Invalid
from siyu.kit.text import LocalizedText

AccountState = Literal["works", "trouble", "unchecked"]
STATES: dict[str, LocalizedText] = {
    "works": LocalizedText("连接正常", "Works"),
    "trouble": LocalizedText("有问题", "In trouble"),
    "unchecked": LocalizedText("尚未检查", "Not checked"),
}


def state_of(checked_at: datetime | None, trouble: str | None) -> AccountState:
    """How an account does, as far as it was tried."""
    if trouble:
        return "trouble"
    return "works" if checked_at is not None else "unchecked"


class UnknownChannel(Invalid):
    """No adapter of that name."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(errors=[Fault("channel", "no such channel", "没有这个渠道", " | ".join(known))])


ACCOUNT_NAME = LocalizedText("账号名称", "Account name")
HIDDEN = LocalizedText("（不显示）", "(hidden)")
"""A secret, before and after: that it changed is told, never what it is."""


class AccountInUse(Conflict):
    """Messages went out through it: they must keep saying through what."""

    code, title, title_zh = "account_in_use", "This account has messages", "这个账号已有触达记录，不能移除"

    def __init__(self, messages: int) -> None:
        super().__init__(f"{messages} messages belong to it", f"有 {messages} 条触达记录属于它")


def merged(held: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`held` with `changes`; null takes a field back to its default."""
    return {name: value for name, value in {**held, **changes}.items() if value is not None}


def required_secrets(model: type[Config]) -> list[str]:
    """The secrets that no account of the channel goes without."""
    return [name for name, field in model.model_fields.items() if field.is_required()]


def check_secrets_given(
    address: str | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    required: Sequence[str],
    secrets: Mapping[str, Any],
) -> None:
    """Raises Invalid when secrets that were typed in for one server would go to another one."""
    if address is None or origin_of(str(before.get(address))) == origin_of(str(after.get(address))):
        return
    reason = LocalizedText("接口地址改了，请重新填写", "the address has changed: enter it again")
    faults = [Fault(f"secrets.{name}", reason.en, reason.zh) for name in required if not secrets.get(name)]
    if faults:
        raise Invalid(errors=faults)


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: the server behind an address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


class NoSync(Conflict):
    """The channel keeps no customers of its own."""

    code, title, title_zh = "no_sync", "This channel has no customers to sync", "这个渠道没有可同步的客户"


class CallbackForged(Forbidden):
    """Nothing is said about why: whoever forges it learns nothing."""

    code, title, title_zh = "callback_forged", "This callback is not signed for this account", "回调签名无效"
