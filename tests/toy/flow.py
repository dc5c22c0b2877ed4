"""The toy's flow."""

from uuid import UUID

from prefect import flow

from flows.carry import Stages, carry, pass_gate
from flows.run import Run
from tasks.effects import after_gate, step
from tests.toy import loans, process
from tests.toy.loans import Status

conclude = after_gate("lend", "conclude", loans.conclude)
end = step("return", "end", loans.end)


@flow(name="hall-loan", validate_parameters=False)
def hall_loan(process_id: UUID, generation: int) -> str:
    """Carry one loan to its end; version 1."""
    return carry(process_id, generation, STAGES)


def lend(run: Run) -> None:
    decided = pass_gate(run, process.LENDING)
    conclude(run.lease, decided.id)


def give_back(run: Run) -> None:
    pass_gate(run, process.GIVING_BACK)
    pass_gate(run, process.WATCHING)
    end(run.lease)


STAGES: Stages = {Status.ASKED: lend, Status.LENT: give_back}
