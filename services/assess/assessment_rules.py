"""By which rules a project is assessed, and how many answers are in."""

from dataclasses import replace

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.award.scoring import Party, PartyRule
from domain.district.round_rules import read_parties
from models import AssessmentResponse, Award, Project, Shortfall
from services.district.rounds import settings_of
from services.projects.moves import newest


def assessment_rules(
    session: Session, project: Project, round_: int | None = None
) -> dict[Party, PartyRule]:
    """Return the assessment's rules as they were frozen at the project's award.

    Only the residents' minimum may be lower in a round, by a recorded decision.
    """
    award = newest(session, Award, project)
    if award is None:
        return dict(settings_of(session, project).assessment)
    rules = read_parties(award.assessment)
    lowered = session.exec(
        select(Shortfall.minimum)
        .where(
            Shortfall.project_id == project.id,
            Shortfall.round == (round_ or project.stage_round),
        )
        .order_by(col(Shortfall.number).desc())
    ).first()
    if lowered is None:
        return rules
    return rules | {Party.RESIDENTS: replace(rules[Party.RESIDENTS], minimum=lowered)}


def responses_by_party(session: Session, project: Project) -> dict[Party, int]:
    """Return how many responses each party has given in this round."""
    rows = session.exec(
        select(AssessmentResponse.party, func.count())
        .where(
            AssessmentResponse.project_id == project.id,
            AssessmentResponse.round == project.stage_round,
        )
        .group_by(col(AssessmentResponse.party))
    ).all()
    return {party: dict(rows).get(party, 0) for party in Party}
