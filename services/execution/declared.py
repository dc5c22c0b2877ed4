"""Whether every process that is stored is one that this version carries on."""

from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from domain.errors import BadInput
from domain.text import Text
from services.clock import real_now
from services.gates.process_kits import undeclared
from services.incidents import close_incident, open_incident

UNDECLARED: Final = "undeclared-processes"


def _sentence(unknown: list[str]) -> Text:
    names = ", ".join(unknown)
    return Text(
        f"数据库里有这个版本不认识的流程：{names}。请用原来的版本启动，或在 JIEBANG_PROCESSES 中列出它们。",
        f"The database holds processes that this version does not know: {names}. Start the version"
        " that does, or name them in JIEBANG_PROCESSES.",
    )


def require_declared(session: Session) -> None:
    """Raise BadInput where processes are stored that nobody would carry on; new, there are none."""
    if session.execute(text("SELECT to_regclass('process')")).scalar() is None:
        return
    if unknown := undeclared(session):
        why = _sentence(unknown)
        raise BadInput(zh=why.zh, en=why.en)


def report_undeclared(session: Session) -> None:
    """Open an incident while such processes are stored, or close it."""
    at = real_now(session)
    if unknown := undeclared(session):
        why = _sentence(unknown)
        open_incident(session, process_id=None, kind=UNDECLARED, zh=why.zh, en=why.en, at=at)
    else:
        close_incident(session, process_id=None, kind=UNDECLARED, at=at)
