"""The measures over a finished round, tiny: so that none of them rots."""

from collections.abc import Callable

import pytest

from bench.engines import measure_guard, measure_report, measure_snapshot
from bench.figures import Figure

pytestmark = pytest.mark.usefixtures("finished")


@pytest.mark.parametrize(
    "measure", [measure_guard, measure_report, lambda: measure_snapshot(facts=20)]
)
def test_a_measure_runs_to_its_end(measure: Callable[[], Figure]) -> None:
    figure = measure()
    assert figure.value > 0
    assert figure.raw
    assert figure.as_json()["target"]
