"""Great Expectations suites that guard every stage."""

from checks import assess, award, bid, deliver, evaluate, publish
from checks.gate import CheckFinding, CheckOutcome, read_frame, run_suite, warm_up
from checks.suite import Check, Severity, Suite

SUITES: dict[str, Suite] = {
    suite.name: suite
    for suite in (
        evaluate.SUITE,
        publish.SUITE,
        bid.SUITE,
        award.SUITE,
        deliver.SUITE,
        assess.SUITE,
    )
}

__all__ = [
    "SUITES",
    "Check",
    "CheckFinding",
    "CheckOutcome",
    "Severity",
    "Suite",
    "read_frame",
    "run_suite",
    "warm_up",
]
