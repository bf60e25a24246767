"""One installation: its settings, database and lake, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from siyu.facts.lake.connection import Lake, Store
from siyu.facts.lake.relay import relay_position
from siyu.facts.origin import actions as origin
from siyu.kit import clock, crypto, logs
from siyu.kit.db import Database
from siyu.kit.errors import CannotStart
from siyu.kit.locks import Lock
from siyu.kit.postgres import EmbeddedPostgres
from siyu.kit.settings import Settings
from siyu.kit.start import faults_in_words, for_the_owner_only, one_start

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


@dataclass(frozen=True)
class Installation:
    """What every door needs. `database_url` carries the password of your own Postgres: never log it."""

    settings: Settings
    database_url: str
    db: Database
    lake: Lake
    postgres: EmbeddedPostgres | None = None
    """The embedded server, where there is one."""


def store(settings: Settings) -> Store | None:
    """The s3 store of the settings, or None: a folder, or the machine's own credentials."""
    if settings.s3_key_id is None or settings.s3_secret is None:
        return None
    secret = settings.s3_secret.get_secret_value()
    return Store(settings.s3_key_id, secret, settings.s3_region, settings.s3_endpoint, settings.s3_ssl)


def migrate(database_url: str) -> None:
    """Bring the database to the newest version; does nothing when it is there. Raises CannotStart when it is of a newer
    program than this."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = database_url
    with psycopg.connect(database_url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (int(Lock.MIGRATE),))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if unknown := _revisions(guard) - known:
            version = ", ".join(sorted(unknown))
            raise CannotStart(
                f"The database is of a newer version of Siyu ({version}); start that version or a newer one",
                f"数据库属于更新版本的 Siyu（{version}），请用该版本或更新的版本启动",
            )
        command.upgrade(config, "head")


def _revisions(connection: "psycopg.Connection[tuple[str, ...]]") -> set[str]:
    """The versions that the database says it is of: none, when it is empty."""
    if not connection.execute("SELECT 1 FROM pg_class WHERE oid = to_regclass('alembic_version')").fetchall():
        return set()
    return {row[0] for row in connection.execute("SELECT version_num FROM alembic_version").fetchall()}


async def check_origin(db: Database, lake: Lake) -> bool:
    """Let the log go on after its database has moved, before anybody reads it; says whether it had."""
    relayed = await relay_position(lake)
    async with db.transaction() as tx:
        return await origin.settle(tx, relayed, clock.now())


async def _check_key(db: Database, home: Path, made: bool) -> None:
    """Raises WrongKey; a key made for a database that has another does not stay."""
    try:
        async with db.transaction() as tx:
            await origin.check_key(tx)
    except origin.WrongKey:
        if made:
            crypto.key_file(home / "keys").unlink()
        raise


@asynccontextmanager
async def installation(settings: Settings) -> AsyncIterator[Installation]:
    """Start or join the database, migrate it, open the lake; close everything on the way out. One process at a time starts on
    a folder. Raises CannotStart, with what is in the way in words."""
    logs.configure(settings.log_level, settings.log_format)
    if settings.now is not None:
        clock.freeze(settings.now)
    with ExitStack() as opened:
        key_known = settings.key is not None or crypto.key_file(settings.home / "keys").exists()
        home = _started(settings, opened)
        try:
            await _check_key(home.db, settings.home, not key_known)
            await check_origin(home.db, home.lake)
            yield home
        finally:
            await home.db.close()


def _local(lake: str) -> list[Path]:
    return [] if "://" in lake else [Path(lake)]


def _started(settings: Settings, opened: ExitStack) -> Installation:
    """The installation; what has to be closed is put on `opened`."""
    with faults_in_words(settings.home, settings.lake_path), one_start(settings.home):
        for_the_owner_only(settings.uploads, settings.home / "keys", *_local(settings.lake_path))
        secret = settings.key.get_secret_value() if settings.key else None
        new = settings.database_url is not None or not (settings.home / "postgres" / "PG_VERSION").exists()
        crypto.configure(crypto.load_or_make_key(secret, settings.home / "keys", make=new))
        postgres = None if settings.database_url else EmbeddedPostgres(settings.home)
        url = settings.database_url.get_secret_value() if settings.database_url else ""
        if postgres is not None:
            opened.callback(postgres.stop)
            url = postgres.start()
        migrate(url)
        lake = Lake(url, settings.lake_path, settings.lake_memory, settings.lake_threads, store(settings))
        lake.open()
        opened.callback(lake.close)
        return Installation(settings, url, Database(url), lake, postgres)
