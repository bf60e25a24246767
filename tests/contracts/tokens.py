"""A platform token of one test alone, fetched by one caller at a time."""

import asyncio
from collections.abc import Awaitable, Callable

from siyu.channels.adapters.types import Tokens


def private_tokens() -> Tokens:
    """Where one test keeps its token. Its life is not tracked: a refusal fetches anew."""
    held: list[str] = []
    renewing = asyncio.Lock()

    async def read() -> str | None:
        return held[-1] if held else None

    async def renew(refused: str | None, fetch: Callable[[], Awaitable[tuple[str, int]]]) -> str:
        async with renewing:
            if not held or held[-1] == refused:
                held.append((await fetch())[0])
            return held[-1]

    return Tokens(read, renew)
