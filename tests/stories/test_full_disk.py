"""A disk that is really full under `siyu serve`: it is said, Postgres may end, and all goes on by itself once there is room."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.stories.test_serve import WITHIN_SECONDS, address, start

SMALL, LARGE = "420m", "1600m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of its own of SMALL bytes; only root may have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(home: Path) -> None:
    """Write until Postgres has no room even for its log, which may end it; what is left goes to a file."""
    lines = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    with (
        suppress(psycopg.Error),
        psycopg.connect(f"host={lines[4]} port={lines[3]} user=postgres dbname=siyu") as writer,
    ):
        writer.autocommit = True
        writer.execute("CREATE TABLE weight (x text)")
        while True:
            writer.execute("INSERT INTO weight SELECT repeat('x', 2000) FROM generate_series(1, 2000)")
    with suppress(OSError), (home / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(1024**2))


def until(served: str, met: Callable[[dict[str, str]], bool]) -> None:
    deadline = time.monotonic() + 2 * WITHIN_SECONDS
    while True:
        answer = httpx.get(f"{served}/healthz", timeout=WITHIN_SECONDS).json()
        if met(answer):
            return
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)


def test_a_full_disk_ends_nothing_for_good(disk: Path) -> None:
    home = disk / "home"
    process = start(home)
    try:
        served = address(process)
        assert process.stdout is not None
        threading.Thread(target=process.stdout.read, daemon=True).start()
        fill(home)
        until(served, lambda health: health["status"] != "ok" and int(health["disk"].split()[0]) < 20)
        subprocess.run(["mount", "-o", f"remount,size={LARGE}", disk], check=True)
        until(served, lambda health: health["status"] == "ok")
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=WITHIN_SECONDS) == 0
