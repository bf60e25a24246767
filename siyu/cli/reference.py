"""`siyu reference`: the reference pages of the guide, written from the code itself so that they cannot be out of date."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from siyu.channels.catalogue import ADAPTERS
from siyu.channels.messages.states import REASON_LABELS
from siyu.facts.catalogue import CATALOGUE
from siyu.facts.catalogue.fact import props_of
from siyu.insight.reports import METRIC_DICTIONARY, REPORTS_BY_NAME
from siyu.journeys.steps.catalogue import STEPS
from siyu.kit.settings import Settings, meaning
from siyu.kit.text import Lang
from siyu.platform.rules import PERMISSIONS, ROLES


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def reference(lang: Annotated[str, typer.Argument(help="zh or en.")]) -> None:
        """Print the reference page of the guide (`make reference` writes both)."""
        print(page("zh" if lang == "zh" else "en"), end="")


def page(lang: Lang) -> str:
    """The whole page as Markdown."""
    return "\n".join(
        line
        for part in (_head, _settings, _facts, _access, _metrics, _reports, _steps, _channels)
        for line in (*part(lang), "")
    )


def _say(lang: Lang, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    return lines + [f"| {' | '.join(row)} |" for row in escaped]


def _head(lang: Lang) -> list[str]:
    return [
        _say(lang, "# 参考", "# Reference"),
        "",
        _say(lang, "本页由 `make reference` 从代码生成。", "Written from the code by `make reference`."),
    ]


def _settings(lang: Lang) -> list[str]:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        rows.append((f"`SIYU_{name.upper()}`", default, meaning(name).read(lang)))
    heads = _say(lang, "变量 默认 含义", "variable default meaning").split()
    return [_say(lang, "## 设置", "## Settings"), "", *_table(heads, rows)]


def _facts(lang: Lang) -> list[str]:
    rows = [
        (
            f"`{kind.name}`",
            kind.label.read(lang),
            ", ".join(f"`{prop.name}` {prop.label.read(lang)}" for prop in props_of(kind)),
        )
        for kind in CATALOGUE
    ]
    heads = _say(lang, "事实 含义 属性", "fact meaning properties").split()
    return [_say(lang, "## 事实", "## Facts"), "", *_table(heads, rows)]


def _access(lang: Lang) -> list[str]:
    rows = [
        (f"`{name}`", label.read(lang), ", ".join(role for role, allowed in ROLES.items() if name in allowed))
        for name, label in PERMISSIONS.items()
    ]
    heads = _say(lang, "权限 含义 角色", "permission meaning roles").split()
    return [_say(lang, "## 权限", "## Permissions"), "", *_table(heads, rows)]


def _metrics(lang: Lang) -> list[str]:
    rows = [(f"`{m.name}`", m.label.read(lang), m.definition.read(lang)) for m in METRIC_DICTIONARY.values()]
    heads = _say(lang, "指标 名称 定义", "metric name definition").split()
    return [_say(lang, "## 指标", "## Metrics"), "", *_table(heads, rows)]


def _reports(lang: Lang) -> list[str]:
    rows = [(f"`{name}`", report.title.read(lang)) for name, report in REPORTS_BY_NAME.items()]
    return [
        _say(lang, "## 报表", "## Reports"),
        "",
        *_table(_say(lang, "报表 回答的问题", "report question").split(), rows),
    ]


def _steps(lang: Lang) -> list[str]:
    rows = [(f"`{name}`", _say(lang, kind.help.zh, kind.help.en)) for name, kind in STEPS.items()]
    return [
        _say(lang, "## 旅程步骤", "## Journey steps"),
        "",
        *_table(_say(lang, "步骤 含义", "step meaning").split(), rows),
    ]


def _channels(lang: Lang) -> list[str]:
    channels = [
        (f"`{name}`", _say(lang, adapter.description.zh, adapter.description.en)) for name, adapter in ADAPTERS.items()
    ]
    reasons = [(f"`{name}`", _say(lang, label.zh, label.en)) for name, label in REASON_LABELS.items()]
    return [
        _say(lang, "## 渠道", "## Channels"),
        "",
        *_table(_say(lang, "渠道 说明", "channel what").split(), channels),
        "",
        _say(lang, "## 未发送与失败的原因", "## Reasons for what was withheld or failed"),
        "",
        *_table(_say(lang, "原因 含义", "reason meaning").split(), reasons),
    ]
