"""Questions asked with a tree: the language, whether a tree is right, how many, some of them, and why."""

from datetime import datetime
from time import perf_counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from siyu.audience import queries
from siyu.audience.http import ExplainOut, MemberBrief, Reads, TreeIn, explained
from siyu.audience.language.catalog import AudienceLanguageOut, catalog, json_schema
from siyu.audience.language.check import check_tree, read_tree
from siyu.audience.language.describe import describe, describe_condition
from siyu.audience.language.time_dependence import fact_names
from siyu.audience.language.tree import outer_parts, references
from siyu.audience.saved import queries as saved_queries
from siyu.facts.http import InLake
from siyu.facts.lake.connection import QueryProgress
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.http import AwareRequestTime, BigId, InTx, database
from siyu.kit.text import LocalizedText

router = APIRouter(prefix="/api/v1", tags=["audience"])

SAMPLE_MAX = 100


@router.get("/audience-language")
async def audience_language(tx: InTx, caller: Reads) -> AudienceLanguageOut:
    """What conditions can be made of here: kinds, facts with properties, profile fields, choices, limits."""
    return catalog(await queries.schema(tx, caller.workspace_id, strict=True))


@router.get("/audience-schema")
async def audience_schema(tx: InTx, caller: Reads) -> dict[str, Any]:
    """What a tree may look like here, as a JSON Schema (draft 2020-12)."""
    return json_schema(await queries.schema(tx, caller.workspace_id, strict=True))


class CheckOut(BaseModel):
    sentence: LocalizedText
    facts: list[str]
    audiences: list[str]


@router.post("/audience-check")
async def check(body: TreeIn, tx: InTx, caller: Reads) -> CheckOut:
    """Whether a tree is right; a wrong one is refused with the path of every fault."""
    schema = await queries.schema(tx, caller.workspace_id, strict=True)
    parsed = check_tree(body.tree, schema)
    return CheckOut(
        sentence=describe(parsed, schema),
        facts=sorted(fact_names(parsed)),
        audiences=sorted(references(parsed)),
    )


class TreeFault(BaseModel):
    """What is wrong at a path of the tree, and what would be right."""

    path: str
    reason: str
    reason_zh: str
    expected: str | None


class ConditionText(BaseModel):
    """One condition in plain words, at its path in the tree."""

    path: str
    text: LocalizedText


class DescribeOut(BaseModel):
    """`sentence`: the whole tree, when nothing is wrong with it, and `parts`: each of its outer parts; `conditions`: those
    that can be read; `faults`: the rest."""

    sentence: LocalizedText | None
    parts: list[ConditionText]
    conditions: list[ConditionText]
    faults: list[TreeFault]


@router.post("/audience-describe")
async def describe_draft(body: TreeIn, tx: InTx, caller: Reads) -> DescribeOut:
    """A tree that is being edited in plain words, as far as it is right already."""
    schema = await queries.schema(tx, caller.workspace_id, strict=True)
    draft = read_tree(body.tree, schema)
    tree = None if draft.faults else draft.tree
    parts = [] if tree is None else outer_parts(tree)
    return DescribeOut(
        sentence=None if tree is None else describe(tree, schema),
        parts=[ConditionText(path=path, text=describe(part, schema)) for path, part in parts],
        conditions=[
            ConditionText(path=path, text=describe_condition(condition, schema)) for path, condition in draft.conditions
        ],
        faults=[
            TreeFault(path=fault.path, reason=fault.reason, reason_zh=fault.reason_zh, expected=fault.expected)
            for fault in draft.faults
        ],
    )


class AskIn(TreeIn):
    as_of: AwareRequestTime | None = None


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
async def count(body: AskIn, db: Annotated[Database, Depends(database)], lake: InLake, caller: Reads) -> CountOut:
    """How many members are in, of how many."""
    now, began = body.as_of or clock.now(), perf_counter()
    async with db.transaction() as tx:
        parsed, schema = await queries.parse(tx, caller.workspace_id, body.tree)
    counted = await queries.counted(lake, parsed, caller.workspace_id, schema.zone, now, QueryProgress())
    return counted_out(counted, now, perf_counter() - began)


def counted_out(counted: queries.Counted, now: datetime, seconds: float) -> CountOut:
    """A count as an answer."""
    return CountOut(
        count=counted.count,
        total=counted.total,
        share=counted.share,
        seconds=round(seconds, 4),
        as_of=now,
        leaves=[PathCount(path=path, count=n) for path, n in counted.leaves],
        narrowing=[PathCount(path=path, count=n) for path, n in counted.narrowing],
    )


class SampleIn(AskIn):
    limit: int = Field(default=10, ge=1, le=SAMPLE_MAX)


class SampleOut(BaseModel):
    items: list[MemberBrief]


class ReachableOut(BaseModel):
    """How many of a tree's members can receive on a channel that the brand has an account on."""

    reachable: int


@router.post("/audience-reachable")
async def reachable(body: AskIn, tx: InTx, lake: InLake, caller: Reads) -> ReachableOut:
    """How many of the members could be sent something: the figure of the first page, and of an enrolment's preview."""
    now = body.as_of or clock.now()
    return ReachableOut(reachable=await queries.reachable(tx, lake, caller.workspace_id, now, body.tree))


@router.post("/audience-sample")
async def sample(body: SampleIn, db: Annotated[Database, Depends(database)], lake: InLake, caller: Reads) -> SampleOut:
    """Some of those who are in, scattered, the same ones each time."""
    now = body.as_of or clock.now()
    # no transaction is held while the lake is asked: it may wait its turn, and connections are few
    async with db.transaction() as tx:
        parsed, schema = await queries.parse(tx, caller.workspace_id, body.tree)
    ids = await queries.sample(lake, parsed, caller.workspace_id, schema.zone, body.limit, now)
    async with db.transaction() as tx:
        names = await saved_queries.names_of(tx, caller.workspace_id, ids)
    return SampleOut(items=[MemberBrief(id=member_id, name=names.get(member_id)) for member_id in ids])


class ExplainIn(AskIn):
    member_id: BigId


@router.post("/audience-explain")
async def explain(body: ExplainIn, tx: InTx, lake: InLake, caller: Reads) -> ExplainOut:
    """Why a member is in or out, condition by condition, and when each turns by time alone."""
    now = body.as_of or clock.now()
    return explained(await queries.explain(tx, lake, caller.workspace_id, body.tree, body.member_id, now))
