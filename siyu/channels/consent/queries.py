"""The links members change their message settings with, and what is behind one."""

from dataclasses import dataclass

from sqlalchemy import text

from siyu.channels.consent import rules as preferences
from siyu.kit.crypto import keyed_hash
from siyu.kit.db import Tx
from siyu.kit.text import LocalizedText


def _mac(member_id: int) -> bytes:
    return keyed_hash("preferences", str(member_id))


def preference_link(public_url: str, member_id: int) -> str:
    """The address of the member's settings page."""
    return f"{public_url.rstrip('/')}{preferences.PATH}{preferences.token(member_id, _mac(member_id))}"


@dataclass(frozen=True)
class ChannelChoice:
    """What a member said about a channel: `given`, `withdrawn` or `none`."""

    channel: str
    label: LocalizedText
    state: str


@dataclass(frozen=True)
class Choices:
    """What a member said, channel by channel."""

    workspace_id: int
    member_id: int
    shop: str
    locale: str
    channels: list[ChannelChoice]
    suppressed: bool

    @property
    def stopped(self) -> bool:
        return self.suppressed or all(choice.state == "withdrawn" for choice in self.channels)


async def choices(tx: Tx, token: str) -> Choices:
    """What is behind a link's token; of a merged member the one they are now. Raises WrongLink."""
    member_id = preferences.verify(token, _mac(preferences.claimed_member(token)))
    row = (
        await tx.execute(
            text("""
                SELECT m.id, m.workspace_id, w.name, w.locale,
                       EXISTS (SELECT 1 FROM suppression s WHERE s.member_id = m.id AND s.channel = '*') AS suppressed
                FROM member former JOIN member m ON m.id = coalesce(former.merged_into, former.id)
                JOIN workspace w ON w.id = m.workspace_id WHERE former.id = :id AND m.erased_at IS NULL
            """),
            {"id": member_id},
        )
    ).one_or_none()
    if row is None:
        raise preferences.WrongLink()
    consents = await tx.execute(text("SELECT channel, state FROM consent WHERE member_id = :id"), {"id": row.id})
    states = {row.channel: row.state for row in consents}
    channels = [
        ChannelChoice(name, label, states.get(name, "none")) for name, label in preferences.MEMBER_LABELS.items()
    ]
    return Choices(row.workspace_id, row.id, row.name, row.locale, channels, row.suppressed)
