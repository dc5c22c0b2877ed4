"""Leases and the effect ledger: one executor at a time, every effect once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, func, select

from domain.errors import LeaseLost, ProjectStopped
from domain.lifecycle import Stage
from flows import run
from models import Effect, OutboxMessage, Project
from models.failpoints import FailpointHit
from models.session import unit_of_work
from models.shapes import Reason
from services.cancelling import cancel_project
from services.evaluate.gates import ANALYSIS
from services.events import audiences
from services.events.record import tell
from services.execution.effects import once
from services.execution.runs import next_generation
from services.gates.open_gate import open_gate
from services.leases import Lease, release_lease, renew_leases, require_lease, take_lease
from services.publish.events import QuestionAsked
from tests.builders import actor, hold, new_project

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def project() -> Project:
    return new_project()


def take(project: Project, ttl: float = 60, generation: int = 1) -> Lease:
    with unit_of_work() as session:
        return take_lease(
            session, process_id=project.id, generation=generation, worker="other", ttl=ttl
        )


def take_at_once(project: Project) -> None:
    with unit_of_work() as session:
        session.execute(text("SET LOCAL lock_timeout = '0.2s'"))
        take_lease(session, process_id=project.id, generation=1, worker="other", ttl=60)


def test_only_one_of_many_takes_a_lease(project: Project) -> None:
    def attempt(_: int) -> bool:
        try:
            take(project)
        except LeaseLost:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]


def test_a_lease_that_was_given_back_can_be_taken(project: Project) -> None:
    lease = hold(project.id)
    with unit_of_work() as session:
        release_lease(session, lease)
    take(project)


def test_an_expired_lease_can_be_taken_and_its_holder_can_do_nothing_more(project: Project) -> None:
    old = take(project, ttl=-1)
    take(project)
    with unit_of_work() as session, pytest.raises(LeaseLost):
        require_lease(session, old)
    with unit_of_work() as session:
        renew_leases(session, [old.token], ttl=60)
    with unit_of_work() as session, pytest.raises(LeaseLost):
        require_lease(session, old)


def test_a_long_transaction_holds_up_no_renewal(project: Project) -> None:
    lease = take(project, ttl=60)
    with unit_of_work() as long:
        require_lease(long, lease)
        with unit_of_work() as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            renew_leases(session, [lease.token], ttl=90)


def test_a_lease_is_not_taken_over_while_its_holder_commits(project: Project) -> None:
    lease = take(project, ttl=0.2)
    with unit_of_work() as long:
        require_lease(long, lease)
        long.execute(text("SELECT pg_sleep(0.3)"))
        with pytest.raises(OperationalError, match="lock timeout"):
            take_at_once(project)
    take_at_once(project)


def test_a_lease_is_only_for_the_present_generation(project: Project) -> None:
    with unit_of_work() as session:
        assert next_generation(session, process_id=project.id, generation=1)
        assert not next_generation(session, process_id=project.id, generation=1)
    with pytest.raises(LeaseLost):
        take(project, generation=1)
    take(project, generation=2)


def send(session: Session, _: Project, at: datetime) -> dict[str, object]:
    count = session.exec(select(func.count()).select_from(OutboxMessage)).one()
    tell(session, QuestionAsked(), at=at, to=audiences.PUBLIC, once=f"test:{count}")
    return {"number": count}


def sent() -> tuple[int, int]:
    with unit_of_work() as session:
        messages = session.exec(select(func.count()).select_from(OutboxMessage)).one()
        return messages, session.exec(select(func.count()).select_from(Effect)).one()


def test_an_effect_happens_once_and_returns_the_same_to_everyone(project: Project) -> None:
    lease = hold(project.id)

    def attempt(_: int) -> dict[str, object]:
        with unit_of_work() as session:
            return once(session, lease, Stage.PUBLISH, "send", send, round_=1)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(attempt, range(8)))
    assert results == [{"number": 0}] * 8
    assert sent() == (1, 1)


@pytest.mark.parametrize("name", ["before-work", "before-ledger", "before-commit"])
def test_an_effect_that_breaks_off_is_as_if_it_never_began(
    project: Project, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = hold(project.id)
    monkeypatch.setattr("models.failpoints._armed", lambda: {f"effect.{name}": "raise"})
    with pytest.raises(FailpointHit), unit_of_work() as session:
        once(session, lease, Stage.PUBLISH, "send", send, round_=1)
    assert sent() == (0, 0)
    with unit_of_work() as session:
        once(session, lease, Stage.PUBLISH, "send", send, round_=1)
    assert sent() == (1, 1)


def test_an_effect_of_the_next_round_is_another_effect(project: Project) -> None:
    lease = hold(project.id)
    for round_ in (1, 2):
        with unit_of_work() as session:
            once(session, lease, Stage.PUBLISH, "send", send, round_=round_)
    assert sent() == (2, 2)


def test_an_effect_without_a_lease_does_not_happen(project: Project) -> None:
    old = take(project, ttl=-1)
    with pytest.raises(LeaseLost), unit_of_work() as session:
        once(session, old, Stage.PUBLISH, "send", send, round_=1)
    assert sent() == (0, 0)


def test_an_effect_whose_commit_was_not_acknowledged_is_found_again(project: Project) -> None:
    """The connection breaks after the commit; the task is tried again with the round it began in."""
    lease = hold(project.id)

    def begin_next_round(_: Session, project_row: Project, __: datetime) -> dict[str, object]:
        project_row.stage_round += 1
        return {"round": project_row.stage_round}

    for _ in range(2):
        with unit_of_work() as session:
            done = once(session, lease, Stage.PUBLISH, "again", begin_next_round, round_=1)
        assert done == {"round": 2}
    with unit_of_work() as session:
        assert session.get_one(Project, project.id).stage_round == 2


def test_a_lease_is_renewed_again_after_a_try_that_failed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, again = [], threading.Event()

    def failing_first(*_: object, **__: object) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(28, "No space left on device")
        again.set()

    monkeypatch.setenv("JIEBANG_LEASE_SECONDS", "1")
    monkeypatch.setattr(run, "renew_leases", failing_first)
    with run.leased(project.id, 1):
        assert again.wait(20)


def test_nothing_is_done_for_a_project_that_was_cancelled_meanwhile(project: Project) -> None:
    lease = hold(project.id)
    with unit_of_work() as session:
        cancel_project(
            session,
            project_id=project.id,
            actor=actor("administrator-1"),
            cancellation=Reason(reason="不再需要"),
        )
    # Those concerned are told of the end; nothing else goes out.
    told = sent()
    with pytest.raises(ProjectStopped), unit_of_work() as session:
        once(session, lease, Stage.PUBLISH, "send", send, round_=1)
    with pytest.raises(ProjectStopped), unit_of_work() as session:
        open_gate(session, lease, ANALYSIS)
    assert sent() == told
    assert told[1] == 0
