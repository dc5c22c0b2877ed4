"""The measure of lifecycles, tiny: one goes a little way."""

import pytest

from bench.lifecycles import STOCK, WARM, carry_lifecycles, start_stock
from demo.run import NEEDS
from domain.gates import GateKind
from domain.lifecycle import Stage
from services.needs.import_needs import import_needs
from tests.stack.conftest import Rig

pytestmark = pytest.mark.stack


def test_a_lifecycle_is_measured_and_the_stock_worker_stands_ready(rig: Rig) -> None:
    """The stock worker carries nothing here.

    It starts a process for each execution, which takes longer than this stack waits for a run.
    """
    import_needs(path=NEEDS, actor="test")
    measured = carry_lifecycles(rig.stack, 1, WARM, until=(Stage.EVALUATE, GateKind.EVENT))
    assert measured.latencies
    assert measured.rate > 0
    start_stock(rig.stack)
    try:
        pool = rig.prefect.read_deployment_by_name(STOCK).work_pool_name
        assert pool == "stock"
        log = (rig.data_dir / "log" / "stock-worker.log").read_text()
        assert "started!" in log
    finally:
        rig.stack.supervisor.stop_one("stock-worker")
        rig.prefect.delete_work_pool("stock")
