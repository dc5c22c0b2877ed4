"""What each stage does, as thin Prefect tasks over the effect ledger.

A task adds two things to its service: it is seen in the Prefect UI, and it is tried again when
trying again can help. That it happens once is the ledger's doing. A step that is done is answered
from the ledger without a task, so a run that goes on shows nothing twice.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlmodel import Session

from domain.lifecycle import Stage
from models import Gate, Project
from models.session import unit_of_work
from services.assess import assessments
from services.award import awards, ranking
from services.bid import openings
from services.clock import now
from services.conduct import conduct_list, corrective
from services.deliver import delivery
from services.evaluate import evaluation
from services.execution.effects import Step, ask, once
from services.execution.runs import subject_of
from services.gates.readers import Subject
from services.leases import Lease
from services.public import issue_reports as reporting
from services.public.closing_report import build_report
from services.publish import calls
from tasks.retry import PAUSES, can_help

# Of a session, what the process carries, the gate that allowed it, and the time.
AfterGate = Callable[[Session, Any, Gate, datetime], None]


class EffectTask(Protocol):
    """A task that does one step of one stage, after the gate that allowed it, if any."""

    def __call__(self, lease: Lease, gate_id: UUID | None = None) -> dict[str, object]:
        """Do the step once and return what it did."""


def step(stage: str, name: str, do: Step) -> EffectTask:
    """Return the task of a step that follows from the stage alone."""

    def run(lease: Lease, round_: int, gate_id: UUID | None) -> dict[str, object]:
        del gate_id
        with unit_of_work() as session:
            return once(session, lease, stage, name, do, round_=round_)

    return effect_task(stage, name, run)


def after_gate(stage: str, name: str, do: AfterGate) -> EffectTask:
    """Return the task of a step that follows from how a gate was decided."""

    def run(lease: Lease, round_: int, gate_id: UUID | None) -> dict[str, object]:
        def act(session: Session, subject: Subject, at: datetime) -> dict[str, object]:
            gate = session.get_one(Gate, gate_id)
            do(session, subject, gate, at)
            return {"outcome": gate.outcome, "option": gate.option, "status": subject.status}

        with unit_of_work() as session:
            return once(session, lease, stage, name, act, round_=round_)

    return effect_task(stage, name, run)


def effect_task(
    stage: str, step: str, run: Callable[[Lease, int, UUID | None], dict[str, object]]
) -> EffectTask:
    """Return ``run`` as a Prefect task that is tried again when that can help."""
    name = f"{stage}.{step}"
    tried = task(
        name=name,
        task_run_name=name,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(PAUSES),
        retry_delay_seconds=PAUSES,
        retry_condition_fn=can_help,
    )(run)

    def effect(lease: Lease, gate_id: UUID | None = None) -> dict[str, object]:
        with unit_of_work() as session:
            asked = ask(session, lease, stage, step)
        return tried(lease, asked.round_, gate_id) if asked.result is None else asked.result

    return effect


def _issue_reports(lease: Lease, round_: int, gate_id: UUID | None) -> dict[str, object]:
    """Read, render with nothing locked, record."""
    del gate_id
    with unit_of_work() as session:
        report = build_report(session, subject_of(session, lease), now(session))
    made = reporting.make_reports(report)

    def record(session: Session, project: Project, at: datetime) -> dict[str, object]:
        return reporting.record_reports(session, project, made, at)

    with unit_of_work() as session:
        return once(
            session, lease, Stage.ASSESS, "report", record, round_=round_, even_stopped=True
        )


begin_evaluation = step(Stage.EVALUATE, "begin", evaluation.begin_evaluation)
conclude_evaluation = after_gate(Stage.EVALUATE, "conclude", evaluation.conclude_evaluation)
publish_call = after_gate(Stage.PUBLISH, "publish", calls.publish_call)
open_bids = step(Stage.BID, "open", openings.open_bids)
close_bidding = step(Stage.BID, "close", openings.close_bidding)
handle_no_bid = after_gate(Stage.BID, "no-bid", calls.handle_no_bid)
rank_bids = step(Stage.AWARD, "rank", ranking.rank_bids)
confirm_ranking = after_gate(Stage.AWARD, "confirm", awards.confirm_ranking)
close_without_award = step(Stage.AWARD, "close-without-award", awards.close_without_award)
draft_agreement = step(Stage.NOTICE, "draft-agreement", awards.draft_agreement)
reopen_award = step(Stage.NOTICE, "reopen", awards.reopen_award)
sign_agreement = step(Stage.NOTICE, "sign", awards.sign_agreement)
accept_delivery = step(Stage.DELIVER, "accept", delivery.accept_delivery)
compute_result = step(Stage.ASSESS, "compute", assessments.compute_result)
issue_reports = effect_task(Stage.ASSESS, "report", _issue_reports)
close_project = after_gate(Stage.ASSESS, "close", assessments.close_project)
conclude_plan = after_gate(Stage.CORRECT, "conclude", corrective.conclude_plan)
escalate = step(Stage.CORRECT, "escalate", corrective.escalate)
conclude_recheck = after_gate(Stage.RECHECK, "conclude", corrective.conclude_recheck)
conclude_intervention = after_gate(Stage.INTERVENE, "conclude", corrective.conclude_intervention)
conclude_termination = after_gate(Stage.TERMINATE, "conclude", corrective.conclude_termination)
finish_exit = step(Stage.EXIT, "finish", corrective.finish_exit)
publish_list = after_gate(Stage.LIST, "publish", conduct_list.publish_list)
