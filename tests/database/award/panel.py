"""What people do on a panel, for the tests of panels."""

from decimal import Decimal
from uuid import UUID

from sqlmodel import select

from domain.gates import GateKind
from domain.lifecycle import Stage
from models import Bid, Gate, Person
from models.bid import BidStatus
from models.session import unit_of_work
from services.award import panel_scores, panels
from services.award.panel_seats import sitting
from services.award.panels import InterestCreate, PanelCreate
from services.gates.open_gate import pass_gate
from services.publish.present_call import current_call
from tests.builders import Walk, actor

RESERVE = {"department-3": "departments", "expert-1": "experts", "expert-2": "experts"}


def members_of(walk: Walk) -> dict[str, str]:
    return {
        f"street-{walk.project.street_code}-2": "street_community",
        "department-1": "departments",
        "department-2": "departments",
        "expert-4": "experts",
        "expert-5": "experts",
    }


def by_person(parties: dict[str, str]) -> dict[UUID, str]:
    return {actor(login).person_id: party for login, party in parties.items()}


def form(
    walk: Walk, reserve: dict[str, str] | None = None, also: dict[str, str] | None = None
) -> Gate:
    members = members_of(walk) | (also or {})
    gate = walk.open(Stage.AWARD, GateKind.PREPARATION)
    with unit_of_work() as session:
        panels.form_panel(
            session,
            project_id=walk.project_id,
            actor=actor(f"street-{walk.project.street_code}-1"),
            panel=PanelCreate.model_validate(
                {
                    "members": by_person(members),
                    "reserve": [
                        {"id": person, "party": party}
                        for person, party in by_person(reserve or {}).items()
                    ],
                    "chair": actor("expert-4").person_id,
                }
            ),
        )
    with unit_of_work() as session:
        pass_gate(session, walk.lease, gate.id)
    return walk.open(Stage.AWARD, GateKind.EVENT)


def declare(walk: Walk, *logins: str, interest: bool = False) -> None:
    for login in logins:
        with unit_of_work() as session:
            panels.declare_interest(
                session,
                project_id=walk.project_id,
                actor=actor(login),
                declaration=InterestCreate(interest=interest),
            )


def opened(walk: Walk) -> list[Bid]:
    with unit_of_work() as session:
        bids = session.exec(
            select(Bid)
            .where(Bid.project_id == walk.project_id, Bid.status == BidStatus.OPENED)
            .order_by(Bid.receipt_no)
        ).all()
        return list(bids)


def score(walk: Walk, login: str, value: int, remark: str = "", **other: int) -> None:
    for bid in opened(walk):
        with unit_of_work() as session:
            call = current_call(session, walk.project)
            assert call is not None
            marks = {name: Decimal(other.get(name, value)) for name in call.rubric}
            panel_scores.score_bid(
                session, bid_id=bid.id, actor=actor(login), marks=marks, remark=remark
            )


def names_sitting(walk: Walk) -> set[str]:
    with unit_of_work() as session:
        ids = [panel_member.person_id for panel_member in sitting(session, walk.project)]
        return {session.get_one(Person, id_).login for id_ in ids}


def scoring(walk: Walk) -> Gate:
    with unit_of_work() as session:
        return session.exec(
            select(Gate).where(
                Gate.process_id == walk.project_id,
                Gate.stage == Stage.AWARD,
                Gate.kind == GateKind.EVENT,
            )
        ).one()


def change(bid: Bid, login: str, criterion: str, mark: int) -> None:
    with unit_of_work() as session:
        panel_scores.change_mark(
            session,
            bid_id=bid.id,
            actor=actor(login),
            criterion=criterion,
            change=panel_scores.ChangeCreate(mark=Decimal(mark), reason="方案里写明了排班"),
        )
