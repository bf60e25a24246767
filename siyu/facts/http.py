"""The lake as a parameter of a route."""

from typing import Annotated

from fastapi import Depends, Request

from siyu.facts.lake.connection import Lake


def lake(request: Request) -> Lake:
    """The lake of the application that serves `request`."""
    return request.app.state.lake  # type: ignore[no-any-return]


InLake = Annotated[Lake, Depends(lake)]
