"""What anybody may see of complaints, corrective action and the conduct list."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.calendar import BEIJING, add_months
from domain.conduct.conduct_list import Colour, Ground
from domain.conduct.corrective import Cause, CorrectiveStatus
from domain.deliver.delivery import DeliveryState, StatusColour
from domain.identity.roles import Grant
from domain.lifecycle import Status
from domain.privacy import mask
from models import Complaint, ConductEntry, CorrectiveAction, Finding, Organisation, Project
from services.clock import now
from services.conduct.complaints import complaints_of
from services.conduct.findings import delivery_of, visits_of
from services.conduct.material_reviews import UpheldReview, upheld_reviews
from services.district.rounds import present_settings
from services.identity.actors import places_of
from services.listing import Listed, list_page
from services.projects.forming import public_project


class ComplaintLine(NamedTuple):
    """A complaint; its text is public with its answer."""

    id: UUID
    code: str
    text: str | None
    filed_at: datetime
    due_at: datetime
    upheld: bool | None
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class CorrectiveLine:
    """A corrective action: what it rests on, and where it stands."""

    code: str
    status: CorrectiveStatus
    causes: tuple[Cause, ...]
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit, and how the project was found."""

    visited_on: date
    colour: StatusColour
    note: str


class Oversight(NamedTuple):
    """The visits, complaints, corrective actions and upheld reviews of one project."""

    project: Project
    under_way: bool
    delivery: DeliveryState | None
    visits: tuple[VisitLine, ...]
    complaints: tuple[ComplaintLine, ...]
    actions: tuple[CorrectiveLine, ...]
    false_material: tuple[UpheldReview, ...]


def read_oversight(session: Session, code: str, *, whole: bool = False) -> Oversight:
    """Return a project's complaints and corrective actions; raise NotFound.

    ``whole`` shows the text of those that are not answered yet, to those who answer.
    """
    project = public_project(session, code)
    complaints = tuple(
        ComplaintLine(
            complaint.id,
            complaint.code,
            complaint.text if whole else mask(complaint.text) if complaint.answer else None,
            complaint.filed_at,
            complaint.due_at,
            complaint.upheld,
            mask(complaint.answer) if complaint.answer else None,
            complaint.answered_at,
        )
        for complaint in complaints_of(session, project)
    )
    under_way = project.status in (Status.DELIVERING, Status.ASSESSING)
    visits = tuple(
        VisitLine(visit.visited_on, visit.colour, mask(visit.note))
        for visit in visits_of(session, project)
    )
    return Oversight(
        project,
        under_way,
        delivery_of(session, project),
        visits,
        complaints,
        _actions(session, project),
        upheld_reviews(session, project),
    )


def _actions(session: Session, project: Project) -> tuple[CorrectiveLine, ...]:
    actions = session.exec(
        select(CorrectiveAction)
        .where(CorrectiveAction.project_id == project.id)
        .order_by(col(CorrectiveAction.opened_at).desc())
    ).all()
    causes: dict[UUID, list[Cause]] = {action.id: [] for action in actions}
    for finding in session.exec(
        select(Finding).where(col(Finding.action_id).in_(causes)).order_by(col(Finding.found_at))
    ):
        causes[finding.action_id].append(finding.cause)
    return tuple(
        CorrectiveLine(
            action.code,
            action.status,
            tuple(dict.fromkeys(causes[action.id])),
            action.opened_at,
            action.closed_at,
        )
        for action in actions
    )


class WaitingComplaint(NamedTuple):
    """A complaint that waits for an answer."""

    project: str
    title: str
    text: str
    due_at: datetime


def waiting_complaints(session: Session, grants: tuple[Grant, ...]) -> Listed[WaitingComplaint]:
    """Return the first unanswered complaints of somebody's streets, those due first."""
    streets, _ = places_of(grants)
    if not streets:
        return Listed((), None)
    query = (
        select(Complaint, Project)
        .join(Project, col(Project.id) == Complaint.project_id)
        .where(col(Complaint.answered_at).is_(None), col(Project.street_code).in_(streets))
        .order_by(col(Complaint.due_at), col(Complaint.id))
    )

    def line(row: tuple[Complaint, Project]) -> WaitingComplaint:
        complaint, project = row
        return WaitingComplaint(project.code, project.title, complaint.text, complaint.due_at)

    return list_page(session, query).each(line)


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry of the conduct list; ``counts`` while it has neither expired nor been repaired.

    ``repair_from`` is the day from which a black entry can be repaired.
    """

    id: UUID
    organisation_id: UUID
    organisation: str
    colour: Colour
    ground: Ground
    basis: tuple[str, ...]
    reason: str
    reply: str | None
    listed_on: date
    expires_on: date
    repair_from: date
    repaired_on: date | None
    repair_reason: str | None
    counts: bool


def listed_entries(
    session: Session, *, organisation_id: UUID | None = None, on: date | None = None
) -> list[ListedEntry]:
    """Return the entries listed by a day (today), the newest first; only listed ones are public."""
    day = on or now(session).astimezone(BEIJING).date()
    months = present_settings(session).repair_months
    wanted = (
        select(ConductEntry, Organisation)
        .join(Organisation, col(Organisation.id) == ConductEntry.organisation_id)
        .where(col(ConductEntry.listed_on) <= day)
        .order_by(col(ConductEntry.listed_on).desc(), col(Organisation.name))
    )
    if organisation_id:
        wanted = wanted.where(ConductEntry.organisation_id == organisation_id)
    return [
        _listed(entry, organisation, day, months) for entry, organisation in session.exec(wanted)
    ]


def _listed(entry: ConductEntry, organisation: Organisation, day: date, months: int) -> ListedEntry:
    assert entry.listed_on is not None
    assert entry.expires_on is not None
    ends = min(entry.expires_on, entry.repaired_on or entry.expires_on)
    return ListedEntry(
        entry.id,
        organisation.id,
        organisation.name,
        entry.colour,
        entry.ground,
        tuple(entry.basis),
        mask(entry.reason or ""),
        mask(entry.reply) if entry.reply else None,
        entry.listed_on,
        entry.expires_on,
        add_months(entry.listed_on, months),
        entry.repaired_on,
        mask(entry.repair_reason) if entry.repair_reason else None,
        day < ends,
    )
