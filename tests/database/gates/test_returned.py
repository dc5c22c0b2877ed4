"""A stage that was returned says by whom, when, why, and what has changed since."""

import pytest
from sqlmodel import select

from domain.gates import GateKind, Verb
from domain.lifecycle import Stage
from models import Gate, Person
from models.session import unit_of_work
from services.evaluate import evaluation
from services.gates.gate_page import GatePage, read_gate_page
from services.identity.actors import grants_of
from tests.builders import Walk, after, decide, new_project

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    """A project whose appraisal an expert has returned."""
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    decide(gate, "expert-3", Verb.RETURN, "受益人数缺少依据，请补充。")
    walk.do(Stage.EVALUATE, "conclude", after(evaluation.conclude_evaluation, walk.read(gate)))
    return walk


def shown(walk: Walk, gate: Gate, login: str) -> GatePage:
    key = f"{gate.stage}-{gate.kind}-r{gate.round}"
    with unit_of_work() as session:
        person = session.exec(select(Person).where(Person.login == login)).one()
        return read_gate_page(
            session, person.id, grants_of(session, person.id), walk.project.code, key
        )


def test_who_prepares_again_reads_who_returned_it_and_why(walk: Walk) -> None:
    gate = walk.open(Stage.EVALUATE, GateKind.PREPARATION)
    returned = shown(walk, gate, f"secretary-{walk.project.community_code}-1").returned
    assert returned is not None
    (decision,) = returned.decisions
    assert (decision.verb, decision.comment) == (Verb.RETURN, "受益人数缺少依据，请补充。")
    assert returned.title.zh == "评榜审定"


def test_who_decides_again_sees_what_has_changed(walk: Walk) -> None:
    before = walk.project.budget
    walk.through(Stage.EVALUATE, GateKind.PREPARATION)
    walk.through(Stage.EVALUATE, GateKind.EVENT)
    gate = walk.open(Stage.EVALUATE, GateKind.APPROVAL)
    returned = shown(walk, gate, "expert-4").returned
    assert returned is not None
    changes = {change.name.en: change for change in returned.changes}
    assert walk.project.budget != before
    assert changes["Budget (yuan)"].before.zh == f"{before:,.0f}"
    assert changes["Budget (yuan)"].after.zh == f"{walk.project.budget:,.0f}"
    assert "Root cause" not in changes


def test_the_first_round_was_never_returned() -> None:
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    assert shown(walk, gate, "expert-3").returned is None
