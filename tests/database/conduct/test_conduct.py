"""The credit ledger and the conduct list in the database: from events to entries and back."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlmodel import Session, col, select

from demo.story import Story, actor_of
from domain.calendar import BEIJING, add_months
from domain.conduct.conduct_list import Colour, CreditRule, Ground, score
from domain.errors import (
    BadInput,
    NotFound,
    NotPermitted,
    ProofNeeded,
)
from domain.gates import GateKind, Verb
from domain.lifecycle import Stage
from models import (
    AuditEntry,
    ConductEntry,
    ConductList,
    CreditEvent,
    Evidence,
    Organisation,
    OutboxMessage,
)
from models.session import unit_of_work
from models.shapes import Reason
from services.award.awards import present_agreement
from services.clock import move_demo_clock, now
from services.conduct import conduct_list
from services.conduct.conduct_list import EntryVerdict, ReplyCreate
from services.conduct.oversight import listed_entries
from services.deliver.delivery import milestones_of
from services.gates.decide_gate import decide_gate
from services.gates.gate_page import read_gate_page
from services.identity.actors import Actor, grants_of
from services.ledgers import credit
from services.ledgers.standing import debarred_until
from tests.builders import ProcessWalk, Walk, actor, after


@pytest.fixture
def walk(in_delivery: Walk) -> Walk:
    return in_delivery


def enter(walk: Walk, rule: CreditRule, reference: str = "") -> list[UUID]:
    with unit_of_work() as session:
        members = credit.members_of(session, present_agreement(session, walk.project).bid_id)
        credit.enter(
            session,
            walk.project,
            rule,
            organisations=members,
            reference=reference or walk.project.code,
            at=now(session),
        )
    return members


def next_month() -> None:
    with unit_of_work() as session:
        today = now(session).astimezone(BEIJING).date()
        first = add_months(today.replace(day=1), 1)
        move_demo_clock(session, to=datetime.combine(first, time(9), BEIJING))


def begin(walk: Walk) -> ProcessWalk:
    next_month()
    with unit_of_work() as session:
        due_list = conduct_list.begin_due_list(session)
    assert due_list is not None
    return ProcessWalk(due_list.id, Story(walk.project_id, walk.story.rng))


def entries(way: ProcessWalk) -> list[ConductEntry]:
    with unit_of_work() as session:
        due_list = session.get_one(ConductList, way.process_id)
        return [entry for entry, _ in conduct_list.entries_of(session, due_list)]


def review(
    way: ProcessWalk, who: str = "administrator-1", *, confirmed: bool = True, why: str = "属实"
) -> None:
    with unit_of_work() as session:
        conduct_list.review_list(
            session,
            list_id=way.process_id,
            actor=actor(who),
            verdicts={
                entry.id: EntryVerdict(confirmed=confirmed, reason=why) for entry in entries(way)
            },
        )


def publish(way: ProcessWalk, verb: Verb = Verb.APPROVE, comment: str = "") -> None:
    gate = way.open(Stage.LIST, GateKind.APPROVAL)
    with unit_of_work() as session:
        decide_gate(
            session,
            gate_id=gate.id,
            actor=actor("department-1"),
            verb=verb,
            comment=comment,
            at=now(session),
        )
    way.do(Stage.LIST, "publish", after(conduct_list.publish_list, way.read(gate)))


def member_of(organisation_id: UUID) -> Actor:
    with unit_of_work() as session:
        return actor_of(session, session.get_one(Organisation, organisation_id))


def reach_indicators(walk: Walk, satisfaction: str = "95") -> None:
    """File counts that reach what the agreement promises."""
    with unit_of_work() as session:
        for milestone in milestones_of(session, walk.project):
            for name, quantity in (("服务人次", "600"), ("居民满意度", satisfaction)):
                session.add(
                    Evidence(
                        milestone_id=milestone.id,
                        kind="count",
                        name=name,
                        quantity=Decimal(quantity),
                        filed_at=now(session),
                    )
                )


@pytest.mark.rule("Consequences")
def test_an_event_is_entered_once_for_each_reference_with_its_rule_s_version(walk: Walk) -> None:
    members = enter(walk, CreditRule.COMPLAINT, "T1")
    enter(walk, CreditRule.COMPLAINT, "T1")
    enter(walk, CreditRule.COMPLAINT, "T2")
    with unit_of_work() as session:
        events = session.exec(select(CreditEvent)).all()
    assert len(events) == 2 * len(members)
    assert {event.settings_version for event in events} == {walk.project.settings_version}
    assert {event.expires_on for event in events} == {
        add_months(events[0].happened_at.astimezone(BEIJING).date(), 24)
    }


@pytest.mark.parametrize("days", [-400, -1, 0, 1, 300, 729, 730, 731, 1500])
def test_the_database_sums_the_credit_of_any_day_as_the_rule_does(walk: Walk, days: int) -> None:
    members = enter(walk, CreditRule.TERMINATED)
    late = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)  # already the next year in Beijing
    with unit_of_work() as session:
        session.add(
            CreditEvent(
                organisation_id=members[0],
                project_id=walk.project_id,
                rule=CreditRule.GOOD,
                reference="by hand",
                settings_version=1,
                points=Decimal(4),
                happened_at=late,
                expires_on=date(2029, 1, 1),
            )
        )
    day = date(2027, 1, 1) + timedelta(days=days)
    with unit_of_work() as session:
        credit_entries = credit.entries_of(session, members[0])
        assert credit.credit_of(session, members[0], base=Decimal(100), today=day) == score(
            Decimal(100), credit_entries, on=day
        )


def test_a_month_without_anything_to_list_has_no_list(walk: Walk) -> None:
    next_month()
    with unit_of_work() as session:
        assert conduct_list.begin_due_list(session) is None
    enter(walk, CreditRule.GOOD)
    next_month()
    with unit_of_work() as session:
        assert conduct_list.begin_due_list(session) is None


def test_a_list_is_begun_once_and_who_is_to_be_black_is_told(walk: Walk) -> None:
    members = enter(walk, CreditRule.TERMINATED)
    way = begin(walk)
    with unit_of_work() as session:
        assert conduct_list.begin_due_list(session) is None
        told = session.exec(
            select(OutboxMessage.audience).where(OutboxMessage.topic == "conduct.proposed")
        ).all()
    assert {(entry.colour, entry.ground) for entry in entries(way)} == {
        (Colour.BLACK, Ground.TERMINATED)
    }
    assert set(told) == {f"organisation:{member}" for member in members}


@pytest.mark.rule("Consequences")
def test_red_needs_every_indicator_of_the_agreement(walk: Walk) -> None:
    enter(walk, CreditRule.EXCELLENT)
    reach_indicators(walk, satisfaction="89")
    next_month()
    with unit_of_work() as session:
        assert conduct_list.begin_due_list(session) is None
    with unit_of_work() as session:
        session.execute(
            Evidence.__table__.update()  # type: ignore[attr-defined]
            .where(Evidence.name == "居民满意度")
            .values(quantity=90)
        )
    with unit_of_work() as session:
        due_list = conduct_list.begin_due_list(session)
        assert due_list is not None
        # Nobody has to reply to a commendation.
        assert due_list.reply_until == due_list.opened_at
        assert {proposed.colour for proposed, _ in conduct_list.entries_of(session, due_list)} == {
            Colour.RED
        }


@pytest.mark.rule("Consequences")
def test_an_entry_is_replied_to_in_time_decided_with_a_reason_and_published_by_another(
    walk: Walk,
) -> None:
    members = enter(walk, CreditRule.TERMINATED)
    way = begin(walk)
    way.open(Stage.LIST, GateKind.TIMER)
    own = next(entry for entry in entries(way) if entry.organisation_id == members[0])
    with unit_of_work() as session:
        conduct_list.reply_to_entry(
            session,
            entry_id=own.id,
            actor=member_of(members[0]),
            reply=ReplyCreate(reply="负责人离职，已配合交接。"),
        )
    with unit_of_work() as session, pytest.raises(NotPermitted):
        conduct_list.reply_to_entry(
            session,
            entry_id=own.id,
            actor=actor("organisation-20"),
            reply=ReplyCreate(reply="替别人申辩一下"),
        )
    way.late(Stage.LIST, GateKind.TIMER)
    with unit_of_work() as session, pytest.raises(NotPermitted, match="is over"):
        conduct_list.reply_to_entry(
            session,
            entry_id=own.id,
            actor=member_of(members[0]),
            reply=ReplyCreate(reply="我们还想补充几句。"),
        )
    way.open(Stage.LIST, GateKind.PREPARATION)
    with pytest.raises(ValidationError):
        review(way, why=" ")
    with pytest.raises(NotPermitted):
        review(way, "department-1")
    with unit_of_work() as session, pytest.raises(BadInput, match="every entry"):
        conduct_list.review_list(
            session, list_id=way.process_id, actor=actor("administrator-1"), verdicts={}
        )
    review(way)
    with unit_of_work() as session:
        assert listed_entries(session) == []
        assert debarred_until(session, members[0]) is None
    publish(way)
    with unit_of_work() as session:
        today = now(session).astimezone(BEIJING).date()
        listed = listed_entries(session, organisation_id=members[0])
        assert [(decided.reply, decided.reason, decided.counts) for decided in listed] == [
            ("负责人离职，已配合交接。", "属实", True)
        ]
        assert debarred_until(session, members[0]) == add_months(today, 12)
        audit_entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "conduct.published")
        ).one()
        assert audit_entry.facts == {"red": 0, "black": len(members)}


def test_what_is_dropped_is_never_listed(walk: Walk) -> None:
    members = enter(walk, CreditRule.FALSE_MATERIAL)
    way = begin(walk)
    way.late(Stage.LIST, GateKind.TIMER)
    way.open(Stage.LIST, GateKind.PREPARATION)
    review(way, confirmed=False, why="材料为第三方误报，不列入。")
    publish(way)
    with unit_of_work() as session:
        told = session.exec(
            select(OutboxMessage.topic, OutboxMessage.audience).where(
                col(OutboxMessage.topic).in_(["conduct.decided", "conduct.dropped"])
            )
        ).all()
        assert set(told) == {("conduct.dropped", f"organisation:{member}") for member in members}
        assert listed_entries(session) == []
        assert debarred_until(session, members[0]) is None


def test_a_returned_list_is_decided_again(walk: Walk) -> None:
    enter(walk, CreditRule.TERMINATED)
    way = begin(walk)
    way.late(Stage.LIST, GateKind.TIMER)
    way.open(Stage.LIST, GateKind.PREPARATION)
    review(way)
    publish(way, Verb.RETURN, "理由请写具体。")
    assert (way.subject.status, way.subject.stage_round) == ("listing", 2)
    assert way.open(Stage.LIST, GateKind.TIMER).outcome is not None
    way.open(Stage.LIST, GateKind.PREPARATION)
    review(way, why="项目于六月终止。")
    publish(way)
    assert way.subject.status == "published"


def test_an_organisation_on_the_list_reads_its_own_entry_alone(walk: Walk) -> None:
    members = enter(walk, CreditRule.TERMINATED)
    way = begin(walk)
    way.open(Stage.LIST, GateKind.TIMER)
    who = member_of(members[0])
    with unit_of_work() as session:
        code = session.get_one(ConductList, way.process_id).code
        page = read_gate_page(
            session, who.person_id, grants_of(session, who.person_id), code, "list-timer-r1"
        )
        names = session.exec(
            select(Organisation.name).where(col(Organisation.id).in_(members))
        ).all()
    assert page.task is not None
    assert not page.whole
    assert not any(name in str(page.facts) for name in names)


def listed_black(walk: Walk) -> tuple[UUID, UUID]:
    members = enter(walk, CreditRule.TERMINATED)
    way = begin(walk)
    way.late(Stage.LIST, GateKind.TIMER)
    way.open(Stage.LIST, GateKind.PREPARATION)
    review(way)
    publish(way)
    entry = next(entry for entry in entries(way) if entry.organisation_id == members[0])
    return entry.id, members[0]


def repair(entry_id: UUID, who: Actor, reason: str = "连续六个月公益服务，已修复。") -> None:
    with unit_of_work() as session:
        conduct_list.repair_entry(
            session, entry_id=entry_id, actor=who, repair=Reason(reason=reason)
        )


def later(months: int) -> None:
    with unit_of_work() as session:
        day = add_months(now(session).astimezone(BEIJING).date(), months)
        move_demo_clock(session, to=datetime.combine(day, time(9), BEIJING))


@pytest.mark.rule("Consequences")
def test_a_black_entry_is_repaired_after_its_time_by_another_with_a_public_reason(
    walk: Walk,
) -> None:
    entry, own = listed_black(walk)
    other = actor("administrator-2")
    with pytest.raises(NotPermitted, match="from"):
        repair(entry, other)
    later(6)
    with pytest.raises(NotPermitted, match="you decided"):
        repair(entry, actor("administrator-1"))
    with pytest.raises(ProofNeeded):
        repair(entry, Actor(other.person_id, other.login, "web", proved=False))
    with pytest.raises(ValidationError):
        repair(entry, other, " ")
    repair(entry, other)
    with unit_of_work() as session:
        today = now(session).astimezone(BEIJING).date()
        assert debarred_until(session, own) == today
        listed = listed_entries(session, organisation_id=own)[0]
        assert (listed.counts, listed.repair_reason) == (False, "连续六个月公益服务，已修复。")
    with pytest.raises(NotPermitted, match="has ended"):
        repair(entry, other)


@pytest.mark.rule("Consequences")
def test_an_entry_ends_by_itself(walk: Walk) -> None:
    entry, own = listed_black(walk)
    later(12)
    with unit_of_work() as session:
        today = now(session).astimezone(BEIJING).date()
        assert debarred_until(session, own) == today
        assert not listed_entries(session, organisation_id=own)[0].counts
    with pytest.raises(NotPermitted, match="has ended"):
        repair(entry, actor("administrator-2"))
    with pytest.raises(NotFound):
        repair(UUID(int=1), actor("administrator-2"))


def test_the_list_of_any_day_is_read_from_its_entries(walk: Walk) -> None:
    _, own = listed_black(walk)
    with unit_of_work() as session:
        today = now(session).astimezone(BEIJING).date()
        _expect(session, own, today - timedelta(days=1), [])
        _expect(session, own, today, [True])
        _expect(session, own, add_months(today, 12), [False])


def _expect(session: Session, own: UUID, day: date, counts: list[bool]) -> None:
    listed = listed_entries(session, organisation_id=own, on=day)
    assert [entry.counts for entry in listed] == counts
