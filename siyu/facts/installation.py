"""One installation: its settings, database and lake, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config

from siyu.facts.lake.connection import Lake, Store
from siyu.kit import clock, crypto, logs
from siyu.kit.db import Database
from siyu.kit.postgres import EmbeddedPostgres
from siyu.kit.settings import Settings

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


@dataclass(frozen=True)
class Installation:
    """What every door needs. `database_url` carries the password of your own Postgres: never log it."""

    settings: Settings
    database_url: str
    db: Database
    lake: Lake


def store(settings: Settings) -> Store | None:
    """The s3 store of the settings, or None: a folder, or the machine's own credentials."""
    if settings.s3_key_id is None or settings.s3_secret is None:
        return None
    secret = settings.s3_secret.get_secret_value()
    return Store(settings.s3_key_id, secret, settings.s3_region, settings.s3_endpoint, settings.s3_ssl)


def migrate(database_url: str) -> None:
    """Bring the database to the newest version; does nothing when it is there."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = database_url
    command.upgrade(config, "head")


@asynccontextmanager
async def installation(settings: Settings) -> AsyncIterator[Installation]:
    """Start or join the database, migrate it, open the lake; close everything on the way out."""
    logs.configure(settings.log_level, settings.log_format)
    settings.home.mkdir(parents=True, exist_ok=True)
    crypto.configure(
        crypto.load_or_make_key(settings.key.get_secret_value() if settings.key else None, settings.home / "keys")
    )
    if settings.now is not None:
        clock.freeze(settings.now)
    postgres = None if settings.database_url else EmbeddedPostgres(settings.home)
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    if postgres is not None:
        url = postgres.start()
    try:
        migrate(url)
        db = Database(url)
        lake = Lake(url, settings.lake_path, settings.lake_memory, settings.lake_threads, store(settings))
        lake.open()
        try:
            yield Installation(settings, url, db, lake)
        finally:
            lake.close()
            await db.close()
    finally:
        if postgres is not None:
            postgres.stop()
