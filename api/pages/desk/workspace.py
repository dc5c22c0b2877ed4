"""My work: what waits for me, what I decided, and several decisions at once."""

from sqlmodel import Session
from starlette.responses import HTMLResponse

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormData, FormDataDep
from api.view import View
from domain.standings import Standing
from services.conduct.oversight import waiting_complaints
from services.desk.place_projects import place_projects
from services.desk.workspace import read_workspace
from services.gates.claims import claims_of
from services.gates.inbox import DecisionsCreate, GateChoice, decide_several, decided_by
from services.gates.tasks import tasks_of
from services.publish.questions import waiting_questions

router = FormRouter(prefix="/desk")


def _inbox(session: Session, v: View, *, after: str = "", bids: str = "") -> HTMLResponse:
    assert v.visitor is not None
    tasks = tasks_of(session, v.actor.person_id, v.visitor.grants, after=after)
    by = {standing: [task for task in tasks if task.standing is standing] for standing in Standing}
    return v.page(
        "desk/desk.html",
        waiting=by[Standing.OPEN],
        later=by[Standing.LATER],
        barred=by[Standing.BARRED],
        claims=claims_of(session, [task.gate.id for task in tasks]),
        after=after,
        next=tasks.next,
        space=read_workspace(session, v.visitor, bids=bids),
        questions=waiting_questions(session, v.visitor.grants),
        complaints=waiting_complaints(session, v.visitor.grants),
    )


@router.get("")
def inbox(session: SessionDep, v: SignedIn, after: str = "", bids: str = "") -> HTMLResponse:
    """Show what waits, due first."""
    return _inbox(session, v, after=after, bids=bids)


@router.get("/projects")
def projects(
    session: SessionDep, v: SignedIn, ended: bool = False, after: str = ""
) -> HTMLResponse:
    """List the projects of the visitor's places."""
    assert v.visitor is not None
    lines = place_projects(session, v.visitor.grants, at=v.at, ended=ended, after=after)
    return v.page("desk/place_projects.html", lines=lines, ended=ended)


@router.get("/decided")
def decided(session: SessionDep, v: SignedIn, after: str = "") -> HTMLResponse:
    """Show what one decided."""
    return v.page("desk/decided.html", lines=decided_by(session, v.actor.person_id, after=after))


@router.form("/decide", shown="/desk", query=("after",), takes=DecisionsCreate)
def decide(session: SessionDep, v: SignedIn, typed: FormDataDep) -> HTMLResponse:
    """Decide several gates alike and show what came of each."""
    form = FormData(typed.values | _ticked(typed))
    decisions = form.read(DecisionsCreate, gates=tuple(GateChoice.model_fields))
    lines = decide_several(session, actor=v.actor, decisions=decisions)
    return v.page("desk/bulk.html", lines=lines, verb=decisions.verb)


def _ticked(typed: FormData) -> dict[str, list[str]]:
    """Return the gates that are ticked as rows of a form, by their columns."""
    rows: dict[str, list[str]] = {f"gates.{part}": [] for part in GateChoice.model_fields}
    for tick in typed.all("gate"):
        code, _, rest = tick.partition("/")
        key, _, version = rest.partition("@")
        for part, text in (("code", code), ("key", key), ("dossier_version", version)):
            rows[f"gates.{part}"].append(text)
    return rows
