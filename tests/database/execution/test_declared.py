"""Processes that nobody would carry on stop the start, and are an incident while it runs."""

from uuid import uuid4

import pytest
from sqlmodel import col, select

from domain.errors import BadInput
from models import Incident, Process
from models.session import unit_of_work
from services.conduct.list_gates import CONDUCT_LIST
from services.execution.declared import UNDECLARED, report_undeclared, require_declared
from services.gates.process_kits import process_kit, undeclared

pytestmark = pytest.mark.usefixtures("database")


def begin(definition: str) -> None:
    with unit_of_work() as session:
        session.add(Process(id=uuid4(), definition=definition, code=definition.upper()))


def incidents() -> list[str]:
    with unit_of_work() as session:
        query = select(Incident.en).where(
            Incident.kind == UNDECLARED, col(Incident.closed_at).is_(None)
        )
        return list(session.exec(query))


def test_another_version_of_a_flow_is_carried_by_its_kind() -> None:
    begin("conduct-list/v7")
    assert process_kit("conduct-list/v7") is CONDUCT_LIST
    with unit_of_work() as session:
        assert undeclared(session) == []
        require_declared(session)


def test_an_unknown_flow_is_named_and_nothing_starts() -> None:
    begin("moon-landing/v1")
    with unit_of_work() as session:
        assert undeclared(session) == ["moon-landing/v1"]
        with pytest.raises(BadInput, match="moon-landing/v1"):
            require_declared(session)
        report_undeclared(session)
        report_undeclared(session)
    assert len(incidents()) == 1
    assert "moon-landing/v1" in incidents()[0]
    with unit_of_work() as session:
        session.delete(session.exec(select(Process)).one())
        session.flush()
        report_undeclared(session)
    assert incidents() == []
