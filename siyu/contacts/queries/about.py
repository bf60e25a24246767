"""What the content room may know of members; the app hands these to it."""

from collections.abc import Mapping
from typing import Any

from siyu.contacts.queries.attributes import attribute_specs
from siyu.contacts.queries.cards import cards
from siyu.contacts.rules.identities import veil
from siyu.contacts.rules.refusals import NoSuchMember
from siyu.kit.db import Tx
from siyu.platform.queries import Caller


async def attribute_names(tx: Tx, workspace_id: int) -> list[str]:
    """The attributes a template may name."""
    return list(await attribute_specs(tx, workspace_id))


async def about(tx: Tx, caller: Caller, member_id: int) -> Mapping[str, Any]:
    """Name, attributes and tags of a member as `caller` may see them; raises NoSuchMember."""
    card = (await cards(tx, caller.workspace_id, [member_id])).get(member_id)
    if card is None:
        raise NoSuchMember()
    clear = caller.may("members.reveal")
    return {
        "name": card.name if clear else veiled(card.name),
        "attributes": card.attributes if clear else veiled(card.attributes),
        "tags": card.tags,
    }


def veiled(value: Any) -> Any:
    """`value` with every phone number and address inside it masked."""
    if isinstance(value, str):
        return veil(value)
    if isinstance(value, dict):
        return {key: veiled(one) for key, one in value.items()}
    return [veiled(one) for one in value] if isinstance(value, list) else value
