"""HTTP of consent: what members say about channels, from a new member's first word on, and whom nobody may contact; and
the page behind a member's own link: what they want to hear, and where, without a sign-in and with nothing personal on it.
"""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from siyu.channels.catalogue import ANY_CHANNEL, CHANNELS, CONSENT_CHANNELS, check_channel
from siyu.channels.consent import queries as preferences
from siyu.channels.consent.actions import choose
from siyu.channels.consent.actions import revoke_links as revoke
from siyu.channels.consent.queries import Choices
from siyu.channels.consent.rules import check_stated
from siyu.contacts.consents import actions as consents
from siyu.contacts.hosts.access import allow_member
from siyu.contacts.members import actions as members
from siyu.contacts.members.requests import IdentityIn, TagNames
from siyu.contacts.members.responses import MemberDetail, detail_of
from siyu.contacts.members.rules import SOURCE_MANUAL, MemberRow
from siyu.kit import clock
from siyu.kit.errors import Fault, Invalid
from siyu.kit.http import BigId, Body, InTx
from siyu.kit.limits import NAME_CHARS_MAX, REASON_CHARS_MAX
from siyu.platform.access import allow, public
from siyu.platform.queries import Caller

router = APIRouter()

Token = Annotated[str, Path(max_length=80)]
Writes = Annotated[Caller, allow_member("members.write")]
Creates = Annotated[Caller, allow("members.write", of_all=True)]


class NewMemberIn(Body):
    identities: list[IdentityIn] = Field(max_length=20)
    name: str | None = None
    zone: str | None = None
    attributes: dict[str, Any] = {}
    tags: TagNames = []
    consents: dict[str, bool] = {}


@router.post("/members", status_code=201, tags=["contacts"])
async def create_member(body: NewMemberIn, tx: InTx, caller: Creates) -> MemberDetail:
    """A new member; 409 with the other's id when an identity is somebody's already."""
    kinds = [identity.kind for identity in body.identities]
    faults = [
        Fault(f"identities.{kind}", "one of a kind at first", "每种身份先填写一个")
        for kind in sorted({kind for kind in kinds if kinds.count(kind) > 1})[:1]
    ]
    for channel in body.consents:
        faults += check_channel(channel, CONSENT_CHANNELS, f"consents.{channel}")
    if faults:
        raise Invalid(errors=faults)
    row = MemberRow(
        identities={identity.kind: identity.value for identity in body.identities},
        name=body.name,
        zone=body.zone,
        attributes=body.attributes,
        tags=body.tags,
        consents=body.consents,
    )
    made = await members.create(tx, caller.workspace_id, row, source=SOURCE_MANUAL, actor=caller.actor, now=clock.now())
    return await detail_of(tx, caller, made)


class ConsentIn(Body):
    """`source` is where the member said so, `proof` what shows it (a receipt, a recording, a chat): a consent needs both."""

    state: Literal["given", "withdrawn"]
    source: str | None = Field(None, min_length=1, max_length=NAME_CHARS_MAX)
    purpose: str = Field("marketing", min_length=1, max_length=NAME_CHARS_MAX)
    proof: str | None = Field(None, max_length=REASON_CHARS_MAX)


def _known(channel: str, known: tuple[str, ...]) -> None:
    if faults := check_channel(channel, known):
        raise Invalid(errors=faults)


@router.put("/members/{member_id}/consents/{channel}", tags=["contacts"])
async def consent(member_id: BigId, channel: str, body: ConsentIn, tx: InTx, caller: Writes) -> MemberDetail:
    """Keep what a member said about a channel, for what purpose, where, and what proves it."""
    _known(channel, CONSENT_CHANNELS)
    proof = (body.proof or "").strip() or None
    check_stated(body.state == "given", body.purpose, body.source, proof)
    await consents.consent(
        tx,
        caller.workspace_id,
        [member_id],
        channel,
        body.state == "given",
        purpose=body.purpose,
        source=body.source or SOURCE_MANUAL,
        actor=caller.actor,
        now=clock.now(),
        proof=proof,
    )
    return await detail_of(tx, caller, member_id)


class SuppressionIn(Body):
    reason: Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX)]


@router.put("/members/{member_id}/suppressions/{channel}", tags=["contacts"])
async def suppress(member_id: BigId, channel: str, body: SuppressionIn, tx: InTx, caller: Writes) -> MemberDetail:
    """Contact a member no more on a channel (`*`: on any), whatever they said."""
    _known(channel, (*CHANNELS, ANY_CHANNEL))
    now = clock.now()
    await consents.suppress(tx, caller.workspace_id, [member_id], channel, body.reason, actor=caller.actor, now=now)
    return await detail_of(tx, caller, member_id)


@router.delete("/members/{member_id}/suppressions/{channel}", tags=["contacts"])
async def unsuppress(member_id: BigId, channel: str, tx: InTx, caller: Writes) -> MemberDetail:
    """Lift a suppression."""
    _known(channel, (*CHANNELS, ANY_CHANNEL))
    await consents.unsuppress(tx, caller.workspace_id, [member_id], channel, actor=caller.actor, now=clock.now())
    return await detail_of(tx, caller, member_id)


@router.delete("/members/{member_id}/preference-links", status_code=204, tags=["contacts"])
async def revoke_links(member_id: BigId, tx: InTx, caller: Writes) -> None:
    """Make the links to a member's message settings worthless, as when one was passed on; the next message carries a new one."""
    await revoke(tx, caller.workspace_id, member_id, caller.actor, clock.now())


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


class ChoiceIn(Body):
    """`channel` null with `opted_in` false: nothing on any channel."""

    channel: str | None = None
    opted_in: bool


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


def _lasts(request: Request) -> timedelta:
    return timedelta(days=request.app.state.settings.preference_link_days)


@router.get("/preferences/{token}", dependencies=[public()])
async def shown(token: Token, request: Request, tx: InTx) -> PreferencesOut:
    """What the member behind the link said so far; 410 when the link has ended."""
    return _out(await preferences.choices(tx, token, _lasts(request), clock.now()))


@router.post("/preferences/{token}", dependencies=[public()])
async def chosen(token: Token, body: ChoiceIn, request: Request, tx: InTx) -> PreferencesOut:
    """Opt out of one channel or of all, or in to one, by one tap."""
    lasts, now = _lasts(request), clock.now()
    known = await preferences.choices(tx, token, lasts, now)
    await choose(tx, known.workspace_id, known.member_id, body.channel, body.opted_in, now)
    return _out(await preferences.choices(tx, token, lasts, now))
