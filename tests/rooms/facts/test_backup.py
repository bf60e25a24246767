"""A backup is restored when it is made, and again into an empty folder; one in which a byte has changed is refused by name."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from siyu.facts import backup, backup_manifest
from siyu.facts.backup_manifest import BackupBroken, Manifest
from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.installation import Installation
from siyu.facts.lake import relay
from siyu.facts.log.actions import Entry, record
from siyu.facts.origin.actions import WrongKey
from siyu.kit import crypto
from siyu.kit.errors import Conflict
from siyu.kit.settings import Settings
from tests.installation import KEY
from tests.world import NOON, Shop


async def _installed(shop: Shop, folder: Path) -> Installation:
    """A shop with facts in the lake, a key and an uploaded file."""
    async with shop.db.transaction() as tx:
        facts = [OrderPaid(order=f"o{n}", amount=n, lines=1, source="t") for n in range(500)]
        await record(tx, [Entry(1, fact, NOON, 1) for fact in facts], NOON)
    await relay.relay(shop.db, shop.lake)
    home = folder / "home"
    for name, content in (("keys/data.key", base64.b64encode(KEY).decode()), ("uploads/1/orders.csv", "手机号\n")):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text(content)
    return Installation(Settings(home=home), shop.db.url, shop.db, shop.lake)


@pytest.fixture(scope="module")
async def made(module_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A backup, and what its manifest says; a test that damages it takes a copy."""
    folder = tmp_path_factory.mktemp("backup")
    home = await _installed(module_shop, folder)
    return folder / "backup", await backup.back_up(home, folder / "backup", NOON)


def _modes(folder: Path) -> set[tuple[bool, int]]:
    return {(entry.is_dir(), entry.stat().st_mode & 0o777) for entry in folder.rglob("*")}


async def test_a_backup_comes_back_whole(made: tuple[Path, Manifest], tmp_path: Path) -> None:
    folder, manifest = made
    assert manifest.lake_facts >= 500
    assert manifest.tables["account_user"] == 5
    assert {"database.dump", "keys/data.key", "uploads/1/orders.csv"} < manifest.files.keys()
    assert _modes(folder) == {(True, 0o700), (False, 0o600)}

    restored = tmp_path / "restored"
    assert await backup.restore(folder, Settings(home=restored)) == manifest
    for name in ("keys", "uploads", "lake"):
        assert _modes(restored / name) <= {(True, 0o700), (False, 0o600)}
    assert base64.b64decode((restored / "keys/data.key").read_text()) == KEY
    with pytest.raises(Conflict):
        await backup.restore(folder, Settings(home=restored))


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _a_lake_file(folder: Path) -> Path:
    return max((folder / "lake").rglob("*.parquet"), key=lambda file: file.stat().st_size)


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


DAMAGES: dict[str, Callable[[Path], object]] = {
    "the keys are gone": lambda folder: shutil.rmtree(folder / "keys"),
    "the key is another": lambda folder: (folder / "keys/data.key").write_text(base64.b64encode(b"x" * 32).decode()),
    "the uploads are gone": lambda folder: shutil.rmtree(folder / "uploads"),
    "a file of the lake is gone": lambda folder: _a_lake_file(folder).unlink(),
    "a bit of the dump": lambda folder: _flip(folder / "database.dump"),
    "a bit of the lake": lambda folder: _flip(_a_lake_file(folder)),
    "a bit of an upload": lambda folder: _flip(folder / "uploads/1/orders.csv"),
    "a bit of the manifest": lambda folder: _flip(folder / "manifest.json"),
    "the dump is cut short": lambda folder: _truncate(folder / "database.dump"),
    "the manifest is cut short": lambda folder: _truncate(folder / "manifest.json"),
    "the manifest is gone": lambda folder: (folder / "manifest.json").unlink(),
    "a file too many": lambda folder: (folder / "lake/stranger.parquet").write_text("x"),
}


async def test_a_damaged_backup_is_refused_before_anything_is_written(
    made: tuple[Path, Manifest], tmp_path: Path
) -> None:
    taken = []
    for number, (damage, do) in enumerate(DAMAGES.items()):
        broken, target = tmp_path / f"broken{number}", tmp_path / f"target{number}"
        shutil.copytree(made[0], broken)
        do(broken)
        try:
            await backup.restore(broken, Settings(home=target))
            taken.append(damage)
        except BackupBroken as refusal:
            assert refusal.errors or "manifest.json" in refusal.detail, damage
        assert not target.exists(), damage
    assert taken == []


async def test_the_files_that_are_wrong_are_named(made: tuple[Path, Manifest], tmp_path: Path) -> None:
    shutil.copytree(made[0], tmp_path / "backup")
    shutil.rmtree(tmp_path / "backup/keys")
    _flip(tmp_path / "backup/database.dump")
    with pytest.raises(BackupBroken) as refused:
        await backup.restore(tmp_path / "backup", Settings(home=tmp_path / "target"))
    assert [(fault.path, fault.reason) for fault in refused.value.errors] == [
        ("database.dump", "has changed since it was written"),
        ("keys/data.key", "is missing"),
    ]


async def test_a_backup_of_another_key_is_refused(made: tuple[Path, Manifest], tmp_path: Path) -> None:
    """Hashes that agree prove nothing about the key that comes from the settings."""
    other = base64.b64encode(b"x" * 32).decode()
    with pytest.raises(WrongKey):
        await backup.restore(made[0], Settings(home=tmp_path / "target", key=SecretStr(other)))
    assert not (tmp_path / "target").exists()


async def test_a_backup_with_another_key_s_file_is_not_made(module_shop: Shop, tmp_path: Path) -> None:
    home = await _installed(module_shop, tmp_path)
    crypto.configure(b"y" * 32)
    with pytest.raises(WrongKey):
        await backup.back_up(home, tmp_path / "backup", NOON)


async def test_a_backup_without_hashes_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(
        json.dumps({"made_at": "", "tables": {}, "lake_facts": 0, "dump_sha256": "0"})
    )
    with pytest.raises(BackupBroken, match="older version"):
        backup_manifest.checked_manifest(tmp_path)
