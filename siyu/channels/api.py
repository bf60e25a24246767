"""HTTP of the channels room: the message log, the send policy, accounts, callbacks, and members' own choices."""

from fastapi import APIRouter
from pydantic import BaseModel

from siyu.channels.accounts import api as accounts
from siyu.channels.catalogue import CHANNELS
from siyu.channels.consent import api as consent
from siyu.channels.inbound import api as inbound
from siyu.channels.messages import api as messages
from siyu.channels.policy import api as policy
from siyu.channels.templates import api as templates
from siyu.kit.http import Page
from siyu.kit.text import LocalizedText
from siyu.platform.access import signed_in

router = APIRouter(prefix="/api/v1", tags=["channels"])
for part in (messages, policy, accounts, inbound, consent, templates):
    router.include_router(part.router)


class ChannelOut(BaseModel):
    """`identity`: the kind a member needs to be reached, null for none; `consent`: members are asked to agree to it;
    `sendable`: it can be sent on, through an account."""

    name: str
    label: LocalizedText
    identity: str | None
    consent: bool
    sendable: bool


class ChannelsOut(Page):
    items: list[ChannelOut]


@router.get("/channels", dependencies=[signed_in()])
async def channels() -> ChannelsOut:
    """The channels there are."""
    items = [
        ChannelOut(
            name=channel.name,
            label=channel.label,
            identity=channel.identity,
            consent=channel.consent,
            sendable=channel.adapter is not None,
        )
        for channel in CHANNELS.values()
    ]
    return ChannelsOut(items=items, total=len(items))
