"""How the demo's panels are formed, stand aside, mark, read again and meet."""

from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from demo.story import Story, marks_around, project_in, somebody, street_login
from domain.award.scoring import PanelParty
from domain.calendar import BEIJING
from models import Bid, Gate, Project
from models.session import unit_of_work
from services.award import panel_scores, panels
from services.award.panel_seats import people_sitting
from services.award.panels import InterestCreate, PanelCreate, ReserveCreate
from services.bid.opened_bids import opened_bids
from services.clock import now
from services.publish.present_call import current_call

_CHAIR, _ASIDE, _RESERVE = "expert-4", "expert-5", "expert-6"
# How far below the others two members mark the plan of a bid that is disputed.
_BELOW = 45
_REMARKS = ("方案贴近居民需求，进度安排清楚。", "团队有经验，预算说明还可以更细。", "")


def form_panel(_gate: Gate, story: Story) -> bool:
    """Let the street form a panel of five, with one in reserve where one will be needed."""
    with unit_of_work() as session:
        project = project_in(session, story)
        parties: dict[str, PanelParty] = {
            street_login(project, 2): "street_community",
            "department-1": "departments",
            "department-2": "departments",
            _CHAIR: "experts",
            _ASIDE: "experts",
        }
        panels.form_panel(
            session,
            project_id=project.id,
            actor=somebody(session, street_login(project)),
            panel=PanelCreate(
                members={
                    somebody(session, login).person_id: party for login, party in parties.items()
                },
                reserve=[ReserveCreate(id=somebody(session, _RESERVE).person_id, party="experts")]
                if story.recused
                else [],
                chair=somebody(session, _CHAIR).person_id,
            ),
        )
    return True


def score_bids(_gate: Gate, story: Story) -> bool:
    """Let everybody declare, mark every bid, and do what becomes of it."""
    with unit_of_work() as session:
        project = project_in(session, story)
        if story.recused:
            _declare(session, project, _ASIDE, interest=True)
        members = sorted(person.login for person in people_sitting(session, project))
        for login in members:
            _declare(session, project, login, interest=False)
        # In the order of submission: receipts are random, and the round is to be repeatable.
        bids = sorted(opened_bids(session, project), key=_submitted)
        for bid in bids:
            _mark(session, story, bid, members, disputed=story.disputed and bid is bids[-1])
        if story.blind:
            for login in members:
                panel_scores.end_reading(
                    session, project_id=project.id, actor=somebody(session, login)
                )
        if story.disputed:
            _meet(session, project, bids[-1])
    return True


def _submitted(bid: Bid) -> datetime:
    assert bid.submitted_at is not None
    return bid.submitted_at


def _declare(session: Session, project: Project, login: str, *, interest: bool) -> None:
    panels.declare_interest(
        session,
        project_id=project.id,
        actor=somebody(session, login),
        declaration=InterestCreate(interest=interest),
    )


def _mark(session: Session, story: Story, bid: Bid, members: list[str], *, disputed: bool) -> None:
    call = current_call(session, project_in(session, story))
    assert call is not None
    level = story.rng.randint(70, 90)
    for place, login in enumerate(members):
        marks = marks_around(story, list(call.rubric), level)
        if disputed and login.startswith("expert"):
            marks["plan"] -= _BELOW
        panel_scores.score_bid(
            session,
            bid_id=bid.id,
            actor=somebody(session, login),
            marks=marks,
            remark=_REMARKS[place % len(_REMARKS)],
        )


def _meet(session: Session, project: Project, bid: Bid) -> None:
    """The chair changes a mark with a reason, and records the meeting."""
    chair = somebody(session, _CHAIR)
    panel_scores.change_mark(
        session,
        bid_id=bid.id,
        actor=chair,
        criterion="plan",
        change=panel_scores.ChangeCreate(
            mark=Decimal(60), reason="讨论后认为方案的排班可行，先前看漏了附表。"
        ),
    )
    meeting = panel_scores.MeetingCreate(
        held_on=now(session).astimezone(BEIJING).date(),
        present=[person.id for person in people_sitting(session, project)],
        discussion="逐项比较了方案的服务时段和人员安排；一名成员修改了评分，其余维持。",
    )
    panel_scores.record_meeting(session, project_id=project.id, actor=chair, meeting=meeting)
