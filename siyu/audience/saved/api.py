"""Saved audiences: kept, revised, dropped; who is in them and who was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from siyu.audience import queries
from siyu.audience.http import ExplainOut, MemberBrief, Reads, ReadsMember, Tree, TreeIn, Writes, explained
from siyu.audience.language.references import shown
from siyu.audience.language.schema import Schema
from siyu.audience.models import Audience
from siyu.audience.saved import actions as saved
from siyu.audience.saved import queries as saved_queries
from siyu.facts.http import InLake
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.errors import check_expected
from siyu.kit.http import (
    DEFAULT_LIMIT,
    AwareRequestTime,
    BigId,
    Id,
    InTx,
    Limit,
    Number,
    Page,
    cursor_of,
    database,
    read_cursor,
)
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.kit.text import LocalizedText
from siyu.kit.time import midnight
from siyu.platform.queries import Caller
from siyu.platform.uses.rules import User

router = APIRouter(prefix="/api/v1", tags=["audience"])

HISTORY_DAYS = 90


class UseOut(BaseModel):
    kind: str
    id: str
    name: str


class AudienceOut(BaseModel):
    """`trouble`: why the last refresh failed (`failed`, tried again by itself; `unreadable`, its words are gone), or null."""

    id: int
    name: str
    label: str
    version: int
    tree: Tree
    sentence: LocalizedText
    size: int | None
    share: float | None
    refreshed_at: datetime | None
    due_at: datetime | None
    trouble: str | None
    created_by: str
    created_at: datetime
    used_by: list[UseOut]


class AudiencesOut(Page):
    items: list[AudienceOut]


class AudienceVersionOut(BaseModel):
    version: int
    tree: Tree
    written_by: str
    written_at: datetime


class SizeOut(BaseModel):
    at: datetime
    size: int


class AudienceDetailOut(AudienceOut):
    versions: list[AudienceVersionOut]
    history: list[SizeOut]


async def _shown(tx: InTx, caller: Caller, rows: Sequence[Audience]) -> list[AudienceOut]:
    schema = await queries.schema(tx, caller.workspace_id)
    total = await queries.total(tx, caller.workspace_id)
    users = await saved_queries.uses(tx, caller.workspace_id, [row.id for row in rows])
    return [_out(row, schema, total, users[row.id]) for row in rows]


def _use_out(user: User) -> UseOut:
    return UseOut(kind=user.kind, id=user.id, name=user.label)


def _out(row: Audience, schema: Schema, total: int, users: list[User]) -> AudienceOut:
    tree = schema.audiences[row.name].tree
    return AudienceOut(
        id=row.id,
        name=row.name,
        label=row.label,
        version=row.version,
        tree=shown(tree, schema),
        sentence=saved_queries.sentence_of(tree, schema),
        size=row.size,
        share=row.size / total if row.size is not None and total else None,
        refreshed_at=row.refreshed_at,
        due_at=row.due_at,
        trouble=row.trouble,
        created_by=row.created_by,
        created_at=row.created_at,
        used_by=[_use_out(user) for user in users],
    )


@router.get("/audiences")
async def audiences(
    tx: InTx,
    caller: Reads,
    search: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> AudiencesOut:
    """Saved audiences by name."""
    after = read_cursor(cursor, str)
    rows, total = await saved_queries.page(tx, caller.workspace_id, search, after[0] if after else None, limit + 1)
    following = cursor_of(rows[limit - 1].name) if len(rows) > limit else None
    return AudiencesOut(items=await _shown(tx, caller, rows[:limit]), total=total, next=following)


class SaveIn(TreeIn):
    name: str | None = Field(default=None, max_length=80)
    label: str | None = Field(default=None, max_length=NAME_CHARS_MAX)


@router.post("/audiences", status_code=201)
async def save(body: SaveIn, tx: InTx, caller: Writes) -> AudienceDetailOut:
    """Save an audience; its members are there within seconds."""
    label = body.label if body.label is not None else body.name or ""
    row = await saved.save(tx, caller, name=body.name, label=label, tree=body.tree, now=clock.now())
    return await _detail(tx, caller, row)


@router.get("/audiences/{audience_id}")
async def audience(audience_id: Id, tx: InTx, caller: Reads) -> AudienceDetailOut:
    """One saved audience with its versions and its size day by day."""
    return await _detail(tx, caller, await saved_queries.audience(tx, caller.workspace_id, audience_id))


async def _detail(tx: InTx, caller: Caller, row: Audience) -> AudienceDetailOut:
    line = (await _shown(tx, caller, [row]))[0]
    schema = await queries.schema(tx, caller.workspace_id)
    versions = [
        AudienceVersionOut(
            version=v.version, tree=shown(v.tree, schema), written_by=v.written_by, written_at=v.written_at
        )
        for v in await saved_queries.versions(tx, row.id)
    ]
    history = [
        SizeOut(at=midnight(size.day, caller.zone), size=size.size)
        for size in await saved_queries.sizes(tx, row.id, HISTORY_DAYS)
    ]
    return AudienceDetailOut(**line.model_dump(), versions=versions, history=history)


class ReviseIn(SaveIn):
    expected: Number | None = None
    """How many come in and go, together, as the preview said; refused when it is another number by now."""


@router.put("/audiences/{audience_id}")
async def revise(
    audience_id: Id, body: ReviseIn, db: Annotated[Database, Depends(database)], lake: InLake, caller: Writes
) -> AudienceDetailOut:
    """Change label or conditions; other conditions are a new version. The name stays: others refer to it."""
    if body.expected is not None:
        async with db.transaction() as tx:
            row = await saved_queries.audience(tx, caller.workspace_id, audience_id)
            before = (await saved_queries.version(tx, row.id, row.version)).tree
            moves = await queries.parse_moves(tx, caller.workspace_id, before, body.tree)
        if moves is not None:
            check_expected(body.expected, sum(await queries.count_moves(lake, moves, caller.workspace_id, clock.now())))
    async with db.transaction() as tx:
        row = await saved.revise(tx, caller, audience_id, label=body.label, tree=body.tree, now=clock.now())
        return await _detail(tx, caller, row)


class RevisionPreviewOut(BaseModel):
    """`entering`, `leaving`: members whom the other conditions would bring in and take out now, null when the old ones cannot
    be read any more; `used_by`: what that reaches."""

    entering: int | None
    leaving: int | None
    used_by: list[UseOut]


@router.post("/audiences/{audience_id}/revision-preview")
async def revision_preview(
    audience_id: Id, body: TreeIn, db: Annotated[Database, Depends(database)], lake: InLake, caller: Writes
) -> RevisionPreviewOut:
    """Whom a change of conditions would move, before it is saved; a wrong tree is refused with the path of every fault."""
    async with db.transaction() as tx:
        row = await saved_queries.audience(tx, caller.workspace_id, audience_id)
        before = (await saved_queries.version(tx, row.id, row.version)).tree
        users = (await saved_queries.uses(tx, caller.workspace_id, [row.id]))[row.id]
        moves = await queries.parse_moves(tx, caller.workspace_id, before, body.tree)
    entering, leaving = None, None
    if moves is not None:
        entering, leaving = await queries.count_moves(lake, moves, caller.workspace_id, clock.now())
    return RevisionPreviewOut(entering=entering, leaving=leaving, used_by=[_use_out(user) for user in users])


@router.delete("/audiences/{audience_id}", status_code=204)
async def drop(audience_id: Id, tx: InTx, caller: Writes) -> None:
    """Delete an audience; refused while a journey or another audience uses it."""
    await saved.drop(tx, caller, audience_id, clock.now())


class AudienceMemberOut(MemberBrief):
    entered_at: datetime


class AudienceMembersOut(Page):
    """`as_of`: when they were in; `version`: of the conditions that were in force then."""

    items: list[AudienceMemberOut]
    as_of: datetime | None
    version: int | None


@router.get("/audiences/{audience_id}/members")
async def members(
    audience_id: Id,
    tx: InTx,
    lake: InLake,
    caller: Reads,
    at: AwareRequestTime | None = None,
    search: Annotated[str | None, Query(max_length=NAME_CHARS_MAX)] = None,
    cursor: str | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> AudienceMembersOut:
    """Who is in as of the last refresh, or who was in `at` a moment; `search` is part of a name, or exactly a phone, email or
    customer number."""
    row = await saved_queries.audience(tx, caller.workspace_id, audience_id)
    after = read_cursor(cursor, int)
    start = after[0] if after else None
    if at is None:
        rows, total = await saved_queries.members(tx, row, search, start, limit + 1)
        as_of, version = row.refreshed_at, row.settled_version
    else:
        rows, total = await saved_queries.members_at(tx, lake, row, at, search, start, limit + 1)
        as_of, version = at, await saved_queries.version_at(tx, row.id, at)
    following = cursor_of(rows[limit - 1][0]) if len(rows) > limit else None
    items = [
        AudienceMemberOut(id=member_id, name=name, entered_at=entered) for member_id, name, entered in rows[:limit]
    ]
    return AudienceMembersOut(items=items, total=total, next=following, as_of=as_of, version=version)


class BelongsOut(BaseModel):
    """An audience that a member is or was in; `version` is that of the conditions in force at the moment."""

    id: int
    name: str
    label: str
    version: int | None
    entered_at: datetime


class BelongOut(BaseModel):
    items: list[BelongsOut]


@router.get("/members/{member_id}/audiences")
async def audiences_of(
    member_id: BigId, tx: InTx, lake: InLake, caller: ReadsMember, at: AwareRequestTime | None = None
) -> BelongOut:
    """The saved audiences a member is in, or was in `at` a moment; of a merged member, its winner's."""
    audiences = await saved_queries.audiences_of(tx, lake, caller.workspace_id, member_id, at)
    items = [
        BelongsOut(
            id=row.id,
            name=row.name,
            label=row.label,
            version=row.settled_version if at is None else await saved_queries.version_at(tx, row.id, at),
            entered_at=entered,
        )
        for row, entered in audiences
    ]
    return BelongOut(items=items)


@router.get("/audiences/{audience_id}/explain/{member_id}")
async def explain_saved(
    audience_id: Id,
    member_id: BigId,
    tx: InTx,
    lake: InLake,
    caller: ReadsMember,
    as_of: AwareRequestTime | None = None,
) -> ExplainOut:
    """Why a member is in or out of a saved audience."""
    row = await saved_queries.audience(tx, caller.workspace_id, audience_id)
    tree = (await saved_queries.version(tx, row.id, row.version)).tree
    return explained(await queries.explain(tx, lake, caller.workspace_id, tree, member_id, as_of or clock.now()))
