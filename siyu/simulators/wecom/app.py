"""The ASGI app: ``/cgi-bin/...`` as the platform answers it, ``/sim/...`` to steer it (control.py)."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from siyu.simulators.wecom import confirm, control, faults
from siyu.simulators.wecom.call import Call
from siyu.simulators.wecom.callbacks import Deliverer
from siyu.simulators.wecom.endpoints import ENDPOINTS
from siyu.simulators.wecom.errors import Refusal
from siyu.simulators.wecom.rates import Rates
from siyu.simulators.wecom.store import Store
from siyu.simulators.wecom.tokens import check_token

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """The simulated corp. `callback_retry_s` seconds before the first repeat of a callback; `tick_s` seconds between
    looks at what staff would confirm by themselves and at callbacks due."""

    corp_id: str = "ww51d0a5e3c7b2f9e1"
    secrets: tuple[str, ...] = ("siyu-simulated-secret",)
    agent_id: int = 1_000_002
    callback_retry_s: float = 1.0
    tick_s: float = 0.2


class Lost(Response):
    """An answer that never arrives: the connection is closed before its body is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})


def create_app(store: Store | str | Path = ":memory:", settings: Settings | None = None) -> FastAPI:
    """The simulator over a store, or over a SQLite file given by its path."""
    kept = store if isinstance(store, Store) else Store(store)
    configured = settings or Settings()
    deliverer = Deliverer(kept, configured.corp_id, configured.agent_id, configured.callback_retry_s)
    rates = Rates()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(kept, deliverer, configured.tick_s))
        yield
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
        await deliverer.close()

    app = FastAPI(title="WeCom simulator", lifespan=lifespan, docs_url="/sim/docs", openapi_url="/sim/openapi.json")
    app.state.store = kept

    @app.api_route("/cgi-bin/{path:path}", methods=["GET", "POST"], include_in_schema=False)
    async def platform(path: str, request: Request) -> Response:
        return await _answer(kept, configured, rates, path, request)

    app.include_router(control.router(kept, configured.corp_id, configured.agent_id, deliverer, rates))
    return app


async def _tick(store: Store, deliverer: Deliverer, tick_s: float) -> None:
    """Let staff who need no asking confirm what is due, and push the callbacks that are due."""
    while True:
        try:
            await asyncio.to_thread(confirm.run, store, False, True)
            await deliverer.deliver()
        except Exception:
            # The clockwork of a test double must not stop without a word; the next tick tries again.
            LOG.exception("the simulator's tick failed")
        await asyncio.sleep(tick_s)


async def _answer(store: Store, settings: Settings, rates: Rates, path: str, request: Request) -> Response:
    """One platform call, with the scripted failure that hits it, if one does."""
    try:
        body = await _body(request)
    except Refusal as refusal:
        return JSONResponse(refusal.answer())
    fault = await asyncio.to_thread(_pick, store, path)
    if fault is None:
        return await asyncio.to_thread(_obey, store, settings, rates, path, request, body)
    fails = fault.drop or fault.http_status is not None or fault.errcode is not None
    if not fault.after:
        await asyncio.sleep(fault.delay_s)
    answer: Response = Lost()
    if fault.after or not fails:
        answer = await asyncio.to_thread(_obey, store, settings, rates, path, request, body)
    if fault.after:
        await asyncio.sleep(fault.delay_s)
    if fault.drop:
        return Lost()
    if fault.http_status is not None:
        return Response("simulated failure", fault.http_status)
    if fault.errcode is not None:
        return JSONResponse(Refusal(fault.errcode, "simulated").answer())
    return answer


def _pick(store: Store, path: str) -> faults.Fault | None:
    with store.transaction() as db:
        return faults.pick(db, path)


async def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object of a POST (47001 for anything else), or the name and size of an uploaded file."""
    if request.method == "GET":
        return {}
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            upload = form.get("media")
            if upload is None or isinstance(upload, str):
                return {}
            return {"filename": upload.filename or "", "bytes": len(await upload.read())}
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        raise Refusal(47001) from None
    if not isinstance(body, dict):
        raise Refusal(47001)
    return body


def _obey(
    store: Store, settings: Settings, rates: Rates, path: str, request: Request, body: Mapping[str, Any]
) -> Response:
    """Check the token and the rate, carry the call out in one transaction, and answer once that is committed."""
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        return Response("not found", 404)
    try:
        if request.method != endpoint.method:
            raise Refusal(43001 if endpoint.method == "GET" else 43002)
        rates.check(store.limit, path, request.client.host if request.client else "", store.now())
        with store.transaction() as db:
            call = Call(
                store,
                db,
                store.now(),
                dict(request.query_params),
                body,
                str(request.base_url).rstrip("/"),
                settings.corp_id,
                settings.secrets,
            )
            if endpoint.token:
                check_token(call)
            answer = endpoint.handler(call)
    except Refusal as refusal:
        return JSONResponse(refusal.answer())
    return JSONResponse({"errcode": 0, "errmsg": "ok", **answer})
