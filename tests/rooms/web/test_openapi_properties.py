"""What the OpenAPI document allows and what it forbids, drawn by schemathesis: no answer is a failure of ours.

The cases are drawn first and sent afterwards, in the loop that the database lives in; they are the same in every run.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.rooms.web.test_hostile_requests import SKIPPED, world
from tests.world import Shop

__all__ = ["world"]

PASSWORD_RESET = "/api/v1/users/{user_id}/password"
"""Ends the session that the others need."""
CASES = 6
"""Of each operation and mode: the whole stays within minutes."""


MODES = {GenerationMode.POSITIVE: 500, GenerationMode.NEGATIVE: 400}
"""Requests that fit the document and that break it: more than so many of each."""


def drawn(operation: Any, mode: GenerationMode) -> list[Any]:
    """CASES requests of an operation that fit the document or break it; none where there is nothing to break."""
    cases: list[Any] = []

    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        cases.append(case)

    try:
        collect()
    except Unsatisfiable:
        return cases
    return cases


def requests(document: dict[str, Any], mode: GenerationMode) -> Iterator[tuple[str, dict[str, Any]]]:
    """(operation, what httpx is to send); every other case is about the thing that is there: the one with id 1."""
    schema: Any = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in (*SKIPPED, PASSWORD_RESET):
            continue
        for number, case in enumerate(drawn(operation, mode)):
            if number % 2:
                case.path_parameters = {
                    name: 1 if name.endswith("_id") else value for name, value in (case.path_parameters or {}).items()
                }
            yield operation.label, case.as_transport_kwargs()


@pytest.mark.parametrize("mode", MODES, ids=str)
async def test_no_request_drawn_from_our_document_is_a_failure_of_ours(world: Shop, mode: GenerationMode) -> None:
    failures, statuses = [], Counter[int]()
    async with world.client() as admin:
        admin.timeout = httpx.Timeout(60)
        for label, request in requests(world.app.openapi(), mode):
            request["headers"] = {
                name: value for name, value in request["headers"].items() if name.lower() == "content-type"
            }
            request.pop("cookies", None)
            try:
                answer = await admin.request(**request)
            except Exception as error:
                failures.append(f"{label} {request['url'][:100]}: {type(error).__name__} {error}"[:300])
                continue
            statuses[answer.status_code] += 1
            kind = answer.headers.get("content-type", "")
            if answer.status_code >= 500:
                failures.append(f"{answer.status_code} {label} {str(request)[:300]}")
            elif answer.status_code >= 400 and not kind.startswith("application/problem+json"):
                failures.append(f"{answer.status_code} without words: {label} {str(request)[:300]}")
    assert failures == []
    # all of it was judged as the admin's
    assert statuses[401] < 10 and sum(statuses.values()) > MODES[mode], statuses
