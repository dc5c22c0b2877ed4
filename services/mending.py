"""The gate at which data that failed a stage's check is mended, the same at every stage."""

from typing import NamedTuple

from sqlmodel import Session

from domain.gates import Rule, Verb
from domain.text import Text
from models import Call, Project
from services.gates.kits import Repair
from services.gates.readers import At, Reader, TaskState
from services.gates.seats import SECRETARY


class MendingPage(NamedTuple):
    """The call whose ceiling may be missing; None where no call is checked."""

    call: Call | None = None


class Mending(Repair[Project]):
    """The community mends what failed; where the stage was prepared, it may be sent back instead."""

    duty = "mend"
    task = Text("修正数据", "Mend the data")
    template = "publish/mend.html"

    def __init__(self, *, sent_back: bool, excludes_interested: bool = False) -> None:
        """Offer to send the data back where somebody has prepared it."""
        self.rule = Rule(
            Text("修正未通过检查的数据", "Mend the data that failed its check"),
            (SECRETARY,),
            (Verb.MEND, Verb.RETURN) if sent_back else (Verb.MEND,),
            due_days=5,
        )
        self.excludes_interested = excludes_interested

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> MendingPage:
        """Return the call that is to be mended, if one is."""
        del session, me, at, state
        return MendingPage()
