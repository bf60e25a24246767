"""The FastAPI application, put together from the rooms' routers."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import siyu
from siyu.facts.lake.connection import Lake
from siyu.facts.lake.health import lake_health
from siyu.facts.lake.log_health import log_health
from siyu.kit import clock
from siyu.kit.db import Database
from siyu.kit.errors import NotFound
from siyu.kit.http import install_errors
from siyu.kit.logs import logger
from siyu.kit.settings import Settings
from siyu.platform.access import public
from siyu.web import hold, home, labels, members_csv, operation, timeline
from siyu.web.answers import install_answers
from siyu.web.health import examine
from siyu.web.openapi import document_problems
from siyu.web.request_limits import RequestLimits, body_limits
from siyu.web.static_files import Immutable, built_file

log = logger("web")

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
STATIC = Path(__file__).parent / "static"


def create_app(rooms: Sequence[APIRouter], settings: Settings, db: Database | None, lake: Lake | None) -> FastAPI:
    """The application over `rooms`; without `db` and `lake` it can only describe itself (OpenAPI)."""
    app = FastAPI(
        title="Siyu",
        version=siyu.__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.settings, app.state.db, app.state.lake = settings, db, lake
    install_errors(app)
    for room in rooms:
        app.include_router(room)
    app.include_router(_operation())
    app.include_router(home.router)
    app.include_router(hold.router)
    app.include_router(labels.router)
    app.include_router(operation.router)
    app.include_router(members_csv.router)
    app.include_router(timeline.router)
    _pages(app)
    app.add_middleware(RequestLimits, limits=body_limits(settings.upload_mb_max))
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=6)
    install_answers(app)
    document_problems(app)
    return app


def _operation() -> APIRouter:
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", dependencies=[public()])
    async def healthz(request: Request) -> JSONResponse:
        """503 "unwell" when database or lake do not answer, else 200: "ok", or "degraded" with what else is wrong."""
        outcomes = await examine(request.app.state.db, request.app.state.lake, clock.now())
        dead = any(check.vital and trouble for check, trouble in outcomes)
        status = "unwell" if dead else "degraded" if any(trouble for _, trouble in outcomes) else "ok"
        answers = {check.name: trouble.detail if trouble else "ok" for check, trouble in outcomes}
        return JSONResponse({"status": status, **answers}, 503 if dead else 200)

    @router.get("/metrics", dependencies=[public()])
    async def metrics(request: Request) -> Response:
        """Prometheus text, the lake's health read at this moment."""
        try:
            await lake_health(request.app.state.db, request.app.state.lake, clock.now())
            await log_health(request.app.state.db, request.app.state.lake, clock.now())
        except Exception as error:
            # what is unwell is for /healthz to say; the other figures are wanted just then
            log.warning("lake_health_unread", error=type(error).__name__)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def _pages(app: FastAPI) -> None:
    """The console at / and the member pages at /p/: one HTML each, their assets immutable."""
    for folder, mount in (("console", "/assets"), ("pages", "/p/assets")):
        assets = STATIC / folder / "assets"
        if assets.is_dir():
            app.mount(mount, Immutable(directory=assets), name=f"{folder}-assets")

    async def page(request: Request, path: str = "") -> Response:
        """Any address that is not the API's is a screen of the console, or of the member pages under p/."""
        name = "pages" if path.startswith("p/") else "console"
        file = STATIC / name / "index.html"
        if not file.exists():
            raise NotFound("The pages are not built; run `make setup`", "页面尚未构建，请先运行 make setup")
        extra = _asset(STATIC / name, path.removeprefix("p/"))
        return built_file(extra or file, request.headers, {} if extra else {"Cache-Control": "no-cache"})

    app.add_api_route(
        "/api/{path:path}", _no_such_route, methods=METHODS, include_in_schema=False, dependencies=[public()]
    )
    app.add_api_route("/{path:path}", page, methods=["GET", "HEAD"], include_in_schema=False, dependencies=[public()])


async def _no_such_route(path: str) -> Response:
    """An address under /api/ that nobody serves, whatever the method."""
    raise NotFound()


def _asset(folder: Path, path: str) -> Path | None:
    """A file that lies directly in the built folder (favicon, manifest), never outside it."""
    file = folder / path
    return file if path and "/" not in path and file.is_file() and file.parent == folder else None
