"""Backup of an installation into one folder, and a restore that proves itself.

The folder holds `database.dump` (pg_dump, custom format; the lake's catalogue is in it), the lake's files, the keys, the uploads, and
`manifest.json` with what must be found again. Whoever has the folder can read everything: guard it like the database.
"""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from siyu.facts.installation import Installation
from siyu.facts.lake.connection import Lake
from siyu.kit.errors import Conflict, Refusal
from siyu.kit.postgres import EmbeddedPostgres, postgres_programs

DUMP = "database.dump"
MANIFEST = "manifest.json"
KEPT_FOLDERS = ("keys", "uploads")


class BackupBroken(Refusal):
    status, code, title, title_zh = 409, "backup_broken", "The backup is not what its manifest says", "备份与清单不符"


@dataclass(frozen=True)
class Manifest:
    """What a restore must find: rows a table, facts in the lake, and the checksum of the dump."""

    made_at: str
    tables: dict[str, int]
    lake_facts: int
    dump_sha256: str


def _call(program: str, url: str, *options: str) -> None:
    """Run a Postgres client program of the wheel; the password goes by environment, which others cannot list."""
    parts = conninfo_to_dict(url)
    environment = {**os.environ, "PGPASSWORD": str(parts.pop("password", None) or "")}
    subprocess.run(
        [str(postgres_programs() / program), "-d", make_conninfo("", **parts), *options], check=True, env=environment
    )


async def back_up(home: Installation, folder: Path, now: datetime) -> Manifest:
    """Write a backup into `folder` (new or empty; raises Conflict). The installation may be serving meanwhile."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty", f"{folder} 不是空文件夹")
    if "://" in home.lake.path:
        raise Conflict("An s3 lake is backed up by its bucket's versioning", "s3 湖请用存储桶的版本功能备份")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    # files never change once written: copying before and after the dump leaves none out that the dump knows
    _copy_new(Path(home.lake.path), folder / "lake")
    _call("pg_dump", home.database_url, "-Fc", "-f", str(folder / DUMP))
    _copy_new(Path(home.lake.path), folder / "lake")
    for name in KEPT_FOLDERS:
        _copy_new(home.settings.home / name, folder / name)
    manifest = Manifest(now.isoformat(), *await _proven(folder), _sha256(folder / DUMP))
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    return manifest


async def _proven(folder: Path) -> tuple[dict[str, int], int]:
    """Restore the dump beside itself and count: a backup nobody has restored is a hope."""
    scratch = folder / "proof"
    postgres = EmbeddedPostgres(scratch)
    url = postgres.start()
    try:
        _load(url, folder / DUMP)
        return _counts(url), _lake_facts(url, folder / "lake")
    finally:
        postgres.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def restore(folder: Path, home: Path, database_url: str | None) -> Manifest:
    """Restore `folder` into the empty SIYU_HOME `home` (and an empty database); raises Conflict, BackupBroken."""
    manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    if _sha256(folder / DUMP) != manifest.dump_sha256:
        raise BackupBroken("database.dump has changed since it was written", "database.dump 在写入后被改动")
    if home.exists() and any(home.iterdir()):
        raise Conflict(f"{home} is not empty", f"{home} 不是空文件夹")
    for name in (*KEPT_FOLDERS, "lake"):
        _copy_new(folder / name, home / name)
    postgres = None if database_url else EmbeddedPostgres(home)
    url = database_url or (postgres.start() if postgres else "")
    try:
        _load(url, folder / DUMP)
        if _counts(url) != manifest.tables or _lake_facts(url, home / "lake") != manifest.lake_facts:
            raise BackupBroken()
    finally:
        if postgres is not None:
            postgres.stop()
    return manifest


def _copy_new(source: Path, target: Path) -> None:
    for file in source.rglob("*") if source.is_dir() else ():
        copy = target / file.relative_to(source)
        if file.is_file() and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)


def _load(url: str, dump: Path) -> None:
    _call("pg_restore", url, "--no-owner", "--exit-on-error", str(dump))


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _counts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        counts = {}
        for (name,) in names:
            row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            counts[name] = row[0] if row else 0
        return counts


def _lake_facts(url: str, path: Path) -> int:
    lake = Lake(url, str(path), "1GB", 2)
    lake.open()
    try:
        row = lake.cursor().execute("SELECT count(props) FROM lake.facts").fetchone()
        return int(row[0]) if row else 0
    finally:
        lake.close()
