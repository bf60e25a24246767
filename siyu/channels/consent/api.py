"""The page behind a member's own link: what they want to hear, and where. No sign-in, and nothing personal on it."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from siyu.channels.consent import queries as preferences
from siyu.channels.consent.actions import choose
from siyu.channels.consent.queries import Choices
from siyu.kit import clock
from siyu.kit.http import InTx
from siyu.platform.access import public

router = APIRouter()

Token = Annotated[str, Path(max_length=80)]


class ChannelChoiceOut(BaseModel):
    """`state`: given, withdrawn, or none where the member never said."""

    channel: str
    zh: str
    en: str
    state: str


class PreferencesOut(BaseModel):
    shop: str
    locale: str
    channels: list[ChannelChoiceOut]
    stopped: bool
    """Nothing will be sent on any channel."""


class ChoiceIn(BaseModel):
    """`channel` null with `given` false: nothing on any channel."""

    channel: str | None = None
    given: bool


def _out(choices: Choices) -> PreferencesOut:
    return PreferencesOut(
        shop=choices.shop,
        locale=choices.locale,
        channels=[
            ChannelChoiceOut(channel=choice.channel, zh=choice.label.zh, en=choice.label.en, state=choice.state)
            for choice in choices.channels
        ],
        stopped=choices.stopped,
    )


@router.get("/preferences/{token}", dependencies=[public()])
async def shown(token: Token, tx: InTx) -> PreferencesOut:
    """What the member behind the link said so far."""
    return _out(await preferences.choices(tx, token))


@router.post("/preferences/{token}", dependencies=[public()])
async def chosen(token: Token, body: ChoiceIn, tx: InTx) -> PreferencesOut:
    """Opt out of one channel or of all, or in to one, by one tap."""
    found = await preferences.choices(tx, token)
    await choose(tx, found.workspace_id, found.member_id, body.channel, body.given, clock.now())
    return _out(await preferences.choices(tx, token))
