"""Mail addresses as people type them."""

import re
from typing import Final

from domain.errors import BadInput

# RFC 5321's dot-atom and names of hosts; without the apostrophe, of which senders take another
# address for this one.
_ATOM: Final = r"[A-Za-z0-9!#$%&*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(
    rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?:[A-Za-z]{{2,63}}|xn--{_LABEL})"
)
LONGEST_ADDRESS: Final = 120
_LONGEST_LOCAL: Final = 64


def check_address(text: str) -> str:
    """Return the address that ``text`` is, without spaces around it; raise BadInput.

    What mail servers refuse is refused here, where its owner can mend it.
    """
    email = text.strip()
    local = email.rpartition("@")[0]
    if not _ADDRESS.fullmatch(email) or len(email) > LONGEST_ADDRESS or len(local) > _LONGEST_LOCAL:
        raise BadInput(
            zh="邮箱地址无法识别，请写成 name@example.com。",
            en="The address is not understood; write it as name@example.com.",
        )
    return email
