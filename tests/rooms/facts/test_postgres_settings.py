"""The settings of the embedded Postgres: memory by the machine's, and written once."""

import os
from pathlib import Path

from siyu.kit.postgres import MB, SETTINGS, buffers, settle


def test_buffers_go_with_the_machine_between_two_bounds() -> None:
    assert buffers(1024 * MB) == 128 * MB
    assert buffers(8 * 1024 * MB) == 512 * MB
    assert buffers(24 * 1024 * MB) == 1024 * MB
    assert buffers(5000 * MB + 12345) == 312 * MB


def test_settings_stand_beside_the_own_file_however_often_they_are_written(tmp_path: Path) -> None:
    own = tmp_path / "postgresql.conf"
    own.write_text("shared_buffers = 128MB\n")
    before = os.umask(0o077)
    settle(tmp_path)
    settle(tmp_path)
    os.umask(before)
    assert own.read_text() == f"shared_buffers = 128MB\ninclude_if_exists = '{SETTINGS}'\n"
    assert "max_wal_size = 4GB\n" in (tmp_path / SETTINGS).read_text()
    assert (tmp_path / SETTINGS).stat().st_mode & 0o777 == 0o644, "the server may run as another user"
