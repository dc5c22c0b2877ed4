"""The gates of 揭榜: the window closes, two people open what came, or somebody decides what now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from domain import moments
from domain.gates import Rule, Verb
from domain.identity.permissions import Act
from domain.lifecycle import STAGE_NAMES, Stage
from domain.text import Text
from models import Bid, Call, OpeningPresence, Person, Project
from models.bid import BidStatus
from services.calendar.counted_dates import is_provisional
from services.clock import is_demo, now
from services.district.rounds import settings_of
from services.gates.kits import (
    INTERESTED,
    Approval,
    Due,
    EventGate,
    Fact,
    Progress,
    StageKit,
    Timer,
    fact,
)
from services.gates.readers import At, Reader, TaskState, done_or_open
from services.gates.seats import STREET
from services.identity.actors import may, place_of
from services.mending import Mending
from services.publish.call_dates import CLOSING
from services.publish.call_keys import holds_share
from services.publish.gates import CallPage
from services.publish.present_call import current_call
from services.seal.seal_keys import DEMO_PASSPHRASE


class Window(Timer[Project]):
    """Organisations bid, which is nobody's task and has a list of its own."""

    rule = Rule(Text("揭榜期", "Bid window"))
    duty = "bid"
    task = Text("揭榜", "Bid")
    acts = (Act.BID,)
    excludes_interested = True

    def due(self, session: Session, subject: Project, at: datetime) -> Due | None:
        """Return when the call closes, as everybody was told."""
        del at
        call = current_call(session, subject)
        if call is None or call.closes_at is None:
            return None
        return Due(call.closes_at, is_provisional(session, CLOSING, call))

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Project]]
    ) -> Sequence[TaskState | None]:
        """Leave it to the list of open calls."""
        del session, me
        return [None] * len(gates)


class OpeningPage(NamedTuple):
    """The openers present and when, the number wanted, and whether the reader holds a key share."""

    present: Sequence[tuple[str, datetime]]
    wanted: int
    holds_share: bool
    passphrase: str


class OpeningGate(EventGate[Project]):
    """Two people open the bids together."""

    rule = Rule(Text("共同开标", "Open the bids together"), due_days=3)
    duty = "open_bids"
    task = Text("共同开标", "Open the bids together")
    template = "bid/open_bids.html"
    acts = (Act.OPEN_BIDS,)
    excludes_interested = True

    def progress(self, session: Session, subject: Project) -> Progress:
        """Count the people present, of those wanted."""
        done = session.exec(
            select(func.count())
            .select_from(OpeningPresence)
            .where(
                OpeningPresence.project_id == subject.id,
                OpeningPresence.round == subject.stage_round,
            )
        ).one()
        return Progress(done, settings_of(session, subject).openers)

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Project]]
    ) -> Sequence[TaskState | None]:
        """Let openers without an interest be present, once."""
        rows = session.exec(
            select(OpeningPresence.project_id, OpeningPresence.round).where(
                OpeningPresence.person_id == me.id,
                tuple_(col(OpeningPresence.project_id), col(OpeningPresence.round)).in_(
                    [at.here for at in gates]
                ),
            )
        )
        present = set(rows)

        def stand(at: At[Project]) -> TaskState | None:
            if not may(me.grants, Act.OPEN_BIDS, place_of(at.subject)):
                return None
            return INTERESTED if at.gate.id in me.interested else done_or_open(at.here in present)

        return [stand(at) for at in gates]

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> OpeningPage:
        """Return the people present, and whether the reader can add a share."""
        del state
        project = at.subject
        present = session.exec(
            select(Person.name, OpeningPresence.present_at)
            .join(OpeningPresence, col(OpeningPresence.person_id) == Person.id)
            .where(
                OpeningPresence.project_id == project.id,
                OpeningPresence.round == project.stage_round,
            )
            .order_by(col(OpeningPresence.present_at))
        ).all()
        call = current_call(session, project)
        return OpeningPage(
            present,
            settings_of(session, project).openers,
            call is not None and holds_share(session, call, me.id),
            DEMO_PASSPHRASE if is_demo(session) else "",
        )


class NoBid(Approval[Project]):
    """No eligible bid came: the street extends, republishes or ends it."""

    rule = Rule(
        Text("无有效揭榜：如何处理", "No eligible bid: what now"),
        (STREET,),
        (Verb.APPROVE,),
        ("extend", "republish", "close_without_award"),
        due_days=5,
    )
    judged = "publish/call.html"
    is_detour = True
    excludes_interested = True

    def options(self, session: Session, subject: Project) -> tuple[str, ...]:
        """Offer to extend the window once."""
        call = current_call(session, subject)
        if call is not None and call.extended:
            return tuple(option for option in self.rule.options if option != "extend")
        return self.rule.options

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> CallPage:
        """Return the call that nobody answered."""
        del me, state
        return CallPage(current_call(session, at.subject))


def facts(session: Session, project: Project) -> list[Fact]:
    """Return the closing, and how many bids came once nobody can profit from knowing it."""
    call: Call | None = current_call(session, project)
    closes = moments.until(call.closes_at) if call and call.closes_at else Text("—", "—")
    received = session.exec(
        select(func.count())
        .select_from(Bid)
        .where(
            Bid.project_id == project.id,
            col(Bid.status).in_([BidStatus.SUBMITTED, BidStatus.OPENED]),
        )
    ).one()
    # How many compete is nobody's to know before the closing.
    over = call is not None and call.closes_at is not None and call.closes_at <= now(session)
    known = str(received) if over else Text("截止后可知", "known once bidding closes")
    return [fact("截止", "Closes", closes), fact("收到意向书", "Bids received", known)]


WINDOW: Final = Window()
OPENING: Final = OpeningGate()
NO_BID: Final = NoBid()
REPAIR: Final = Mending(sent_back=False, excludes_interested=True)
BID: Final = StageKit(Stage.BID, STAGE_NAMES[Stage.BID], (WINDOW, OPENING, REPAIR, NO_BID), facts)
