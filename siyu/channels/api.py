"""HTTP of the channels room: the message log, the send policy, accounts, callbacks, and members' own choices."""

from fastapi import APIRouter
from pydantic import BaseModel

from siyu.channels.accounts import api as accounts
from siyu.channels.adapters.types import Adapter
from siyu.channels.catalogue import CHANNELS, Channel
from siyu.channels.consent import api as consent
from siyu.channels.inbound import api as inbound
from siyu.channels.messages import api as messages
from siyu.channels.policy import api as policy
from siyu.channels.templates import api as templates
from siyu.kit.config import SettingSchema, schema_of
from siyu.kit.http import Page
from siyu.kit.text import LocalizedText
from siyu.platform.access import signed_in

router = APIRouter(prefix="/api/v1", tags=["channels"])
for part in (messages, policy, accounts, inbound, consent, templates):
    router.include_router(part.router)


class AccountKindOut(BaseModel):
    """What the form of an account asks for, and what an account can do."""

    config: SettingSchema
    secrets: SettingSchema
    setup_hint: LocalizedText | None
    """What has to be arranged on the platform before it works."""
    callback_hint: LocalizedText | None
    """Where the callback address is to be entered; null where the platform never calls."""
    syncs_contacts: bool
    """The platform keeps customers of its own, who can be fetched."""
    makes_secret: bool
    """A secret that is left out is made, and shown once."""


class ChannelOut(BaseModel):
    """`identity`: the kind a member needs to be reached, null for none; `consent`: members are asked to agree to it;
    `sendable`: it can be sent on, through an `account`."""

    name: str
    label: LocalizedText
    identity: str | None
    consent: bool
    sendable: bool
    account: AccountKindOut | None


class ChannelsOut(Page):
    items: list[ChannelOut]


def _account_kind(adapter: Adapter) -> AccountKindOut:
    return AccountKindOut(
        config=schema_of(adapter.config),
        secrets=schema_of(adapter.secrets),
        setup_hint=adapter.setup_hint,
        callback_hint=adapter.callback_hint,
        syncs_contacts=adapter.contacts is not None,
        makes_secret=adapter.make_secret is not None,
    )


def _channel(channel: Channel) -> ChannelOut:
    return ChannelOut(
        name=channel.name,
        label=channel.label,
        identity=channel.identity,
        consent=channel.consent,
        sendable=channel.adapter is not None,
        account=_account_kind(channel.adapter) if channel.adapter is not None else None,
    )


CATALOGUE = ChannelsOut(items=[_channel(channel) for channel in CHANNELS.values()], total=len(CHANNELS))


@router.get("/channels", dependencies=[signed_in()])
async def channels() -> ChannelsOut:
    """The channels there are, each with the form of its accounts."""
    return CATALOGUE
