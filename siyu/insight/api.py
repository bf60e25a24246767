"""HTTP of the insight room: the dictionary and the reports."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from siyu.audience.language.lifecycle import CORE_WITHIN
from siyu.audience.language.lifecycle import stage as stage_of
from siyu.commerce import queries as commerce
from siyu.contacts.hosts.access import allow_member
from siyu.contacts.members.queries import check_here
from siyu.contacts.merges.queries import family
from siyu.facts.http import InLake
from siyu.insight import report as rules
from siyu.insight.queries.reports import run_report
from siyu.insight.reports import METRIC_DICTIONARY, REPORTS
from siyu.insight.rules.metric import Metric, Unit
from siyu.insight.rules.metrics import METRICS
from siyu.insight.rules.params import Kind, Param
from siyu.insight.rules.period import Interval
from siyu.insight.rules.stages import STAGE_LABELS
from siyu.kit import clock
from siyu.kit.errors import Fault, Invalid
from siyu.kit.http import BigId, InTx
from siyu.kit.text import Lang, LocalizedText
from siyu.platform.access import allow
from siyu.platform.queries import Caller

router = APIRouter(prefix="/api/v1", tags=["insight"])
Reader = Annotated[Caller, allow("reports.read")]


class MetricOut(BaseModel):
    name: str
    label: LocalizedText
    definition: LocalizedText
    unit: Unit
    sql: str | None
    of: list[str]


class DictionaryOut(BaseModel):
    items: list[MetricOut]
    total: int


def metric_out(metric: Metric) -> MetricOut:
    """A metric as the API tells it."""
    return MetricOut(
        name=metric.name,
        label=metric.label,
        definition=metric.definition,
        unit=metric.unit,
        sql=metric.sql or None,
        of=list(metric.of),
    )


@router.get("/metric-dictionary")
async def metric_dictionary(caller: Reader) -> DictionaryOut:
    """Every metric with its one definition."""
    items = [metric_out(metric) for metric in METRIC_DICTIONARY.values()]
    return DictionaryOut(items=items, total=len(items))


class ParamChoiceOut(BaseModel):
    value: str
    label: LocalizedText


class ParamOut(BaseModel):
    name: str
    label: LocalizedText
    kind: Kind
    default: str | None
    choices: list[ParamChoiceOut]
    low: int | None
    high: int | None


class ReportKindOut(BaseModel):
    name: str
    title: LocalizedText
    about: LocalizedText
    params: list[ParamOut]


class ReportsOut(BaseModel):
    items: list[ReportKindOut]
    total: int


def _param_out(param: Param) -> ParamOut:
    bounded = param.kind == "integer"
    return ParamOut(
        name=param.name,
        label=param.label,
        kind=param.kind,
        default=param.default,
        choices=[ParamChoiceOut(value=value, label=label) for value, label in param.choices],
        low=param.low if bounded else None,
        high=param.high if bounded else None,
    )


@router.get("/reports")
async def reports(caller: Reader) -> ReportsOut:
    """Every report with its parameters."""
    items = [
        ReportKindOut(name=k.name, title=k.title, about=k.about, params=[_param_out(p) for p in k.params])
        for k in REPORTS
    ]
    return ReportsOut(items=items, total=len(items))


class ReportColumnOut(BaseModel):
    key: str
    label: LocalizedText
    type: rules.ColumnType
    metric: str | None


class SeriesOut(BaseModel):
    name: LocalizedText
    data: list[float | int | None]
    metric: str | None


class ChartOut(BaseModel):
    kind: rules.ChartKind
    unit: rules.ChartUnit
    x: list[LocalizedText]
    x_label: LocalizedText
    series: list[SeriesOut]


class WindowOut(BaseModel):
    """[begins, ends); `begins` is null for all of history."""

    begins: datetime | None
    ends: datetime


class ReportOut(BaseModel):
    name: str
    title: LocalizedText
    answer: LocalizedText
    columns: list[ReportColumnOut]
    rows: list[dict[str, Any]]
    chart: ChartOut | None
    definitions: list[MetricOut]
    as_of: datetime
    zone: str
    currency: str
    window: WindowOut | None
    previous: WindowOut | None
    audience: str | None
    notes: list[LocalizedText]


def report_out(report: rules.Report) -> ReportOut:
    """A report as the API tells it."""
    chart = report.chart
    return ReportOut(
        name=report.name,
        title=report.title,
        answer=report.answer,
        columns=[ReportColumnOut(key=c.key, label=c.label, type=c.type, metric=c.metric) for c in report.columns],
        rows=report.rows,
        chart=chart
        and ChartOut(
            kind=chart.kind,
            unit=chart.unit,
            x=chart.x,
            x_label=chart.x_label,
            series=[SeriesOut(name=s.name, data=s.data, metric=s.metric) for s in chart.series],
        ),
        definitions=[metric_out(metric) for metric in report.definitions],
        as_of=report.as_of,
        zone=report.zone,
        currency=report.currency,
        window=_window(report.window),
        previous=_window(report.previous),
        audience=report.audience,
        notes=report.notes,
    )


def _window(window: Interval | None) -> WindowOut | None:
    return WindowOut(begins=None if window.all_history else window.begins, ends=window.ends) if window else None


class FigureOut(BaseModel):
    """A metric of one member; money is in fen."""

    metric: str
    label: LocalizedText
    definition: LocalizedText
    unit: Unit
    value: int | None


class MemberValueOut(BaseModel):
    """What a member is worth so far, by the metrics of the dictionary and over all their orders, and the stage of their life
    as a customer (none without an order)."""

    stage: LocalizedText | None
    figures: list[FigureOut]
    first_order_at: datetime | None
    last_order_at: datetime | None


VALUE_METRICS = ("orders", "sales_fen", "refunded_fen", "net_sales_fen", "average_order_fen")


@router.get("/members/{member_id}/value")
async def member_value(
    member_id: BigId, tx: InTx, caller: Annotated[Caller, allow_member("members.read")]
) -> MemberValueOut:
    """What a member has bought and given back, with who was merged into it; raises NoSuchMember."""
    await check_here(tx, caller.workspace_id, member_id)
    now, whole = clock.now(), await family(tx, member_id)
    worth = await commerce.value_of(tx, caller.workspace_id, whole, now)
    recent = await commerce.paid_since(tx, caller.workspace_id, whole, now - CORE_WITHIN, now)
    stage = stage_of(worth.first_order_at, worth.last_order_at, recent, now)
    figures = [(METRICS[name], getattr(worth, name)) for name in VALUE_METRICS]
    return MemberValueOut(
        stage=STAGE_LABELS[stage] if stage else None,
        figures=[
            FigureOut(metric=m.name, label=m.label, definition=m.definition, unit=m.unit, value=value)
            for m, value in figures
        ],
        first_order_at=worth.first_order_at,
        last_order_at=worth.last_order_at,
    )


FORM = {
    "format": {"type": "string", "enum": ["json", "csv"], "default": "json"},
    "lang": {"type": "string", "enum": ["zh", "en"], "default": "zh"},
}
"""How the answer is written; `lang` is for the CSV."""


def _documented() -> list[dict[str, Any]]:
    """The parameters of all reports for OpenAPI; which report takes which is in `GET /reports`."""
    taken = {param.name: {"type": "string"} for kind in REPORTS for param in kind.params}
    return [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in {**taken, **FORM}.items()
    ]


@router.get(
    "/reports/{name}",
    response_model=ReportOut,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    openapi_extra={"parameters": _documented()},
)
async def report(name: str, request: Request, tx: InTx, lake: InLake, caller: Reader) -> ReportOut | Response:
    """A report: table, chart, the answer in one sentence, the definition of every metric; or its table as CSV."""
    params = dict(request.query_params)
    form, lang = _form(params.pop("format", "json"), params.pop("lang", "zh"))
    answered = await run_report(tx, lake, caller.workspace_id, caller.zone, name, params, clock.now())
    if form == "json":
        return report_out(answered)
    file = f"{answered.name}-{answered.as_of:%Y%m%d}.csv"
    return Response(
        rules.to_csv(answered, lang),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


def _form(form: str, lang: str) -> tuple[str, Lang]:
    options: Mapping[str, str] = {"format": form, "lang": lang}
    for name, value in options.items():
        choices = FORM[name]["enum"]
        if value not in choices:
            raise Invalid(errors=[Fault(name, f"cannot be {value[:60]!r}", "不在可选范围内", " | ".join(choices))])
    return form, "en" if lang == "en" else "zh"
