"""A round's settings: read back as they were written, within bounds, and adding up."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.district.round_rules import DEFAULTS
from domain.district.round_settings import (
    BLOCKS,
    NAMES,
    SettingChange,
    bounds_of,
    changes,
    flatten,
    nest,
    read_settings,
)
from domain.errors import FieldsWrong
from reports.words import CRITERIA

FLAT = dict(flatten(DEFAULTS))


def test_the_defaults_are_settings_that_may_be_set() -> None:
    assert read_settings(FLAT) == DEFAULTS
    assert dict(flatten(nest(FLAT))) == FLAT


def test_every_setting_is_shown_in_exactly_one_block() -> None:
    shown = [path for block in BLOCKS for path in block.paths]
    assert sorted(shown) == sorted(FLAT)


def test_every_setting_and_every_criterion_is_named_in_both_languages() -> None:
    for path in FLAT:
        name = NAMES.get(path) or CRITERIA.get(path.rpartition(".")[2])
        assert name or path.startswith("quota_by_grade."), path
        assert not name or re.search("[一-鿿]", name.zh), path


@given(st.dictionaries(st.sampled_from(sorted(FLAT)), st.text(max_size=8), max_size=5))
def test_whatever_is_typed_is_read_or_named(typed: dict[str, str]) -> None:
    wrong: set[str] = set()
    try:
        settings = read_settings(FLAT | typed)
    except FieldsWrong as error:
        settings, wrong = DEFAULTS, set(error.fields)
    assert wrong <= set(FLAT)
    for path, value in flatten(settings):
        assert bounds_of(path).least <= Decimal(value) <= bounds_of(path).most


@pytest.mark.parametrize(
    ("path", "typed", "named"),
    [
        ("panel_size", "4.5", "panel_size"),
        ("panel_size", "2", "panel_size"),
        ("openers", "1", "openers"),
        ("bid_window_days", "", "bid_window_days"),
        ("credit_base", "NaN", "credit_base"),
        ("grades.good", "95", "grades.excellent"),
        ("appraisal_rubric.reach", "24.99", "appraisal_rubric.urgency"),
        ("assessment.residents.weight", "40", "assessment.party_organisations.weight"),
        ("assessment.residents.rubric.usefulness", "1", "assessment.residents.rubric.satisfaction"),
        ("quota_by_grade.5A", "0.001", "quota_by_grade.5A"),
        ("made_up", "1", "made_up"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(path: str, typed: str, named: str) -> None:
    with pytest.raises(FieldsWrong) as refused:
        read_settings(FLAT | {path: typed})
    assert set(refused.value.fields) == {named}


def test_party_organisations_and_residents_lead_the_assessment() -> None:
    weights = {"party_organisations": "20", "residents": "29", "departments": "31", "experts": "20"}
    sent = FLAT | {f"assessment.{party}.weight": value for party, value in weights.items()}
    with pytest.raises(FieldsWrong) as refused:
        read_settings(sent)
    assert "50" in refused.value.fields["assessment.party_organisations.weight"].en
    led = {"assessment.residents.weight": "30", "assessment.departments.weight": "30"}
    assert read_settings(sent | led)


def test_what_differs_between_two_versions_is_listed() -> None:
    after = read_settings(FLAT | {"bid_window_days": "15", "credit_base": "90.50"})
    assert changes(DEFAULTS, after) == (
        SettingChange("bid_window_days", "10", "15"),
        SettingChange("credit_base", "100", "90.50"),
    )
    assert changes(DEFAULTS, DEFAULTS) == ()
