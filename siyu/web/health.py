"""What `/healthz` and `siyu doctor` look at: one function a check, all in one list. It concerns rooms that do not see each other,
so the door puts it together."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from siyu.facts.lake.connection import Lake
from siyu.facts.lake.log_health import log_health
from siyu.facts.operation import queries
from siyu.kit.db import Database
from siyu.kit.isolation import error_class
from siyu.kit.text import LocalizedText, same
from siyu.platform import queries as platform
from siyu.web.operation import PART_LABELS

SILENT_AFTER = timedelta(minutes=2)
"""Parts write down that they are well every half minute."""
FREE_BYTES_MIN = 1024**3
"""With less on the disk the database soon stops writing."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong, in words. No personal data: whoever asks need not have signed in."""

    text: LocalizedText
    detail: str
    """Codes for programs."""


@dataclass(frozen=True)
class Check:
    """Something that should be so. `vital`: nothing can be answered while it is not."""

    name: str
    label: LocalizedText
    run: Callable[[Database, Lake, datetime], Awaitable[Trouble | None]]
    vital: bool = False


async def _database(db: Database, _lake: Lake, _now: datetime) -> Trouble | None:
    async with db.transaction() as tx:
        await tx.execute(text("SELECT 1"))
    return None


async def _lake(_db: Database, lake: Lake, _now: datetime) -> Trouble | None:
    await lake.rows("SELECT txid FROM lake.relay_cursor")
    return None


async def _parts(db: Database, _lake: Lake, _now: datetime) -> Trouble | None:
    async with db.transaction() as tx:
        failing = [part for part in await queries.parts(tx) if part.failing_since is not None]
    if not failing:
        return None
    labels = [(PART_LABELS.get(part.part, same(part.part)), part.error) for part in failing]
    since = min(part.failing_since for part in failing if part.failing_since is not None)
    return Trouble(
        LocalizedText(
            f"自 {since:%Y-%m-%d %H:%M} UTC 起失败：" + "、".join(f"{label.zh}（{error}）" for label, error in labels),
            f"failing since {since:%Y-%m-%d %H:%M} UTC: "
            + ", ".join(f"{label.en} ({error})" for label, error in labels),
        ),
        "; ".join(f"{part.part}: {part.error}" for part in failing),
    )


async def _worker(db: Database, _lake: Lake, now: datetime) -> Trouble | None:
    async with db.transaction() as tx:
        moments = [at for part in await queries.parts(tx) for at in (part.succeeded_at, part.failed_at) if at]
    last = max(moments, default=None)
    if last is None or abs(now - last) < SILENT_AFTER:
        return None
    return Trouble(
        LocalizedText(
            f"后台进程自 {last:%Y-%m-%d %H:%M} UTC 起没有动静；请启动 siyu worker 或 siyu serve",
            f"no worker has been heard of since {last:%Y-%m-%d %H:%M} UTC; start `siyu worker` or `siyu serve`",
        ),
        f"silent since {last.isoformat()}",
    )


async def _quarantine(db: Database, _lake: Lake, _now: datetime) -> Trouble | None:
    async with db.transaction() as tx:
        count = await queries.waiting_count(tx)
    if not count:
        return None
    return Trouble(
        LocalizedText(
            f"有 {count} 项内容无法处理，已搁置；请在“设置 › 运行状况”处理",
            f"{count} items could not be worked on and were set aside; see Settings › Operation",
        ),
        str(count),
    )


async def _readers(db: Database, lake: Lake, now: datetime) -> Trouble | None:
    troubles = (await log_health(db, lake, now)).troubles
    if not troubles:
        return None
    return Trouble(
        LocalizedText("；".join(trouble.zh for trouble in troubles), "; ".join(trouble.en for trouble in troubles)),
        "; ".join(trouble.en for trouble in troubles),
    )


async def _disk(_db: Database, lake: Lake, _now: datetime) -> Trouble | None:
    # object storage has no end that could be asked for
    free = FREE_BYTES_MIN if "://" in lake.path else shutil.disk_usage(lake.path).free
    if free >= FREE_BYTES_MIN:
        return None
    megabytes = free // 1024**2
    return Trouble(
        LocalizedText(
            f"磁盘只剩 {megabytes} MB；请清理或扩容，腾出空间后会自动继续",
            f"only {megabytes} MB are left on the disk; make room, and all goes on by itself",
        ),
        f"{megabytes} MB free",
    )


async def _hold(db: Database, _lake: Lake, _now: datetime) -> Trouble | None:
    async with db.transaction() as tx:
        held = [brand for brand in await platform.workspaces(tx) if await platform.held_since(tx, brand.id)]
    if not held:
        return None
    return Trouble(
        LocalizedText(
            f"数据库恢复或迁移后，{len(held)} 个品牌的发送已暂缓；请在控制台确认，或运行 siyu release",
            f"sending of {len(held)} brands is held since the database was restored or moved; let it go in the console or "
            "with `siyu release`",
        ),
        str(len(held)),
    )


CHECKS: tuple[Check, ...] = (
    Check("database", LocalizedText("数据库", "Database"), _database, vital=True),
    Check("lake", LocalizedText("湖", "Lake"), _lake, vital=True),
    Check("worker", LocalizedText("后台进程", "Worker"), _worker),
    Check("parts", LocalizedText("后台工作", "Parts of the worker"), _parts),
    Check("readers", LocalizedText("事实读取者", "Readers of the log"), _readers),
    Check("hold", LocalizedText("恢复后的发送", "Sending after a restore"), _hold),
    Check("disk", LocalizedText("磁盘", "Disk"), _disk),
    Check("quarantine", LocalizedText("搁置的内容", "Items set aside"), _quarantine),
)
"""Everything that is looked at, in this order."""


async def examine(db: Database, lake: Lake, now: datetime) -> list[tuple[Check, Trouble | None]]:
    """Every check with what it met; a check that cannot be made is a trouble itself."""
    outcomes: list[tuple[Check, Trouble | None]] = []
    for check in CHECKS:
        try:
            outcomes.append((check, await check.run(db, lake, now)))
        except Exception as error:
            name = error_class(error)
            reason = LocalizedText(f"无法检查：{name}", f"could not be checked: {name}")
            outcomes.append((check, Trouble(reason, name)))
    return outcomes
