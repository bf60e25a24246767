"""What questions on Spark need beside Siyu: the extra `spark` and a Java. Imports nothing of either."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec

from siyu.kit.errors import Refusal

JAVA_MIN = 17


class NoSpark(Refusal):
    """Something that Spark needs is not here; the words say how to get it."""

    status, code, title, title_zh = 409, "no_spark", "Spark cannot run here", "这里无法运行 Spark"


def require() -> None:
    """Raise NoSpark unless the extra and a Java new enough are installed."""
    if any(find_spec(name) is None for name in ("pyspark", "pyarrow", "sqlglot")):
        raise NoSpark(
            "Spark is not installed: run `make spark` in Siyu's folder, or pip install 'siyu[spark]'",
            "尚未安装 Spark：请在 Siyu 的目录中运行 make spark，或 pip install 'siyu[spark]'",
        )
    version = java_version()
    if version is None or version < JAVA_MIN:
        which = "is not installed" if version is None else f"is version {version}"
        which_zh = "尚未安装 Java" if version is None else f"Java 版本为 {version}"
        raise NoSpark(
            f"Spark needs Java {JAVA_MIN} or newer, and Java {which}: on Debian or Ubuntu run "
            f"`apt-get install openjdk-{JAVA_MIN}-jre-headless`, or set JAVA_HOME",
            f"Spark 需要 Java {JAVA_MIN} 或更高版本，而{which_zh}：Debian/Ubuntu 请运行 "
            f"apt-get install openjdk-{JAVA_MIN}-jre-headless，或设置 JAVA_HOME",
        )


def java_version() -> int | None:
    """The major version of the Java that Spark would start; None without one."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(os.path.join(home, "bin", "java") if home else "java")  # noqa: PTH118 which() wants text
    if java is None:
        return None
    printed = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    match = re.search(r'version "(?:1\.)?(\d+)', printed.stderr + printed.stdout)
    return int(match.group(1)) if match else None
