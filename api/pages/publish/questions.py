"""Questions about a call, and their answers."""

from uuid import UUID

from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from services.publish.questions import AnswerCreate, QuestionCreate, answer_question, ask_question

router = FormRouter(prefix="/projects/{code}/questions")


@router.form("", shown="/projects/{code}", takes=QuestionCreate)
def ask(session: SessionDep, v: SignedIn, typed: FormDataDep, code: str) -> Response:
    """Ask a question about an open call."""
    ask_question(session, code=code, actor=v.actor, question=typed.read(QuestionCreate))
    return v.go(f"/projects/{code}", done="asked")


@router.form("/{question_id}", shown="/projects/{code}", takes=AnswerCreate)
def answer(
    session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, question_id: UUID
) -> Response:
    """Answer a question in public."""
    answer_question(
        session,
        code=code,
        question_id=question_id,
        actor=v.actor,
        answer=typed.read(AnswerCreate),
    )
    return v.go(f"/projects/{code}", done="answered")
