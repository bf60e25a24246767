"""A member's own word, given on the page behind their link."""

from datetime import datetime

from sqlalchemy import text

from siyu.channels.consent.rules import MEMBER_LABELS, UnknownChoice
from siyu.contacts.consents import actions as contacts
from siyu.facts.catalogue.channels import PreferenceLinksRevoked
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Tx
from siyu.kit.errors import NotFound

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


async def revoke_links(tx: Tx, workspace_id: int, member_id: int, actor: str, now: datetime) -> None:
    """Make every link to the member's message settings worthless, those of members merged into them too; the next message
    carries a new one. Raises NotFound."""
    revoked = await tx.scalars(
        text("""
            INSERT INTO preference_revocation AS r (member_id, generation, revoked_at)
            SELECT id, 1, :now FROM member
            WHERE workspace_id = :workspace_id AND erased_at IS NULL AND (id = :member_id OR merged_into = :member_id)
            ORDER BY id
            ON CONFLICT (member_id) DO UPDATE SET generation = r.generation + 1, revoked_at = :now
            RETURNING member_id
        """),
        {"workspace_id": workspace_id, "member_id": member_id, "now": now},
    )
    if member_id not in revoked.all():
        raise NotFound()
    await record(tx, [Entry(workspace_id, PreferenceLinksRevoked(), now, member_id=member_id, actor=actor)], now)
