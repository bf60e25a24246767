"""The links members change their message settings with."""

from siyu.channels.rules import preferences
from siyu.kit.crypto import keyed_hash


def _mac(member_id: int) -> bytes:
    return keyed_hash("preferences", str(member_id))


def preference_link(public_url: str, member_id: int) -> str:
    """The address of the member's settings page."""
    return f"{public_url.rstrip('/')}{preferences.PATH}{preferences.token(member_id, _mac(member_id))}"


def member_of_link(token: str) -> int:
    """The member behind a link's token; raises WrongLink for one we did not make."""
    return preferences.believe(token, _mac(preferences.claimed(token)))
