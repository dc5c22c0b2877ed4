"""My work: what waits for me, what I decided, and several decisions at once."""

from typing import Final

from sqlmodel import Session
from starlette.responses import HTMLResponse

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from api.view import View
from domain.choices import chosen
from domain.errors import BadInput
from domain.gates import Verb
from domain.standings import Standing
from services.conduct.oversight import waiting_complaints
from services.desk.place_projects import place_projects
from services.desk.workspace import read_workspace
from services.gates.claims import claims_of
from services.gates.inbox import decide_several, decided_by
from services.gates.tasks import tasks_of
from services.publish.questions import waiting_questions

router = FormRouter(prefix="/desk")

_BULK: Final = frozenset({Verb.APPROVE, Verb.RETURN, Verb.REJECT})


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


@router.form("/decide", shown="/desk", query=("after",))
def decide(session: SessionDep, v: SignedIn, typed: FormDataDep) -> HTMLResponse:
    """Decide several gates alike and show what came of each."""
    verb = chosen(Verb, typed.text("verb"))
    gates = [_chosen_gate(tick) for tick in typed.all("gate")]
    if verb not in _BULK or not gates:
        raise BadInput(
            zh="请先勾选要决定的事项，并选择一种决定。",
            en="Tick what you decide on, and choose a decision.",
        )
    lines = decide_several(
        session, actor=v.actor, gates=gates, verb=verb, comment=typed.text("comment")
    )
    return v.page("desk/bulk.html", lines=lines, verb=verb)


def _chosen_gate(text: str) -> tuple[str, str, int]:
    code, _, rest = text.partition("/")
    key, _, version = rest.partition("@")
    known = version.isascii() and version.isdecimal() and len(version) < 7
    if not (code and key and known):
        raise BadInput(zh="勾选的事项无法识别。", en="The ticked items are not understood.")
    return code, key, int(version)
