"""A process of its own that a test lets die."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120


def run(code: str, *args: object) -> "subprocess.CompletedProcess[str]":
    """Python `code` with `args`; its stderr is for whoever wonders why it ended otherwise than it should."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def killed(code: str, *args: object) -> None:
    """As `run`, and it must have died of kill -9."""
    ended = run(code, *args)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
