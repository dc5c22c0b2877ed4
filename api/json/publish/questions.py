"""Questions about a call, and their answers."""

from uuid import UUID

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Idempotent, Working
from api.json.routing import ApiRoute
from services.publish.questions import AnswerCreate, QuestionCreate, answer_question, ask_question

router = APIRouter(route_class=ApiRoute, tags=["lifecycle"])


@router.post("/projects/{code}/questions", status_code=204, dependencies=[Idempotent])
def ask(session: SessionDep, who: Working, code: str, sent: QuestionCreate) -> None:
    """Ask about an open call; question and answer are public, who asked is not."""
    ask_question(session, code=code, actor=who.actor, question=sent)


@router.patch(
    "/projects/{code}/questions/{question_id}", status_code=204, dependencies=[Idempotent]
)
def answer(
    session: SessionDep, who: Working, code: str, question_id: UUID, sent: AnswerCreate
) -> None:
    """Answer a question in public, once."""
    answer_question(session, code=code, question_id=question_id, actor=who.actor, answer=sent)
