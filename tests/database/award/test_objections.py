"""Objections: who stands how to an award, when it is answered, and what an appeal does."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlmodel import col, select

from demo.story import actor_of
from domain.award.objections import Objector
from domain.errors import NotPermitted
from domain.gates import Outcome
from domain.lifecycle import Stage
from models import Award, BidMember, Gate, Objection, Organisation, OutboxMessage
from models.session import unit_of_work
from models.shapes import Reason
from services.award import awards, objections
from services.award.objections import ObjectionCreate, ObjectionUpdate
from services.cancelling import cancel_project
from services.clock import move_demo_clock
from services.execution.runs import due_gates, settle_due_gate
from services.identity.actors import Actor
from services.public.public_project import read_public_project
from tests.builders import Walk, actor


@pytest.fixture
def walk(in_notice: Walk) -> Walk:
    return in_notice


def organisations(walk: Walk, *, winning: bool) -> Actor:
    """Somebody of the winner, or of an organisation that does not bid."""
    with unit_of_work() as session:
        award = session.exec(select(Award).where(Award.project_id == walk.project_id)).one()
        winners = session.exec(
            select(BidMember.organisation_id).where(BidMember.bid_id == award.bid_id)
        ).all()
        bidders = session.exec(select(BidMember.organisation_id)).all()
        which = (
            col(Organisation.id).in_(winners) if winning else col(Organisation.id).not_in(bidders)
        )
        return actor_of(session, session.exec(select(Organisation).where(which)).first())  # type: ignore[arg-type]


def file(walk: Walk, who: Actor, grounds: str = "请核实团队人数。") -> Objection:
    with unit_of_work() as session:
        return objections.file_objection(
            session,
            project_id=walk.project_id,
            actor=who,
            objection=ObjectionCreate(grounds=grounds),
        )


def answer(objection: Objection, *, upheld: bool) -> None:
    with unit_of_work() as session:
        objections.answer_objection(
            session,
            objection_id=objection.id,
            actor=actor("administrator-2"),
            answer=ObjectionUpdate(upheld=upheld, answer="经核对一致。"),
        )


def appeal(objection: Objection, who: Actor, grounds: str = "答复没有说明依据。") -> None:
    with unit_of_work() as session:
        objections.appeal_objection(
            session, objection_id=objection.id, actor=who, appeal=ObjectionCreate(grounds=grounds)
        )


def decide(
    objection: Objection, *, upheld: bool, who: str = "auditor-1", why: str = "有据"
) -> None:
    with unit_of_work() as session:
        objections.decide_appeal(
            session,
            objection_id=objection.id,
            actor=actor(who),
            decision=ObjectionUpdate(upheld=upheld, answer=why),
        )


def timer(walk: Walk) -> Gate:
    with unit_of_work() as session:
        return session.exec(
            select(Gate).where(Gate.process_id == walk.project_id, Gate.stage == Stage.NOTICE)
        ).one()


def pass_to(walk: Walk) -> None:
    """Let the time come at which the notice may end, and the sweep look at it."""
    gate = timer(walk)
    assert gate.due_at is not None
    with unit_of_work() as session:
        move_demo_clock(session, to=gate.due_at)
    with unit_of_work() as session:
        due = due_gates(session)
    for gate_id in due:
        with unit_of_work() as session:
            settle_due_gate(session, gate_id)


def read(objection: Objection) -> Objection:
    with unit_of_work() as session:
        return session.get_one(Objection, objection.id)


@pytest.mark.rule("Award 承榜")
def test_standing_is_what_somebody_is_to_the_award(walk: Walk) -> None:
    place = walk.project
    assert file(walk, organisations(walk, winning=False)).standing is Objector.ORGANISATION
    assert file(walk, actor(f"secretary-{place.community_code}-1")).standing is Objector.PLACE
    assert file(walk, actor("expert-1")).standing is Objector.PUBLIC
    with pytest.raises(NotPermitted, match="who is to be awarded"):
        file(walk, organisations(walk, winning=True))


@pytest.mark.rule("Award 承榜")
def test_an_objection_is_to_be_answered_within_its_working_days(walk: Walk) -> None:
    objection = file(walk, actor("expert-1"))
    assert timedelta(days=5) < objection.due_at - objection.filed_at < timedelta(days=14)


@pytest.mark.rule("Award 承榜")
def test_an_award_waits_for_the_answer_and_then_for_the_time_to_appeal(walk: Walk) -> None:
    objection = file(walk, actor("expert-1"))
    pass_to(walk)
    assert timer(walk).outcome is None
    answer(objection, upheld=False)
    assert timer(walk).outcome is None
    until = read(objection).appeal_until
    assert until is not None
    assert timer(walk).due_at == until
    pass_to(walk)
    assert timer(walk).outcome is Outcome.APPROVED
    with pytest.raises(NotPermitted, match="time to appeal is over"):
        appeal(objection, actor("expert-1"))


@pytest.mark.rule("Award 承榜")
def test_an_upheld_objection_returns_the_award_at_once(walk: Walk) -> None:
    answer(file(walk, actor("expert-1")), upheld=True)
    assert timer(walk).outcome is Outcome.RETURNED


def test_an_appeal_is_one_s_own_once_and_with_grounds(walk: Walk) -> None:
    objection = file(walk, actor("expert-1"))
    with pytest.raises(NotPermitted, match="takes no appeal"):
        appeal(objection, actor("expert-1"))
    answer(objection, upheld=False)
    with pytest.raises(NotPermitted, match="only who objected"):
        appeal(objection, actor("expert-2"))
    with pytest.raises(ValidationError):
        appeal(objection, actor("expert-1"), " ")
    appeal(objection, actor("expert-1"))
    with pytest.raises(NotPermitted, match="takes no appeal"):
        appeal(objection, actor("expert-1"))


@pytest.mark.rule("Award 承榜")
def test_an_appeal_holds_the_award_until_the_auditor_has_decided(walk: Walk) -> None:
    objection = file(walk, actor("expert-1"))
    answer(objection, upheld=False)
    appeal(objection, actor("expert-1"))
    pass_to(walk)
    assert timer(walk).outcome is None
    with pytest.raises(NotPermitted):
        decide(objection, upheld=False, who="administrator-2")
    with pytest.raises(ValidationError):
        decide(objection, upheld=False, why=" ")
    decide(objection, upheld=False)
    assert timer(walk).outcome is Outcome.APPROVED
    with pytest.raises(NotPermitted, match="no appeal waits"):
        decide(objection, upheld=True)


def test_an_upheld_appeal_returns_the_award(walk: Walk) -> None:
    objection = file(walk, actor("expert-1"))
    answer(objection, upheld=False)
    appeal(objection, actor("expert-1"))
    decide(objection, upheld=True)
    assert timer(walk).outcome is Outcome.RETURNED


def test_the_answers_are_public_and_who_objected_is_told(walk: Walk) -> None:
    who = actor("expert-1")
    objection = file(walk, who, "请联系 13800138000 核实。")
    answer(objection, upheld=False)
    appeal(objection, who)
    decide(objection, upheld=False, why="原答复有据。")
    with unit_of_work() as session:
        line = read_public_project(session, walk.project.code).objections[0]
        told = session.exec(
            select(OutboxMessage.topic).where(
                OutboxMessage.audience == f"person:{who.person_id}",
                col(OutboxMessage.topic).in_(["objection.answered", "appeal.decided"]),
            )
        ).all()
    assert (line.upheld, line.appeal_upheld, line.appeal_answer) == (False, False, "原答复有据。")
    assert "13800138000" not in line.grounds
    assert sorted(told) == ["appeal.decided", "objection.answered"]


def test_the_appeal_is_due_in_the_time_an_answer_has(walk: Walk) -> None:
    objection = file(walk, actor("expert-1"))
    answer(objection, upheld=False)
    appeal(objection, actor("expert-1"))
    appealed = read(objection)
    assert appealed.appealed_at
    assert appealed.appeal_due_at
    assert timedelta(days=5) < appealed.appeal_due_at - appealed.appealed_at < timedelta(days=14)


def moot(walk: Walk) -> tuple[list[bool], list[str], list[str]]:
    """Which objections the public reads as moot, who was told so, and what the timeline holds."""
    with unit_of_work() as session:
        page = read_public_project(session, walk.project.code)
        told = session.exec(
            select(OutboxMessage.audience)
            .where(OutboxMessage.topic == "objection.moot")
            .order_by(OutboxMessage.audience)
        ).all()
        texts = [moment.text.en for moment in page.timeline if "needs no answer" in moment.text.en]
        return [objection.moot for objection in page.objections], list(told), texts


def test_who_objected_is_told_when_another_s_objection_leaves_theirs_unanswered(walk: Walk) -> None:
    first, second, third = (file(walk, actor(f"expert-{number}")) for number in (1, 2, 3))
    answer(second, upheld=False)
    appeal(second, actor("expert-2"))
    assert moot(walk) == ([False, False, False], [], [])
    answer(third, upheld=True)
    walk.do(Stage.NOTICE, "reopen", awards.reopen_award)
    lines, told, texts = moot(walk)
    assert lines == [True, True, False]
    assert told == sorted(f"person:{objection.filed_by}" for objection in (first, second))
    assert len(texts) == 2
    with pytest.raises(NotPermitted, match="no longer intended"):
        answer(first, upheld=False)
    with pytest.raises(NotPermitted, match="no longer intended"):
        decide(second, upheld=False)


def test_who_objected_is_told_when_the_project_is_cancelled(walk: Walk) -> None:
    objection = file(walk, actor("expert-1"))
    with unit_of_work() as session:
        cancel_project(
            session,
            project_id=walk.project_id,
            actor=actor("administrator-1"),
            cancellation=Reason(reason="资金来源取消。"),
        )
    assert moot(walk)[:2] == ([True], [f"person:{objection.filed_by}"])
