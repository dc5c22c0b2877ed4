"""A project's lifecycle, from draft to its end. It reads like a table of contents."""

from uuid import UUID

from prefect import flow
from sqlmodel import Session

from domain.gates import GateKind, Outcome
from domain.lifecycle import STAGE_OF, Stage, Status
from flows.carry import Stages, carry, guard, pass_gate
from flows.run import Run
from services.bid.opened_bids import opened_bids
from services.bid.openings import any_to_open
from services.execution.leases import Lease
from services.execution.runs import project_of
from tasks import effects


@flow(name="project-lifecycle", validate_parameters=False)
def project_lifecycle(process_id: UUID, generation: int) -> str:
    """Carry one project through its lifecycle; version 1.

    Returns the project's last status. Suspends at every gate that is not yet decided.
    """
    return carry(process_id, generation, STAGES, _report)


def _report(run: Run, _: object) -> None:
    effects.issue_reports(run.lease)


def begin(run: Run) -> None:
    """Let a draft be evaluated."""
    effects.begin_evaluation(run.lease)


def evaluate(run: Run) -> None:
    """评榜: the analysis is written, appraisers score, street and expert decide."""
    pass_gate(run, Stage.EVALUATE, GateKind.PREPARATION)
    pass_gate(run, Stage.EVALUATE, GateKind.EVENT)
    guard(run, Stage.EVALUATE)
    decided = pass_gate(run, Stage.EVALUATE, GateKind.APPROVAL)
    effects.conclude_evaluation(run.lease, decided.id)


def publish(run: Run) -> None:
    """发榜: the call is drafted, checked, approved by four eyes and put on the board."""
    pass_gate(run, Stage.PUBLISH, GateKind.PREPARATION)
    guard(run, Stage.PUBLISH)
    decided = pass_gate(run, Stage.PUBLISH, GateKind.APPROVAL)
    effects.publish_call(run.lease, decided.id)


def bid(run: Run) -> None:
    """揭榜: the window closes, two people open what came, or somebody decides what now."""
    pass_gate(run, Stage.BID, GateKind.TIMER)
    if run.commit(_has_bids):
        pass_gate(run, Stage.BID, GateKind.EVENT)
        effects.open_bids(run.lease)
        guard(run, Stage.BID)
        effects.close_bidding(run.lease)
    else:
        decided = pass_gate(run, Stage.BID, GateKind.APPROVAL)
        effects.handle_no_bid(run.lease, decided.id)


def award(run: Run) -> None:
    """承榜: a panel scores, the ranking is computed, its chair confirms it."""
    if not run.commit(_has_opened):
        effects.close_without_award(run.lease)
        return
    pass_gate(run, Stage.AWARD, GateKind.PREPARATION)
    pass_gate(run, Stage.AWARD, GateKind.EVENT)
    effects.rank_bids(run.lease)
    guard(run, Stage.AWARD)
    decided = pass_gate(run, Stage.AWARD, GateKind.APPROVAL)
    effects.confirm_ranking(run.lease, decided.id)


def notice(run: Run) -> None:
    """公示: objections are heard, then both sides confirm the agreement."""
    heard = pass_gate(run, Stage.NOTICE, GateKind.TIMER)
    if heard.outcome is Outcome.RETURNED:
        effects.reopen_award(run.lease)
        return
    effects.draft_agreement(run.lease)
    agreed = pass_gate(run, Stage.NOTICE, GateKind.EVENT)
    if agreed.outcome is Outcome.APPROVED:
        effects.sign_agreement(run.lease)
    else:
        effects.reopen_award(run.lease)


def deliver(run: Run) -> None:
    """实施: every milestone is reported and accepted."""
    pass_gate(run, Stage.DELIVER, GateKind.EVENT)
    guard(run, Stage.DELIVER)
    effects.accept_delivery(run.lease)


def assess(run: Run) -> None:
    """考榜: four parties answer, the result is computed, the street confirms and closes."""
    pass_gate(run, Stage.ASSESS, GateKind.EVENT)
    effects.compute_result(run.lease)
    guard(run, Stage.ASSESS)
    decided = pass_gate(run, Stage.ASSESS, GateKind.APPROVAL)
    effects.close_project(run.lease, decided.id)


STAGES: Stages = {
    Status.DRAFT: begin,
    Status.EVALUATING: evaluate,
    Status.PUBLISHING: publish,
    Status.BIDDING: bid,
    Status.AWARDING: award,
    Status.IN_PUBLIC_NOTICE: notice,
    Status.DELIVERING: deliver,
    Status.ASSESSING: assess,
}


def _has_bids(session: Session, lease: Lease) -> bool:
    return any_to_open(session, project_of(session, lease))


def _has_opened(session: Session, lease: Lease) -> bool:
    return bool(opened_bids(session, project_of(session, lease)))


assert set(STAGES) == set(STAGE_OF) | {Status.DRAFT}
