"""A project's lifecycle, from draft to its end. It reads like a table of contents."""

from uuid import UUID

from prefect import flow
from sqlmodel import Session

from domain.gates import Outcome
from domain.lifecycle import STAGE_OF, Status
from flows.carry import Stages, carry, guard, pass_gate
from flows.run import Run
from services.assess import gates as assessing
from services.award import gates as awarding
from services.award import notice_gates as noticing
from services.bid import gates as bidding
from services.bid.opened_bids import opened_bids
from services.bid.openings import any_to_open
from services.deliver import gates as delivering
from services.evaluate import gates as evaluating
from services.execution.runs import subject_of
from services.leases import Lease
from services.publish import gates as publishing
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
    pass_gate(run, evaluating.ANALYSIS)
    pass_gate(run, evaluating.APPRAISAL)
    guard(run, evaluating.REPAIR)
    decided = pass_gate(run, evaluating.EVALUATION)
    effects.conclude_evaluation(run.lease, decided.id)


def publish(run: Run) -> None:
    """发榜: the call is drafted, checked, approved by four eyes and put on the board."""
    pass_gate(run, publishing.DRAFTING)
    guard(run, publishing.REPAIR)
    decided = pass_gate(run, publishing.PUBLICATION)
    effects.publish_call(run.lease, decided.id)


def bid(run: Run) -> None:
    """揭榜: the window closes, two people open what came, or somebody decides what now."""
    pass_gate(run, bidding.WINDOW)
    if run.commit(_has_bids):
        pass_gate(run, bidding.OPENING)
        effects.open_bids(run.lease)
        guard(run, bidding.REPAIR)
        effects.close_bidding(run.lease)
    else:
        decided = pass_gate(run, bidding.NO_BID)
        effects.handle_no_bid(run.lease, decided.id)


def award(run: Run) -> None:
    """承榜: a panel scores, the ranking is computed, its chair confirms it."""
    if not run.commit(_has_opened):
        effects.close_without_award(run.lease)
        return
    pass_gate(run, awarding.FORMING)
    pass_gate(run, awarding.SCORING)
    effects.rank_bids(run.lease)
    guard(run, awarding.REPAIR)
    decided = pass_gate(run, awarding.RANKING)
    effects.confirm_ranking(run.lease, decided.id)


def notice(run: Run) -> None:
    """公示: objections are heard, then both sides confirm the agreement."""
    heard = pass_gate(run, noticing.PUBLIC_NOTICE)
    if heard.outcome is Outcome.RETURNED:
        effects.reopen_award(run.lease)
        return
    effects.draft_agreement(run.lease)
    agreed = pass_gate(run, noticing.CONFIRMATION)
    if agreed.outcome is Outcome.APPROVED:
        effects.sign_agreement(run.lease)
    else:
        effects.reopen_award(run.lease)


def deliver(run: Run) -> None:
    """实施: every milestone is reported and accepted."""
    pass_gate(run, delivering.DELIVERY)
    guard(run, delivering.REPAIR)
    effects.accept_delivery(run.lease)


def assess(run: Run) -> None:
    """考榜: four parties answer, the result is computed, the street confirms and closes."""
    pass_gate(run, assessing.FOUR_PARTIES)
    effects.compute_result(run.lease)
    guard(run, assessing.REPAIR)
    decided = pass_gate(run, assessing.RESULT)
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
    return any_to_open(session, subject_of(session, lease))


def _has_opened(session: Session, lease: Lease) -> bool:
    return bool(opened_bids(session, subject_of(session, lease)))


assert set(STAGES) == set(STAGE_OF) | {Status.DRAFT}
