"""A corrective action, from a finding to healing or exit. It reads like a table of contents."""

from uuid import UUID

from prefect import flow

from domain.conduct.corrective import STAGE_OF, CorrectiveStatus
from domain.gates import Outcome
from flows.carry import Stages, carry, pass_gate
from flows.run import Run
from services.conduct import corrective_gates as gates
from tasks import effects


@flow(name="corrective-action", validate_parameters=False)
def corrective_action(process_id: UUID, generation: int) -> str:
    """Carry one corrective action to its end; version 1. Returns its last status."""
    return carry(process_id, generation, STAGES)


def correct(run: Run) -> None:
    """整改: the organisation submits a plan, the street accepts it; no plan escalates."""
    planned = pass_gate(run, gates.PLAN)
    if planned.outcome is Outcome.LAPSED:
        effects.escalate(run.lease)
        return
    decided = pass_gate(run, gates.PLAN_DECISION)
    effects.conclude_plan(run.lease, decided.id)


def recheck(run: Run) -> None:
    """复查: the correction is reported, or its day has passed; the street looks again."""
    pass_gate(run, gates.CORRECTION)
    decided = pass_gate(run, gates.RECHECK_DECISION)
    effects.conclude_recheck(run.lease, decided.id)


def intervene(run: Run) -> None:
    """干预: guidance with a day; the street decides whether the organisation is able again."""
    pass_gate(run, gates.GUIDANCE)
    pass_gate(run, gates.RECOVERY)
    decided = pass_gate(run, gates.RECOVERY_DECISION)
    effects.conclude_intervention(run.lease, decided.id)


def terminate(run: Run) -> None:
    """终止: the organisation replies, street and district decide with reasons."""
    pass_gate(run, gates.REPLY)
    decided = pass_gate(run, gates.TERMINATION)
    effects.conclude_termination(run.lease, decided.id)


def leave(run: Run) -> None:
    """退出: the beneficiaries are handed over."""
    pass_gate(run, gates.HAND_OVER)
    effects.finish_exit(run.lease)


STAGES: Stages = {
    CorrectiveStatus.CORRECTING: correct,
    CorrectiveStatus.RECHECKING: recheck,
    CorrectiveStatus.INTERVENING: intervene,
    CorrectiveStatus.TERMINATING: terminate,
    CorrectiveStatus.EXITING: leave,
}

assert set(STAGES) == set(STAGE_OF)
