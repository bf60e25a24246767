"""Backup of an installation into one folder, and a restore that proves itself.

The folder holds `database.dump` (pg_dump, custom format; the lake's catalogue is in it), the lake's files, the keys, the uploads, and
`manifest.json` with the hash of each and what must be found again. Whoever has the folder can read everything: guard it like the database.
"""

import contextlib
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from siyu.facts.backup_manifest import DUMP, BackupBroken, Manifest, checked_manifest, file_hashes, write_manifest
from siyu.facts.installation import Installation
from siyu.facts.lake.connection import Lake
from siyu.facts.origin.actions import SEALED, open_seal
from siyu.facts.origin.rehearsal import rehearse
from siyu.kit import clock, crypto
from siyu.kit.db import Database
from siyu.kit.errors import Conflict
from siyu.kit.postgres import EmbeddedPostgres, postgres_programs
from siyu.kit.settings import Settings
from siyu.kit.start import FILE_MODE, FOLDER_MODE

KEPT_FOLDERS = ("keys", "uploads")


def _call(program: str, url: str, *options: str) -> None:
    """Run a Postgres client program of the wheel; the password goes by environment, which others cannot list."""
    parts = conninfo_to_dict(url)
    environment = {**os.environ, "PGPASSWORD": str(parts.pop("password", None) or "")}
    subprocess.run(
        [str(postgres_programs() / program), "-d", make_conninfo("", **parts), *options], check=True, env=environment
    )


async def back_up(home: Installation, folder: Path, now: datetime) -> Manifest:
    """Write a backup into `folder` (new or empty; raises Conflict, WrongKey). The installation may be serving meanwhile."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty", f"{folder} 不是空文件夹")
    if "://" in home.lake.path:
        raise Conflict("An s3 lake is backed up by its bucket's versioning", "s3 湖请用存储桶的版本功能备份")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
    # files never change once written: copying before and after the dump leaves none out that the dump knows
    _copy_new(Path(home.lake.path), folder / "lake")
    _call("pg_dump", home.database_url, "-Fc", "-f", str(folder / DUMP))
    (folder / DUMP).chmod(FILE_MODE)
    _copy_new(Path(home.lake.path), folder / "lake")
    for name in KEPT_FOLDERS:
        _copy_new(home.settings.home / name, folder / name)
    seal = crypto.encrypt(SEALED)
    _use_key(home.settings, folder)
    open_seal(seal)
    tables, lake_facts = await _proven(folder, now)
    manifest = Manifest(now.isoformat(), tables, lake_facts, seal.hex(), file_hashes(folder))
    write_manifest(folder, manifest)
    # a server that ran beneath it as another user had to pass through
    folder.chmod(FOLDER_MODE)
    return manifest


async def _proven(folder: Path, now: datetime) -> tuple[dict[str, int], int]:
    """Restore the dump beside itself, count, and let a fact be heard: a backup nobody has restored is a hope."""
    scratch, before = folder / "proof", set(folder.rglob("*"))
    postgres = EmbeddedPostgres(scratch)
    url = postgres.start()
    try:
        _load(url, folder / DUMP)
        counted = _counts(url), _lake_facts(url, folder / "lake")
        await _heard(url, folder / "lake", now)
        return counted
    finally:
        postgres.stop()
        shutil.rmtree(scratch, ignore_errors=True)
        # what the proof wrote is known to its own catalogue only
        for file in sorted(set(folder.rglob("*")) - before, reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()


async def restore(folder: Path, configured: Settings) -> Manifest:
    """Restore `folder` into the empty SIYU_HOME of the settings (and their empty database, if they name one).

    Nothing is written before every file has been found to be as it was written and the key to be the right one; files that
    were written by a restore that fails are taken away again. Raises Conflict, BackupBroken, WrongKey.
    """
    manifest = checked_manifest(folder)
    home, lake = configured.home, Path(configured.lake_path)
    url = configured.database_url.get_secret_value() if configured.database_url else None
    if "://" in configured.lake_path:
        raise Conflict("A backup is restored into a folder: unset SIYU_LAKE", "备份只能恢复到文件夹：请取消 SIYU_LAKE")
    for target in (home, lake):
        if target.exists() and any(target.iterdir()):
            raise Conflict(f"{target} is not empty", f"{target} 不是空文件夹")
    if url and _counts(url):
        raise Conflict("The database of SIYU_DATABASE_URL is not empty", "SIYU_DATABASE_URL 的数据库不是空的")
    _use_key(configured, folder)
    open_seal(bytes.fromhex(manifest.key_seal))
    try:
        for name in KEPT_FOLDERS:
            _copy_new(folder / name, home / name)
        _copy_new(folder / "lake", lake)
        await _restore_database(manifest, folder / DUMP, home, lake, url)
        # DuckDB made folders of its own when the new fact came in
        for entry in lake.rglob("*"):
            entry.chmod(FOLDER_MODE if entry.is_dir() else FILE_MODE)
    except BaseException:
        for target in (*(home / name for name in KEPT_FOLDERS), lake, home / "postgres"):
            shutil.rmtree(target, ignore_errors=True)
        raise
    return manifest


async def _restore_database(manifest: Manifest, dump: Path, home: Path, lake: Path, url: str | None) -> None:
    postgres = None if url else EmbeddedPostgres(home)
    url = url or (postgres.start() if postgres else "")
    try:
        _load(url, dump)
        if _counts(url) != manifest.tables or _lake_facts(url, lake) != manifest.lake_facts:
            raise BackupBroken()
        await _heard(url, lake, clock.now())
    finally:
        if postgres is not None:
            postgres.stop()


def _use_key(configured: Settings, folder: Path) -> None:
    """Use the key of the settings, or of the backup; raises BackupBroken."""
    if configured.key is None and not crypto.key_file(folder / "keys").exists():
        raise BackupBroken(
            "The backup holds no key: its installation had SIYU_KEY; set it to the same key",
            "备份中没有密钥：原系统使用 SIYU_KEY，请设为同一密钥",
        )
    secret = configured.key.get_secret_value() if configured.key else None
    crypto.configure(crypto.load_or_make_key(secret, folder / "keys"))


def _copy_new(source: Path, target: Path) -> None:
    """Copy what is missing, or was still being written, for the owner's eyes only."""
    for file in source.rglob("*") if source.is_dir() else ():
        copy = target / file.relative_to(source)
        with contextlib.suppress(
            FileNotFoundError
        ):  # compaction has taken it away meanwhile: the dump does not know it
            if file.is_dir() or (copy.exists() and copy.stat().st_size == file.stat().st_size):
                continue
            for parent in (target, *reversed(copy.relative_to(target).parents)):
                made = target / parent
                made.mkdir(parents=True, exist_ok=True)
                made.chmod(FOLDER_MODE)
            shutil.copyfile(file, copy)
            copy.chmod(FILE_MODE)


def _load(url: str, dump: Path) -> None:
    _call("pg_restore", url, "--no-owner", "--exit-on-error", str(dump))


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


async def _heard(url: str, path: Path, now: datetime) -> None:
    """A fact recorded in the restored database reaches every reader and the lake; raises BackupBroken, which names who is deaf."""
    db, lake = Database(url), Lake(url, str(path), "1GB", 2)
    lake.open()
    try:
        deaf = await rehearse(db, lake, now)
    finally:
        lake.close()
        await db.close()
    if deaf:
        raise BackupBroken(f"A new fact is not heard by: {', '.join(deaf)}", f"新记录的事实无人接收：{'、'.join(deaf)}")
