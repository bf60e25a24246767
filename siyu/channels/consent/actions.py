"""A member's own word, given on the page behind their link."""

from datetime import datetime

from siyu.channels.consent.rules import MEMBER_LABELS, UnknownChoice
from siyu.contacts.consents import actions as contacts
from siyu.kit.db import Tx

SOURCE = "preferences"


async def choose(tx: Tx, workspace_id: int, member_id: int, channel: str | None, opted_in: bool, now: datetime) -> None:
    """Keep what the member says about one channel, or (`channel` None) that they want nothing on any.

    Raises UnknownChoice. Opting in is for one channel at a time: nobody says yes to all by one tap.
    """
    if (channel is None and opted_in) or (channel is not None and channel not in MEMBER_LABELS):
        raise UnknownChoice()
    for chosen in MEMBER_LABELS if channel is None else (channel,):
        await contacts.consent(
            tx,
            workspace_id,
            [member_id],
            chosen,
            opted_in,
            purpose="marketing",
            source=SOURCE,
            actor=f"member:{member_id}",
            now=now,
        )
