"""Running the simulator: `serve` in the foreground, `running` in a thread on a free port for tests and the demo."""

import argparse
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from siyu.simulators.wecom.app import Settings, create_app
from siyu.simulators.wecom.store import Store

START_S = 20.0
"""Longest wait for the server to listen, in seconds."""


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator in this process: where it listens, and its store."""

    base_url: str
    store: Store
    settings: Settings


def serve(
    host: str = "127.0.0.1", port: int = 8700, path: str | Path = "wecom.db", settings: Settings | None = None
) -> None:
    """Serve until stopped; `path` is the SQLite file, made when absent and gone on with when there."""
    store = Store(path)
    try:
        uvicorn.run(create_app(store, settings), host=host, port=port, log_level="warning", access_log=False)
    finally:
        store.close()


@contextmanager
def running(path: str | Path = ":memory:", settings: Settings | None = None, port: int = 0) -> Iterator[Running]:
    """Serve in a thread on loopback, on a free port unless one is given; stopped and closed at the end."""
    configured = settings or Settings()
    store = Store(path)
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    config = uvicorn.Config(create_app(store, configured), log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_S
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the simulator did not start")
        time.sleep(0.01)
    try:
        yield Running(f"http://127.0.0.1:{listening.getsockname()[1]}", store, configured)
    finally:
        server.should_exit = True
        thread.join(START_S)
        store.close()
        listening.close()


def main() -> None:
    """The command line of ``python -m siyu.simulators.wecom``."""
    parser = argparse.ArgumentParser(prog="siyu.simulators.wecom", description="A WeCom server on this machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--store", default="wecom.db", help="SQLite file, or :memory:")
    parser.add_argument("--corp-id", default=Settings().corp_id)
    parser.add_argument("--secret", action="append", help="may be given several times")
    arguments = parser.parse_args()
    chosen = tuple(arguments.secret) if arguments.secret else Settings().secrets
    serve(arguments.host, arguments.port, arguments.store, Settings(corp_id=arguments.corp_id, secrets=chosen))


if __name__ == "__main__":
    main()
