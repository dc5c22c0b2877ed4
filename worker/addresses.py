"""Where the parts of a running stack are, and how another process finds them."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from domain.errors import BadInput, StackUnavailable
from domain.text import Text
from models.keyring import PREFECT, secret
from models.settings import settings
from services.authorities import authorities

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True)
class Addresses:
    """Where the parts of a running stack are."""

    database_url: str
    api_url: str
    web_url: str = ""
    files_url: str = ""

    @property
    def ui_url(self) -> str:
        """Return the address of the Prefect UI."""
        return self.api_url.removesuffix("/api")

    def as_environment(self) -> dict[str, str]:
        """Return the variables by which a process finds the stack."""
        return {
            "JIEBANG_DATABASE_URL": self.database_url,
            "PREFECT_API_URL": self.api_url,
            "JIEBANG_FILES_URL": self.files_url,
        }


def addresses_file(data_dir: Path) -> Path:
    """Return the file that says where a running stack is."""
    return data_dir / "run" / "stack.json"


def find_stack(data_dir: Path) -> Addresses:
    """Return the addresses of the stack of ``data_dir``, or those given by the environment.

    Raises StackUnavailable when none is running.
    """
    path = addresses_file(data_dir.resolve())
    running = json.loads(path.read_text()) if path.exists() else {}
    database_url = os.environ.get("JIEBANG_DATABASE_URL") or running.get("database_url", "")
    if not database_url:
        raise StackUnavailable(
            part="PostgreSQL",
            why=Text(
                f"{data_dir} 上没有运行的服务，请用 `jiebang up` 启动",
                f"nothing runs on {data_dir}; start it with `jiebang up`",
            ),
        )
    api_url = os.environ.get("PREFECT_API_URL") or running.get("api_url", "")
    files_url = running.get("files_url", settings().files_url)
    return Addresses(database_url, api_url, running.get("web_url", ""), files_url)


def use_stack(data_dir: Path) -> Addresses:
    """Find the stack of ``data_dir`` and let this process use it, its keys and processes too.

    Raises BadInput where this process would keep files elsewhere.
    """
    from services.processes import install_processes

    install_processes()
    addresses = find_stack(data_dir)
    given, kept = settings().files_url, addresses.files_url
    if given and given != kept:
        raise BadInput(
            zh=f"平台的文件存放在“{kept or '数据目录'}”，JIEBANG_FILES_URL 却是“{given}”；请改为一致。",
            en=f"The platform keeps files in {kept or 'its data directory'}, but JIEBANG_FILES_URL is"
            f" {given!r}; let them agree.",
        )
    os.environ |= addresses.as_environment() | {"JIEBANG_DATA_DIR": str(data_dir.resolve())}
    os.environ.setdefault("PREFECT_API_AUTH_STRING", prefect_password())
    return addresses


def prefect_password() -> str:
    """Return what the embedded Prefect server's API asks for, made once for a data directory."""
    return f"jiebang:{secret(PREFECT).hex()}"


def free_port(wanted: int) -> int:
    """Return ``wanted`` if it is free on loopback, else a free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise StackUnavailable(
        part="Prefect", why=Text("本机没有空闲端口", "no port is free on loopback")
    )


def answers(url: str) -> bool:
    """Tell whether ``url`` answers with success."""
    try:
        return httpx.get(url, timeout=2, verify=authorities()).is_success
    except httpx.HTTPError:
        return False
