"""Settings of one installation, read from the environment (`SIYU_…`); `siyu doctor` prints them."""

import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from siyu.kit.errors import CannotStart, parser_faults
from siyu.kit.text import LocalizedText

Reach = Literal["internet", "loopback", "network"]
"""How far calls to addresses that people typed in may go."""


class Settings(BaseSettings):
    """Every setting of an installation, each with what it means."""

    model_config = SettingsConfigDict(env_prefix="SIYU_", extra="ignore")

    home: Annotated[
        Path,
        LocalizedText(
            "一套安装的全部数据所在文件夹：数据库、湖、密钥、上传文件。",
            "Folder of everything an installation keeps: database, lake, keys, uploads.",
        ),
    ] = Path("var")
    database_url: Annotated[
        SecretStr | None,
        LocalizedText(
            "你自己的 Postgres 16 或更高版本的地址 postgresql://…；不填则在 SIYU_HOME 里启动内嵌的 Postgres。",
            "postgresql://… of your own Postgres 16 or newer; without it Siyu starts the embedded one in SIYU_HOME.",
        ),
    ] = None
    lake: Annotated[
        str | None,
        LocalizedText(
            "Parquet 文件存放处：文件夹或 s3://bucket/prefix；默认 SIYU_HOME/lake。",
            "Where Parquet files go: a folder or s3://bucket/prefix; default SIYU_HOME/lake.",
        ),
    ] = None
    lake_memory: Annotated[
        str,
        LocalizedText(
            "一个进程用于湖查询的内存上限：如 4GB，或占本机内存的百分比；超出时写入磁盘。",
            "Memory one process may use for lake queries: 4GB, or a share of the machine's; beyond it they spill to disk.",
        ),
        Field(validate_default=True),
    ] = "40%"
    lake_threads: Annotated[
        int,
        LocalizedText("一个进程用于湖查询的线程数。", "Threads of one process for lake queries."),
        Field(ge=1, le=256),
    ] = 2
    s3_key_id: Annotated[
        str | None,
        LocalizedText(
            "s3 湖的访问密钥；不填则用机器自带的凭证。",
            "Access key of the s3 lake; without it the machine's own credentials are used.",
        ),
    ] = None
    s3_secret: Annotated[SecretStr | None, LocalizedText("该访问密钥的私钥。", "Secret of that access key.")] = None
    s3_region: Annotated[str, LocalizedText("s3 湖所在区域。", "Region of the s3 lake.")] = "us-east-1"
    s3_endpoint: Annotated[
        str | None,
        LocalizedText(
            "自建 s3 兼容存储的 host:port；默认 AWS。", "host:port of an s3-compatible store of your own; default: AWS."
        ),
    ] = None
    s3_ssl: Annotated[bool, LocalizedText("通过 https 访问 s3 存储。", "Reach the s3 store over https.")] = True
    host: Annotated[str, LocalizedText("网页服务监听的地址。", "Address the web door listens on.")] = "127.0.0.1"
    port: Annotated[
        int,
        LocalizedText(
            "网页服务监听的端口；0 表示自动选择空闲端口。", "Port the web door listens on; 0 picks a free one."
        ),
        Field(ge=0, le=65535),
    ] = 8000
    public_url: Annotated[
        str | None,
        LocalizedText(
            "客户与平台访问这套安装的地址，用于链接与回调。",
            "Address members and platforms reach this installation at, for links and callbacks.",
        ),
    ] = None
    key: Annotated[
        SecretStr | None,
        LocalizedText(
            "加密个人信息的 32 字节随机密钥（base64）；默认首次启动时生成在 SIYU_HOME/keys。",
            "Base64 of 32 random bytes that encrypt personal data; default: made once in SIYU_HOME/keys.",
        ),
    ] = None
    now: Annotated[
        datetime | None,
        LocalizedText(
            "把时钟固定在某一刻（ISO 8601），用于演练与测试。",
            "Pins the clock to this moment (ISO 8601), for rehearsals and tests.",
        ),
    ] = None
    log_level: Annotated[
        str, LocalizedText("日志级别：DEBUG、INFO、WARNING 或 ERROR。", "DEBUG, INFO, WARNING or ERROR.")
    ] = "INFO"
    log_format: Annotated[
        str,
        LocalizedText("console 给人看，json 给日志系统收集。", "console for people, json for collectors."),
        Field(pattern="^(console|json)$"),
    ] = "console"
    outbound: Annotated[
        Reach,
        LocalizedText(
            "渠道账号可以连接到哪里：internet 只限公网 https；loopback 另可连接本机的模拟器；network 另可连接内网。",
            "How far channel accounts may call: internet is https to the open internet only; loopback also takes in simulators "
            "on this machine; network also your own network.",
        ),
    ] = "internet"
    cookie_secure: Annotated[
        bool,
        LocalizedText(
            "会话 cookie 只经 https 发送；生产环境请打开。",
            "Send the session cookie over https only; switch on in production.",
        ),
    ] = False
    upload_mb_max: Annotated[
        int, LocalizedText("单个上传文件的大小上限（MiB）。", "Largest file one upload may have, in MiB."), Field(ge=1)
    ] = 512
    fact_days: Annotated[
        int,
        LocalizedText(
            "Postgres 保留事实日志的天数；湖永久保留。", "Days Postgres keeps the fact log; the lake keeps it for ever."
        ),
        Field(ge=1),
    ] = 30
    erased_days: Annotated[
        int,
        LocalizedText(
            "客户个人信息删除后，最多多少天内湖的所有文件与快照里不再有这位客户。",
            "Days after which no file of the lake and no snapshot of it holds an erased member any more.",
        ),
        Field(ge=1, le=3650),
    ] = 7

    preference_link_days: Annotated[
        int,
        LocalizedText(
            "消息里的「消息设置」链接多少天后失效；之后客户须用较新消息里的链接。",
            "Days a message's link to the member's message settings works; afterwards the one in a newer message does.",
        ),
        Field(ge=30, le=3650),
    ] = 180

    @field_validator("lake_memory")
    @classmethod
    def _as_size(cls, size: str) -> str:
        """A share of this machine's memory as DuckDB writes sizes."""
        if not size.endswith("%"):
            return size
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return f"{int(total * float(size[:-1]) / 100 / 1e6)}MB"

    @property
    def lake_path(self) -> str:
        return self.lake or str(self.home.resolve() / "lake")

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"


def meaning(name: str) -> LocalizedText:
    """What a setting means."""
    return next(note for note in Settings.model_fields[name].metadata if isinstance(note, LocalizedText))


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Raises CannotStart that names each variable which is not right."""
    try:
        return Settings()
    except ValidationError as error:
        faults = parser_faults({**each, "loc": (f"SIYU_{each['loc'][0]}".upper(),)} for each in error.errors())
        raise CannotStart("Some settings are not right", "有设置填写有误", faults) from None
