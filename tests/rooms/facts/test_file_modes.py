"""What an installation writes is for its user's eyes only: database, lake, keys, uploads, whatever the umask was."""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from siyu.facts.catalogue.contacts import MemberCreated
from siyu.facts.installation import installation
from siyu.facts.lake.relay import relay
from siyu.facts.log.actions import Entry, record
from siyu.imports.files import upload as uploads
from siyu.kit.settings import Settings
from siyu.platform import actions
from tests.world import LIN, NOON, PASSWORD, SHOP, ZONE


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(home: Path) -> list[str]:
    """Files and folders of lake, keys and uploads that somebody else may look into."""
    places = [part for name in ("lake", "keys", "uploads") for part in (home / name, *(home / name).rglob("*"))]
    return [str(place) for place in places if place.exists() and stat.S_IMODE(place.stat().st_mode) & 0o077]


async def test_lake_keys_and_uploads_are_for_the_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("lake", "uploads"):
        (home / name).mkdir(parents=True)
    settings = Settings(home=home, lake_memory="1GB")
    async with installation(settings) as opened:
        async with opened.db.transaction() as tx:
            workspace, _ = await actions.create_workspace(
                tx, name=SHOP, zone=ZONE, locale="zh", email=LIN.email, person=LIN.name, password=PASSWORD, now=NOON
            )
            await record(tx, [Entry(workspace.id, MemberCreated(source="test"), NOON, None)] * 2_000, NOON)
        await relay(opened.db, opened.lake)
        uploads.bring_in(settings.uploads, workspace.id, io.BytesIO(b"a,b\n1,2\n"), "a.csv", 1 << 20)
    assert len(list((home / "lake").rglob("*.parquet"))) > 0
    assert len(list((home / "uploads").rglob("*"))) > 2
    assert open_to_others(home) == []
