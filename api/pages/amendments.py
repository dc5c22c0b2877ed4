"""What both sides of an agreement submit to amend it."""

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.forms import Typed, TypedDep
from api.pages.gates import act
from domain.errors import BadInput, FieldsWrong
from domain.text import Text
from services.deliver import amendments
from services.deliver.delivery import milestones_of
from services.projects import project_coded

router = APIRouter(prefix="/desk/{code}/{key}/amendments")


@router.post("")
def propose(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Propose other dates: those that differ from the present ones."""

    def do() -> None:
        project = project_coded(session, code)
        dates = {
            str(one.number): typed.text(f"due-{one.number}")
            for one in milestones_of(session, project)
            if typed.text(f"due-{one.number}") not in ("", str(one.due_on))
        }
        if not dates:
            raise BadInput(zh="请至少改动一个期限。", en="Change one date at least.")
        told = Typed(
            {
                "milestones.number": list(dates),
                "milestones.due_on": list(dates.values()),
                "reason": typed.all("reason"),
            }
        ).read(amendments.AmendmentCreate, milestones=("number", "due_on"))
        amendments.propose_amendment(session, project_id=project.id, actor=v.actor, amendment=told)

    return act(session, v, typed, (code, key), do, "submitted")


@router.post("/{number}")
def decide(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, number: int
) -> Response:
    """Decide what the other side has proposed."""

    def do() -> None:
        said = typed.text("approved")
        if said not in ("yes", "no"):
            raise FieldsWrong({"approved": Text("请选择是否同意。", "Choose one.")})
        amendments.decide_amendment(
            session,
            project_id=project_coded(session, code).id,
            number=number,
            actor=v.actor,
            decision=Typed({"approved": [str(said == "yes")], "answer": typed.all("answer")}).read(
                amendments.AmendmentUpdate
            ),
        )

    return act(session, v, typed, (code, key), do, "submitted")


@router.post("/{number}/withdraw")
def withdraw(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, number: int
) -> Response:
    """Take back what one's own side has proposed."""

    def do() -> None:
        amendments.withdraw_amendment(
            session, project_id=project_coded(session, code).id, number=number, actor=v.actor
        )

    return act(session, v, typed, (code, key), do, "submitted")
