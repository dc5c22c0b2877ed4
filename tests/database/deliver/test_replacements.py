"""A partner is replaced after the award only by a recorded decision."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import select

from demo.story import actor_of
from domain.conduct.conduct_list import CreditRule
from domain.errors import BadInput, NotEligible, NotFound, NotPermitted
from domain.identity.roles import Role, Scope
from models import (
    AuditEntry,
    Bid,
    BidMember,
    CreditEvent,
    Organisation,
    OutboxMessage,
    Person,
    RoleGrant,
)
from models.session import unit_of_work
from services.award.awards import present_agreement
from services.clock import move_demo_clock, now
from services.deliver import replacements
from services.deliver.consortium_page import read_consortium
from services.deliver.replacements import ReplacementCreate, ReplacementUpdate, StatementUpdate
from services.identity.actors import Actor, grants_of
from services.ledgers import quota
from services.public.public_project import read_public_project
from services.public.timeline import timeline
from tests.builders import Walk, actor, share_with


@pytest.fixture
def walk(in_delivery: Walk) -> Walk:
    """A project that a lead and one partner deliver, 60 to 40."""
    with unit_of_work() as session:
        bid = session.get_one(Bid, present_agreement(session, in_delivery.project).bid_id)
        partner = session.exec(
            select(Organisation.id)
            .where(Organisation.id != bid.lead_id)
            .order_by(Organisation.name)
        ).first()
    assert partner is not None
    share_with(in_delivery.project, partner)
    return in_delivery


def organisations(walk: Walk) -> tuple[Organisation, Organisation, Organisation]:
    """Return the lead, the partner, and an eligible organisation that is neither."""
    with unit_of_work() as session:
        bid = session.get_one(Bid, present_agreement(session, walk.project).bid_id)
        lead = session.get_one(Organisation, bid.lead_id)
        partner_id = session.exec(
            select(BidMember.organisation_id).where(
                BidMember.bid_id == bid.id, BidMember.organisation_id != bid.lead_id
            )
        ).one()
        partner = session.get_one(Organisation, partner_id)
        others = session.exec(
            select(Organisation)
            .where(Organisation.id.not_in([lead.id, partner.id]))  # type: ignore[attr-defined]
            .order_by(Organisation.name)
        ).all()
        other = others[0]
        other.serves, other.org_stage, other.grade = ["*"], "registered", "5A"
        return lead, partner, other


def by(organisation: Organisation) -> Actor:
    with unit_of_work() as session:
        return actor_of(session, organisation)


def street(walk: Walk) -> Actor:
    return actor(f"street-{walk.project.street_code}-1")


def propose(walk: Walk, who: Actor, leaving: UUID, joining: str) -> None:
    with unit_of_work() as session:
        replacements.propose_replacement(
            session,
            project_id=walk.project_id,
            actor=who,
            proposal=ReplacementCreate(
                leaving=leaving,
                joining=joining,
                work_package="居民骨干培训和回访",
                reason="原伙伴负责人病假，无法派出社工。",
            ),
        )


def confirm(walk: Walk, who: Actor, number: int = 1) -> None:
    with unit_of_work() as session:
        replacements.confirm_replacement(
            session, project_id=walk.project_id, number=number, actor=who
        )


def state(walk: Walk, who: Actor, number: int = 1) -> None:
    with unit_of_work() as session:
        replacements.state_on_replacement(
            session,
            project_id=walk.project_id,
            number=number,
            actor=who,
            statement=StatementUpdate(statement="情况属实，愿意移交名册。"),
        )


def decide(
    walk: Walk, who: Actor, *, approved: bool = True, withdrew: bool = False, number: int = 1
) -> None:
    with unit_of_work() as session:
        replacements.decide_replacement(
            session,
            project_id=walk.project_id,
            number=number,
            actor=who,
            decision=ReplacementUpdate(
                approved=approved, withdrew=withdrew, answer="服务不能中断，同意接替。"
            ),
        )


def withdraw(walk: Walk, who: Actor, number: int = 1) -> None:
    with unit_of_work() as session:
        replacements.withdraw_replacement(
            session, project_id=walk.project_id, number=number, actor=who
        )


def load(organisation: Organisation) -> Decimal:
    with unit_of_work() as session:
        return quota.load_of(session, organisation.id)


def members(walk: Walk) -> dict[str, tuple[Decimal, str]]:
    with unit_of_work() as session:
        award = read_public_project(session, walk.project.code).award
        assert award is not None
        return {
            member.organisation: (member.share, member.work_package) for member in award.members
        }


@pytest.mark.rule("Bid 揭榜")
def test_the_newcomer_takes_the_partners_place_share_and_quota(walk: Walk) -> None:
    lead, partner, other = organisations(walk)
    before = {organisation.name: load(organisation) for organisation in (lead, partner, other)}
    propose(walk, by(lead), partner.id, other.name)
    confirm(walk, by(other))
    state(walk, by(partner))
    assert set(members(walk)) == {lead.name, partner.name}
    decide(walk, street(walk))
    assert members(walk) == {
        lead.name: (Decimal(60), "统筹和日常服务"),
        other.name: (Decimal(40), "居民骨干培训和回访"),
    }
    assert load(partner) == before[partner.name] - Decimal("0.5")
    assert load(other) == before[other.name] + Decimal("0.5")
    assert load(lead) == before[lead.name]
    with unit_of_work() as session:
        (shown,) = read_public_project(session, walk.project.code).replacements
        texts = [moment.text.en for moment in timeline(session, walk.project.code)]
        proposed = replacements.replacements_of(
            session, present_agreement(session, walk.project).bid_id
        )
        told = {
            outbox_message.topic
            for outbox_message in session.exec(select(OutboxMessage))
            if outbox_message.topic.startswith("replacement")
        }
        assert not session.exec(
            select(CreditEvent).where(CreditEvent.organisation_id == partner.id)
        ).all()
    assert (shown.leaving, shown.joining, shown.approved) == (partner.name, other.name, True)
    assert shown.statement is None
    assert "Replacement 1 of a partner approved" in texts
    assert all(line["met"] for line in proposed[0].eligibility)
    assert proposed[0].eligibility
    assert told == {
        "replacement.hearing",
        "replacement.asked",
        "replacement.decide",
        "replacement.decided",
    }


def test_who_withdrew_of_its_own_accord_has_it_in_its_credit(walk: Walk) -> None:
    lead, partner, other = organisations(walk)
    propose(walk, by(lead), partner.id, other.name)
    confirm(walk, by(other))
    state(walk, by(partner))
    decide(walk, street(walk), withdrew=True)
    with unit_of_work() as session:
        event = session.exec(
            select(CreditEvent).where(CreditEvent.organisation_id == partner.id)
        ).one()
    assert (event.rule, event.points) == (CreditRule.WITHDRAWN, Decimal(-20))


@pytest.mark.rule("Bid 揭榜")
def test_nothing_is_decided_before_the_newcomer_confirms_and_the_partner_could_speak(
    walk: Walk,
) -> None:
    lead, partner, other = organisations(walk)
    propose(walk, by(lead), partner.id, other.name)
    with pytest.raises(NotPermitted, match="has not confirmed"):
        decide(walk, street(walk))
    confirm(walk, by(other))
    with pytest.raises(NotPermitted, match="may still be heard"):
        decide(walk, street(walk))
    with unit_of_work() as session:
        proposed = replacements.replacements_of(
            session, present_agreement(session, walk.project).bid_id
        )
        move_demo_clock(session, to=proposed[0].hearing_until)
    decide(walk, street(walk))
    assert other.name in members(walk)


def test_a_newcomer_without_quota_is_told_why_and_does_not_join(walk: Walk) -> None:
    lead, partner, other = organisations(walk)
    propose(walk, by(lead), partner.id, other.name)
    confirm(walk, by(other))
    state(walk, by(partner))
    with unit_of_work() as session:
        quota.reserve(
            session,
            organisation_id=other.id,
            project=walk.project,
            reference="elsewhere",
            amount=Decimal(6),
            at=now(session),
        )
    with pytest.raises(NotEligible, match="of the quota left"):
        decide(walk, street(walk))
    assert other.name not in members(walk)
    decide(walk, street(walk), approved=False)


def test_only_those_concerned_act_and_each_for_itself(walk: Walk) -> None:
    lead, partner, other = organisations(walk)
    for who in (by(partner), by(other), street(walk)):
        with pytest.raises(NotPermitted):
            propose(walk, who, partner.id, other.name)
    with pytest.raises(BadInput, match="the lead is not replaced"):
        propose(walk, by(lead), lead.id, other.name)
    with pytest.raises(BadInput, match="already"):
        propose(walk, by(lead), partner.id, partner.name)
    with pytest.raises(NotFound, match="组织"):
        propose(walk, by(lead), partner.id, "没有这家组织")
    propose(walk, by(lead), partner.id, other.name)
    with pytest.raises(NotPermitted, match="another replacement waits"):
        propose(walk, by(lead), partner.id, other.name)
    with pytest.raises(NotPermitted):
        confirm(walk, by(partner))
    with pytest.raises(NotPermitted):
        state(walk, by(other))
    with pytest.raises(NotPermitted):
        withdraw(walk, by(partner))
    confirm(walk, by(other))
    state(walk, by(partner))
    with pytest.raises(NotPermitted):
        decide(walk, by(lead))
    with unit_of_work() as session:
        officer = session.exec(select(Person).where(Person.login == street(walk).login)).one()
        session.add(
            RoleGrant(
                person_id=officer.id,
                role=Role.ORGANISATION_MEMBER,
                scope=Scope.ORGANISATION,
                code=str(other.id),
            )
        )
    with pytest.raises(NotPermitted):
        decide(walk, street(walk))


def test_a_proposal_is_taken_back_or_declined_and_another_may_follow(walk: Walk) -> None:
    lead, partner, other = organisations(walk)
    propose(walk, by(lead), partner.id, other.name)
    withdraw(walk, by(lead))
    propose(walk, by(lead), partner.id, other.name)
    withdraw(walk, by(other), number=2)
    with pytest.raises(NotFound):
        confirm(walk, by(other), number=2)
    with unit_of_work() as session:
        actions = [
            audit_entry.action
            for audit_entry in session.exec(select(AuditEntry).order_by(AuditEntry.id))  # type: ignore[arg-type]
            if audit_entry.action.startswith("replacement")
        ]
        assert read_public_project(session, walk.project.code).replacements == ()
    assert actions == [
        f"replacement.{step}" for step in ("proposed", "withdrawn", "proposed", "declined")
    ]


def test_only_those_concerned_read_the_consortium(walk: Walk) -> None:
    lead, partner, other = organisations(walk)

    def read(who: Actor) -> tuple[bool, bool, bool, bool]:
        with unit_of_work() as session:
            page = read_consortium(session, walk.project, grants_of(session, who.person_id))
            return page.leads, page.leaves, page.joins, page.decides

    with pytest.raises(NotPermitted):
        read(by(other))
    propose(walk, by(lead), partner.id, other.name)
    assert read(by(lead)) == (True, False, False, False)
    assert read(by(partner)) == (False, True, False, False)
    assert read(by(other)) == (False, False, True, False)
    assert read(street(walk)) == (False, False, False, True)


def test_the_former_partner_may_come_back(walk: Walk) -> None:
    lead, partner, other = organisations(walk)
    propose(walk, by(lead), partner.id, other.name)
    confirm(walk, by(other))
    state(walk, by(partner))
    decide(walk, street(walk))
    propose(walk, by(lead), other.id, partner.name)
    with unit_of_work() as session:
        back = session.get_one(Organisation, partner.id)
        back.serves, back.org_stage, back.grade = ["*"], "registered", "5A"
    confirm(walk, by(partner), number=2)
    state(walk, by(other), number=2)
    load_before = load(partner)
    decide(walk, street(walk), number=2)
    assert set(members(walk)) == {lead.name, partner.name}
    assert load(partner) == load_before + Decimal("0.5")
