"""Work on what strangers send, done in a process of its own with bounded memory and time: its crash is nobody else's.

A module of such work reads one JSON request from standard input and writes one JSON answer; it calls `serve` to do so.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

PROCESSES_MAX = 2
"""How many run at a time; the others wait."""
ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
"""What such a process is told: no key, no address of a database."""
PACKAGES = Path(__file__).resolve().parents[2]
ANSWER_BYTES_MAX = 64 << 20
_places = threading.BoundedSemaphore(PROCESSES_MAX)


class OutOfBounds(Exception):
    """The process ended without an answer: `reason` is `time`, `memory` or `crash`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def run(module: str, request: dict[str, Any], folder: Path, *, memory_bytes: int, seconds: int) -> dict[str, Any]:
    """The answer of `module` to `request`, working in `folder`; raises OutOfBounds. Blocks: call it in a thread."""
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    paths = [str(PACKAGES), *filter(None, [environment.get("PYTHONPATH")])]
    bounds = {"memory_bytes": memory_bytes, "seconds": seconds}
    with _places:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", module],
                input=orjson.dumps({**bounds, "request": request}),
                capture_output=True,
                cwd=folder,
                env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise OutOfBounds("time") from error
    if done.returncode == 0 and len(done.stdout) <= ANSWER_BYTES_MAX:
        answer: dict[str, Any] = orjson.loads(done.stdout)
        if "out_of_memory" not in answer:
            return answer
        raise OutOfBounds("memory")
    if done.returncode == -signal.SIGALRM or done.returncode == -signal.SIGXCPU:
        raise OutOfBounds("time")
    # an allocator of another language that is refused memory ends the process
    raise OutOfBounds("memory" if done.returncode in (-signal.SIGABRT, -signal.SIGKILL) else "crash")


def serve(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer the one request that stands on standard input, within the bounds that came with it."""
    message = orjson.loads(sys.stdin.buffer.read())
    _bound(message["memory_bytes"], message["seconds"])
    try:
        answer = work(message["request"])
    except MemoryError:
        answer = {"out_of_memory": True}
    sys.stdout.buffer.write(orjson.dumps(answer))
    sys.stdout.buffer.flush()


def _bound(memory_bytes: int, seconds: int) -> None:
    """Ask the system for the bounds; memory only where it keeps them (Linux)."""
    if sys.platform == "win32":
        return
    import resource

    # the process also ends when nobody waits for it any more
    signal.alarm(seconds + 5)
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
