"""Calls of the platforms to us: verified, written down, answered at once; what they mean is handled afterwards. And who of the
staff a member is connected to, as they told it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from siyu.channels.accounts import queries as accounts
from siyu.channels.accounts.rules import CallbackForged
from siyu.channels.adapters import types
from siyu.channels.catalogue import ADAPTERS
from siyu.channels.inbound.actions import callbacks
from siyu.channels.inbound.queries import hosts_of
from siyu.channels.inbound.rules import HANDLE_CALLBACKS
from siyu.contacts.hosts.access import allow_member
from siyu.contacts.members.queries import check_here
from siyu.contacts.merges.queries import family
from siyu.kit import clock
from siyu.kit.errors import NotFound
from siyu.kit.http import BigId, InTx, Page
from siyu.kit.jobs import defer
from siyu.kit.logs import logger
from siyu.platform.access import public
from siyu.platform.queries import Caller

log = logger("channels")
router = APIRouter()

Channel = Annotated[str, Path(max_length=40)]
Key = Annotated[str, Path(max_length=100)]


@router.get("/callbacks/{channel}/{account_key}", dependencies=[public()], response_class=Response)
@router.post("/callbacks/{channel}/{account_key}", dependencies=[public()], response_class=Response)
async def receive(channel: Channel, account_key: Key, request: Request, tx: InTx) -> Response:
    """A platform's callback: a verification is answered with its echo, an event with an empty 200 once it is kept."""
    row = await accounts.account_by_key(tx, channel, account_key)
    if row is None or channel not in ADAPTERS:
        raise NotFound()
    sent = types.Request(request.method, dict(request.query_params), dict(request.headers), await request.body())
    try:
        inbound = ADAPTERS[channel].receive(accounts.opened(row), sent)
    except types.Forged as error:
        log.warning("callback_refused", account_id=row.id, why=str(error))
        raise CallbackForged() from None
    if inbound.body is not None and await callbacks.keep(tx, row.id, inbound, clock.now()) and inbound.urgent:
        # it is not left to the next round
        await defer(tx, HANDLE_CALLBACKS)
    return Response(inbound.answer, media_type="text/plain")


class HostOut(BaseModel):
    """A member of staff, as the platform calls them, whom the member has been connected to `since`."""

    channel: str
    account: str
    staff: str
    since: datetime


class HostsOut(Page):
    items: list[HostOut]


@router.get("/members/{member_id}/hosts", tags=["contacts"])
async def hosts(member_id: BigId, tx: InTx, caller: Annotated[Caller, allow_member("members.read")]) -> HostsOut:
    """Who of the staff the member, with who was merged into it, is connected to now; raises NoSuchMember."""
    await check_here(tx, caller.workspace_id, member_id)
    rows = await hosts_of(tx, caller.workspace_id, await family(tx, member_id))
    return HostsOut(items=[HostOut(**row) for row in rows], total=len(rows))
