"""Settings of one installation, read from the environment (`SIYU_…`); `siyu doctor` prints them."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every knob of an installation. Field descriptions are the documentation that `siyu doctor` prints."""

    model_config = SettingsConfigDict(env_prefix="SIYU_", extra="ignore")

    home: Path = Field(
        Path("var"), description="Folder of everything an installation keeps: database, lake, keys, uploads."
    )
    database_url: SecretStr | None = Field(
        None,
        description="postgresql://… of your own Postgres 16 or newer; without it Siyu starts the embedded one in SIYU_HOME.",
    )
    lake: str | None = Field(
        None, description="Where Parquet files go: a folder or s3://bucket/prefix; default SIYU_HOME/lake."
    )
    lake_memory: str = Field("2GB", description="Memory one process may use for lake queries, as DuckDB writes it.")
    lake_threads: int = Field(2, ge=1, le=256, description="Threads of one process for lake queries.")
    s3_key_id: str | None = Field(
        None, description="Access key of the s3 lake; without it the machine's own credentials are used."
    )
    s3_secret: SecretStr | None = Field(None, description="Secret of that access key.")
    s3_region: str = Field("us-east-1", description="Region of the s3 lake.")
    s3_endpoint: str | None = Field(None, description="host:port of an s3-compatible store of your own; default: AWS.")
    s3_ssl: bool = Field(True, description="Reach the s3 store over https.")
    host: str = Field("127.0.0.1", description="Address the web door listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the web door listens on; 0 picks a free one.")
    public_url: str | None = Field(
        None, description="Address members and platforms reach this installation at, for links and callbacks."
    )
    key: SecretStr | None = Field(
        None, description="Base64 of 32 random bytes that encrypt personal data; default: made once in SIYU_HOME/keys."
    )
    now: datetime | None = Field(
        None, description="Pins the clock to this moment (ISO 8601), for rehearsals and tests."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field(
        "console", pattern="^(console|json)$", description="console for people, json for collectors."
    )
    cookie_secure: bool = Field(False, description="Send the session cookie over https only; switch on in production.")
    upload_mb_max: int = Field(512, ge=1, description="Largest file one upload may have, in MiB.")
    fact_days: int = Field(30, ge=1, description="Days Postgres keeps the fact log; the lake keeps it for ever.")

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
