"""HTTP of the audience room: the language, questions asked with a tree, and saved audiences."""

from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from siyu.audience import actions, queries, rules
from siyu.audience.models import Audience, AudienceUse
from siyu.audience.rules.schema import schema
from siyu.audience.rules.sentence import both
from siyu.facts.lake import Lake
from siyu.kit import clock
from siyu.kit.errors import Invalid
from siyu.kit.http import DEFAULT_LIMIT, InTx, Limit, Page, cursor_of, read_cursor
from siyu.kit.limits import NAME_CHARS_MAX
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["audience"])

SAMPLE_MAX = 100
HISTORY_DAYS = 90
Reads = Annotated[Caller, allow("audiences.read")]
Writes = Annotated[Caller, allow("audiences.write")]
Tree = dict[str, Any]


def lake_of(request: Request) -> Lake:
    """The lake of this process."""
    return request.app.state.lake  # type: ignore[no-any-return]


InLake = Annotated[Lake, Depends(lake_of)]


class Words(BaseModel):
    zh: str
    en: str


class ChoiceOut(BaseModel):
    value: str
    label: Words


class PropOut(BaseModel):
    name: str
    type: str
    label: Words
    operators: list[str]
    values: list[ChoiceOut]


class FactOut(BaseModel):
    name: str
    label: Words
    props: list[PropOut]


class LanguageOut(BaseModel):
    kinds: list[ChoiceOut]
    facts: list[FactOut]
    fields: list[PropOut]
    tags: list[ChoiceOut]
    stages: list[ChoiceOut]
    channels: list[ChoiceOut]
    consents: list[ChoiceOut]
    audiences: list[ChoiceOut]
    windows: list[ChoiceOut]
    operators: dict[str, list[str]]
    units: list[str]
    limits: dict[str, int]


@router.get("/audience-language")
async def audience_language(tx: InTx, caller: Reads) -> LanguageOut:
    """What conditions can be made of here: kinds, facts with properties, profile fields, choices, limits."""
    return LanguageOut.model_validate(rules.language(await queries.vocabulary(tx, caller.workspace_id, strict=True)))


@router.get("/audience-schema")
async def audience_schema(tx: InTx, caller: Reads) -> dict[str, Any]:
    """What a tree may look like here, as a JSON Schema (draft 2020-12)."""
    return schema(await queries.vocabulary(tx, caller.workspace_id, strict=True))


class TreeIn(BaseModel):
    tree: Tree


class CheckOut(BaseModel):
    sentence: Words
    facts: list[str]
    audiences: list[str]


@router.post("/audience-check")
async def check(body: TreeIn, tx: InTx, caller: Reads) -> CheckOut:
    """Whether a tree is right; a wrong one is refused with the path of every fault."""
    words = await queries.vocabulary(tx, caller.workspace_id, strict=True)
    parsed = rules.check(body.tree, words)
    return CheckOut(
        sentence=Words(**both(parsed, words)),
        facts=sorted(rules.fact_names(parsed)),
        audiences=sorted(rules.references(parsed)),
    )


class AskIn(TreeIn):
    as_of: AwareDatetime | None = None


class PathCount(BaseModel):
    path: str
    count: int


class CountOut(BaseModel):
    """`leaves`: each condition by itself; `narrowing`: what is left after each outer condition in turn."""

    count: int
    total: int
    share: float
    seconds: float
    as_of: datetime
    leaves: list[PathCount]
    narrowing: list[PathCount]


@router.post("/audience-count")
async def count(body: AskIn, tx: InTx, lake: InLake, caller: Reads) -> CountOut:
    """How many members are in, of how many."""
    now, began = body.as_of or clock.now(), perf_counter()
    found = await queries.count(tx, lake, caller.workspace_id, body.tree, now)
    return CountOut(
        count=found.count,
        total=found.total,
        share=found.share,
        seconds=round(perf_counter() - began, 4),
        as_of=now,
        leaves=[PathCount(path=path, count=n) for path, n in found.leaves],
        narrowing=[PathCount(path=path, count=n) for path, n in found.narrowing],
    )


class SampleIn(AskIn):
    limit: int = Field(default=10, ge=1, le=SAMPLE_MAX)


class MemberBrief(BaseModel):
    id: int
    name: str | None


class SampleOut(BaseModel):
    items: list[MemberBrief]


@router.post("/audience-sample")
async def sample(body: SampleIn, tx: InTx, lake: InLake, caller: Reads) -> SampleOut:
    """Some of those who are in, scattered, the same ones each time."""
    now = body.as_of or clock.now()
    ids = await queries.sample(tx, lake, caller.workspace_id, body.tree, body.limit, now)
    names = await queries.names_of(tx, caller.workspace_id, ids)
    return SampleOut(items=[MemberBrief(id=one, name=names.get(one)) for one in ids])


class ReasonOut(Words):
    path: str
    matched: bool
    value: Any = None
    changes_at: datetime | None = None


class ExplainOut(BaseModel):
    matched: bool
    reasons: list[ReasonOut]


class ExplainIn(AskIn):
    member_id: int


def _explained(found: queries.Explained) -> ExplainOut:
    reasons = [
        ReasonOut(
            path=r.path, matched=r.matched, value=r.value, changes_at=r.changes_at, zh=r.words["zh"], en=r.words["en"]
        )
        for r in found.reasons
    ]
    return ExplainOut(matched=found.matched, reasons=reasons)


@router.post("/audience-explain")
async def explain(body: ExplainIn, tx: InTx, lake: InLake, caller: Reads) -> ExplainOut:
    """Why a member is in or out, condition by condition, and when each turns by time alone."""
    now = body.as_of or clock.now()
    return _explained(await queries.explain(tx, lake, caller.workspace_id, body.tree, body.member_id, now))


# --- saved audiences


class UseOut(BaseModel):
    kind: str
    id: str
    name: str


class AudienceOut(BaseModel):
    id: int
    name: str
    label: str
    version: int
    tree: Tree
    sentence: Words
    size: int | None
    share: float | None
    refreshed_at: datetime | None
    due_at: datetime | None
    created_by: str
    created_at: datetime
    used_by: list[UseOut]


class AudiencesOut(Page):
    items: list[AudienceOut]


class VersionOut(BaseModel):
    version: int
    tree: Tree
    written_by: str
    written_at: datetime


class SizeOut(BaseModel):
    at: datetime
    size: int


class AudienceDetailOut(AudienceOut):
    versions: list[VersionOut]
    history: list[SizeOut]


async def _shown(tx: InTx, caller: Caller, rows: Sequence[Audience]) -> list[AudienceOut]:
    words = await queries.vocabulary(tx, caller.workspace_id)
    total = await queries.total(tx, caller.workspace_id)
    users = await queries.uses(tx, [row.id for row in rows])
    return [_out(row, words, total, users[row.id]) for row in rows]


def _out(row: Audience, words: rules.Vocabulary, total: int, users: list[AudienceUse]) -> AudienceOut:
    tree = words.audiences[row.name].tree
    try:
        said = both(rules.check(tree, words), words)
    except Invalid as refusal:
        # saved long ago in words that have gone since: shown with what is wrong, so that it can be mended
        said = {"zh": refusal.detail_zh, "en": refusal.detail}
    return AudienceOut(
        id=row.id,
        name=row.name,
        label=row.label,
        version=row.version,
        tree=tree,
        sentence=Words(**said),
        size=row.size,
        share=row.size / total if row.size is not None and total else None,
        refreshed_at=row.refreshed_at,
        due_at=row.due_at,
        created_by=row.created_by,
        created_at=row.created_at,
        used_by=[UseOut(kind=user.kind, id=user.used_by, name=user.label) for user in users],
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
    after = read_cursor(cursor, 1)
    rows, total = await queries.page(tx, caller.workspace_id, search, str(after[0]) if after else None, limit + 1)
    following = cursor_of(rows[limit - 1].name) if len(rows) > limit else None
    return AudiencesOut(items=await _shown(tx, caller, rows[:limit]), total=total, next=following)


class SaveIn(TreeIn):
    name: str | None = Field(default=None, max_length=80)
    label: str | None = Field(default=None, max_length=NAME_CHARS_MAX)


@router.post("/audiences", status_code=201)
async def save(body: SaveIn, tx: InTx, caller: Writes) -> AudienceDetailOut:
    """Save an audience; its members are there within seconds."""
    label = body.label if body.label is not None else body.name or ""
    row = await actions.save(tx, caller, name=body.name, label=label, tree=body.tree, now=clock.now())
    return await _detail(tx, caller, row)


@router.get("/audiences/{audience_id}")
async def audience(audience_id: int, tx: InTx, caller: Reads) -> AudienceDetailOut:
    """One saved audience with its versions and its size day by day."""
    return await _detail(tx, caller, await queries.audience(tx, caller.workspace_id, audience_id))


async def _detail(tx: InTx, caller: Caller, row: Audience) -> AudienceDetailOut:
    shown = (await _shown(tx, caller, [row]))[0]
    versions = [
        VersionOut(version=v.version, tree=v.tree, written_by=v.written_by, written_at=v.written_at)
        for v in await queries.versions(tx, row.id)
    ]
    history = [
        SizeOut(at=rules.midnight(one.day, caller.zone), size=one.size)
        for one in await queries.sizes(tx, row.id, HISTORY_DAYS)
    ]
    return AudienceDetailOut(**shown.model_dump(), versions=versions, history=history)


@router.put("/audiences/{audience_id}")
async def revise(audience_id: int, body: SaveIn, tx: InTx, caller: Writes) -> AudienceDetailOut:
    """Change label or conditions; other conditions are a new version. The name stays: others refer to it."""
    row = await actions.revise(tx, caller, audience_id, label=body.label, tree=body.tree, now=clock.now())
    return await _detail(tx, caller, row)


@router.delete("/audiences/{audience_id}", status_code=204)
async def drop(audience_id: int, tx: InTx, caller: Writes) -> None:
    """Delete an audience; refused while a journey or another audience uses it."""
    await actions.drop(tx, caller, audience_id, clock.now())


class MemberIn(MemberBrief):
    entered_at: datetime


class MembersOut(Page):
    items: list[MemberIn]


@router.get("/audiences/{audience_id}/members")
async def members(
    audience_id: int, tx: InTx, caller: Reads, cursor: str | None = None, limit: Limit = DEFAULT_LIMIT
) -> MembersOut:
    """Who is in as of the last refresh."""
    row = await queries.audience(tx, caller.workspace_id, audience_id)
    after = read_cursor(cursor, 1)
    start = int(after[0]) if after and isinstance(after[0], int) else None
    found, total = await queries.members(tx, row.id, start, limit + 1)
    following = cursor_of(found[limit - 1][0]) if len(found) > limit else None
    items = [MemberIn(id=one, name=name, entered_at=at) for one, name, at in found[:limit]]
    return MembersOut(items=items, total=total, next=following)


@router.get("/audiences/{audience_id}/explain/{member_id}")
async def explain_saved(
    audience_id: int, member_id: int, tx: InTx, lake: InLake, caller: Reads, as_of: AwareDatetime | None = None
) -> ExplainOut:
    """Why a member is in or out of a saved audience."""
    row = await queries.audience(tx, caller.workspace_id, audience_id)
    tree = (await queries.version(tx, row.id, row.version)).tree
    return _explained(await queries.explain(tx, lake, caller.workspace_id, tree, member_id, as_of or clock.now()))
