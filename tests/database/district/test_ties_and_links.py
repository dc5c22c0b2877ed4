"""Who is close to a bidder judges nothing of it; and what follows from credit and list."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import col, select

from domain.conduct.conduct_list import Colour, CreditRule, Ground
from domain.district.ties import TieKind
from domain.errors import BadInput, FieldsWrong, NotFound, NotPermitted, ProofNeeded
from models import AuditEntry, Organisation, Tie
from models.session import unit_of_work
from services.award.panels import candidates_for
from services.bid.interests import related_people
from services.clock import now
from services.district.ties import TIES
from services.identity.actors import Actor
from services.ledgers import credit
from services.ledgers.links import end_demonstration, links_of, name_demonstration
from services.ledgers.organisation_register import OrganisationCreate, change_registered
from services.register.declaration import EntryTaken
from services.register.entries import list_entries
from services.register.keep import EntryEnd, add_entry, end_entry
from tests.builders import Walk, actor, put_on_list
from tests.database.award.panel import opened


def admin() -> Actor:
    return actor("administrator-1")


def bidder(walk: Walk) -> Organisation:
    with unit_of_work() as session:
        return session.get_one(Organisation, opened(walk)[0].lead_id)


def tie(kind: TieKind, *, organisation: str = "", alliance: str = "") -> None:
    with unit_of_work() as session:
        form = sent(kind=kind, organisation=organisation or None, alliance=alliance or None)
        add_entry(session, TIES, actor=admin(), sent=form)


def sent(**values: Any) -> EntryTaken:
    """Return a tie of expert-6 as a form or a program sends it."""
    return TIES.command.model_validate({"login": "expert-6", **values})


def related(walk: Walk) -> bool:
    """Tell whether expert-6 is close to a bidder, and is marked so among the candidates."""
    who = actor("expert-6").person_id
    with unit_of_work() as session:
        is_related = who in related_people(session, walk.project)
        candidates = candidates_for(session, walk.project, admin().person_id)
        marked = {
            person.id: interested
            for of_party in candidates.values()
            for person, interested, _ in of_party
        }
        assert marked[who] is is_related
        return is_related


@pytest.mark.rule("Award 承榜")
@pytest.mark.parametrize("kind", [TieKind.INSTRUCTOR, TieKind.MENTOR])
def test_the_instructor_or_mentor_of_a_bidder_is_recused(at_panel: Walk, kind: TieKind) -> None:
    assert not related(at_panel)
    tie(kind, organisation=bidder(at_panel).name)
    assert related(at_panel)
    with pytest.raises(BadInput, match="already"):
        tie(kind, organisation=bidder(at_panel).name)
    with unit_of_work() as session:
        (line,) = list_entries(session, TIES, actor=admin()).lines
        end_entry(session, TIES, actor=admin(), entry_id=line.id, sent=EntryEnd())
    assert not related(at_panel)
    with unit_of_work() as session, pytest.raises(BadInput, match="ended already"):
        end_entry(session, TIES, actor=admin(), entry_id=line.id, sent=EntryEnd())


@pytest.mark.rule("Award 承榜")
def test_an_officer_of_a_bidder_s_alliance_is_recused(at_panel: Walk) -> None:
    own = bidder(at_panel)
    tie(TieKind.ALLIANCE_OFFICER, alliance="self_media")
    with unit_of_work() as session:
        for organisation in session.exec(select(Organisation)):
            organisation.alliance = "volunteers"
    assert not related(at_panel)
    with unit_of_work() as session:
        session.get_one(Organisation, own.id).alliance = "self_media"
    assert related(at_panel)


def test_a_tie_names_somebody_and_something_that_is_known(at_panel: Walk) -> None:
    own = bidder(at_panel).name
    mistakes: list[tuple[dict[str, Any], set[str]]] = [
        (
            {"login": "nobody", "kind": "mentor", "organisation": "没有这个组织"},
            {"login", "organisation"},
        ),
        ({"kind": "mentor"}, {"organisation"}),
        ({"kind": "alliance_officer"}, {"alliance"}),
        ({"kind": "mentor", "organisation": own, "alliance": "legal"}, {"alliance"}),
        (
            {
                "kind": "mentor",
                "organisation": own,
                "since": "2026-02-01",
                "ended_on": "2026-01-31",
            },
            {"ended_on"},
        ),
    ]
    for values, fields in mistakes:
        with unit_of_work() as session, pytest.raises(FieldsWrong) as wrong:
            add_entry(session, TIES, actor=admin(), sent=sent(**values))
        assert set(wrong.value.fields) == fields
    with pytest.raises(ValidationError):
        sent(kind="alliance_officer", alliance="x")
    form = sent(kind="mentor", organisation=own)
    with unit_of_work() as session, pytest.raises(NotPermitted):
        add_entry(session, TIES, actor=actor("expert-1"), sent=form)
    with unit_of_work() as session, pytest.raises(ProofNeeded):
        add_entry(session, TIES, actor=replace(admin(), proved=False), sent=form)
    with unit_of_work() as session:
        assert session.exec(select(Tie)).all() == []


def graded(organisation: Organisation, grade: str) -> None:
    with unit_of_work() as session:
        session.get_one(Organisation, organisation.id).grade = grade


def name(organisation: Organisation) -> None:
    with unit_of_work() as session:
        name_demonstration(session, actor=admin(), organisation_id=organisation.id)


def links(organisation: Organisation) -> tuple[bool, bool, bool]:
    """Return whether it is a demonstration, may be named one, and is qualified."""
    with unit_of_work() as session:
        links_now = links_of(session, session.get_one(Organisation, organisation.id))
        return (
            links_now.demonstration_since is not None,
            links_now.may_be_named,
            not links_now.against,
        )


@pytest.mark.rule("Consequences")
def test_red_listed_3a_and_above_may_be_named_demonstration_organisations(at_panel: Walk) -> None:
    own = bidder(at_panel)
    graded(own, "3A")
    assert links(own) == (False, False, True)
    with pytest.raises(NotPermitted, match="red list"):
        name(own)
    put_on_list(own.id, Colour.RED, Ground.EXCELLENT)
    graded(own, "2A")
    with pytest.raises(NotPermitted, match="3A"):
        name(own)
    graded(own, "3A")
    assert links(own) == (False, True, True)
    name(own)
    assert links(own) == (True, False, True)
    put_on_list(own.id, Colour.BLACK, Ground.TERMINATED)
    assert links(own) == (False, False, False)
    with unit_of_work() as session:
        end_demonstration(session, actor=admin(), organisation_id=own.id)
    with unit_of_work() as session, pytest.raises(NotFound):
        end_demonstration(session, actor=admin(), organisation_id=own.id)


@pytest.mark.rule("Consequences")
def test_the_qualification_for_purchased_services_follows_credit_and_list(at_panel: Walk) -> None:
    own = bidder(at_panel)
    with unit_of_work() as session:
        credit.enter(
            session,
            at_panel.project,
            CreditRule.FALSE_MATERIAL,
            organisations=[own.id],
            reference="x",
            at=now(session),
        )
    assert links(own) == (False, False, False)
    with unit_of_work() as session:
        links_now = links_of(session, session.get_one(Organisation, own.id))
    assert [reason.en for reason in links_now.against] == ["credit 60.00 is below 80"]
    assert links_now.credit == Decimal(60)


@pytest.mark.rule("Consequences")
def test_grade_evaluation_takes_the_score_as_evidence(at_panel: Walk) -> None:
    own = bidder(at_panel)
    form = OrganisationCreate(
        name=own.name,
        uscc=own.uscc or "",
        org_stage="registered",
        grade="1A" if own.grade != "1A" else "2A",
        legal_representative=own.legal_representative,
        serves=own.serves,
        alliance=own.alliance or "",
    )
    with unit_of_work() as session:
        change_registered(session, actor=admin(), organisation_id=own.id, form=form)
    with unit_of_work() as session:
        entry = session.exec(
            select(AuditEntry)
            .where(AuditEntry.action == "organisation.changed")
            .order_by(col(AuditEntry.id).desc())
        ).first()
    assert entry is not None
    assert entry.facts["before"] == own.grade
    assert (Decimal(entry.facts["credit"]), entry.facts["red"], entry.facts["black"]) == (
        Decimal(100),
        False,
        False,
    )
