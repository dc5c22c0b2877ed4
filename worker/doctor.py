"""Examine the platform's needs on this machine, and say how to mend those not met."""

import contextlib
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx

from domain.errors import JiebangError, StackUnavailable
from domain.text import Text
from models.settings import settings
from services.authorities import authorities
from services.file_store import require_reachable_store
from worker.addresses import answers, find_stack, free_port

_LEAST_FREE = 1 << 30


class Diagnosis(NamedTuple):
    """One thing examined: whether it is well, and what to do if it is not."""

    name: str
    ok: bool
    what: Text
    mend: Text


def _python(_: Path) -> Diagnosis:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Diagnosis(
        "python",
        sys.version_info >= (3, 11),
        Text(f"Python {version}", f"Python {version}"),
        Text("请安装 Python 3.11 或更新版本。", "Install Python 3.11 or newer."),
    )


def _packages(_: Path) -> Diagnosis:
    missing = []
    for name in ("prefect", "sqlmodel", "great_expectations", "duckdb", "typst", "vl_convert"):
        if importlib.util.find_spec(name) is None:
            missing.append(name)
    return Diagnosis(
        "packages",
        not missing,
        Text(
            f"依赖包（缺 {missing}）" if missing else "依赖包齐全",
            f"packages, missing {missing}" if missing else "packages",
        ),
        Text("请运行 make setup。", "Run make setup."),
    )


def _postgres(_: Path) -> Diagnosis:
    from worker.postgres import server_binary

    given = bool(os.environ.get("JIEBANG_DATABASE_URL"))
    return Diagnosis(
        "postgresql",
        given or server_binary().exists(),
        Text("PostgreSQL（外部）", "PostgreSQL (given)")
        if given
        else Text("PostgreSQL（内置）", "PostgreSQL (embedded)"),
        Text(
            "请重新运行 make setup，或设置 JIEBANG_DATABASE_URL。",
            "Run make setup again, or set JIEBANG_DATABASE_URL.",
        ),
    )


def _root(_: Path) -> Diagnosis:
    able = os.geteuid() != 0 or shutil.which("useradd") is not None
    return Diagnosis(
        "user",
        able,
        Text("运行 PostgreSQL 的用户", "a user to run PostgreSQL"),
        Text(
            "以 root 运行时需要 useradd；请安装 passwd 包，或改用普通用户。",
            "As root, useradd is needed: install passwd, or use an ordinary user.",
        ),
    )


def _folder(data_dir: Path) -> Diagnosis:
    place = next(
        folder for folder in (data_dir.resolve(), *data_dir.resolve().parents) if folder.exists()
    )
    free = shutil.disk_usage(place).free
    ok = os.access(place, os.W_OK) and free > _LEAST_FREE
    return Diagnosis(
        "data-dir",
        ok,
        Text(
            f"数据目录 {data_dir}（剩余 {free >> 30} GiB）",
            f"data directory {data_dir} ({free >> 30} GiB free)",
        ),
        Text(
            "请另选可写、剩余 1 GiB 以上的 --data-dir。",
            "Choose a writable --data-dir with 1 GiB free.",
        ),
    )


def _socket(_: Path) -> Diagnosis:
    place = Path(tempfile.gettempdir())
    ok = os.access(place, os.W_OK) and len(str(place)) < 70
    return Diagnosis(
        "socket",
        ok,
        Text(f"套接字目录 {place}", f"socket folder {place}"),
        Text("请把 TMPDIR 设为较短的可写目录。", "Set TMPDIR to a short writable folder."),
    )


def _port(_: Path) -> Diagnosis:
    port = free_port(4200)
    return Diagnosis(
        "port",
        True,
        Text(f"Prefect 端口 {port}", f"port {port} for Prefect"),
        Text("", ""),
    )


def _fonts(_: Path) -> Diagnosis:
    from reports.chart import FONTS

    return Diagnosis(
        "fonts",
        any(FONTS.glob("NotoSansSC*")),
        Text("报告用中文字体", "Chinese font for reports"),
        Text("请重新运行 make setup。", "Run make setup again."),
    )


def _running(data_dir: Path) -> Diagnosis:
    try:
        addresses = find_stack(data_dir)
    except StackUnavailable:
        return Diagnosis(
            "stack", True, Text("服务未启动", "the stack is not running"), Text("", "")
        )
    ok = answers(f"{addresses.api_url}/health")
    return Diagnosis(
        "stack",
        ok,
        Text(f"服务 {addresses.ui_url}", f"the stack at {addresses.ui_url}"),
        Text(
            f"Prefect 没有响应，请查看 {data_dir}/log/prefect-server.log。",
            f"Prefect does not answer; see {data_dir}/log/prefect-server.log.",
        ),
    )


def _files(_: Path) -> Diagnosis:
    """Ask the file store that the settings name for a file."""
    url = settings().files_url
    where = Text(f"附件和报告存放处 {url or '数据目录'}", f"files in {url or 'the data directory'}")
    try:
        require_reachable_store()
    except JiebangError as error:
        return Diagnosis("files", False, where, Text(error.say("zh"), error.say("en")))
    return Diagnosis("files", True, where, Text("", ""))


def _origins(data_dir: Path) -> Diagnosis:
    """Ask a running web whether everybody seems to come from one address."""
    only = ""
    with contextlib.suppress(StackUnavailable, httpx.HTTPError):
        if url := find_stack(data_dir).web_url:
            only = httpx.get(f"{url}/healthz", timeout=2, verify=authorities()).headers.get(
                "X-Only-Address", ""
            )
    text = Text("访问来源", "where requests come from")
    if only:
        # On one machine it is as it should be; behind a proxy it is not, and nobody else can tell.
        text = Text(
            f"访问都来自 {only}；若网页前面有代理，请设 JIEBANG_TRUSTED_PROXIES，并让它发送 X-Forwarded-For",
            f"all requests come from {only}; if a proxy stands before the web, set "
            "JIEBANG_TRUSTED_PROXIES and let it send X-Forwarded-For",
        )
    return Diagnosis("origins", True, text, Text("", ""))


_ALL: tuple[Callable[[Path], Diagnosis], ...] = (
    _python,
    _packages,
    _postgres,
    _root,
    _folder,
    _socket,
    _port,
    _fonts,
    _running,
    _files,
    _origins,
)


def examine(data_dir: Path) -> list[Diagnosis]:
    """Return the diagnoses, in the order in which the platform needs them."""
    return [check(data_dir) for check in _ALL]
