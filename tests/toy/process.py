"""What the toy declares: two stages, an approval, an event and a timer."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from domain.gates import Rule
from domain.identity.permissions import Act
from domain.text import Text
from services.gates.kits import Approval, Due, EventGate, Fact, Progress, StageKit, Timer, fact
from services.gates.process_kits import ProcessKit
from services.gates.readers import At, Reader, TaskState, done_or_open
from services.gates.seats import DECIDE, STREET
from services.gates.subjects import codes_of
from services.identity.actors import may
from tests.toy.loans import DEFINITION, EVENTS, MOVES, STATUS_NAMES, WATCHED, Loan, Status


class Lending(Approval[Loan]):
    rule = Rule(Text("是否借出活动室", "Lend the hall or not"), (STREET,), DECIDE, due_days=3)


class GivingBack(EventGate[Loan]):
    rule = Rule(Text("归还活动室", "The hall is given back"), due_days=1)
    duty = "give_back"
    task = Text("归还活动室", "Give the hall back")
    acts = (Act.FORM_PROJECT,)

    def progress(self, session: Session, subject: Loan) -> Progress:
        del session
        return Progress(int(subject.returned_by is not None), 1)

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Loan]]
    ) -> Sequence[TaskState | None]:
        return [
            done_or_open(at.subject.returned_by is not None)
            if may(me.grants, Act.FORM_PROJECT, codes_of(session, at.subject.id))
            else None
            for at in gates
        ]


class Watching(Timer[Loan]):
    rule = Rule(Text("查看活动室", "The hall is looked at"))
    duty = "watch"
    task = Text("查看活动室", "Look at the hall")

    def due(self, session: Session, subject: Loan, at: datetime) -> Due | None:
        del session, subject
        return Due(at + WATCHED)


def facts(session: Session, loan: Loan) -> list[Fact]:
    del session
    return [fact("借用事由", "What for", loan.title)]


LENDING: Final = Lending()
GIVING_BACK: Final = GivingBack()
WATCHING: Final = Watching()


class LoanProcess(ProcessKit[Loan]):
    definition = DEFINITION
    entrypoint = "tests.toy.flow.hall_loan"
    table = Loan
    name = Text("借用活动室", "loan of the hall")
    stages = (
        StageKit("lend", Text("借出", "lend"), (LENDING,), facts),
        StageKit("return", Text("归还", "return"), (GIVING_BACK, WATCHING), facts),
    )
    stage_of = {Status.ASKED: "lend", Status.LENT: "return"}  # noqa: RUF012
    status_names = STATUS_NAMES
    moves = MOVES
    events = EVENTS
    over = frozenset({Status.OVER, Status.REFUSED})

    def page(self, subject: Loan) -> str:
        del subject
        return "/"

    def interested(self, session: Session, subject: Loan) -> set[UUID]:
        del session, subject
        return set()

    def concerning(
        self, session: Session, organisations: Collection[UUID], subjects: Sequence[Loan]
    ) -> set[UUID]:
        del session, organisations, subjects
        return set()


LOAN: Final = LoanProcess()
