"""The measure of lifecycles, tiny: one goes a little way on each worker."""

from contextlib import ExitStack

import pytest

from bench.lifecycles import STOCK, WARM, carry_lifecycles, start_stock
from demo.run import NEEDS
from domain.gates import GateKind
from domain.lifecycle import Stage
from services.needs.import_needs import import_needs
from tests.stack.conftest import Rig

pytestmark = pytest.mark.stack
A_LITTLE_WAY = (Stage.EVALUATE, GateKind.EVENT)


def test_a_lifecycle_is_measured_on_the_warm_and_on_the_stock_worker(rig: Rig) -> None:
    import_needs(path=NEEDS, actor="test")
    warm = carry_lifecycles(rig.stack, 1, WARM, until=A_LITTLE_WAY)
    with ExitStack() as afterwards:
        # The stock worker starts a process for each execution: nobody may take its run for lost.
        afterwards.callback(rig.arm, {})
        rig.stack.replace_worker(1, {"JIEBANG_GRACE_SECONDS": "120"})
        afterwards.callback(rig.prefect.delete_work_pool, "stock")
        afterwards.callback(rig.stack.supervisor.stop_one, "stock-worker")
        start_stock(rig.stack)
        stock = carry_lifecycles(rig.stack, 1, STOCK, until=A_LITTLE_WAY)
    for measured in (warm, stock):
        assert list(measured.into) == [A_LITTLE_WAY]
        assert all(seconds > 0 for seconds in measured.latencies)
        assert measured.rate > 0
    log = (rig.data_dir / "log" / "stock-worker.log").read_text()
    assert log.count("submitting flow run") >= 2
