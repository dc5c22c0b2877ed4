"""What each stage does, as thin Prefect tasks over the effect ledger.

A task adds two things to its service: it is seen in the Prefect UI, and it is tried again when
trying again can help. That it happens once is the ledger's doing.
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
from models.settings import settings
from services.assess import assessments
from services.award import awards, ranking
from services.bid import openings
from services.clock import now
from services.conduct import conduct_list, corrective
from services.deliver import delivery
from services.evaluate import evaluation
from services.execution.effects import Step, is_done, once
from services.execution.leases import Lease
from services.execution.runs import project_of, subject_of
from services.gates.subjects import Subject
from services.public import issue_reports as reporting
from services.public.closing_report import build_report
from services.publish import calls
from tasks.retry import PAUSES, can_help

# Of a session, what the process carries, the gate that allowed it, and the time.
AfterGate = Callable[[Session, Any, Gate, datetime], None]


class Effect(Protocol):
    """A task that does one step of one stage, after the gate that allowed it, if any."""

    def __call__(self, lease: Lease, gate_id: UUID | None = None) -> dict[str, object]:
        """Do the step once and return what it did."""


def _step(stage: Stage, step: str, do: Step) -> Effect:
    def run(lease: Lease, round_: int, gate_id: UUID | None) -> dict[str, object]:
        del gate_id
        with unit_of_work() as session:
            return once(session, lease, stage, step, do, round_=round_)

    return _effect(stage, step, run)


def _after(stage: Stage, step: str, do: AfterGate) -> Effect:
    def run(lease: Lease, round_: int, gate_id: UUID | None) -> dict[str, object]:
        def act(session: Session, subject: Subject, at: datetime) -> dict[str, object]:
            gate = session.get_one(Gate, gate_id)
            do(session, subject, gate, at)
            return {"outcome": gate.outcome, "option": gate.option, "status": subject.status}

        with unit_of_work() as session:
            return once(session, lease, stage, step, act, round_=round_)

    return _effect(stage, step, run)


def _effect(
    stage: Stage, step: str, run: Callable[[Lease, int, UUID | None], dict[str, object]]
) -> Effect:
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
            round_ = subject_of(session, lease).stage_round
        return tried(lease, round_, gate_id)

    return effect


def _issue_reports(lease: Lease, round_: int, gate_id: UUID | None) -> dict[str, object]:
    """Read, render with nothing locked, record."""
    del gate_id
    made: tuple[reporting.MadeReport, ...] = ()
    with unit_of_work() as session:
        report = None
        if not is_done(session, lease, Stage.ASSESS, "report", round_=round_):
            report = build_report(session, project_of(session, lease), now(session))
    if report:
        made = reporting.make_reports(report, settings().data_dir)

    def record(session: Session, project: Project, at: datetime) -> dict[str, object]:
        return reporting.record_reports(session, project, made, at)

    with unit_of_work() as session:
        return once(
            session, lease, Stage.ASSESS, "report", record, round_=round_, even_stopped=True
        )


begin_evaluation = _step(Stage.EVALUATE, "begin", evaluation.begin_evaluation)
conclude_evaluation = _after(Stage.EVALUATE, "conclude", evaluation.conclude_evaluation)
publish_call = _after(Stage.PUBLISH, "publish", calls.publish_call)
open_bids = _step(Stage.BID, "open", openings.open_bids)
close_bidding = _step(Stage.BID, "close", openings.close_bidding)
handle_no_bid = _after(Stage.BID, "no-bid", calls.handle_no_bid)
rank_bids = _step(Stage.AWARD, "rank", ranking.rank_bids)
confirm_ranking = _after(Stage.AWARD, "confirm", awards.confirm_ranking)
close_without_award = _step(Stage.AWARD, "close-without-award", awards.close_without_award)
draft_agreement = _step(Stage.NOTICE, "draft-agreement", awards.draft_agreement)
reopen_award = _step(Stage.NOTICE, "reopen", awards.reopen_award)
sign_agreement = _step(Stage.NOTICE, "sign", awards.sign_agreement)
accept_delivery = _step(Stage.DELIVER, "accept", delivery.accept_delivery)
compute_result = _step(Stage.ASSESS, "compute", assessments.compute_result)
issue_reports = _effect(Stage.ASSESS, "report", _issue_reports)
close_project = _after(Stage.ASSESS, "close", assessments.close_project)
conclude_plan = _after(Stage.CORRECT, "conclude", corrective.conclude_plan)
escalate = _step(Stage.CORRECT, "escalate", corrective.escalate)
conclude_recheck = _after(Stage.RECHECK, "conclude", corrective.conclude_recheck)
conclude_intervention = _after(Stage.INTERVENE, "conclude", corrective.conclude_intervention)
conclude_termination = _after(Stage.TERMINATE, "conclude", corrective.conclude_termination)
finish_exit = _step(Stage.EXIT, "finish", corrective.finish_exit)
publish_list = _after(Stage.LIST, "publish", conduct_list.publish_list)
