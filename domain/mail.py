"""Mail addresses as people type them."""

import re
from typing import Final

from domain.errors import BadInput

_ADDRESS: Final = re.compile(r"[^@\s,;<>\"']{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LONGEST: Final = 120


def check_address(text: str) -> str:
    """Return the address that ``text`` is, without spaces around it; raise BadInput."""
    email = text.strip()
    if len(email) > _LONGEST or not _ADDRESS.fullmatch(email):
        raise BadInput(
            zh="邮箱地址无法识别，请写成 name@example.com。",
            en="The address is not understood; write it as name@example.com.",
        )
    return email
