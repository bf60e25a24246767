"""Running the web door with uvicorn."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI


class Server(uvicorn.Server):
    """uvicorn that leaves signals to whoever runs the doors: it is not alone in its process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def stop_on_signals() -> asyncio.Event:
    """An event that Ctrl-C or SIGTERM sets, so that every door closes in order."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def serve(app: FastAPI, host: str, port: int, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Listen on host:port (0: a free one), call `ready(address)` when requests are answered, end on `stop`."""
    listener = socket.create_server((host, port), backlog=2048)
    address = f"http://{host}:{listener.getsockname()[1]}"
    server = Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    ready(address)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stop.set()
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
