"""Refusals: what went wrong in the user's words, with the HTTP status it carries (RFC 9457 problem+json)."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Fault:
    """One wrong field: `path` as in `nodes.n1.channel` or `all[0].did.fact`, the reason, and what would be right."""

    path: str
    reason: str
    reason_zh: str
    expected: str | None = None


class Refusal(Exception):
    """A request that is refused by name. Subclass it in the room's rules; never return False instead."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"
    title_zh: ClassVar[str] = "请求被拒绝"

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
            "errors": [asdict(fault) for fault in self.errors],
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


class TooLarge(Refusal):
    status, code, title, title_zh = 413, "too_large", "Too large", "内容过大"


class TooMany(Refusal):
    status, code, title, title_zh = 429, "too_many", "Too many tries; wait a little", "尝试过于频繁，请稍后再试"
