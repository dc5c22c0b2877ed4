"""The mechanisms stay small: ADR 0031 gives each a ceiling in lines."""

import pytest

from tests.shell import ROOT

# Lines at most, and the files of a mechanism.
CEILINGS = {
    "processes": (
        730,
        (
            "services/gates/kits.py",
            "services/gates/process_kits.py",
            "services/processes.py",
            "services/execution/declared.py",
        ),
    ),
    "events": (400, ("services/events/*.py",)),
    "forms": (
        1000,
        (
            "api/forms.py",
            "api/form_routes.py",
            "api/form_limits.py",
            "api/kept_forms.py",
            "api/gate_forms.py",
            "services/drafts.py",
            "services/parked_forms.py",
        ),
    ),
    "registers": (
        2980,
        (
            "services/register/*.py",
            "services/registers.py",
            "models/register.py",
            "api/pages/register.py",
            "api/json/register.py",
        ),
    ),
    "questionnaires": (
        640,
        (
            "domain/questions.py",
            "domain/questionnaires.py",
            "services/rubrics.py",
            "api/answers.py",
            "api/json/shapes/questions.py",
        ),
    ),
}


@pytest.mark.parametrize("mechanism", CEILINGS)
def test_a_mechanism_stays_below_its_ceiling(mechanism: str) -> None:
    ceiling, patterns = CEILINGS[mechanism]
    files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    assert len(files) >= len(patterns)
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    assert 0.8 * ceiling < lines <= ceiling
