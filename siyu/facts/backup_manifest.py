"""What a backup consists of: every file with its hash, what must be found again, and the seal of the key it belongs to."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from siyu.kit.errors import Fault, Refusal

DUMP = "database.dump"
MANIFEST = "manifest.json"
FAULTS_MAX = 50
"""Files named in one refusal."""


class BackupBroken(Refusal):
    status, code, title, title_zh = 409, "backup_broken", "The backup is not what its manifest says", "备份与清单不符"


@dataclass(frozen=True)
class Manifest:
    """What a restore must find: rows a table, facts in the lake, the sealed value (hex), and each file's SHA-256 by its path."""

    made_at: str
    tables: dict[str, int]
    lake_facts: int
    key_seal: str
    files: dict[str, str]


def file_hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a backup but its manifest, by its path in the folder."""
    files = sorted(file for file in folder.rglob("*") if not file.is_dir() and file != folder / MANIFEST)
    return {file.relative_to(folder).as_posix(): _sha256(file) for file in files}


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, with a checksum of its own."""
    content = asdict(manifest)
    file = folder / MANIFEST
    file.touch(mode=0o600)
    file.write_text(json.dumps({**content, "checksum": _checksum(content)}, indent=1))


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def checked_manifest(folder: Path) -> Manifest:
    """The manifest of a backup in which no byte has changed; raises BackupBroken, which names what is damaged, missing or extra."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        checksum = content.pop("checksum", None)
    except FileNotFoundError:
        raise BackupBroken(f"{MANIFEST} is missing", f"缺少 {MANIFEST}") from None
    except (ValueError, AttributeError):
        raise BackupBroken(f"{MANIFEST} is damaged", f"{MANIFEST} 已损坏") from None
    if checksum is None and "dump_sha256" in content:
        raise BackupBroken(
            "The backup was made by an older version, without hashes of its files: restore it with that version",
            "该备份由旧版本生成，没有文件校验值：请用该旧版本恢复",
        )
    if checksum != _checksum(content) or set(content) != {field.name for field in fields(Manifest)}:
        raise BackupBroken(f"{MANIFEST} is damaged", f"{MANIFEST} 已损坏")
    manifest = Manifest(**content)
    faults = _file_faults(manifest.files, file_hashes(folder))
    if faults:
        raise BackupBroken(
            f"{len(faults)} files of the backup are not as they were written",
            f"备份中有 {len(faults)} 个文件与写入时不同",
            errors=faults[:FAULTS_MAX],
        )
    return manifest


def _file_faults(written: Mapping[str, str], present: Mapping[str, str]) -> list[Fault]:
    faults = []
    for path in sorted(written.keys() | present.keys()):
        if path not in present:
            faults.append(Fault(path, "is missing", "缺失"))
        elif path not in written:
            faults.append(Fault(path, "does not belong to the backup", "不属于该备份"))
        elif written[path] != present[path]:
            faults.append(Fault(path, "has changed since it was written", "写入后被改动或损坏"))
    return faults
