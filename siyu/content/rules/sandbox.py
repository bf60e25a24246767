"""Liquid with everything taken away that a message to one person does not need.

No file, no include, no capture, no ranges; listed tags and filters only; bounded source, nesting, loops, values and
output. What is unknown is refused when a template is written, and empty when it is sent.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from liquid import Environment, Mode
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags import assign_tag, case_tag, comment_tag, for_tag, if_tag, unless_tag
from liquid.context import RenderContext
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.static_analysis import Variable
from liquid.template import BoundTemplate

from siyu.content.rules.filters import FILTERS
from siyu.kit.errors import Fault, Invalid, Refusal

FILTER_LABELS = {name: label for name, (_, label) in FILTERS.items()}

BODY_CHARS_MAX = 10_000
OUTPUT_BYTES_MAX = 40_000
NESTING_MAX = 10
LOOP_STEPS_MAX = 200
"""Steps of all loops inside one another."""
LOCALS_BYTES_MAX = 65_536
PARSED_MAX = 512
"""Parsed templates kept at hand."""
FAULTS_MAX = 20
EXPECTED_CHARS_MAX = 1_000

SHOP_VARIABLES = ("shop.name", "link.preferences")
_BRACES = re.compile(r"\{{5}")
"""The lexer takes time with the square of a run of braces."""
_MEMBER = ("name", "tags")
_INSIDE = frozenset({"size", "first", "last"})


class CannotRender(Refusal):
    """A template that was right when written meets values it cannot work with."""

    status, code, title, title_zh = 422, "cannot_render", "This message cannot be written", "无法生成这条消息"


class _Sandbox(Environment):
    block_nesting_limit: ClassVar[int] = NESTING_MAX
    context_depth_limit: ClassVar[int] = NESTING_MAX
    loop_iteration_limit: ClassVar[int | None] = LOOP_STEPS_MAX
    local_namespace_limit: ClassVar[int | None] = LOCALS_BYTES_MAX
    output_stream_limit: ClassVar[int | None] = OUTPUT_BYTES_MAX

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only what is listed here."""
        for tag in (
            *(content.Literal, output.Output, illegal.Illegal),
            *(if_tag.IfTag, unless_tag.UnlessTag, case_tag.CaseTag, assign_tag.AssignTag, comment_tag.CommentTag),
            *(for_tag.ForTag, for_tag.BreakTag, for_tag.ContinueTag),
        ):
            self.add_tag(tag)
        for name, (function, _) in FILTERS.items():
            self.add_filter(name, function)


_PLAIN = _Sandbox(tolerance=Mode.STRICT)
_HTML = _Sandbox(tolerance=Mode.STRICT, autoescape=True)


class _Values(dict[str, Any]):
    """A mapping that a template can look into but not print."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True)
class _Parsed:
    template: BoundTemplate
    escaping: BoundTemplate
    ranges: tuple[int, ...]
    """Where ranges stand in the source."""
    unknown_filters: tuple[tuple[str, int], ...]
    names: tuple[Variable, ...]
    """The variables that must come from outside."""


@lru_cache(maxsize=PARSED_MAX)
def _parse_cached(body: str) -> _Parsed:
    template = _PLAIN.from_string(body)
    analysis = template.analyze(include_partials=False)
    return _Parsed(
        template,
        _HTML.from_string(body),
        tuple(expr.token.start_index for expr in _expressions(template) if isinstance(expr, RangeLiteral)),
        tuple((name, span.index) for name, spans in analysis.filters.items() if name not in FILTERS for span in spans),
        tuple(use for uses in analysis.globals.values() for use in uses),
    )


def _parsed(body: str, path: str) -> _Parsed:
    if len(body) > BODY_CHARS_MAX:
        fault = Fault(path, f"at most {BODY_CHARS_MAX} characters", f"最多 {BODY_CHARS_MAX} 个字符")
        raise Invalid(errors=[fault])
    if run := _BRACES.search(body):
        raise Invalid(errors=[Fault(_at(path, body, run.start()), "too many braces in a row", "连续的花括号过多")])
    try:
        read = _parse_cached(body)
    except LiquidError as error:
        raise Invalid(errors=[_fault(error, body, path)]) from error
    except RecursionError as error:
        raise Invalid(errors=[Fault(path, "nested too deeply", "嵌套过深")]) from error
    except ValueError as error:
        raise Invalid(errors=[Fault(path, "a number is too long", "数字过长")]) from error
    faults = [
        Fault(_at(path, body, place), "ranges like (1..9) are not taken", "不支持区间写法 (1..9)")
        for place in read.ranges
    ]
    faults += [
        Fault(_at(path, body, place), f"unknown filter '{name}'", f"没有这个过滤器：{name}", " | ".join(FILTERS))
        for name, place in read.unknown_filters
    ]
    if faults:
        raise Invalid(errors=faults[:FAULTS_MAX])
    return read


def parse(body: str, path: str = "body") -> BoundTemplate:
    """The template behind `body`; raises Invalid at `path:line:column` for what the sandbox does not take: syntax, tags
    and filters that are not listed, ranges. Variables are not looked at: see `check`."""
    return _parsed(body, path).template


def _expressions(template: BoundTemplate) -> Iterator[Expression]:
    context = RenderContext(template)

    def inside(expression: Expression) -> Iterator[Expression]:
        yield expression
        for child in expression.children():
            yield from inside(child)

    def of(node: Node) -> Iterator[Expression]:
        for expression in node.expressions():
            yield from inside(expression)
        for child in node.children(context, include_partials=False):
            yield from of(child)

    for node in template.nodes:
        yield from of(node)


def _fault(error: LiquidError, body: str, path: str) -> Fault:
    place = error.token.start_index if error.token is not None else 0
    line, column = _line(body, place)
    reason = str(error.message or "not Liquid")
    if "tag" in reason and ("unexpected" in reason or "unknown" in reason):
        return Fault(_at(path, body, place), reason, "不支持这个标签", "if | unless | case | for | assign | comment")
    return Fault(_at(path, body, place), reason, f"第 {line} 行第 {column} 个字符附近语法有误")


def _line(body: str, place: int) -> tuple[int, int]:
    before = body[: max(0, place)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _at(path: str, body: str, place: int) -> str:
    line, column = _line(body, place)
    return f"{path}:{line}:{column}"


def known_variables(attributes: Iterable[str]) -> list[str]:
    """Everything a template may name, given the brand's attributes."""
    return [f"member.{name}" for name in (*_MEMBER, *attributes)] + list(SHOP_VARIABLES)


def check(body: str, attributes: Collection[str], path: str = "body") -> list[Fault]:
    """Everything wrong with `body`, each at `path:line:column`: syntax, tags, filters, and variables nobody knows."""
    try:
        read = _parsed(body, path)
    except Invalid as error:
        return error.errors
    known = known_variables(attributes)
    faults = [
        Fault(
            _at(path, body, use.span.index),
            f"unknown variable: {use}",
            f"没有这个变量：{use}",
            " | ".join(known)[:EXPECTED_CHARS_MAX],
        )
        for use in read.names
        if not _is_known(use, known)
    ]
    return sorted(faults, key=lambda fault: _order(fault.path))[:FAULTS_MAX]


def _order(path: str) -> tuple[int, int]:
    _, line, column = path.rsplit(":", 2)
    return int(line), int(column)


def _is_known(use: Variable, known: Collection[str]) -> bool:
    segments = use.segments
    if len(segments) < 2 or not all(isinstance(segment, str) for segment in segments[:2]):
        return False
    rest_known = all(isinstance(segment, int) or segment in _INSIDE for segment in segments[2:])
    return rest_known and f"{segments[0]}.{segments[1]}" in known


def variables(body: str) -> list[str]:
    """The variables a template names, sorted; raises Invalid."""
    return sorted({str(use) for use in _parsed(body, "body").names})


def render(body: str, values: Mapping[str, Any], *, html: bool = False) -> str:
    """`body` with `values` filled in, as plain text; with `html`, the values are escaped for HTML.

    A variable without a value is empty. Raises Invalid for a body that does not parse, CannotRender when a limit is
    reached or a filter cannot work with a value.
    """
    read = _parsed(body, "body")
    try:
        return (read.escaping if html else read.template).render(**_guarded(values))
    except (LiquidError, ValueError, ArithmeticError, TypeError, RecursionError) as error:
        reason = str(error.message if isinstance(error, LiquidError) else type(error).__name__)
        raise CannotRender(reason, f"无法生成：{_limit_zh(error)}") from error


def _guarded(values: Mapping[str, Any]) -> _Values:
    return _Values({name: _guarded(value) if isinstance(value, Mapping) else value for name, value in values.items()})


def _limit_zh(error: Exception) -> str:
    name = type(error).__name__
    table = {
        "OutputStreamLimitError": "内容过长",
        "LoopIterationLimitError": "循环次数过多",
        "LocalNamespaceLimitError": "变量占用过大",
        "ContextDepthError": "嵌套过深",
    }
    return table.get(name, "过滤器无法处理这个值")
