"""The OpenAPI document, with the answers that every route may give besides its own: problems."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from siyu.kit.errors import Fault

PROBLEM_CONTENT = "application/problem+json"


class Problem(BaseModel):
    """Why a request was refused (RFC 9457), in both languages; `errors` names each wrong field."""

    type: str
    title: str
    title_zh: str
    status: int
    code: str
    detail: str
    detail_zh: str
    errors: list[Fault]


RESPONSES = {
    "4XX": "The request is refused: the field and the reason",
    "5XX": "Something went wrong on our side; the reason is in the log",
}


def document_problems(app: FastAPI) -> None:
    """Let the document of `app` name the problem answers of every route, in the place of the framework's own 422."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(described())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = document["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    content = {PROBLEM_CONTENT: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"].update(
                {status: {"description": text, "content": content} for status, text in RESPONSES.items()}
            )
    return document
