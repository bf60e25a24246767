"""What a report is made of, and its CSV."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from siyu.insight.rules.metric import Metric, Unit
from siyu.insight.rules.metrics import METRICS
from siyu.insight.rules.params import Param
from siyu.insight.rules.period import Interval
from siyu.insight.sql.facts import Statement
from siyu.kit.money import yuan
from siyu.kit.text import Lang, LocalizedText, spreadsheet_text
from siyu.kit.time import local_minute

ColumnType = Literal["text", "count", "money", "percent", "days", "date", "moment", "ratio", "member"]
ChartKind = Literal["line", "area", "bar", "stacked", "hbar", "funnel", "heatmap", "sankey", "forest"]
ChartUnit = Literal["number", "money", "percent", "ratio"]
Row = dict[str, Any]
ResultSets = Mapping[str, Sequence[Row]]
"""The rows of every statement of a report, by its name."""
Statements = dict[str, Statement]


@dataclass(frozen=True)
class ReportColumn:
    """A column: the key in each row, its label, how to show it, and the metric it is, where it is one.

    A column of type `text` may hold one text or a text in both languages; money is in fen, percent a share of one, a
    member is their number.
    """

    key: str
    label: LocalizedText
    type: ColumnType
    metric: str | None = None


@dataclass(frozen=True)
class Series:
    """One line, bar colour or row of a heat map; a value for each x, None for a gap."""

    name: LocalizedText
    data: list[float | int | None]
    metric: str | None = None


@dataclass(frozen=True)
class Chart:
    """How to draw the answer; `x` are the names along the axis.

    sankey: a series is where members were, `x` where they are now. forest: the series are the estimate, the low and the
    high end of its interval.
    """

    kind: ChartKind
    unit: ChartUnit
    x: list[LocalizedText]
    x_label: LocalizedText
    series: list[Series]


@dataclass(frozen=True)
class ReportResult:
    """What a report's shape makes of the rows: everything but the frame."""

    answer: LocalizedText
    columns: list[ReportColumn]
    rows: list[Row]
    chart: Chart | None
    notes: list[LocalizedText] = field(default_factory=list)
    """What a reader must know to read the figures right: thresholds, what is left out."""


@dataclass(frozen=True)
class ReportRequest:
    """A question, checked: which report, over what, as of when; `values` are the report's own parameters."""

    workspace_id: int
    zone: str
    currency: str
    as_of: datetime
    window: Interval
    previous: Interval | None
    scope: bool
    values: Mapping[str, Any]
    sources: Mapping[str, LocalizedText] = field(default_factory=dict)
    """What the brand calls what a message came from, by its code: `journey:5` is the journey's name."""
    with_goal: frozenset[str] = frozenset()
    """The journeys that have a goal, by what facts call them."""
    journeys: Mapping[str, str] = field(default_factory=dict)
    """What the brand calls each journey today, by what facts call it."""


@dataclass(frozen=True)
class Report:
    """An answered report; `window` and `previous` are [from, to) or None where the report has none."""

    name: str
    title: LocalizedText
    answer: LocalizedText
    columns: list[ReportColumn]
    rows: list[Row]
    chart: Chart | None
    definitions: list[Metric]
    as_of: datetime
    zone: str
    window: Interval | None = None
    previous: Interval | None = None
    audience: str | None = None
    currency: str = "CNY"
    notes: list[LocalizedText] = field(default_factory=list)


@dataclass(frozen=True)
class ReportKind:
    """A report there is: its question, its parameters, its SQL and its shape.

    `statements` gives its SQL by name, `shape` makes the answer of the rows. `period` is the default of `period`
    ("30d", "all"); None for a report about one moment.
    """

    name: str
    title: LocalizedText
    about: LocalizedText
    statements: Callable[[ReportRequest], Statements]
    shape: Callable[[ReportRequest, ResultSets], ReportResult]
    period: str | None = "30d"
    compares: bool = False
    params: tuple[Param, ...] = ()
    metrics: tuple[Metric, ...] = ()
    """What this report alone works out."""


_TYPES: dict[Unit, ColumnType] = {
    "count": "count",
    "money": "money",
    "percent": "percent",
    "days": "days",
    "ratio": "ratio",
}


def of_metric(metric: Metric | str, key: str | None = None, label: LocalizedText | None = None) -> ReportColumn:
    """The column of a metric: one of the report's own, or a shared one by its name."""
    known = METRICS[metric] if isinstance(metric, str) else metric
    return ReportColumn(key or known.name, label or known.label, _TYPES[known.unit], known.name)


def metric_note(metric: Metric) -> LocalizedText:
    """What a metric means, as a note below a report."""
    label, definition = metric.label, metric.definition
    return LocalizedText(f"{label.zh}：{definition.zh}", f"{label.en}: {definition.en}")


def definitions(kind: ReportKind, result: ReportResult) -> list[Metric]:
    """Every metric that an answer of `kind` shows, with the metrics it is made of, each once."""
    known = METRICS | {metric.name: metric for metric in kind.metrics}
    series = result.chart.series if result.chart else []
    shown: dict[str, None] = {}
    for name in [column.metric for column in result.columns] + [line.metric for line in series]:
        for part in (*known[name].of, name) if name else ():
            shown[part] = None
    return [known[name] for name in shown]


def to_csv(report: Report, lang: Lang) -> str:
    """The table as CSV with a byte-order mark (spreadsheets take it for UTF-8): money in the main unit of the currency,
    shares as percent, and no cell that a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_head(column, report.currency, lang) for column in report.columns])
    for row in report.rows:
        writer.writerow([cell(row.get(c.key), type_in(row, c), lang, report.zone) for c in report.columns])
    return "\ufeff" + out.getvalue()


def _head(column: ReportColumn, currency: str, lang: Lang) -> str:
    label = column.label.read(lang)
    if column.type == "money":
        label += f"（{currency}）" if lang == "zh" else f" ({currency})"
    return spreadsheet_text(label)


def _rounded(value: float, digits: int) -> str:
    """With so many decimals; what rounds to nothing has no sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


CHANGE = "change"
FIGURES: frozenset[ColumnType] = frozenset(("count", "money", "percent", "days", "ratio"))


def type_in(row: Row, column: ReportColumn) -> ColumnType:
    """How a cell is shown: in a row that says how much each figure changed, every figure is a share."""
    return "percent" if row.get("part") == CHANGE and column.type in FIGURES else column.type


def cell(value: Any, kind: ColumnType, lang: Lang, zone: str = "UTC") -> str:
    """One cell of the CSV."""
    if value is None:
        return ""
    if isinstance(value, LocalizedText):
        return spreadsheet_text(value.read(lang))
    if kind == "money":
        return yuan(round(value))
    if kind == "percent":
        return f"{_rounded(value * 100, 2)}%"
    if kind == "ratio":
        return _rounded(value, 4)
    if kind == "days":
        return _rounded(value, 1)
    if kind == "moment":
        return local_minute(datetime.fromisoformat(value) if isinstance(value, str) else value, zone)
    return str(value) if isinstance(value, int | float) else spreadsheet_text(str(value))
