"""A kind of process in one folder is carried by the whole stack, without a line elsewhere."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, col, select

from domain.gates import Outcome, Verb
from domain.identity.access import TokenScope
from models import AuditEntry, Gate, OutboxMessage, Project
from models.session import unit_of_work
from services.clock import now
from services.gates.approval_codes import issue_code
from services.gates.reminders import remind
from services.identity.access_tokens import AccessTokenCreate, make_token
from services.processes import install_processes
from services.public.timeline import timeline
from tests.builders import actor
from tests.stack.conftest import Rig
from tests.toy.loans import Loan, Status, ask_for_hall, give_back
from tests.toy.process import LOAN
from tests.web.visitor import Visitor

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def _with_the_toy(_use_the_stack: None) -> Iterator[None]:
    """Its table, and its entry in this process; web and worker have it from their environment."""
    with unit_of_work() as session:
        Loan.metadata.create_all(session.connection())
    install_processes(LOAN)
    yield
    install_processes()


def ask(project: Project, title: str) -> Loan:
    with unit_of_work() as session:
        return ask_for_hall(
            session,
            place=project,
            title=title,
            actor=actor(f"secretary-{project.community_code}-1"),
        )


def status_of(loan: Loan) -> str:
    with unit_of_work() as session:
        return session.get_one(Loan, loan.id).status


def audited(session: Session, loan: Loan) -> list[str]:
    rows = select(AuditEntry.action).where(AuditEntry.subject == loan.code)
    return list(session.exec(rows.order_by(col(AuditEntry.id))))


def api_token(login: str) -> dict[str, str]:
    with unit_of_work() as session:
        token = AccessTokenCreate(name="toy", scopes=[TokenScope.READ, TokenScope.DECIDE])
        made = make_token(session, actor=actor(login), token=token)
    return {"Authorization": f"Bearer {made}"}


def test_it_is_decided_at_the_web_given_back_and_watched_to_its_end(rig: Rig) -> None:
    project = rig.project("借用活动室", 40)
    loan = ask(project, "社区书画展")
    gate = rig.at_gate(loan.id, "lend", "approval")
    street = f"street-{project.street_code}-1"
    path = f"/desk/{loan.code}/lend-approval-r1"
    someone = Visitor(rig.stack.addresses.web_url, street)

    # Inbox and page.
    assert path in someone.read("/desk")
    page = someone.read(path)
    assert "是否借出活动室" in page
    assert "社区书画展" in page

    # Reminder, once it is nearly due.
    with unit_of_work() as session:
        session.get_one(Gate, gate.id).due_at = now(session)
    with unit_of_work() as session:
        remind(session)
        told = session.exec(
            select(OutboxMessage).where(col(OutboxMessage.topic).startswith("gate."))
        ).all()
        assert loan.code in {message.facts["project"] for message in told}

    someone.post(f"{path}/decide", dossier_version="1", verb="approve", comment="")
    back = rig.at_gate(loan.id, "return", "event")
    assert (rig.read(gate).outcome, status_of(loan)) == (Outcome.APPROVED, Status.LENT)

    # The next task is the secretary's; its page has the gates behind it.
    secretary = Visitor(rig.stack.addresses.web_url, f"secretary-{project.community_code}-1")
    assert f"/desk/{loan.code}/return-event-r1" in secretary.read("/desk")
    assert "是否借出活动室" in secretary.read(f"/desk/{loan.code}/return-event-r1")

    with unit_of_work() as session:
        give_back(session, loan_id=loan.id, actor=actor(f"secretary-{project.community_code}-1"))
    rig.until(lambda: rig.passed(back), "the return to be passed")
    # The timer comes by itself.
    rig.until(lambda: rig.state_of(loan.id) == "Completed", "the loan's run to end")
    assert status_of(loan) == Status.OVER
    assert "stage:ended" in rig.flow_run(loan.id).tags
    with unit_of_work() as session:
        assert audited(session, loan) == [
            "loan.asked",
            *("gate.opened", "decision.approve", "gate.approved"),
            *("gate.opened", "loan.returned", "gate.approved"),
            *("gate.opened", "gate.approved"),
        ]
        # Everybody reads of it, in the words of its own events and of the gates'.
        assert [moment.text.zh for moment in reversed(timeline(session, loan.code))] == [
            "申请借用活动室",
            "是否借出活动室：同意",
            "活动室已归还",
        ]


def test_it_is_decided_by_a_program_and_in_the_prefect_ui_and_survives_a_kill(rig: Rig) -> None:
    project = rig.project("借用活动室", 41)
    street = f"street-{project.street_code}-1"

    # By a program, which sends it back: the next round.
    loan = ask(project, "健康讲座")
    rig.at_gate(loan.id, "lend", "approval")
    visitor = Visitor(rig.stack.addresses.web_url)
    head = api_token(street)
    address = f"/api/v1/gates/{loan.code}/lend-approval-r1"
    shown = visitor.client.get(address, headers=head).json()
    assert (shown["status"], shown["stage"], shown["duty"]) == ("asked", "lend", "decide")
    sent = visitor.client.post(
        f"{address}/decisions",
        headers=head | {"Idempotency-Key": "toy-1"},
        json={"verb": "return", "comment": "请写明人数", "dossier_version": 1},
    )
    assert sent.status_code == 204, sent.text
    rig.until(lambda: len(rig.gates(loan.id)) == 2, "the next round")
    again = rig.at_gate(loan.id, "lend", "approval")
    assert again.round == 2

    # In the Prefect UI: its dialog has the form, and a code decides.
    run = rig.flow_run(loan.id).id
    schema = rig.prefect.read_flow_run_input(
        run, f"suspended-lend-approval-r2-w{again.wake}-schema"
    )
    assert "approval_code" in schema
    with unit_of_work() as session:
        code, _ = issue_code(session, gate_id=again.id, actor=actor(street), verb=Verb.APPROVE)
    answer = {"decision": "同意 approve", "comment": "", "approval_code": code}
    rig.prefect.request(
        "POST", "/flow_runs/{id}/resume", path_params={"id": run}, json={"run_input": answer}
    )
    back = rig.at_gate(loan.id, "return", "event")

    # The worker is killed in between.
    with unit_of_work() as session:
        give_back(session, loan_id=loan.id, actor=actor(f"secretary-{project.community_code}-1"))
    pid = rig.kill("worker-1")
    rig.until(lambda: rig.stack.supervisor.pid_of("worker-1") != pid, "the worker to be restarted")
    rig.until(lambda: rig.passed(back), "the return to be passed")
    rig.until(lambda: status_of(loan) == Status.OVER, "the loan to end")
    with unit_of_work() as session:
        assert [action for action in audited(session, loan) if action.startswith("loan.")] == [
            "loan.asked",
            "loan.returned",
        ]
