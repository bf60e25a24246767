"""The links members change their message settings with, and what is behind one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text

from siyu.channels.consent import rules as preferences
from siyu.kit.crypto import keyed_hash
from siyu.kit.db import Tx
from siyu.kit.text import LocalizedText


def _code(member_id: int, issued_on: date, generation: int) -> bytes:
    return keyed_hash("preferences", str(member_id), str(issued_on.toordinal()), str(generation))


def preference_token(member_id: int, generation: int, at: datetime) -> str:
    """The token of a link made at `at`, the member's links having been revoked `generation` times."""
    issued_on = preferences.issue_day(at)
    return preferences.token(member_id, issued_on, _code(member_id, issued_on, generation))


def preference_link(public_url: str, member_id: int, generation: int, at: datetime) -> str:
    """The address of the member's settings page."""
    return f"{public_url.rstrip('/')}{preferences.PATH}{preference_token(member_id, generation, at)}"


async def generations(tx: Tx, member_ids: Iterable[int]) -> dict[int, int]:
    """How often the links of each of these members were revoked."""
    ids = sorted(set(member_ids))
    rows = await tx.execute(
        text("SELECT member_id, generation FROM preference_revocation WHERE member_id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": ids},
    )
    return dict.fromkeys(ids, 0) | {row.member_id: row.generation for row in rows}


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


async def choices(tx: Tx, token: str, lasts: timedelta, now: datetime) -> Choices:
    """What is behind a link's token; of a merged member the one they are now. Raises WrongLink, LinkEnded."""
    claimed = preferences.claim(token)
    member_id, issued_on = claimed.member_id, claimed.issued_on
    generation = (await generations(tx, [member_id]))[member_id]
    present, *revoked = (_code(member_id, issued_on, number) for number in range(generation, -1, -1))
    preferences.verify(claimed, present, revoked, lasts, now)
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
