"""How members are answered. Personal values are masked here unless the caller may see them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from siyu.contacts.members.queries import Card, Whole, masked, whole
from siyu.kit.http import InTx, Page
from siyu.platform.queries import Caller


class MaskedOut(BaseModel):
    kind: str
    masked: str


class MemberOut(BaseModel):
    """A member in a list. `phone`, `email` and `external_id` are the first of each, masked."""

    id: int
    name: str | None
    zone: str | None
    phone: str | None
    email: str | None
    external_id: str | None
    identities: list[MaskedOut]
    tags: list[str]
    consents: dict[str, str]
    suppressed: list[str]
    attributes: dict[str, Any]
    source: str
    created_at: datetime
    updated_at: datetime


class MembersOut(Page):
    items: list[MemberOut]


class IdentityOut(BaseModel):
    id: int
    kind: str
    masked: str
    created_at: datetime


class TagOn(BaseModel):
    id: int
    name: str
    group: str
    source: str
    tagged_at: datetime
    expires_at: datetime | None


class ConsentOut(BaseModel):
    channel: str
    state: str
    purpose: str
    source: str
    changed_at: datetime


class SuppressionOut(BaseModel):
    channel: str
    reason: str
    since: datetime


class MemberDetail(BaseModel):
    """Everything about a member. When `merged_into` is set, this record is history: go to that member."""

    id: int
    name: str | None
    zone: str | None
    attributes: dict[str, Any]
    source: str
    merged_into: int | None
    merged_from: list[int]
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None
    identities: list[IdentityOut]
    tags: list[TagOn]
    consents: list[ConsentOut]
    suppressions: list[SuppressionOut]


def seen(caller: Caller, value: Any) -> Any:
    """`value` as the caller may see it."""
    return value if caller.may("members.reveal") else masked(value)


def member_out(card: Card, caller: Caller) -> MemberOut:
    """A card as a line of a list."""
    first: Mapping[str, str] = {kind: values[0] for kind, values in card.identities.items()}
    return MemberOut(
        id=card.id,
        name=seen(caller, card.name),
        zone=card.zone,
        phone=first.get("phone"),
        email=first.get("email"),
        external_id=first.get("external_id"),
        identities=[MaskedOut(kind=kind, masked=value) for kind, values in card.identities.items() for value in values],
        tags=card.tags,
        consents=card.consents,
        suppressed=sorted(card.suppressed),
        attributes=seen(caller, card.attributes),
        source=card.source,
        created_at=card.created_at,
        updated_at=card.updated_at,
    )


def member_detail(member: Whole, caller: Caller) -> MemberDetail:
    """A member as its page shows it."""
    values = asdict(member)
    values["merged_from"] = [other for other in values.pop("family") if other != member.id]
    values["name"] = seen(caller, member.name)
    values["attributes"] = seen(caller, member.attributes)
    for suppression in values["suppressions"]:
        suppression["reason"] = seen(caller, suppression["reason"])
    return MemberDetail.model_validate(values)


async def detail_of(tx: InTx, caller: Caller, member_id: int) -> MemberDetail:
    """The page of one member, as the caller may see it; raises NoSuchMember."""
    return member_detail(await whole(tx, caller.workspace_id, member_id), caller)
