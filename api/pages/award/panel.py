"""What people submit when a panel is formed, reads the bids, meets over marks, and its minutes."""

from uuid import UUID

from starlette.responses import Response

from api.answers import fields_under, given_under
from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormData
from api.gate_forms import GATE, AtGate, GateForm
from domain.award.scoring import PANEL_PARTIES
from services.award import panel_scores, panels
from services.award.minutes import read_minutes
from services.award.panel_scores import ChangeCreate, MeetingCreate
from services.award.panels import InterestCreate, PanelCreate, ReserveCreate
from services.bid.opened_bids import bid_receipted
from services.projects.forming import project_coded

router = FormRouter(shown=GATE)


@router.form(GATE + "/panel", takes=PanelCreate)
def form_panel(at: AtGate) -> Response:
    """Form the panel and its reserve list."""
    panel = _seats(at.typed).read(PanelCreate, reserve=tuple(ReserveCreate.model_fields))
    panels.form_panel(at.session, project_id=at.project_id, actor=at.actor, panel=panel)
    return at.done("submitted")


def _seats(typed: FormData) -> FormData:
    """Return the seats that were given: the members by their ids, the reserve in rows."""
    seats: dict[str, list[str]] = {
        "chair": [typed.text("chair")],
        "reserve.id": [],
        "reserve.party": [],
    }
    for party in PANEL_PARTIES:
        for person, seat in typed.group(f"seat.{party}").items():
            if seat == "member":
                seats[f"members.{person}"] = [party]
            elif seat == "reserve":
                seats["reserve.id"].append(person)
                seats["reserve.party"].append(party)
    return FormData(seats)


@router.form(GATE + "/interest", takes=InterestCreate)
def declare(at: AtGate) -> Response:
    """Declare whether one has an interest."""
    sent = at.read(InterestCreate)
    panels.declare_interest(at.session, project_id=at.project_id, actor=at.actor, declaration=sent)
    return at.done("declared")


def _bid_id(at: GateForm, receipt: str) -> UUID:
    return bid_receipted(at.session, project_coded(at.session, at.code), receipt).id


@router.form(GATE + "/score/{receipt}")
def score(at: AtGate, receipt: str) -> Response:
    """Submit the visitor's marks of one bid."""
    remark = f"remark-{receipt}"
    with fields_under(f"marks-{receipt}", named={panel_scores.REMARK.code: remark}):
        panel_scores.score_bid(
            at.session,
            bid_id=_bid_id(at, receipt),
            actor=at.actor,
            marks=given_under(at.typed, f"marks-{receipt}"),
            remark=at.typed.text(remark),
        )
    return at.done("scored")


@router.form(GATE + "/score/{receipt}/change", takes=ChangeCreate)
def change(at: AtGate, receipt: str) -> Response:
    """Change one mark of one bid, with a reason."""
    panel_scores.change_mark(
        at.session,
        bid_id=_bid_id(at, receipt),
        actor=at.actor,
        criterion=at.typed.text("criterion"),
        change=at.read(ChangeCreate),
    )
    return at.done("changed")


@router.form(GATE + "/reread")
def reread(at: AtGate) -> Response:
    """End the visitor's second reading of a blind call."""
    panel_scores.end_reading(at.session, project_id=at.project_id, actor=at.actor)
    return at.done("scored")


@router.form(GATE + "/meeting", takes=MeetingCreate)
def meeting(at: AtGate) -> Response:
    """Record the moderation meeting."""
    sent = at.read(MeetingCreate)
    panel_scores.record_meeting(at.session, project_id=at.project_id, actor=at.actor, meeting=sent)
    return at.done("submitted")


@router.get("/desk/{code}/minutes/{number}")
def minutes(session: SessionDep, v: SignedIn, code: str, number: int) -> Response:
    """Show the minutes of a panel's round, ready to be printed."""
    assert v.visitor is not None
    m = read_minutes(session, v.actor, v.visitor.grants, code, number)
    return v.page("award/minutes.html", m=m)
