"""An organisation's credit with every event explained, and its quota."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.conduct.conduct_list import CreditRule
from models import CreditEvent, Organisation, Project
from services.clock import now
from services.district.rounds import present_settings
from services.ledgers import credit, quota


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One event: what for, how many points, from when until when it counts."""

    code: str
    title: str
    rule: CreditRule
    reference: str
    points: Decimal
    happened_at: datetime
    expires_on: date
    counts: bool


@dataclass(frozen=True, slots=True)
class CreditPage:
    """The score as it is rebuilt from its events, and the concurrent projects left."""

    base: Decimal
    score: Decimal
    lines: tuple[CreditLine, ...]
    load: Decimal
    capacity: Decimal


def read_credit(session: Session, organisation: Organisation) -> CreditPage:
    """Return an organisation's credit and quota as they are today."""
    round_rules = present_settings(session)
    today = now(session).astimezone(BEIJING).date()
    base = round_rules.credit_base
    rows = session.exec(
        select(CreditEvent, Project)
        .join(Project, col(Project.id) == CreditEvent.project_id)
        .where(CreditEvent.organisation_id == organisation.id)
        .order_by(col(CreditEvent.happened_at).desc())
    ).all()
    return CreditPage(
        base,
        credit.credit_of(session, organisation.id, base=base, today=today),
        tuple(
            CreditLine(
                project.code,
                project.title,
                credit_event.rule,
                credit_event.reference,
                credit_event.points,
                credit_event.happened_at,
                credit_event.expires_on,
                credit_event.expires_on > today,
            )
            for credit_event, project in rows
        ),
        quota.load_of(session, organisation.id),
        round_rules.quota_by_grade[organisation.grade],
    )
