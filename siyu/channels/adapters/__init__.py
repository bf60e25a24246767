"""The channels there are. To add one, write a folder with its `ADAPTER` and name it here."""

from siyu.channels.adapters.types import Adapter
from siyu.channels.adapters.webhook.adapter import ADAPTER as WEBHOOK
from siyu.channels.adapters.wecom.adapter import ADAPTER as WECOM

ADAPTERS: dict[str, Adapter] = {adapter.channel: adapter for adapter in (WECOM, WEBHOOK)}
