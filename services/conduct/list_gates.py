"""The gates of a month's conduct list: replies, the decision of each entry, publication."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, select

from domain.conduct.conduct_list import (
    COLOUR_NAMES,
    GROUND_NAMES,
    LIST_STAGE_OF,
    LIST_STATUS_NAMES,
    LIST_TRANSITIONS,
    Colour,
    ListStatus,
)
from domain.gates import Rule, Verb
from domain.identity.permissions import Act
from domain.lifecycle import STAGE_NAMES, Stage
from domain.text import Text
from models import ConductEntry, ConductList, Gate, Organisation
from services.calendar.counted_dates import is_provisional
from services.conduct.conduct_list import DEFINITION, REPLY, entries_of
from services.conduct.events import LIST_EVENTS
from services.gates.kits import Approval, Due, Fact, Preparation, StageKit, Timer, fact
from services.gates.process_kits import ProcessKit
from services.gates.readers import At, Reader, TaskState, done_or_open
from services.gates.seats import ADMINISTRATOR, DEPARTMENT, PREPARE
from services.identity.actors import acting_for

Entries = list[tuple[ConductEntry, Organisation]]


class OwnEntriesPage(NamedTuple):
    """Of a list that is not public yet, the black entries of the actor's own organisations alone."""

    own: list[ConductEntry]


class Replying(Timer[ConductList]):
    """Organisations reply to black entries that are proposed of them."""

    rule = Rule(Text("申辩期", "Time to reply"))
    duty = "reply_to_listing"
    task = Text("对拟列入黑榜作出申辩", "Reply to a proposed black entry")
    template = "conduct/reply_to_listing.html"
    acts = (Act.REPLY_TO_LISTING,)
    excludes_interested = True
    blocks_reading = True
    in_api = True

    def due(self, session: Session, subject: ConductList, at: datetime) -> Due | None:
        """Return when replies end, as the organisations were told."""
        del at
        return Due(subject.reply_until, is_provisional(session, REPLY, subject))

    def concerns(self, me: Reader) -> ColumnElement[bool] | None:
        """Tell whether a black entry is proposed of one of somebody's organisations."""
        if not me.organisations:
            return None
        return exists().where(
            col(ConductEntry.list_id) == col(Gate.process_id),
            col(ConductEntry.organisation_id).in_(me.organisations),
            col(ConductEntry.colour) == Colour.BLACK,
        )

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[ConductList]]
    ) -> Sequence[TaskState | None]:
        """Ask for a reply to each entry that is proposed of somebody's organisations."""
        proposed: dict[UUID, list[ConductEntry]] = defaultdict(list)
        if me.organisations:
            for entry in session.exec(
                select(ConductEntry).where(
                    col(ConductEntry.list_id).in_({at.subject.id for at in gates}),
                    col(ConductEntry.organisation_id).in_(me.organisations),
                    ConductEntry.colour == Colour.BLACK,
                )
            ):
                proposed[entry.list_id].append(entry)
        return [
            done_or_open(all(entry.reply for entry in proposed[at.subject.id]))
            if proposed[at.subject.id]
            else None
            for at in gates
        ]

    def page(
        self, session: Session, me: Reader, at: At[ConductList], state: TaskState
    ) -> OwnEntriesPage:
        """Return the entries to reply to."""
        del state
        return OwnEntriesPage(
            [
                entry
                for entry, company in entries_of(session, at.subject)
                if company.id in me.organisations and entry.colour is Colour.BLACK
            ]
        )


class ListEntries(NamedTuple):
    """Every entry with its organisation."""

    entries: Entries


class Review(Preparation[ConductList]):
    """The district decides each entry."""

    rule = Rule(Text("逐条审定", "Decide each entry"), (ADMINISTRATOR,), PREPARE, due_days=5)
    duty = "review_list"
    task = Text("审定红黑榜", "Decide the conduct list")
    template = "conduct/review_list.html"
    excludes_interested = True
    in_api = True

    def page(
        self, session: Session, me: Reader, at: At[ConductList], state: TaskState
    ) -> ListEntries:
        """Return the entries."""
        del me, state
        return ListEntries(entries_of(session, at.subject))


class ListPublication(Approval[ConductList]):
    """A department publishes the list."""

    rule = Rule(
        Text("发布红黑榜", "Publish the list"),
        (DEPARTMENT,),
        (Verb.APPROVE, Verb.RETURN),
        due_days=5,
    )
    judged = "conduct/entries.html"
    excludes_interested = True

    def page(
        self, session: Session, me: Reader, at: At[ConductList], state: TaskState
    ) -> ListEntries:
        """Return the entries as they were decided."""
        del me, state
        return ListEntries(entries_of(session, at.subject))


_DECIDED: Final = {
    True: Text("列入", "listed"),
    False: Text("不列入", "dropped"),
    None: Text("未决", "open"),
}


def facts(session: Session, subject: ConductList) -> list[Fact]:
    """Return the period, the number of entries proposed, and each entry with its decision."""
    entries = entries_of(session, subject)
    count = Counter(entry.colour for entry, _ in entries)
    lines = [
        fact("期间", "Period", f"{subject.period_from} – {subject.period_until}"),
        fact("拟列红榜", "Red entries proposed", count[Colour.RED]),
        fact("拟列黑榜", "Black entries proposed", count[Colour.BLACK]),
    ]
    for entry, company in entries:
        colour, ground = COLOUR_NAMES[entry.colour], GROUND_NAMES[entry.ground]
        decided = _DECIDED[entry.confirmed]
        value = Text(
            f"{company.name} · {ground.zh} · {decided.zh}",
            f"{company.name} · {ground.en} · {decided.en}",
        )
        lines.append(fact(colour.zh, colour.en, value, public=False))
    return lines


REPLYING: Final = Replying()
REVIEW: Final = Review()
PUBLICATION: Final = ListPublication()


class ListProcess(ProcessKit[ConductList]):
    """One month's conduct list."""

    definition = DEFINITION
    entrypoint = "flows.conduct_list.conduct_list"
    table = ConductList
    name = Text("红黑榜", "conduct list")
    events = LIST_EVENTS
    stages = (
        StageKit(Stage.LIST, STAGE_NAMES[Stage.LIST], (REPLYING, REVIEW, PUBLICATION), facts),
    )
    stage_of = LIST_STAGE_OF
    status_names = LIST_STATUS_NAMES
    moves = LIST_TRANSITIONS
    over = frozenset({ListStatus.PUBLISHED})

    def page(self, subject: ConductList) -> str:
        """Return the page of the published lists."""
        del subject
        return "/conduct"

    def interested(self, session: Session, subject: ConductList) -> set[UUID]:
        """Return everybody who acts for an organisation on the list."""
        listed = select(ConductEntry.organisation_id).where(ConductEntry.list_id == subject.id)
        return acting_for(session, session.exec(listed))

    def concerning(
        self, session: Session, organisations: Collection[UUID], subjects: Sequence[ConductList]
    ) -> set[UUID]:
        """Return the lists on which one of these organisations is."""
        rows = session.exec(
            select(ConductEntry.list_id).where(
                col(ConductEntry.organisation_id).in_(organisations),
                col(ConductEntry.list_id).in_({row.id for row in subjects}),
            )
        )
        return set(rows)


CONDUCT_LIST: Final = ListProcess()
