"""A backup is restored when it is made, and again into an empty folder."""

from pathlib import Path

import pytest

from siyu.facts import backup
from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.installation import Installation
from siyu.facts.lake import relay
from siyu.facts.log.actions import Entry, record
from siyu.kit.errors import Conflict
from siyu.kit.settings import Settings
from tests.world import NOON, Shop


async def test_a_backup_comes_back_whole(shop: Shop, database_url: str, tmp_path: Path) -> None:
    async with shop.db.transaction() as tx:
        facts = [OrderPaid(order=f"o{n}", amount=n, lines=1, source="t") for n in range(500)]
        await record(tx, [Entry(1, fact, NOON, 1) for fact in facts], NOON)
    await relay.relay(shop.db, shop.lake)
    home = tmp_path / "home"
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "data.key").write_text("a key")
    installation = Installation(Settings(home=home), database_url, shop.db, shop.lake)
    made = await backup.back_up(installation, tmp_path / "backup", NOON)
    assert made.lake_facts >= 500
    assert made.tables["account_user"] == 5

    again = backup.restore(tmp_path / "backup", tmp_path / "restored", None)
    assert again == made
    assert (tmp_path / "restored/keys/data.key").read_text() == "a key"
    with pytest.raises(Conflict):
        backup.restore(tmp_path / "backup", tmp_path / "restored", None)


async def test_a_changed_backup_is_refused(shop: Shop, database_url: str, tmp_path: Path) -> None:
    installation = Installation(Settings(home=tmp_path / "home"), database_url, shop.db, shop.lake)
    await backup.back_up(installation, tmp_path / "backup", NOON)
    with (tmp_path / "backup" / backup.DUMP).open("ab") as dump:
        dump.write(b"x")
    with pytest.raises(backup.BackupBroken):
        backup.restore(tmp_path / "backup", tmp_path / "restored", None)
