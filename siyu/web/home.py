"""`GET /api/v1/today`: the first page. It shows work of rooms that do not see each other, so the door puts it together."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from siyu.facts.http import InLake
from siyu.insight.queries.home_summary import HomeSummary, summarise
from siyu.insight.rules import health as health_rules
from siyu.insight.rules.health import AreaName, Level
from siyu.insight.rules.home_summary import StartKey, Work, WorkKind
from siyu.kit import clock
from siyu.kit.http import InTx
from siyu.kit.personal_data import PersonalText, PersonalWords
from siyu.kit.text import LocalizedText
from siyu.platform.access import allow
from siyu.platform.queries import Caller
from siyu.web import home_sources

router = APIRouter(prefix="/api/v1")


class AreaOut(BaseModel):
    key: AreaName
    label: LocalizedText
    score: int | None
    figure: str
    level: Level
    cause: LocalizedText


class SilentOut(BaseModel):
    """A source of data of which nothing came since yesterday, and when it was last heard of."""

    key: str
    label: LocalizedText
    last_at: datetime


class HealthOut(BaseModel):
    level: Level
    area: AreaName | None
    sentence: LocalizedText
    cause: LocalizedText | None
    action: LocalizedText | None
    areas: list[AreaOut]
    silent: list[SilentOut]


class FlowOut(BaseModel):
    key: AreaName
    label: LocalizedText
    metric: str | None
    yesterday: int | None
    mean: float | None
    spark: list[int]


class WorkOut(BaseModel):
    kind: WorkKind
    id: int | None
    name: PersonalText
    state: str
    text: PersonalWords
    done: int | None
    total: int | None


class StartOut(BaseModel):
    key: StartKey
    done: bool
    label: LocalizedText


class TodayOut(BaseModel):
    as_of: datetime
    zone: str
    empty: bool
    members: int
    reachable: int
    health: HealthOut
    days: list[str]
    flows: list[FlowOut]
    needs: list[WorkOut]
    running: list[WorkOut]
    start: list[StartOut]


@router.get("/today", tags=["insight"])
async def today(tx: InTx, lake: InLake, caller: Annotated[Caller, allow("reports.read")]) -> TodayOut:
    """The shop today: health in one sentence, the five flows, what needs me, what is running."""
    now = clock.now()
    higher = [
        *await home_sources.journey_work(tx, caller.workspace_id),
        *await home_sources.import_work(tx, caller.workspace_id),
    ]
    return today_out(await summarise(tx, lake, caller.workspace_id, caller.zone, higher, caller.permissions, now))


def today_out(summary: HomeSummary) -> TodayOut:
    """The first page as the API tells it."""
    health = summary.health
    return TodayOut(
        as_of=summary.now,
        zone=summary.zone,
        empty=summary.empty,
        members=summary.members,
        reachable=summary.reachable,
        health=HealthOut(
            level=health.level,
            area=health.area,
            sentence=health.sentence,
            cause=health.cause,
            action=health.action,
            areas=[
                AreaOut(
                    key=area.key,
                    label=health_rules.AREA_LABELS[area.key],
                    score=area.score,
                    figure=area.figure,
                    level=area.level,
                    cause=area.cause,
                )
                for area in health.areas
            ],
            silent=[SilentOut(key=feed.key, label=feed.label, last_at=feed.last_at) for feed in health.silent],
        ),
        days=summary.days,
        flows=[
            FlowOut(key=f.key, label=f.label, metric=f.metric, yesterday=f.yesterday, mean=f.mean, spark=f.spark)
            for f in summary.flows
        ],
        needs=[_work(work) for work in summary.needs],
        running=[_work(work) for work in summary.running],
        start=[StartOut(key=step.key, done=step.done, label=step.label) for step in summary.start],
    )


def _work(work: Work) -> WorkOut:
    return WorkOut(
        kind=work.kind, id=work.id, name=work.name, state=work.state, text=work.text, done=work.done, total=work.total
    )
