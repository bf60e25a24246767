"""Settings of one installation, read from the environment (`SIYU_…`); `siyu doctor` prints them."""

import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every knob of an installation. Field descriptions are the documentation that `siyu doctor` prints."""

    model_config = SettingsConfigDict(env_prefix="SIYU_", extra="ignore")

    home: Path = Field(
        Path("var"),
        description="Folder of everything an installation keeps: database, lake, keys, uploads.",
        json_schema_extra={"zh": "一套安装的全部数据所在文件夹：数据库、湖、密钥、上传文件。"},
    )
    database_url: SecretStr | None = Field(
        None,
        description="postgresql://… of your own Postgres 16 or newer; without it Siyu starts the embedded one in SIYU_HOME.",
        json_schema_extra={
            "zh": "你自己的 Postgres 16 或更高版本的地址 postgresql://…；不填则在 SIYU_HOME 里启动内嵌的 Postgres。"
        },
    )
    lake: str | None = Field(
        None,
        description="Where Parquet files go: a folder or s3://bucket/prefix; default SIYU_HOME/lake.",
        json_schema_extra={"zh": "Parquet 文件存放处：文件夹或 s3://bucket/prefix；默认 SIYU_HOME/lake。"},
    )
    lake_memory: str = Field(
        "40%",
        validate_default=True,
        description="Memory one process may use for lake queries: 4GB, or a share of the machine's; beyond it they spill to disk.",
        json_schema_extra={"zh": "一个进程用于湖查询的内存上限：如 4GB，或占本机内存的百分比；超出时写入磁盘。"},
    )
    lake_threads: int = Field(
        2,
        ge=1,
        le=256,
        description="Threads of one process for lake queries.",
        json_schema_extra={"zh": "一个进程用于湖查询的线程数。"},
    )
    s3_key_id: str | None = Field(
        None,
        description="Access key of the s3 lake; without it the machine's own credentials are used.",
        json_schema_extra={"zh": "s3 湖的访问密钥；不填则用机器自带的凭证。"},
    )
    s3_secret: SecretStr | None = Field(
        None, description="Secret of that access key.", json_schema_extra={"zh": "该访问密钥的私钥。"}
    )
    s3_region: str = Field(
        "us-east-1", description="Region of the s3 lake.", json_schema_extra={"zh": "s3 湖所在区域。"}
    )
    s3_endpoint: str | None = Field(
        None,
        description="host:port of an s3-compatible store of your own; default: AWS.",
        json_schema_extra={"zh": "自建 s3 兼容存储的 host:port；默认 AWS。"},
    )
    s3_ssl: bool = Field(
        True, description="Reach the s3 store over https.", json_schema_extra={"zh": "通过 https 访问 s3 存储。"}
    )
    host: str = Field(
        "127.0.0.1", description="Address the web door listens on.", json_schema_extra={"zh": "网页服务监听的地址。"}
    )
    port: int = Field(
        8000,
        ge=0,
        le=65535,
        description="Port the web door listens on; 0 picks a free one.",
        json_schema_extra={"zh": "网页服务监听的端口；0 表示自动选择空闲端口。"},
    )
    public_url: str | None = Field(
        None,
        description="Address members and platforms reach this installation at, for links and callbacks.",
        json_schema_extra={"zh": "客户与平台访问这套安装的地址，用于链接与回调。"},
    )
    key: SecretStr | None = Field(
        None,
        description="Base64 of 32 random bytes that encrypt personal data; default: made once in SIYU_HOME/keys.",
        json_schema_extra={"zh": "加密个人信息的 32 字节随机密钥（base64）；默认首次启动时生成在 SIYU_HOME/keys。"},
    )
    now: datetime | None = Field(
        None,
        description="Pins the clock to this moment (ISO 8601), for rehearsals and tests.",
        json_schema_extra={"zh": "把时钟固定在某一刻（ISO 8601），用于演练与测试。"},
    )
    log_level: str = Field(
        "INFO",
        description="DEBUG, INFO, WARNING or ERROR.",
        json_schema_extra={"zh": "日志级别：DEBUG、INFO、WARNING 或 ERROR。"},
    )
    log_format: str = Field(
        "console",
        pattern="^(console|json)$",
        description="console for people, json for collectors.",
        json_schema_extra={"zh": "console 给人看，json 给日志系统收集。"},
    )
    private_webhooks: bool = Field(
        False,
        description="Let webhook accounts post to http and to addresses of a private network.",
        json_schema_extra={"zh": "允许 webhook 指向本机或内网地址；仅用于演练与测试。"},
    )
    cookie_secure: bool = Field(
        False,
        description="Send the session cookie over https only; switch on in production.",
        json_schema_extra={"zh": "会话 cookie 只经 https 发送；生产环境请打开。"},
    )
    upload_mb_max: int = Field(
        512,
        ge=1,
        description="Largest file one upload may have, in MiB.",
        json_schema_extra={"zh": "单个上传文件的大小上限（MiB）。"},
    )
    fact_days: int = Field(
        30,
        ge=1,
        description="Days Postgres keeps the fact log; the lake keeps it for ever.",
        json_schema_extra={"zh": "Postgres 保留事实日志的天数；湖永久保留。"},
    )
    erased_days: int = Field(
        7,
        ge=1,
        le=3650,
        description="Days after which no file of the lake and no snapshot of it holds an erased member any more.",
        json_schema_extra={"zh": "客户个人信息删除后，最多多少天内湖的所有文件与快照里不再有这位客户。"},
    )

    @field_validator("lake_memory")
    @classmethod
    def _as_size(cls, said: str) -> str:
        """A share of this machine's memory as DuckDB writes sizes."""
        if not said.endswith("%"):
            return said
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return f"{int(total * float(said[:-1]) / 100 / 1e6)}MB"

    @property
    def lake_path(self) -> str:
        return self.lake or str(self.home.resolve() / "lake")

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
