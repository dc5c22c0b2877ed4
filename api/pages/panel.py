"""What people submit when a panel is formed, reads the bids, meets over marks, and its minutes."""

from uuid import UUID

from starlette.responses import Response

from api.answers import fields_under, given_under
from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import TypedDep
from api.pages.gates import act
from domain.award.scoring import PANEL_PARTIES
from domain.errors import BadInput
from services.award import panel_scores, panels
from services.award.minutes import read_minutes
from services.bid.opened_bids import bid_receipted
from services.projects.forming import project_coded

router = FormRouter()
GATE = "/desk/{code}/{key}"


@router.form(GATE + "/panel", shown="/desk/{code}/{key}")
def form_panel(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Form the panel and its reserve list."""

    def do() -> None:
        chair = typed.text("chair")
        if not chair:
            raise BadInput(zh="请选择组长。", en="Choose a chair.")
        seats: dict[str, dict[UUID, str]] = {"member": {}, "reserve": {}}
        for party in PANEL_PARTIES:
            for person, said in typed.group(f"seat.{party}").items():
                if said in seats:
                    seats[said][_uuid(person)] = party
        panels.form_panel(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            members=seats["member"],
            reserve=seats["reserve"],
            chair_id=_uuid(chair),
        )

    return act(session, v, typed, (code, key), do, "submitted")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(zh="选择的人员无法识别。", en="The person chosen is not known.") from None


@router.form(GATE + "/interest", shown="/desk/{code}/{key}")
def declare(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Declare whether one has an interest."""

    def do() -> None:
        said = typed.text("interest")
        if said not in ("yes", "no"):
            raise BadInput(zh="请选择有或没有。", en="Choose whether you have an interest.")
        panels.declare_interest(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            interest=said == "yes",
        )

    return act(session, v, typed, (code, key), do, "declared")


@router.form(GATE + "/score/{receipt}", shown="/desk/{code}/{key}")
def score(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, receipt: str
) -> Response:
    """Submit one's marks of one bid."""

    def do() -> None:
        bid = bid_receipted(session, project_coded(session, code), receipt)
        remark = f"remark-{receipt}"
        with fields_under(f"marks-{receipt}", named={panel_scores.REMARK.code: remark}):
            panel_scores.score_bid(
                session,
                bid_id=bid.id,
                actor=v.actor,
                marks=given_under(typed, f"marks-{receipt}"),
                remark=typed.text(remark),
            )

    return act(session, v, typed, (code, key), do, "scored")


@router.form(
    GATE + "/score/{receipt}/change", shown="/desk/{code}/{key}", takes=panel_scores.ChangeCreate
)
def change(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, receipt: str
) -> Response:
    """Change one mark of one bid, with a reason."""

    def do() -> None:
        bid = bid_receipted(session, project_coded(session, code), receipt)
        panel_scores.change_mark(
            session,
            bid_id=bid.id,
            actor=v.actor,
            criterion=typed.text("criterion"),
            change=typed.read(panel_scores.ChangeCreate),
        )

    return act(session, v, typed, (code, key), do, "changed")


@router.form(GATE + "/reread", shown="/desk/{code}/{key}")
def reread(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """End one's second reading of a blind call."""

    def do() -> None:
        panel_scores.end_reading(session, project_id=project_coded(session, code).id, actor=v.actor)

    return act(session, v, typed, (code, key), do, "scored")


@router.form(GATE + "/meeting", shown="/desk/{code}/{key}", takes=panel_scores.MeetingCreate)
def meeting(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Record the moderation meeting."""

    def do() -> None:
        panel_scores.record_meeting(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            meeting=typed.read(panel_scores.MeetingCreate),
        )

    return act(session, v, typed, (code, key), do, "submitted")


@router.get("/desk/{code}/minutes/{number}")
def minutes(session: SessionDep, v: SignedIn, code: str, number: int) -> Response:
    """Show the minutes of a panel's round, ready to be printed."""
    assert v.visitor is not None
    held = read_minutes(session, v.actor, v.visitor.grants, code, number)
    return v.page("minutes.html", m=held)
