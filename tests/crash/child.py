"""A process of its own that a test lets die.

Forked from one that has imported Siyu already, and done nothing else: importing takes longer than most of them live.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 120
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["pytest", "siyu.app", "tests.installation"])


def start(work: Callable[..., None], *args: Any) -> BaseProcess:
    """`work(*args)` in a process of its own."""
    process = CONTEXT.Process(target=work, args=args)
    process.start()
    return process


def run(code: str, *args: object) -> tuple[int, str]:
    """Run Python `code` with `args` as sys.argv; its exit code (negative: the signal) and stderr, for whoever wonders why."""
    with tempfile.NamedTemporaryFile("r") as errors:
        process = start(_execute, errors.name, code, [str(arg) for arg in args])
        process.join(PATIENCE_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        return process.exitcode, Path(errors.name).read_text()


def _execute(errors: str, code: str, args: list[str]) -> None:
    os.dup2(os.open(errors, os.O_WRONLY), sys.stderr.fileno())
    sys.argv = ["child", *args]
    exec(compile(code, "child", "exec"), {"__name__": "__main__"})


def killed(code: str, *args: object) -> None:
    """As `run`, and it must have died of kill -9."""
    ended, errors = run(code, *args)
    assert ended == -signal.SIGKILL, errors
