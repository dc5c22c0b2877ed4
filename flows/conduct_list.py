"""One month's conduct list, from the time to reply to its publication."""

from uuid import UUID

from prefect import flow

from domain.conduct.conduct_list import LIST_STAGE_OF, ListStatus
from flows.carry import Stages, carry, pass_gate
from flows.run import Run
from services.conduct import list_gates as gates
from tasks import effects


@flow(name="conduct-list", validate_parameters=False)
def conduct_list(process_id: UUID, generation: int) -> str:
    """Carry one month's list to its publication; version 1. Returns its last status."""
    return carry(process_id, generation, STAGES)


def decide(run: Run) -> None:
    """红黑榜: organisations reply, each entry is decided, somebody else publishes."""
    pass_gate(run, gates.REPLYING)
    pass_gate(run, gates.REVIEW)
    decided = pass_gate(run, gates.PUBLICATION)
    effects.publish_list(run.lease, decided.id)


STAGES: Stages = {ListStatus.LISTING: decide}

assert set(STAGES) == set(LIST_STAGE_OF)
