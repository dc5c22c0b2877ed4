"""Rounds and the versions of their settings: nobody's rules change while they are at work."""

import pytest
from pydantic import ValidationError
from sqlmodel import select

from domain.district.round_rules import DEFAULTS, RoundRules
from domain.district.round_settings import SettingChange, flatten
from domain.errors import BadInput, ChangedMeanwhile, FieldsWrong, NotFound, NotPermitted
from models import AuditEntry, Project
from models.session import unit_of_work
from services.district.rounds import (
    RoundCreate,
    SettingsChange,
    change_settings,
    list_rounds,
    new_round,
    present_settings,
    read_round,
    settings_of,
)
from tests.builders import actor, new_project

pytestmark = pytest.mark.usefixtures("database")
FLAT = dict(flatten(DEFAULTS))


def change(version: int = 1, **settings: str) -> None:
    with unit_of_work() as session:
        change_settings(
            session,
            actor=actor("administrator-1"),
            code="R1",
            settings=FLAT | settings,
            change=SettingsChange(reason="试行一年后调整", version=version),
        )


def rules(project: Project) -> RoundRules:
    with unit_of_work() as session:
        return settings_of(session, session.get_one(Project, project.id))


@pytest.mark.rule("The lifecycle")
def test_a_project_keeps_the_settings_it_was_formed_under() -> None:
    before = new_project("楼道照明", 0)
    change(bid_window_days="15")
    after = new_project("课后托管", 0)
    assert rules(before).bid_window_days == 10
    assert rules(after).bid_window_days == 15
    with unit_of_work() as session:
        view = read_round(session, actor=actor("administrator-1"), code="R1")
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "round.settings")).one()
    assert [version.version for version in view.versions] == [2, 1]
    assert view.versions[0].reason == "试行一年后调整"
    assert view.versions[0].changed == (SettingChange("bid_window_days", "10", "15"),)
    assert view.versions[1].changed == ()
    assert entry.facts == {"paths": ["bid_window_days"], "version": 2}


def test_nobody_overwrites_what_another_has_just_changed() -> None:
    change(bid_window_days="15")
    with pytest.raises(ChangedMeanwhile):
        change(version=1, panel_size="7")
    assert rules(new_project("助餐", 0)).panel_size == 5


def test_settings_that_are_wrong_or_unchanged_make_no_version() -> None:
    with pytest.raises(FieldsWrong):
        change(panel_size="0")
    with pytest.raises(BadInput, match="Nothing differs"):
        change()
    with unit_of_work() as session:
        assert read_round(session, actor=actor("administrator-1"), code="R1").version == 1


@pytest.mark.parametrize("code", ["R 2", "r2", "R" * 21, ""])
def test_a_round_has_a_short_code(code: str) -> None:
    with pytest.raises(ValidationError):
        RoundCreate(code=code, name="第二轮")


def test_a_new_round_begins_with_the_settings_of_the_one_before_and_takes_new_projects() -> None:
    old = new_project("楼道照明", 0)
    change(openers="3")
    with unit_of_work() as session:
        form = RoundCreate(code="R2", name="第二轮")
        new_round(session, actor=actor("administrator-1"), form=form)
    new = new_project("助餐", 0)
    with unit_of_work() as session:
        assert present_settings(session).openers == 3
        lines = list_rounds(session, actor=actor("administrator-1"))
        with pytest.raises(BadInput):
            new_round(session, actor=actor("administrator-1"), form=form)
    assert [(line.code, line.projects, line.running, line.present) for line in lines] == [
        ("R2", 1, 1, True),
        ("R1", 1, 1, False),
    ]
    assert (rules(old).openers, rules(new).openers) == (2, 3)


@pytest.mark.parametrize("login", ["operator-1", "auditor-1", "expert-1"])
def test_only_an_administrator_reads_or_changes_rounds(login: str) -> None:
    with unit_of_work() as session:
        with pytest.raises(NotPermitted):
            list_rounds(session, actor=actor(login))
        with pytest.raises(NotPermitted):
            read_round(session, actor=actor(login), code="R1")
        why = SettingsChange(reason="试行一年后调整", version=1)
        with pytest.raises(NotPermitted):
            change_settings(session, actor=actor(login), code="R1", settings=FLAT, change=why)
        with pytest.raises(NotPermitted):
            new_round(session, actor=actor(login), form=RoundCreate(code="R2", name="第二轮"))


def test_a_round_that_is_not_is_said_so() -> None:
    with unit_of_work() as session, pytest.raises(NotFound):
        read_round(session, actor=actor("administrator-1"), code="R9")
