"""The HTTP edge: one transaction a request, problem+json for every refusal, bounded pages."""

import base64
import binascii
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from siyu.kit.db import Database
from siyu.kit.errors import Fault, Invalid, Refusal
from siyu.kit.limits import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX


def database(request: Request) -> Database:
    """The database of this process."""
    return request.app.state.db  # type: ignore[no-any-return]


async def _transaction(db: Annotated[Database, Depends(database)]) -> AsyncIterator[AsyncSession]:
    async with db.transaction() as tx:
        yield tx


# scope="function": committed before the answer leaves, so that nobody is told of what did not happen
InTx = Annotated[AsyncSession, Depends(_transaction, scope="function")]
"""The request's transaction, for parameters of routes."""

Limit = Annotated[int, Query(ge=1, le=PAGE_ROWS_MAX)]
DEFAULT_LIMIT = PAGE_ROWS_DEFAULT


class Body(BaseModel):
    """What a request carries. A field that there is not is refused: whoever wrote it meant something by it."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel):
    """The frame of every list: `items` in the subclass, how many there are in all, and where the next page starts."""

    total: int
    next: str | None = None


def cursor_of(*values: Any) -> str:
    """An opaque page cursor of JSON-able values."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def read_cursor(cursor: str | None, parts: int) -> list[Any] | None:
    """The values behind `cursor`; raises Invalid for one we did not make."""
    if cursor is None:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        values = None
    if not isinstance(values, list) or len(values) != parts:
        raise Invalid(errors=[Fault("cursor", "not a cursor of this list", "不是这个列表的翻页标记")])
    return values


async def _refused(_request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.problem(), refusal.status, media_type="application/problem+json")


_REASONS = {
    "extra_forbidden": ("there is no such field", "没有这个字段"),
    "missing": ("is missing", "缺少这个字段"),
    "string_too_short": ("is too short", "太短"),
    "string_too_long": ("is too long", "太长"),
    "too_short": ("has too few entries", "条目太少"),
    "too_long": ("has too many entries", "条目太多"),
    "json_invalid": ("is not JSON", "不是有效的 JSON"),
}
"""What pydantic says, by the type of its error, in the words of the product."""


def path_of(place: Sequence[str | int]) -> str:
    """`("caps", 0, "count")` as the path `caps[0].count`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _fault(error: Mapping[str, Any]) -> Fault:
    place = error["loc"][error["loc"][0] == "body" :]
    reason, reason_zh = _REASONS.get(error["type"], (error["msg"], f"格式不正确（{error['type']}）"))
    return Fault(path_of(place), reason, reason_zh)


async def _unreadable(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    refusal = Invalid(errors=[_fault(each) for each in error.errors()])
    return JSONResponse(refusal.problem(), refusal.status, media_type="application/problem+json")


def install_errors(app: FastAPI) -> None:
    """Answer refusals and unreadable requests with problem+json."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
