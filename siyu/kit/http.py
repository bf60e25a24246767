"""The HTTP edge: one transaction a request, problem+json for every refusal, bounded pages."""

import base64
import binascii
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from siyu.kit.db import Database
from siyu.kit.errors import Fault, Invalid, NotFound, Refusal, TooLarge, WrongMethod, parser_faults
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

INT4_MAX, INT8_MAX = 2**31 - 1, 2**63 - 1
Id = Annotated[int, Field(ge=0, le=INT4_MAX)]
"""The id of what there are few of (journeys, tags, users), and every other number that a column of four bytes keeps."""
BigId = Annotated[int, Field(ge=0, le=INT8_MAX)]
"""The id of what there may be billions of: members, orders, messages."""

Number = Annotated[int, Field(ge=-INT4_MAX, le=INT4_MAX)]
"""A whole number that the room's own rule judges, in words of its own."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""The calendar of requests: beyond its ends adding a zone's offset or a month leaves what Python or Postgres can count."""


def _within_calendar(value: datetime) -> datetime:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError(
            "calendar", "must be between {first} and {last}", {"first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return value


RequestTime = Annotated[datetime, AfterValidator(_within_calendar)]
"""A moment of a request, between FIRST_YEAR and LAST_YEAR; one without a zone is UTC unless the route says otherwise."""

AwareRequestTime = Annotated[AwareDatetime, AfterValidator(_within_calendar)]
"""A moment of a request that says its offset."""

CursorText = Annotated[str | None, Query(max_length=2_000)]
"""Where a page starts, as the page before it said."""

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


def read_cursor(cursor: str | None, *types: type, name: str = "cursor") -> list[Any] | None:
    """The values behind `cursor`, one of each type (str, int, or datetime for an aware moment as ISO 8601); None without a cursor.

    Raises Invalid, naming the parameter, for a cursor that this list did not make.
    """
    if not cursor:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(types):
            raise ValueError
        return [_part(value, type_) for value, type_ in zip(values, types, strict=True)]
    except (binascii.Error, ValueError, OverflowError):
        raise Invalid(errors=[Fault(name, "not a cursor of this list", "不是这个列表的翻页标记")]) from None


def _part(value: Any, type_: type) -> Any:
    """One value of a cursor; raises ValueError for another type and for what a column does not take."""
    if type_ is datetime and isinstance(value, str):
        moment = _within_calendar(datetime.fromisoformat(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if type(value) is not type_ or (isinstance(value, int) and not 0 <= value <= INT8_MAX):
        raise ValueError
    if isinstance(value, str) and "\0" in value:
        raise ValueError
    return value


def problem_answer(refusal: Refusal) -> JSONResponse:
    """The answer that tells of a refusal (RFC 9457)."""
    headers = None if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return JSONResponse(refusal.problem(), refusal.status, headers, media_type="application/problem+json")


async def _refused(_request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    return problem_answer(refusal)


async def _unreadable(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem_answer(Invalid(errors=parser_faults({**each, "loc": each["loc"][1:]} for each in error.errors())))


_BY_STATUS: dict[int, type[Refusal]] = {404: NotFound, 405: WrongMethod, 413: TooLarge, 422: Invalid}


async def _framework(_request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses by itself: an address nobody serves, a method it does not take, a body that is no JSON."""
    assert isinstance(error, HTTPException)
    if error.status_code == 400:
        answer = problem_answer(Invalid(errors=[Fault("body", "is not JSON", "不是有效的 JSON")]))
    else:
        answer = problem_answer(_BY_STATUS.get(error.status_code, Refusal)())
    answer.headers.update(error.headers or {})
    return answer


def install_errors(app: FastAPI) -> None:
    """Answer refusals, unreadable requests and what the framework refuses with problem+json."""
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
