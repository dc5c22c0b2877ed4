"""Who sits on a project's panel, and who waits in reserve."""

from sqlmodel import Session, col, select

from domain.errors import NotPermitted
from domain.lifecycle import Status
from models import PanelMember, Person, Project
from services.identity.actors import Actor


def panel_members(session: Session, project: Project) -> list[PanelMember]:
    """Return everybody on the present panel and on its reserve list, the recused included."""
    return list(
        session.exec(
            select(PanelMember)
            .where(PanelMember.project_id == project.id, PanelMember.round == project.stage_round)
            .order_by(col(PanelMember.reserve).nulls_first(), col(PanelMember.person_id))
        ).all()
    )


def sitting(session: Session, project: Project) -> list[PanelMember]:
    """Return who sits on the present panel: neither recused nor waiting on the reserve list."""
    return [
        member
        for member in panel_members(session, project)
        if member.seated_at is not None and member.recused_at is None
    ]


def people_sitting(session: Session, project: Project) -> list[Person]:
    """Return the people who sit on the present panel, by name."""
    ids = [panel_member.person_id for panel_member in sitting(session, project)]
    return list(
        session.exec(select(Person).where(col(Person.id).in_(ids)).order_by(col(Person.name))).all()
    )


def seated_member(session: Session, project: Project, actor: Actor) -> PanelMember:
    """Return the actor's seat, recused or not; raise NotPermitted where there is none."""
    member = session.get(PanelMember, (project.id, project.stage_round, actor.person_id))
    if project.status is not Status.AWARDING or member is None or member.seated_at is None:
        raise NotPermitted(zh="您不是本轮评审组成员。", en="you are not on this panel.")
    return member


def require_cleared(session: Session, project: Project, actor: Actor) -> PanelMember:
    """Return the actor's seat on the panel; raise NotPermitted undeclared, recused or outside."""
    member = seated_member(session, project, actor)
    if member.declared_at is None:
        raise NotPermitted(zh="请先申报利害关系。", en="declare your interest first.")
    if member.recused_at is not None:
        raise NotPermitted(zh="您已回避，不能评分。", en="you are recused and do not score.")
    return member
