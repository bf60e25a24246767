"""Starting on a folder: one process at a time, and whatever is in the way said in words."""

import errno
import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psycopg
from sqlalchemy import exc

from siyu.kit.errors import CannotStart, Refusal

_SHUT = (errno.EACCES, errno.EPERM, errno.EROFS)
_FULL = (errno.ENOSPC, errno.EDQUOT)
DISK_FULL = "53100"
"""SQLSTATE."""


FOLDER_MODE, FILE_MODE = 0o700, 0o600


def for_the_owner_only(*folders: Path) -> None:
    """Whatever this process writes from now on is its user's alone, and so are these folders, should they be there already."""
    os.umask(0o777 - FOLDER_MODE)
    for folder in folders:
        if folder.is_dir():
            folder.chmod(FOLDER_MODE)


@contextmanager
def one_start(home: Path) -> Iterator[None]:
    """Make the folder `home` and hold it until the start is over: of two first starts the second joins the first."""
    home.mkdir(parents=True, exist_ok=True)
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def faults_in_words(home: Path, lake: str) -> Iterator[None]:
    """What goes wrong while starting as CannotStart: the folder, the disk, Postgres, the lake."""
    try:
        yield
    except Refusal:
        raise
    except OSError as error:
        raise _of_folder(error, home) from error
    except subprocess.SubprocessError as error:
        log = home / "postgres" / "log"
        raise CannotStart(
            f"The embedded Postgres does not start; its log is {log}", f"内嵌的 Postgres 无法启动，日志在 {log}"
        ) from error
    except (psycopg.OperationalError, exc.OperationalError) as error:
        cause = error.orig if isinstance(error, exc.OperationalError) else error
        if getattr(cause, "sqlstate", None) == DISK_FULL:
            raise _full(str(home)) from error
        raise CannotStart(
            "The database does not answer; check that it runs and SIYU_DATABASE_URL",
            "数据库没有响应；请确认它在运行，并检查 SIYU_DATABASE_URL",
        ) from error
    except duckdb.Error as error:
        raise CannotStart(
            f"The lake at {lake} cannot be opened ({type(error).__name__})",
            f"无法打开湖 {lake}（{type(error).__name__}）",
        ) from error


def _full(place: str) -> CannotStart:
    return CannotStart(f"There is no room left on the disk of {place}", f"{place} 所在磁盘已满")


def _of_folder(error: OSError, home: Path) -> CannotStart:
    place = str(error.filename or home)
    if error.errno in _FULL:
        return _full(place)
    if error.errno in _SHUT:
        return CannotStart(
            f"Siyu may not write to {place}; give it the folder or choose another with SIYU_HOME",
            f"无法写入 {place}；请开放写入权限，或用 SIYU_HOME 换一个文件夹",
        )
    if error.errno == errno.ENOENT and Path(place).is_relative_to((home / "postgres").resolve()):
        return CannotStart(
            f"The database in {home / 'postgres'} is not whole: {place} is missing; restore it from a backup",
            f"{home / 'postgres'} 里的数据库不完整：缺少 {place}，请从备份恢复",
        )
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return CannotStart(f"{place}: {reason}", f"{place} 无法使用：{reason}")
