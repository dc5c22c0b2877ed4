"""What both sides of an agreement submit to amend it."""

from decimal import Decimal, InvalidOperation

from starlette.responses import Response

from api.forms import FormData
from api.gate_forms import AtGate, gate_router
from models import Milestone
from services.award.awards import present_agreement
from services.deliver.amendments import (
    AmendmentCreate,
    AmendmentUpdate,
    decide_amendment,
    propose_amendment,
    withdraw_amendment,
)
from services.deliver.delivery import milestones_of
from services.projects.forming import project_coded

router = gate_router("/amendments")


@router.form("")
def propose(at: AtGate) -> Response:
    """Propose what differs from the present dates, instalments and targets."""
    project = project_coded(at.session, at.code)
    milestones = [
        (milestone.number, _milestone(at.typed, milestone))
        for milestone in milestones_of(at.session, project)
    ]
    targets = present_agreement(at.session, project).indicators
    indicators = [
        (number, {"target": _other(at.typed, f"target-{number}", indicator["target"])})
        for number, indicator in enumerate(targets, start=1)
    ]
    rows = {**_rows("milestones", milestones), **_rows("indicators", indicators)}
    sent = FormData({**rows, "reason": at.typed.all("reason")}).read(
        AmendmentCreate,
        milestones=("number", "due_on", "amount"),
        indicators=("number", "target"),
    )
    propose_amendment(at.session, project_id=project.id, actor=at.actor, amendment=sent)
    return at.done("submitted")


def _milestone(typed: FormData, milestone: Milestone) -> dict[str, str]:
    """Return the values typed for a milestone, empty where they are the present ones."""
    number = milestone.number
    return {
        "due_on": _other(typed, f"due-{number}", str(milestone.due_on)),
        "amount": _other(typed, f"amount-{number}", milestone.amount),
    }


def _other(typed: FormData, name: str, present: object) -> str:
    """Return the value typed under ``name``, empty where it is the present one."""
    text = typed.text(name).strip()
    try:
        same = Decimal(str(present)) == Decimal(typed.numbers([name])[name])
    except InvalidOperation:
        same = text == str(present)
    return "" if same else text


def _rows(name: str, told: list[tuple[int, dict[str, str]]]) -> dict[str, list[str]]:
    """Return the rows of a form in which something was typed, by their columns."""
    rows = [{"number": str(number), **parts} for number, parts in told if any(parts.values())]
    return {f"{name}.{part}": [row[part] for row in rows] for part in (rows[0] if rows else ())}


@router.form("/{number}", takes=AmendmentUpdate)
def decide(at: AtGate, number: int) -> Response:
    """Decide what the other side has proposed."""
    decision = at.read(AmendmentUpdate)
    decide_amendment(
        at.session, project_id=at.project_id, number=number, actor=at.actor, decision=decision
    )
    return at.done("submitted")


@router.form("/{number}/withdraw")
def withdraw(at: AtGate, number: int) -> Response:
    """Take back what the visitor's side has proposed."""
    withdraw_amendment(at.session, project_id=at.project_id, number=number, actor=at.actor)
    return at.done("submitted")
