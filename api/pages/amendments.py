"""What both sides of an agreement submit to amend it."""

from decimal import Decimal, InvalidOperation

from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import Typed, TypedDep
from api.pages.gates import act
from services.award.awards import present_agreement
from services.deliver import amendments
from services.deliver.delivery import milestones_of
from services.projects.forming import project_coded

router = FormRouter(prefix="/desk/{code}/{key}/amendments")


@router.form("", shown="/desk/{code}/{key}")
def propose(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Propose what differs from the present dates, instalments and targets."""

    def do() -> None:
        project = project_coded(session, code)
        milestones = milestones_of(session, project)
        targets = present_agreement(session, project).indicators
        told = Typed(
            {
                **_rows(
                    "milestones",
                    [
                        (
                            milestone.number,
                            {
                                "due_on": _other(
                                    typed, f"due-{milestone.number}", str(milestone.due_on)
                                ),
                                "amount": _other(
                                    typed, f"amount-{milestone.number}", milestone.amount
                                ),
                            },
                        )
                        for milestone in milestones
                    ],
                ),
                **_rows(
                    "indicators",
                    [
                        (number, {"target": _other(typed, f"target-{number}", one["target"])})
                        for number, one in enumerate(targets, start=1)
                    ],
                ),
                "reason": typed.all("reason"),
            }
        ).read(
            amendments.AmendmentCreate,
            milestones=("number", "due_on", "amount"),
            indicators=("number", "target"),
        )
        amendments.propose_amendment(session, project_id=project.id, actor=v.actor, amendment=told)

    return act(session, v, typed, (code, key), do, "submitted")


def _other(typed: Typed, name: str, present: object) -> str:
    """Return what was typed where it is another value than the present one."""
    said = typed.text(name).strip()
    try:
        same = Decimal(str(present)) == Decimal(typed.numbers([name])[name])
    except InvalidOperation:
        same = said == str(present)
    return "" if same else said


def _rows(name: str, held: list[tuple[int, dict[str, str]]]) -> dict[str, list[str]]:
    """Return the rows of a form in which something was typed, by their columns."""
    rows = [{"number": str(number), **parts} for number, parts in held if any(parts.values())]
    return {f"{name}.{part}": [row[part] for row in rows] for part in (rows[0] if rows else ())}


@router.form("/{number}", shown="/desk/{code}/{key}", takes=amendments.AmendmentUpdate)
def decide(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, number: int
) -> Response:
    """Decide what the other side has proposed."""

    def do() -> None:
        amendments.decide_amendment(
            session,
            project_id=project_coded(session, code).id,
            number=number,
            actor=v.actor,
            decision=typed.read(amendments.AmendmentUpdate),
        )

    return act(session, v, typed, (code, key), do, "submitted")


@router.form("/{number}/withdraw", shown="/desk/{code}/{key}")
def withdraw(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, number: int
) -> Response:
    """Take back what one's own side has proposed."""

    def do() -> None:
        amendments.withdraw_amendment(
            session, project_id=project_coded(session, code).id, number=number, actor=v.actor
        )

    return act(session, v, typed, (code, key), do, "submitted")
