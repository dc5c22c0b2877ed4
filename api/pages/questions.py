"""Questions about a call, and their answers."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.forms import TypedDep, refused
from api.pages.projects import show_project
from domain.errors import JiebangError
from services.publish.questions import AnswerCreate, QuestionCreate, answer_question, ask_question

router = APIRouter(prefix="/projects/{code}/questions")


@router.post("")
def ask(session: SessionDep, v: SignedIn, typed: TypedDep, code: str) -> Response:
    """Ask a question about an open call."""
    try:
        ask_question(session, code=code, actor=v.actor, question=typed.read(QuestionCreate))
    except JiebangError as error:
        return show_project(session, v, code, refused(session, typed, error))
    return v.go(f"/projects/{code}", done="asked")


@router.post("/{question_id}")
def answer(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, question_id: UUID
) -> Response:
    """Answer a question in public."""
    try:
        answer_question(
            session,
            code=code,
            question_id=question_id,
            actor=v.actor,
            answer=typed.read(AnswerCreate),
        )
    except JiebangError as error:
        return show_project(session, v, code, refused(session, typed, error))
    return v.go(f"/projects/{code}", done="answered")
