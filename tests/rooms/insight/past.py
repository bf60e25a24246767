"""How tests of reports make a shop's past, and ask about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
"""18 March begins in Shanghai."""


async def ask(client: httpx.AsyncClient, name: str, **params: str) -> dict[str, Any]:
    answer = await client.get(
        f"/api/v1/reports/{name}", params={key.rstrip("_"): value for key, value in params.items()}
    )
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report
