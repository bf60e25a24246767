"""Tags and their norms over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from siyu.contacts.hosts.access import allow_member
from siyu.contacts.hosts.queries import check_served
from siyu.contacts.members.queries import MemberFilter
from siyu.contacts.members.requests import TagNames
from siyu.contacts.members.responses import MemberDetail, detail_of
from siyu.contacts.members.rules import SOURCE_MANUAL
from siyu.contacts.models import TagGroup
from siyu.contacts.tags import actions, queries, rules
from siyu.kit import clock
from siyu.kit.errors import Fault, Invalid
from siyu.kit.http import BigId, Body, Id, InTx, Number, Page
from siyu.kit.limits import BATCH_ROWS_MAX, NAME_CHARS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["contacts"])

Reads = Annotated[Caller, allow("members.read")]
Writes = Annotated[Caller, allow("members.write")]
WritesOne = Annotated[Caller, allow_member("members.write")]
Keeps = Annotated[Caller, allow("tags.write")]
Kind = Literal["manual", "rule", "event"]


class TagOut(BaseModel):
    id: int
    name: str
    members: int


class TagGroupOut(BaseModel):
    id: int
    name: str
    kind: str
    owner: str
    exclusive: bool
    days: int | None
    created_at: datetime
    tags: list[TagOut]


class TagGroupsOut(Page):
    items: list[TagGroupOut]


class TagGroupIn(Body):
    name: str = Field(max_length=NAME_CHARS_MAX)
    kind: Kind = "manual"
    owner: str = Field("", max_length=NAME_CHARS_MAX)
    exclusive: bool = False
    days: Number | None = None


class TagGroupChange(Body):
    """Only what is given changes."""

    name: str | None = Field(None, max_length=NAME_CHARS_MAX)
    kind: Kind | None = None
    owner: str | None = Field(None, max_length=NAME_CHARS_MAX)
    exclusive: bool | None = None
    days: Number | None = None


class TagIn(Body):
    group_id: Id
    name: str = Field(max_length=NAME_CHARS_MAX)


class TagChange(Body):
    name: str = Field(max_length=NAME_CHARS_MAX)


class NormOut(BaseModel):
    """Something to tidy. `kind`: conflicting, duplicate, ownerless, expired, unused."""

    kind: str
    group: str
    tags: list[str]
    members: int
    zh: str
    en: str


class NormsOut(Page):
    items: list[NormOut]


def _group(group: TagGroup) -> TagGroupOut:
    own: dict[str, Any] = {name: getattr(group, name) for name in TagGroupOut.model_fields if name != "tags"}
    return TagGroupOut(**own, tags=[])


async def _whole(tx: InTx, caller: Caller, group_id: int) -> TagGroupOut:
    by_id = {group.id: group for group in await queries.groups(tx, caller.workspace_id)}
    return _view(by_id[group_id])


def _view(group: queries.GroupView) -> TagGroupOut:
    return TagGroupOut.model_validate({**vars(group), "tags": [vars(tag) for tag in group.tags]})


@router.get("/tag-groups")
async def groups(tx: InTx, caller: Reads) -> TagGroupsOut:
    """Tag groups with their tags and how many members have each."""
    items = [_view(group) for group in await queries.groups(tx, caller.workspace_id)]
    return TagGroupsOut(items=items, total=len(items))


@router.post("/tag-groups", status_code=201)
async def add_group(body: TagGroupIn, tx: InTx, caller: Keeps) -> TagGroupOut:
    """A new tag group."""
    return _group(await actions.add_group(tx, caller, **body.model_dump(), now=clock.now()))


@router.patch("/tag-groups/{group_id}")
async def change_group(group_id: Id, body: TagGroupChange, tx: InTx, caller: Keeps) -> TagGroupOut:
    """Change a tag group; `days` null means its tags stay for good."""
    fields = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in fields.items() if value is not None or name == "days"}
    await actions.change_group(tx, caller, group_id, changes, clock.now())
    return await _whole(tx, caller, group_id)


@router.delete("/tag-groups/{group_id}", status_code=204)
async def drop_group(group_id: Id, tx: InTx, caller: Keeps) -> None:
    """Delete a group and its tags; members lose them."""
    await actions.drop_group(tx, caller, group_id, clock.now())


@router.post("/tags", status_code=201)
async def add_tag(body: TagIn, tx: InTx, caller: Keeps) -> TagOut:
    """A new tag of a group."""
    (made,) = await actions.add_tags(tx, caller, body.group_id, [body.name], clock.now())
    return TagOut(id=made.id, name=made.name, members=0)


@router.patch("/tags/{tag_id}", status_code=204)
async def rename_tag(tag_id: Id, body: TagChange, tx: InTx, caller: Keeps) -> None:
    """Rename a tag."""
    await actions.rename_tag(tx, caller, tag_id, body.name, clock.now())


@router.delete("/tags/{tag_id}", status_code=204)
async def drop_tag(tag_id: Id, tx: InTx, caller: Keeps) -> None:
    """Delete a tag; members lose it."""
    await actions.drop_tag(tx, caller, tag_id, clock.now())


@router.get("/tag-norms")
async def norms(tx: InTx, caller: Reads) -> NormsOut:
    """What in the tags should be tidied."""
    tags, groups = await queries.uses(tx, caller.workspace_id, clock.now())
    items = [NormOut.model_validate({**vars(norm), "tags": list(norm.tags)}) for norm in rules.norms(tags, groups)]
    return NormsOut(items=items, total=len(items))


class ChangedOut(BaseModel):
    """How many members changed."""

    changed: int


class TagsIn(Body):
    add: TagNames = []
    remove: TagNames = []


@router.post("/members/{member_id}/tags")
async def tag(member_id: BigId, body: TagsIn, tx: InTx, caller: WritesOne) -> MemberDetail:
    """Put tags on a member and take others off."""
    await actions.tag(
        tx,
        caller.workspace_id,
        [member_id],
        body.add,
        body.remove,
        source=SOURCE_MANUAL,
        actor=caller.actor,
        now=clock.now(),
    )
    return await detail_of(tx, caller, member_id)


class MatchingIn(Body):
    """The filters of the list of members, and how many it said there are: others than those are never touched."""

    search: str | None = Field(None, max_length=NAME_CHARS_MAX)
    tag: str | None = Field(None, max_length=NAME_CHARS_MAX)
    identity: str | None = Field(None, max_length=40)
    expected: Number


class BulkTagsIn(TagsIn):
    """Members by their ids, or all that filters match."""

    member_ids: list[BigId] | None = Field(None, min_length=1, max_length=BATCH_ROWS_MAX)
    matching: MatchingIn | None = None

    def checked(self) -> "BulkTagsIn":
        """Itself; raises Invalid unless it says whom, in one way."""
        if (self.member_ids is None) == (self.matching is None):
            raise Invalid(errors=[Fault("member_ids", "either members or filters", "客户和筛选条件只能选一样")])
        return self


@router.post("/members/bulk-tags")
async def bulk_tag(body: BulkTagsIn, tx: InTx, caller: Writes) -> ChangedOut:
    """Put tags on many members at once; refused when another number of members matches than the list said."""
    chosen = body.checked()
    members = chosen.member_ids or []
    await check_served(tx, caller, members)
    if chosen.matching is not None:
        filters = MemberFilter(chosen.matching.search, chosen.matching.tag, chosen.matching.identity, caller.serves)
        members = await actions.matching(tx, caller.workspace_id, filters, chosen.matching.expected)
    changed = await actions.tag(
        tx,
        caller.workspace_id,
        members,
        body.add,
        body.remove,
        source=SOURCE_MANUAL,
        actor=caller.actor,
        now=clock.now(),
    )
    return ChangedOut(changed=changed)
