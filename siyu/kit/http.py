"""The HTTP edge: one transaction a request, problem+json for every refusal, bounded pages."""

import base64
import binascii
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from siyu.kit.db import Database
from siyu.kit.errors import Fault, Invalid, Refusal, parser_faults
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
    headers = None if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return JSONResponse(refusal.problem(), refusal.status, headers, media_type="application/problem+json")


async def _unreadable(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = parser_faults({**each, "loc": each["loc"][each["loc"][0] == "body" :]} for each in error.errors())
    refusal = Invalid(errors=faults)
    return JSONResponse(refusal.problem(), refusal.status, media_type="application/problem+json")


def install_errors(app: FastAPI) -> None:
    """Answer refusals and unreadable requests with problem+json."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
