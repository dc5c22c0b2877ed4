"""A project's lifecycle, from draft to its end. It reads like a table of contents.

The project's status says which stage is due; a stage that is done is never entered again, so a
resumption at the last stage costs what one at the first does.
"""

from collections.abc import Callable
from uuid import UUID

from prefect import flow
from prefect.exceptions import Abort
from sqlmodel import Session

from domain.errors import LeaseLost, ProjectStopped
from domain.gates import GateKind, Outcome, begins_again
from domain.lifecycle import STAGE_OF, Stage, Status
from flows.gates import await_gate
from flows.projection import emit, show_checks, show_end, show_outcome, show_stage
from flows.run import LifecycleRun, leased
from models import Gate, Project
from services.award.panels import opened_bids
from services.bid.openings import any_to_open
from services.execution.leases import Lease
from services.execution.runs import finish_run, project_of
from tasks import effects
from tasks.guards import run_guard


@flow(name="project-lifecycle", validate_parameters=False)
def project_lifecycle(project_id: UUID, generation: int) -> str:
    """Carry one project through its lifecycle; version 1.

    Returns the project's last status. Suspends at every gate that is not yet decided.
    """
    project_id = UUID(str(project_id))
    try:
        with leased(project_id, generation) as lease:
            return _carry(LifecycleRun(lease)).value
    except LeaseLost as error:
        raise Abort(str(error)) from error


def _carry(run: LifecycleRun) -> Status:
    while stage := STAGES.get(status := run.status):
        try:
            stage(run)
        except (ProjectStopped, _Again):
            continue
        if (reached := run.status) is not status:
            show_stage(run, reached)
    if status is Status.CLOSED:
        effects.issue_reports(run.lease)
    show_end(run, status)
    run.commit(finish_run)
    return status


class _Again(Exception):
    """The stage begins its next round."""


def begin(run: LifecycleRun) -> None:
    """Let a draft be evaluated."""
    effects.begin_evaluation(run.lease)


def evaluate(run: LifecycleRun) -> None:
    """评榜: the analysis is written, appraisers score, street and expert decide."""
    _gate(run, Stage.EVALUATE, GateKind.PREPARATION)
    _gate(run, Stage.EVALUATE, GateKind.EVENT)
    _guard(run, Stage.EVALUATE)
    decided = _gate(run, Stage.EVALUATE, GateKind.APPROVAL)
    effects.conclude_evaluation(run.lease, decided.id)


def publish(run: LifecycleRun) -> None:
    """发榜: the call is drafted, checked, approved by four eyes and put on the board."""
    _gate(run, Stage.PUBLISH, GateKind.PREPARATION)
    _guard(run, Stage.PUBLISH)
    decided = _gate(run, Stage.PUBLISH, GateKind.APPROVAL)
    effects.publish_call(run.lease, decided.id)


def bid(run: LifecycleRun) -> None:
    """揭榜: the window closes, two people open what came, or somebody decides what now."""
    _gate(run, Stage.BID, GateKind.TIMER)
    if run.commit(_has_bids):
        _gate(run, Stage.BID, GateKind.EVENT)
        effects.open_bids(run.lease)
        _guard(run, Stage.BID)
        effects.close_bidding(run.lease)
    else:
        decided = _gate(run, Stage.BID, GateKind.APPROVAL)
        effects.handle_no_bid(run.lease, decided.id)


def award(run: LifecycleRun) -> None:
    """承榜: a panel scores, the ranking is computed, its chair confirms it."""
    if not run.commit(_has_opened):
        effects.close_without_award(run.lease)
        return
    _gate(run, Stage.AWARD, GateKind.PREPARATION)
    _gate(run, Stage.AWARD, GateKind.EVENT)
    effects.rank_bids(run.lease)
    _guard(run, Stage.AWARD)
    decided = _gate(run, Stage.AWARD, GateKind.APPROVAL)
    effects.confirm_ranking(run.lease, decided.id)


def notice(run: LifecycleRun) -> None:
    """公示: objections are heard, then both sides confirm the agreement."""
    heard = _gate(run, Stage.NOTICE, GateKind.TIMER)
    if heard.outcome is Outcome.RETURNED:
        effects.reopen_award(run.lease)
        return
    effects.draft_agreement(run.lease)
    agreed = _gate(run, Stage.NOTICE, GateKind.EVENT)
    if agreed.outcome is Outcome.APPROVED:
        effects.sign_agreement(run.lease)
    else:
        effects.reopen_award(run.lease)


def deliver(run: LifecycleRun) -> None:
    """实施: every milestone is reported and accepted."""
    _gate(run, Stage.DELIVER, GateKind.EVENT)
    _guard(run, Stage.DELIVER)
    effects.accept_delivery(run.lease)


def assess(run: LifecycleRun) -> None:
    """考榜: four parties answer, the result is computed, the street confirms and closes."""
    _gate(run, Stage.ASSESS, GateKind.EVENT)
    effects.compute_result(run.lease)
    _guard(run, Stage.ASSESS)
    decided = _gate(run, Stage.ASSESS, GateKind.APPROVAL)
    effects.close_project(run.lease, decided.id)


STAGES: dict[Status, Callable[[LifecycleRun], None]] = {
    Status.DRAFT: begin,
    Status.EVALUATING: evaluate,
    Status.PUBLISHING: publish,
    Status.BIDDING: bid,
    Status.AWARDING: award,
    Status.IN_PUBLIC_NOTICE: notice,
    Status.DELIVERING: deliver,
    Status.ASSESSING: assess,
}


def _gate(run: LifecycleRun, stage: Stage, kind: GateKind) -> Gate:
    gate = await_gate(run, stage, kind)
    show_outcome(run, gate)
    if gate.outcome and begins_again(kind, gate.outcome):
        raise _Again
    return gate


def _guard(run: LifecycleRun, stage: Stage) -> None:
    """Go on only with data that passes; otherwise wait until somebody has mended it."""
    while True:
        checked = run_guard(run.lease, stage)
        if checked.fresh:
            show_checks(run, stage, checked.lines)
        if checked.passed:
            return
        emit(run.code, stage, "repair")
        _gate(run, stage, GateKind.REPAIR)


def _project(session: Session, lease: Lease) -> Project:
    return project_of(session, lease)


def _has_bids(session: Session, lease: Lease) -> bool:
    return any_to_open(session, _project(session, lease))


def _has_opened(session: Session, lease: Lease) -> bool:
    return bool(opened_bids(session, _project(session, lease)))


assert set(STAGES) == set(STAGE_OF) | {Status.DRAFT}
