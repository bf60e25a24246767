"""The channels there are: the one list. To add one, write its folder in `adapters` and its line here.

`identity` is the kind of identity a member needs to be reached, None where the member's own number will do. `consent`
says whether a member is asked to agree to it. A channel without an adapter is one that members may have spoken about
already, and that nothing can be sent on yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from siyu.channels.adapters.types import Adapter
from siyu.channels.adapters.webhook.adapter import ADAPTER as WEBHOOK
from siyu.channels.adapters.wecom.adapter import ADAPTER as WECOM
from siyu.kit.errors import Fault
from siyu.kit.text import LocalizedText

ANY_CHANNEL = "*"
"""Stands for all channels together: in a cap, a suppression."""


@dataclass(frozen=True)
class Channel:
    """One way to reach a member."""

    name: str
    label: LocalizedText
    identity: str | None
    consent: bool = True
    adapter: Adapter | None = None


_CHANNELS = (
    Channel("wecom", LocalizedText("企业微信", "WeCom"), "external_userid", adapter=WECOM),
    Channel("official_account", LocalizedText("公众号", "Official account"), "openid"),
    Channel("sms", LocalizedText("短信", "SMS"), "phone"),
    Channel("email", LocalizedText("邮件", "Email"), "email"),
    Channel("webhook", LocalizedText("Webhook", "Webhook"), None, adapter=WEBHOOK),
    Channel("inbox", LocalizedText("站内信", "Inbox"), None, consent=False),
    Channel("moments", LocalizedText("朋友圈", "Moments"), "external_userid", consent=False),
)
CHANNELS: dict[str, Channel] = {channel.name: channel for channel in _CHANNELS}
ADAPTERS: dict[str, Adapter] = {channel.name: channel.adapter for channel in _CHANNELS if channel.adapter is not None}
"""The adapters of the channels that something can be sent on."""
SENDABLE: tuple[Channel, ...] = tuple(CHANNELS[name] for name in ADAPTERS)
STAFF_CHANNEL: str = next(name for name, adapter in ADAPTERS.items() if adapter.addressed == "contact_link")
"""Where staff write to the customers who added them: what ready messages are worded for."""
CONSENT_CHANNELS: tuple[str, ...] = tuple(channel.name for channel in _CHANNELS if channel.consent)
CHANNEL_LABELS: dict[str, LocalizedText] = {
    **{channel.name: channel.label for channel in _CHANNELS},
    ANY_CHANNEL: LocalizedText("全部渠道", "All channels"),
}


def check_channel(channel: str, known: Sequence[str] = tuple(CHANNELS), path: str = "channel") -> list[Fault]:
    """What is wrong with a channel's name: it is none of `known`."""
    if channel in known:
        return []
    return [Fault(path, "no such channel", "没有这个渠道", " | ".join(known))]
