"""The very first start: a brand, an admin, and a generated password."""

from dataclasses import dataclass
from pathlib import Path

from siyu.kit import clock, ids
from siyu.kit.db import Database
from siyu.kit.locks import Lock, lock_until_commit
from siyu.platform import actions, queries

FILE = "first-password"
EMAIL = "admin@siyu.example"


@dataclass(frozen=True)
class FirstPassword:
    """What the first admin signs in with, and where it is also written (readable by the owner only)."""

    email: str
    password: str
    file: Path


async def first_admin(
    db: Database,
    home: Path,
    *,
    brand: str = "我的品牌",
    email: str = EMAIL,
    person: str = "管理员",
    temporary: bool = True,
) -> FirstPassword | None:
    """Found a brand with an admin when there is none; None when there is one already. The password is `temporary`: it must be
    changed at the first sign-in (the demo's need not)."""
    async with db.transaction() as tx:
        # two first starts on one database: the second finds the brand of the first
        await lock_until_commit(tx, Lock.FIRST_ADMIN)
        if await queries.workspaces(tx):
            return None
        password = ids.password()
        await actions.create_workspace(
            tx,
            name=brand,
            zone="Asia/Shanghai",
            locale="zh",
            email=email,
            person=person,
            password=password,
            now=clock.now(),
            temporary=temporary,
        )
    file = home / FILE
    file.touch(mode=0o600)
    file.write_text(f"{email}\n{password}\n")
    return FirstPassword(email, password, file)


def known_first(home: Path) -> FirstPassword | None:
    """The first password as written down at the first start, if the file is still there."""
    file = home / FILE
    if not file.exists():
        return None
    email, password = file.read_text().split("\n")[:2]
    return FirstPassword(email, password, file)
