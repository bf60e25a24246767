"""Starting as a process: two first starts on one folder, a folder or key or database that is not right, Postgres killed under it.

Whatever is in the way is one line in words, in both languages, with an exit code for a supervisor and no traceback."""

import base64
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.stories.test_serve import SIYU, WITHIN_SECONDS, address, start

GOOD_KEY = base64.b64encode(bytes(32)).decode()
DOCTOR = [str(SIYU), "doctor"]


def refused(home: Path | str, **settings: str) -> str:
    """What `siyu doctor` says when it cannot start."""
    environment = {**os.environ, "SIYU_HOME": str(home), "COLUMNS": "200", **settings}
    done = subprocess.run(DOCTOR, env=environment, capture_output=True, text=True, timeout=WITHIN_SECONDS, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return str(done.stderr)


def torn(home: Path) -> Path:
    """A folder whose database was copied in part."""
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("18\n")
    return home


def test_a_folder_that_may_not_be_written_to() -> None:
    message = refused("/proc/siyu")
    assert "/proc/siyu" in message and ("无法写入" in message or "无法使用" in message)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert "无法使用" in refused(tmp_path / "home")


@pytest.mark.parametrize("key", ["no key", "c2hvcnQ=", GOOD_KEY + "!"])
def test_a_setting_that_is_no_key(tmp_path: Path, key: str) -> None:
    message = refused(tmp_path / "home", SIYU_KEY=key)
    assert "SIYU_KEY" in message and "base64" in message and "不是有效的密钥" in message
    assert key not in message


def test_a_file_that_is_no_key(tmp_path: Path) -> None:
    file = tmp_path / "home" / "keys" / "data.key"
    file.parent.mkdir(parents=True)
    file.write_text("\x00")
    assert str(file) in refused(tmp_path / "home")
    assert file.read_text() == "\x00"


def test_a_database_whose_key_is_missing_gets_no_new_one(tmp_path: Path) -> None:
    home = torn(tmp_path / "home")
    assert "请从备份中取回" in refused(home)
    assert not (home / "keys").exists()


def test_a_database_that_was_copied_in_part(tmp_path: Path) -> None:
    message = refused(torn(tmp_path / "home"), SIYU_KEY=GOOD_KEY)
    assert "postgres" in message and "数据库不完整" in message


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    message = refused(tmp_path / "home", SIYU_DATABASE_URL="postgresql://siyu:hush@127.0.0.1:1/siyu")
    assert "SIYU_DATABASE_URL" in message and "数据库没有响应" in message and "hush" not in message


def test_settings_that_are_not_right_are_named(tmp_path: Path) -> None:
    message = refused(tmp_path / "home", SIYU_PORT="many", SIYU_FACT_DAYS="0")
    assert "SIYU_PORT" in message and "SIYU_FACT_DAYS" in message


def test_an_old_program_leaves_a_newer_database_alone(tmp_path: Path, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        message = refused(tmp_path / "home", SIYU_DATABASE_URL=database_url)
        assert "9999" in message and "更新版本" in message
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def healthy(served: str) -> bool:
    try:
        answer = httpx.get(f"{served}/healthz", timeout=10)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and answer.json()["status"] == "ok"


def test_two_first_starts_make_one_installation_that_outlives_its_postgres(tmp_path: Path) -> None:
    home = tmp_path / "home"
    processes = [start(home), start(home)]
    try:
        served = [address(process) for process in processes]
        for process in processes:
            # what an outage writes to the log is more than a pipe holds
            assert process.stdout is not None
            threading.Thread(target=process.stdout.read, daemon=True).start()
        assert [file.name for file in (home / "keys").iterdir()] == ["data.key"]
        assert all(healthy(url) for url in served)
        os.kill(int((home / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        time.sleep(1)
        deadline = time.monotonic() + WITHIN_SECONDS
        while not all(healthy(url) for url in served):
            assert time.monotonic() < deadline, "Postgres was not started again"
            time.sleep(0.5)
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGINT)
        for process in processes:
            process.wait(timeout=WITHIN_SECONDS)
    assert [process.returncode for process in processes] == [0, 0]
