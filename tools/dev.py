"""`make dev`: a server that starts again when Python changes, and the console with hot replacement, on a copy of the demo's data.

The copy lies in .dev and is kept between runs; `rm -rf .dev` takes a new one. Without a demo in ./var the first run makes one in
.dev, as `make demo` would. Ctrl-C stops everything.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from watchfiles import Change, watch

ROOT = Path(__file__).parents[1]
DEMO, COPY = ROOT / "var", ROOT / ".dev"
BIN = Path(sys.executable).parent
API_PORT, CONSOLE_PORT = 8010, 5173
RELOADING_SUFFIXES = {".py", ".sql", ".json", ".liquid"}
STOP_WITHIN_SECONDS = 30


def copy_demo() -> None:
    """Copy ./var to .dev unless that is there; exits while the demo runs, since files of a running database make no copy."""
    if COPY.exists() or not (DEMO / "demo.json").exists():
        return
    if _running(DEMO / "postgres" / "postmaster.pid"):
        sys.exit("`make demo` is running: stop it for the moment of the copy.  请先停止 make demo，再复制数据")
    # `cp -a` keeps the owner: as root Postgres runs as a user of its own
    subprocess.run(["cp", "-a", DEMO, COPY], check=True)
    (COPY / "postgres" / "postmaster.pid").unlink(missing_ok=True)


def _running(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text().split()[0]), 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def reloads(_: Change, path: str) -> bool:
    """Whether a change of this file starts the server again."""
    file = Path(path)
    return file.suffix in RELOADING_SUFFIXES and "static" not in file.parts


def main() -> None:
    """Run both until Ctrl-C."""
    copy_demo()
    server, console = start_server(), start_console()
    try:
        for _ in watch(ROOT / "siyu", watch_filter=reloads, raise_interrupt=False):
            stop_server(server)
            server = start_server()
    finally:
        os.killpg(console.pid, signal.SIGTERM)
        stop_server(server)
        console.wait()


def start_server() -> "subprocess.Popen[bytes]":
    """The demo's server, on the copy."""
    return _start(BIN / "siyu", "demo", "--port", str(API_PORT), SIYU_HOME=str(COPY))


def start_console() -> "subprocess.Popen[bytes]":
    """The console's development server; it forwards the API to ours."""
    vite = ROOT / "console/node_modules/vite/bin/vite.js"
    return _start(
        BIN / "node", vite, "--port", str(CONSOLE_PORT), "--strictPort", SIYU_API=f"http://127.0.0.1:{API_PORT}"
    )


def _start(*command: str | Path, **environment: str) -> "subprocess.Popen[bytes]":
    """In a session of its own: Ctrl-C goes to the whole foreground group, and each is to hear it once, from us."""
    return subprocess.Popen(command, cwd=ROOT / "console", env={**os.environ, **environment}, start_new_session=True)


def stop_server(server: "subprocess.Popen[bytes]") -> None:
    """Ctrl-C for the server alone: it stops its database itself, last."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()
