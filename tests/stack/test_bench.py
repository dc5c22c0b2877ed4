"""The measure of lifecycles, tiny: both workers carry one a little way."""

import pytest

from bench.lifecycles import STOCK, WARM, carry_lifecycles, start_stock
from demo.run import NEEDS
from domain.gates import GateKind
from domain.lifecycle import Stage
from services.needs.import_needs import import_needs
from tests.stack.conftest import Rig

pytestmark = pytest.mark.stack


def test_both_workers_carry_lifecycles_for_the_bench(rig: Rig) -> None:
    import_needs(path=NEEDS, actor="test")
    start_stock(rig.stack)
    try:
        for definition in (WARM, STOCK):
            measured = carry_lifecycles(
                rig.stack, 1, definition, until=(Stage.EVALUATE, GateKind.EVENT)
            )
            assert measured.latencies
            assert measured.rate > 0
    finally:
        rig.stack.supervisor.stop_one("stock-worker")
        rig.prefect.delete_work_pool("stock")
