"""What a password must be, and how often a wrong one may be tried."""

from datetime import timedelta
from typing import Final, NamedTuple

from domain.errors import BadInput
from domain.text import Text

PASSWORD: Final = Text("密码", "password")
SHORTEST: Final = 10
LONGEST: Final = 128


class Pace(NamedTuple):
    """How many wrong tries are free; then how long one waits, twice as long each time."""

    free: int
    first: timedelta
    longest: timedelta


# From one place, by one session, or on one device that is known.
BY_PLACE: Final = Pace(5, timedelta(minutes=1), timedelta(minutes=15))
# Of one login from everywhere that is not known: it slows down guessing, and locks nobody out.
BY_LOGIN: Final = Pace(30, timedelta(seconds=5), timedelta(minutes=1))
WARN_AFTER: Final = 5


def check_password(password: str, *, login: str, name: Text = PASSWORD) -> None:
    """Raise BadInput unless the password is long enough and not made of the login.

    Length is what counts; no rule about digits or signs. Source: NIST SP 800-63B.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            zh=f"{name.zh}须为 {SHORTEST} 到 {LONGEST} 个字符；一句自己记得住的话最好。",
            en=f"A {name.en} has {SHORTEST} to {LONGEST} characters; a sentence you remember is best.",
        )
    if login.casefold() in password.casefold() or len(set(password)) < 4:
        raise BadInput(
            zh=f"{name.zh}不能包含登录名，也不能只由几个字符重复而成。",
            en=f"A {name.en} may not hold the login, or repeat just a few characters.",
        )
