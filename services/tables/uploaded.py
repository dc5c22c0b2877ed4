"""Read the table of a file that somebody has sent."""

import re
import tempfile
from pathlib import Path
from typing import Final

from domain.errors import BadInput
from services.tables.read import Columns, SourceTable, read_table

_UNSAFE: Final = re.compile(r"[^\w.-]")
_LONGEST_NAME: Final = 60


def read_uploaded(name: str, content: bytes, columns: Columns) -> SourceTable:
    """Return the table of a file that was sent; raise BadInput as ``read_table``."""
    with tempfile.TemporaryDirectory() as folder:
        # A name of the sender's may be anything; it is kept for sentences, and for its ending.
        safe = _UNSAFE.sub("_", name).lstrip(".")[-_LONGEST_NAME:] or "list.csv"
        path = Path(folder) / safe
        path.write_bytes(content)
        return read_table(path, columns)


def require_size(name: str, content: bytes, most: int) -> None:
    """Raise BadInput for a file of more than ``most`` bytes."""
    if len(content) > most:
        megabytes = most // 1024 // 1024
        raise BadInput(
            zh=f"{name} 太大，不能超过 {megabytes} MB，请分成几个文件。",
            en=f"{name} is too large; send {megabytes} MB at most, or split it.",
        )
