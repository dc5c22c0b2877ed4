"""A need whose project ends without answering it waits again, with that history."""

import pytest
from sqlmodel import col, select

from domain.lifecycle import Status
from models import AuditEntry, Need, OutboxMessage, Project, ProjectNeed
from models.needs import NeedStatus
from models.session import unit_of_work
from models.shapes import Reason
from services.cancelling import cancel_project
from services.needs.needs_register import read_need
from services.projects.forming import form_project
from services.public.timeline import line_of
from tests.builders import Walk, actor, letter, new_project

pytestmark = pytest.mark.usefixtures("database")


def needs_of(project: Project) -> list[Need]:
    with unit_of_work() as session:
        return list(
            session.exec(
                select(Need)
                .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
                .where(ProjectNeed.project_id == project.id)
                .order_by(col(Need.code))
            ).all()
        )


def cancel(walk: Walk) -> None:
    with unit_of_work() as session:
        cancel_project(
            session,
            project_id=walk.project.id,
            actor=actor("administrator-1"),
            cancellation=Reason(reason="与另一项目重复"),
        )


def test_needs_of_a_cancelled_project_wait_again_and_their_people_are_told() -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    needs = needs_of(walk.project)
    assert {need.status for need in needs} == {NeedStatus.IN_PROJECT}
    cancel(walk)
    assert {need.status for need in needs_of(walk.project)} == {NeedStatus.REGISTERED}
    with unit_of_work() as session:
        view = read_need(session, needs[0].code)
        told = session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == "need.reopened")
        ).all()
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "needs.reopened")).one()
    assert view.item.project is None
    assert [(attempt.code, attempt.status) for attempt in view.tried] == [
        (walk.project.code, Status.CANCELLED)
    ]
    places = {f"community:{walk.project.community_code}", f"street:{walk.project.street_code}"}
    assert {message.audience for message in told} == places
    assert len(told) == 2 * len(needs)
    assert needs[0].code in {str(message.facts["need"]) for message in told}
    assert walk.project.code in letter("need.reopened", told[0].facts).zh
    assert str(len(needs)) in line_of(entry).zh


def test_a_need_that_waits_again_joins_another_project_and_one_at_a_time() -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    needs = needs_of(walk.project)
    cancel(walk)
    with unit_of_work() as session:
        second = form_project(
            session,
            need_ids=[need.id for need in needs],
            title="再来一次",
            actor=actor(f"street-{walk.project.street_code}-1"),
        )
    assert {need.status for need in needs_of(second)} == {NeedStatus.IN_PROJECT}
    with unit_of_work() as session:
        view = read_need(session, needs[0].code)
        links = session.exec(select(ProjectNeed).where(ProjectNeed.need_id == needs[0].id)).all()
    assert len(view.tried) == 1
    assert [
        link.released_at is None
        for link in sorted(links, key=lambda link: link.released_at is None)
    ] == [
        False,
        True,
    ]


def test_a_project_that_ends_before_its_call_lets_its_needs_go() -> None:
    walk = Walk(new_project())
    walk.to_evaluation_approval()
    cancel(walk)
    assert {need.status for need in needs_of(walk.project)} == {NeedStatus.REGISTERED}
