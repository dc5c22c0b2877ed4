"""What people submit when a panel is formed, reads the bids, meets over marks, and its minutes."""

from uuid import UUID

from starlette.responses import Response

from api.answers import fields_under, given_under
from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.gate_forms import GATE, AtGate, GateForm
from domain.award.scoring import PANEL_PARTIES
from domain.errors import BadInput
from services.award import panel_scores, panels
from services.award.minutes import read_minutes
from services.award.panel_scores import ChangeCreate, MeetingCreate
from services.bid.opened_bids import bid_receipted
from services.projects.forming import project_coded

router = FormRouter(shown=GATE)


@router.form(GATE + "/panel")
def form_panel(at: AtGate) -> Response:
    """Form the panel and its reserve list."""
    chair = at.typed.text("chair")
    if not chair:
        raise BadInput(zh="请选择组长。", en="Choose a chair.")
    seats: dict[str, dict[UUID, str]] = {"member": {}, "reserve": {}}
    for party in PANEL_PARTIES:
        for person, seat in at.typed.group(f"seat.{party}").items():
            if seat in seats:
                seats[seat][_uuid(person)] = party
    panels.form_panel(
        at.session,
        project_id=at.project_id,
        actor=at.actor,
        members=seats["member"],
        reserve=seats["reserve"],
        chair_id=_uuid(chair),
    )
    return at.done("submitted")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(zh="选择的人员无法识别。", en="The person chosen is not known.") from None


@router.form(GATE + "/interest")
def declare(at: AtGate) -> Response:
    """Declare whether one has an interest."""
    interest = {"yes": True, "no": False}.get(at.typed.text("interest"))
    if interest is None:
        raise BadInput(zh="请选择有或没有。", en="Choose whether you have an interest.")
    panels.declare_interest(at.session, project_id=at.project_id, actor=at.actor, interest=interest)
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
