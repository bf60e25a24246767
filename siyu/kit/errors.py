"""Refusals: what went wrong in the user's words, with the HTTP status it carries (RFC 9457 problem+json)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from siyu.kit.text import LocalizedText


@dataclass(frozen=True)
class Fault:
    """One wrong field: `path` as in `nodes.n1.channel` or `all[0].did.fact`, the reason, and what would be right.

    `expected` is for programs, in the values of the API; `expected_zh` says it to people where they have names of their own. `href` is the page
    of the console that shows what stands in the way.
    """

    path: str
    reason: str
    reason_zh: str
    expected: str | None = None
    expected_zh: str | None = None
    href: str | None = None

    def body(self) -> dict[str, str | None]:
        """It in problem+json."""
        return {name: value for name, value in asdict(self).items() if name != "href" or value is not None}


_REASONS: dict[str, LocalizedText] = {
    "missing": LocalizedText("必填", "is required"),
    "extra_forbidden": LocalizedText("没有这个字段", "there is no such field"),
    "json_invalid": LocalizedText("不是有效的 JSON", "is not JSON"),
    "string_type": LocalizedText("应为文字", "must be text"),
    "int_type": LocalizedText("应为整数", "must be a whole number"),
    "int_from_float": LocalizedText("应为整数", "must be a whole number"),
    "float_type": LocalizedText("应为数字", "must be a number"),
    "bool_type": LocalizedText("应为是或否", "must be true or false"),
    "list_type": LocalizedText("应为列表", "must be a list"),
    "dict_type": LocalizedText("应为对象", "must be an object"),
    "model_type": LocalizedText("应为对象", "must be an object"),
    "literal_error": LocalizedText("没有这个选项", "no such choice"),
    "string_too_long": LocalizedText("最多 {max_length} 个字符", "at most {max_length} characters"),
    "string_too_short": LocalizedText("至少 {min_length} 个字符", "at least {min_length} characters"),
    "too_long": LocalizedText("最多 {max_length} 条", "at most {max_length} entries"),
    "too_short": LocalizedText("至少 {min_length} 条", "at least {min_length} entries"),
    "greater_than_equal": LocalizedText("不能小于 {ge}", "must be at least {ge}"),
    "less_than_equal": LocalizedText("不能大于 {le}", "must be at most {le}"),
    "greater_than": LocalizedText("应大于 {gt}", "must be more than {gt}"),
    "int_parsing": LocalizedText("应为整数", "must be a whole number"),
    "int_parsing_size": LocalizedText("数字过大", "is too large a number"),
    "float_parsing": LocalizedText("应为数字", "must be a number"),
    "bool_parsing": LocalizedText("应为是或否", "must be true or false"),
    "finite_number": LocalizedText("不是数字（NaN 或无穷）", "is not a number (NaN or infinity)"),
    "string_unicode": LocalizedText("含有不完整的字符", "holds half a character"),
    "string_pattern_mismatch": LocalizedText("格式不正确", "must match {pattern}"),
    "value_error": LocalizedText("格式不正确", "is not right"),
    "datetime_parsing": LocalizedText(
        "应为时间，如 2026-01-31T08:00:00+08:00", "must be a time like 2026-01-31T08:00:00+08:00"
    ),
    "datetime_from_date_parsing": LocalizedText(
        "应为时间，如 2026-01-31T08:00:00+08:00", "must be a time like 2026-01-31T08:00:00+08:00"
    ),
    "datetime_type": LocalizedText(
        "应为时间，如 2026-01-31T08:00:00+08:00", "must be a time like 2026-01-31T08:00:00+08:00"
    ),
    "timezone_aware": LocalizedText("时间应带时区，如 +08:00 或 Z", "must carry an offset such as +08:00 or Z"),
    "date_parsing": LocalizedText("应为日期，如 2026-01-31", "must be a date like 2026-01-31"),
    "date_from_datetime_parsing": LocalizedText("应为日期，如 2026-01-31", "must be a date like 2026-01-31"),
    "date_type": LocalizedText("应为日期，如 2026-01-31", "must be a date like 2026-01-31"),
    "calendar": LocalizedText("应在 {first} 年至 {last} 年之间", "must be between the years {first} and {last}"),
    "less_than": LocalizedText("应小于 {lt}", "must be less than {lt}"),
    "multiple_of": LocalizedText("应为 {multiple_of} 的倍数", "must be a multiple of {multiple_of}"),
    "enum": LocalizedText("没有这个选项", "no such choice"),
    "bytes_type": LocalizedText("应为文字", "must be text"),
    "tuple_type": LocalizedText("应为列表", "must be a list"),
    "set_type": LocalizedText("应为列表", "must be a list"),
    "mapping_type": LocalizedText("应为对象", "must be an object"),
    "time_parsing": LocalizedText("应为时刻，如 09:30", "must be a time of day like 09:30"),
    "time_type": LocalizedText("应为时刻，如 09:30", "must be a time of day like 09:30"),
    "date_from_datetime_inexact": LocalizedText("应为日期，如 2026-01-31", "must be a date like 2026-01-31"),
    "decimal_parsing": LocalizedText("应为数字", "must be a number"),
    "decimal_type": LocalizedText("应为数字", "must be a number"),
    "url_parsing": LocalizedText("应为网址，如 https://example.com", "must be an address like https://example.com"),
    "url_type": LocalizedText("应为网址，如 https://example.com", "must be an address like https://example.com"),
    "url_scheme": LocalizedText("网址应以 https:// 开头", "must begin with https://"),
}
"""What pydantic says, by the type of its error, in the words of the product."""


def reason_of(error: Mapping[str, Any]) -> LocalizedText:
    """What pydantic says, in the words of the product."""
    text = _REASONS.get(error["type"])
    if text is None:
        return LocalizedText("格式不正确", error["msg"])
    context = error.get("ctx") or {}
    return LocalizedText(text.zh.format(**context), text.en.format(**context))


def path_of(place: Sequence[str | int]) -> str:
    """`("caps", 0, "count")` as the path `caps[0].count`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def parser_faults(errors: Iterable[Mapping[str, Any]], *under: str) -> list[Fault]:
    """What pydantic refuses (`ValidationError.errors()`) as faults with paths `under` a place, in both languages."""
    faults = []
    for error in errors:
        reason = reason_of(error)
        faults.append(Fault(path_of((*under, *error["loc"])), reason.en, reason.zh))
    return faults


class Refusal(Exception):
    """A request that is refused by name. Subclass it in the room's rules; never return False instead."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"
    title_zh: ClassVar[str] = "请求被拒绝"
    retry_after: int | None = None
    """Seconds after which to try again, where that makes sense: the Retry-After of the answer."""

    def __init__(self, detail: str = "", detail_zh: str = "", errors: list[Fault] | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.detail_zh = detail_zh or self.title_zh
        self.errors = errors or []

    def problem(self) -> dict[str, Any]:
        """The problem+json document of this refusal."""
        return {
            "type": f"about:siyu/{self.code}",
            "title": self.title,
            "title_zh": self.title_zh,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "detail_zh": self.detail_zh,
            "errors": [fault.body() for fault in self.errors],
        }


class Invalid(Refusal):
    """Some fields are wrong; `errors` names each."""

    status, code, title, title_zh = 422, "invalid", "Some fields are not right", "有字段填写有误"


class NotFound(Refusal):
    status, code, title, title_zh = 404, "not_found", "There is no such thing here", "没有找到"


class Forbidden(Refusal):
    status, code, title, title_zh = 403, "forbidden", "Your role does not allow this", "你的角色没有这项权限"


class Unauthenticated(Refusal):
    status, code, title, title_zh = 401, "unauthenticated", "Sign in first", "请先登录"


class Conflict(Refusal):
    status, code, title, title_zh = 409, "conflict", "It has changed or is in use", "内容已变化或正在被使用"


class NameTaken(Conflict):
    """Another of its kind in the brand has this name."""

    code, title, title_zh = "name_taken", "This name is in use", "这个名称已被使用"

    def __init__(self, path: str = "name") -> None:
        super().__init__(errors=[Fault(path, "is in use", "已被使用")])


class CountMoved(Conflict):
    """An act touches another number now than the one that was asked about."""

    code, title, title_zh = "count_moved", "The number has changed meanwhile", "数量刚刚有变化"

    def __init__(self, expected: int, number: int) -> None:
        super().__init__(
            f"It was {expected:,} and is {number:,} now; look again",
            f"刚才是 {expected:,}，现在是 {number:,}，请重新确认",
            [Fault("expected", f"it is {number:,} now", f"现在是 {number:,}", str(number))],
        )


def check_expected(expected: int | None, number: int) -> None:
    """Whoever says how many an act touches is refused when it touches another number; raises CountMoved."""
    if expected is not None and expected != number:
        raise CountMoved(expected, number)


class TooLarge(Refusal):
    status, code, title, title_zh = 413, "too_large", "Too large", "内容过大"


class TooMany(Refusal):
    status, code, title, title_zh = 429, "too_many", "Too many tries; wait a little", "尝试过于频繁，请稍后再试"


class CannotStart(Refusal):
    """What keeps Siyu from starting, and what a person can do about it."""

    status, code, title, title_zh = 503, "cannot_start", "Siyu cannot start", "Siyu 无法启动"


class Unreadable(Exception):
    """What came from outside says nothing that anybody understands."""


class OutOfRange(Unreadable):
    """What came from outside names a moment or a number that cannot be."""


class TooSlow(Refusal):
    status, code, title, title_zh = 408, "too_slow", "The request took too long to come in", "请求内容传得太慢"


class WrongMethod(Refusal):
    status, code, title, title_zh = (
        405,
        "wrong_method",
        "This address does not take that method",
        "该地址不支持这种请求方法",
    )


class Unforeseen(Refusal):
    """What nobody foresaw: the reason is in the log, never before the reader."""

    status, code = 500, "unforeseen"
    title = "Something went wrong on our side; the reason is in the log"
    title_zh = "程序出错了，请稍后再试；原因见日志"


class Unavailable(Refusal):
    """Something of ours does not work for now: nothing was kept, and the same request may succeed later."""

    status, code = 503, "unavailable"
    title = "The database does not answer for now and nothing was saved; try again in a minute"
    title_zh = "数据库暂时没有响应，内容没有保存；请过一分钟再试"


class DiskFull(Refusal):
    status, code = 503, "disk_full"
    title = "The disk is full and nothing was saved; make room on it and try again"
    title_zh = "磁盘已满，内容没有保存；请腾出空间后再试"
