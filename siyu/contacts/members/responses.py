"""How members are answered."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel

from siyu.contacts.members.queries import Card, Whole, whole
from siyu.kit.http import InTx, Page
from siyu.kit.personal_data import PersonalJson, PersonalName, PersonalText
from siyu.platform.queries import Caller


class MaskedOut(BaseModel):
    kind: str
    masked: str


class MemberOut(BaseModel):
    """A member in a list. `phone`, `email` and `external_id` are the first of each, masked."""

    id: int
    name: PersonalName | None
    zone: str | None
    phone: str | None
    email: str | None
    external_id: str | None
    identities: list[MaskedOut]
    tags: list[str]
    consents: dict[str, str]
    suppressed: list[str]
    attributes: PersonalJson
    source: PersonalText
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
    source: PersonalText
    tagged_at: datetime
    expires_at: datetime | None


class ConsentOut(BaseModel):
    channel: str
    state: str
    purpose: str
    source: PersonalText
    proof: PersonalText | None
    changed_at: datetime


class SuppressionOut(BaseModel):
    channel: str
    reason: PersonalText
    since: datetime


class MemberDetail(BaseModel):
    """Everything about a member. When `merged_into` is set, this record is history: go to that member."""

    id: int
    name: PersonalName | None
    zone: str | None
    attributes: PersonalJson
    source: PersonalText
    merged_into: int | None
    merged_from: list[int]
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None
    identities: list[IdentityOut]
    tags: list[TagOn]
    consents: list[ConsentOut]
    suppressions: list[SuppressionOut]


def member_out(card: Card) -> MemberOut:
    """A card as a line of a list."""
    first: Mapping[str, str] = {kind: values[0] for kind, values in card.identities.items()}
    return MemberOut(
        id=card.id,
        name=card.name,
        zone=card.zone,
        phone=first.get("phone"),
        email=first.get("email"),
        external_id=first.get("external_id"),
        identities=[MaskedOut(kind=kind, masked=value) for kind, values in card.identities.items() for value in values],
        tags=card.tags,
        consents=card.consents,
        suppressed=sorted(card.suppressed),
        attributes=card.attributes,
        source=card.source,
        created_at=card.created_at,
        updated_at=card.updated_at,
    )


def member_detail(member: Whole) -> MemberDetail:
    """A member as its page shows it."""
    values = asdict(member)
    values["merged_from"] = [other for other in values.pop("family") if other != member.id]
    return MemberDetail.model_validate(values)


async def detail_of(tx: InTx, caller: Caller, member_id: int) -> MemberDetail:
    """The page of one member; raises NoSuchMember."""
    return member_detail(await whole(tx, caller.workspace_id, member_id))
