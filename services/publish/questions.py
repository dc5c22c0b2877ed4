"""Questions about an open call: asked by organisations, answered by its place, all in public."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.errors import NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.identity.roles import Grant, Role
from domain.lifecycle import Status
from domain.privacy import mask
from domain.text import Text
from models import Call, CallQuestion, Project
from models.shapes import Command
from services.clock import now
from services.events import audiences
from services.events.record import record
from services.identity.actors import Actor, authorise, grants_of, place_of, places_of
from services.listing import Listed, list_page
from services.projects.forming import project_coded
from services.projects.moves import lock_project
from services.publish.events import QuestionAnswered, QuestionAsked
from services.publish.present_call import current_call


class QuestionCreate(Command):
    """A question as it is typed."""

    text: str = Field(min_length=4, max_length=1000)


class AnswerCreate(Command):
    """An answer as it is typed."""

    answer: str = Field(min_length=2, max_length=2000)


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A question as anybody reads it."""

    id: UUID
    text: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


class WaitingQuestion(NamedTuple):
    """A question that waits for somebody's answer."""

    code: str
    title: str
    text: str
    asked_at: datetime


def takes_questions(project: Project, call: Call | None, at: datetime) -> bool:
    """Tell whether the call is open and its deadline for questions has not passed."""
    ends = call.question_deadline if call else None
    return project.status is Status.BIDDING and ends is not None and at < ends


def ask_question(session: Session, *, code: str, actor: Actor, question: QuestionCreate) -> None:
    """Ask about an open call; raise NotPermitted for others than organisations, or too late."""
    project = lock_project(session, project_coded(session, code).id)
    if not any(
        grant.role is Role.ORGANISATION_MEMBER for grant in grants_of(session, actor.person_id)
    ):
        raise NotPermitted(
            zh="提问由社会组织的成员登录后提出。", en="questions are asked by organisations."
        )
    at, call = now(session), current_call(session, project)
    if call is None or not takes_questions(project, call, at):
        raise NotPermitted(zh="提问已截止。", en="questions are no longer taken.")
    session.add(
        CallQuestion(
            project_id=project.id,
            call_id=call.id,
            asked_by=actor.person_id,
            text=question.text,
            asked_at=at,
        )
    )
    # Who asks would tell who bids: the log says that somebody asked.
    record(
        session,
        QuestionAsked(),
        about=project.code,
        by="organisation",
        at=at,
        to=audiences.community(project.community_code),
        once=f"question:{project.code}:{at.isoformat()}",
    )
    session.flush()


def answer_question(
    session: Session, *, code: str, question_id: UUID, actor: Actor, answer: AnswerCreate
) -> None:
    """Answer a question in public, once; raise NotPermitted for people of another place."""
    project = lock_project(session, project_coded(session, code).id)
    authorise(session, actor, Act.ANSWER_QUESTION, place_of(project))
    question = session.get(CallQuestion, question_id, with_for_update=True)
    if question is None or question.project_id != project.id:
        raise NotFound(what=Text("提问", "question"), key=str(question_id))
    if question.answered_at is not None:
        raise NotPermitted(zh="这个问题已答复。", en="this question has been answered.")
    at = now(session)
    question.answer, question.answered_by, question.answered_at = answer.answer, actor.person_id, at
    record(session, QuestionAnswered(), about=project.code, by=actor.login, at=at)
    session.flush()


def questions_of(session: Session, project: Project) -> tuple[QuestionLine, ...]:
    """Return a project's questions in the order they were asked."""
    rows = session.exec(
        select(CallQuestion)
        .where(CallQuestion.project_id == project.id)
        .order_by(col(CallQuestion.asked_at))
    ).all()
    return tuple(
        QuestionLine(
            row.id,
            mask(row.text),
            row.asked_at,
            mask(row.answer) if row.answer else None,
            row.answered_at,
        )
        for row in rows
    )


def waiting_questions(session: Session, grants: tuple[Grant, ...]) -> Listed[WaitingQuestion]:
    """Return the first unanswered questions about calls of somebody's places, the oldest first."""
    streets, communities = places_of(grants)
    if not streets | communities:
        return Listed((), None)
    query = (
        select(CallQuestion, Project)
        .join(Project, col(Project.id) == CallQuestion.project_id)
        .where(
            col(CallQuestion.answered_at).is_(None),
            Project.status == Status.BIDDING,
            col(Project.street_code).in_(streets) | col(Project.community_code).in_(communities),
        )
        .order_by(col(CallQuestion.asked_at), col(CallQuestion.id))
    )

    def line(row: tuple[CallQuestion, Project]) -> WaitingQuestion:
        question, project = row
        return WaitingQuestion(project.code, project.title, question.text, question.asked_at)

    return list_page(session, query).each(line)
