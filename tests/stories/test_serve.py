"""`siyu serve` as a process: ready, stopped by Ctrl-C with nothing left, refused calmly on a taken port."""

import base64
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

SIYU = Path(sys.executable).with_name("siyu")
WITHIN_SECONDS = 60


def start(home: Path, port: str = "0", program: Path = SIYU, cwd: Path | None = None) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [program, "serve", "--port", port],
        cwd=cwd,
        env={**os.environ, "SIYU_HOME": str(home), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        if "is ready on" in line:
            return line.rsplit(" ", 1)[-1].strip()
        lines.append(line)
    raise AssertionError(f"it ended before it was ready: {''.join(lines[-60:])}")


def processes_on(home: Path) -> list[str]:
    """Command lines that name the folder."""
    children = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="ignore")
            except OSError:
                continue
            if str(home) in line:
                children.append(line)
    return children


def test_ctrl_c_stops_everything_and_a_taken_port_is_told_calmly(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home)
    try:
        served = address(process)
        assert httpx.get(f"{served}/healthz").json()["status"] == "ok"
        second = start(home, served.rsplit(":", 1)[-1])
        output, _ = second.communicate(timeout=WITHIN_SECONDS)
        assert second.returncode == 2
        assert "端口已被占用" in output
        assert "Traceback" not in output
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout is not None
        rest = process.stdout.read()
        process.wait(WITHIN_SECONDS)
    assert "Traceback" not in rest, rest
    assert process.returncode == 0
    deadline = time.monotonic() + WITHIN_SECONDS
    while processes_on(home) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_on(home) == []


def _ended(process: "subprocess.Popen[str]") -> str:
    """What a process still says when it is interrupted."""
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout is not None
    rest = process.stdout.read()
    assert process.wait(WITHIN_SECONDS) == 0
    return rest


def test_another_key_is_an_error_in_words(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home)
    address(process)
    _ended(process)
    file = home / "keys/data.key"
    key = file.read_text()
    for wrong in (base64.b64encode(b"x" * 32).decode(), None):
        file.unlink(missing_ok=True)
        if wrong is not None:
            file.write_text(wrong)
        refused = start(home)
        output, _ = refused.communicate(timeout=2 * WITHIN_SECONDS)
        assert refused.returncode == 2
        assert "data.key" in output.replace("\n", "")
        assert "Traceback" not in output
    assert not file.exists()
    file.write_text(key)
    again = start(home)
    address(again)
    _ended(again)
