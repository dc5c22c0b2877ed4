"""Settings from the environment, every one with a safe default."""

import os
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an installation may set; names in the environment begin with ``JIEBANG_``."""

    model_config = SettingsConfigDict(env_prefix="JIEBANG_", extra="ignore")

    database_url: str = Field(default="", description="SQLAlchemy URL of the domain database.")
    data_dir: Path = Field(default=Path("var"), description="Where everything is kept.")
    files_url: str = Field(
        default="",
        description="Where uploads and reports are kept, the data directory where empty: "
        "`s3://bucket/prefix`, or `file:///folder` of several machines.",
    )
    keys_dir: Path | None = Field(
        default=None, description="Where keys are kept; `keys` under the data directory."
    )
    audit_copy_dir: Path | None = Field(
        default=None, description="A folder, as of another machine, that gets each head as well."
    )
    audit_tsa_url: str = Field(
        default="", description="An RFC 3161 authority that stamps a head a day."
    )
    lang: str = Field(default="zh", description="Language of the command line: zh or en.")
    work_pool: str = Field(default="jiebang", description="Prefect work pool of the warm worker.")
    worker_threads: int = Field(default=6, ge=1, description="Runs a worker executes at once.")
    lease_seconds: float = Field(default=30.0, gt=0, description="How long a run lease holds.")
    sweep_seconds: float = Field(default=2.0, gt=0, description="Pause between dispatcher sweeps.")
    reconcile_seconds: float = Field(
        default=60.0, gt=0, description="Pause between reconciliations."
    )
    grace_seconds: float = Field(
        default=60.0, gt=0, description="How long a failed or stuck run is left alone."
    )
    code_minutes: int = Field(default=10, ge=1, description="How long an approval code is valid.")
    session_hours: int = Field(
        default=12, ge=1, description="Hours after which an idle session ends."
    )
    mail_url: str = Field(default="", description="Apprise URL of the mail server, without to=.")
    webhook_urls: str = Field(default="", description="Apprise URLs of the district's channels.")
    public_url: str = Field(default="", description="Where people reach the web, for links.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses of proxies before the web whose word on addresses counts.",
    )
    oidc_issuer: str = Field(default="", description="Issuer of the district's single sign-on.")
    oidc_client_id: str = Field(default="", description="This platform's id at the issuer.")
    oidc_client_secret: str = Field(default="", description="Its secret at the issuer.")
    oidc_name: str = Field(default="", description="What people call the single sign-on.")
    oidc_claim: str = Field(
        default="", description="A claim that is the login, where the issuer is trusted to say so."
    )
    entrypoints: str = Field(
        default="", description="Further entrypoints a worker may execute, for tests."
    )
    processes: str = Field(
        default="", description="Further kinds of process, as module.NAME; for tests and pilots."
    )
    registers: str = Field(
        default="", description="Further registers, as module.NAME; for tests and pilots."
    )
    failpoints: str = Field(default="", description="Failpoints for tests; empty in service.")


def prefect_ui_url() -> str:
    """Return where operators watch the runs, empty where this process was not told."""
    return os.environ.get("PREFECT_API_URL", "").removesuffix("/").removesuffix("/api")


def web_url() -> str:
    """Return where people reach the web: as set, or as this stack serves it, or empty."""
    return (settings().public_url or os.environ.get("JIEBANG_WEB_URL", "")).rstrip("/")


def settings() -> Settings:
    """Return the settings as the environment gives them now; read anew where it has changed."""
    given = tuple(
        (name, value) for name, value in os.environ.items() if name.startswith("JIEBANG_")
    )
    return _read(given)


@lru_cache(maxsize=4)
def _read(_: tuple[tuple[str, str], ...]) -> Settings:
    return Settings()
