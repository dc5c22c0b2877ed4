"""Run a suite over a frame and say, typed, what came of it.

Great Expectations and pandas are loaded on first use only: the web reads what a suite asks for and
loads neither. Each validation has an ephemeral context of its
own: a shared batch definition gives wrong counts under threads.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text
from sqlmodel import Session

from checks.suite import Check, Severity, Suite

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS_NAMED = 20
_WHETHER: Final = {"result_format": "BOOLEAN_ONLY"}
_WHICH: Final = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_key"]}
_loading = Lock()


@dataclass(frozen=True)
class CheckFinding:
    """The result of one check; ``rows`` names what failed by ``row_key``, never by its values."""

    check: Check
    passed: bool
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckOutcome:
    """The result of a suite: it fails when a critical check fails; a warning goes on."""

    suite: str
    findings: tuple[CheckFinding, ...]
    milliseconds: int

    @property
    def failed(self) -> tuple[CheckFinding, ...]:
        """Return the critical checks that failed."""
        return tuple(
            finding
            for finding in self.findings
            if not finding.passed and finding.check.severity is Severity.CRITICAL
        )

    @property
    def warnings(self) -> tuple[CheckFinding, ...]:
        """Return the warnings."""
        return tuple(
            finding
            for finding in self.findings
            if not finding.passed and finding.check.severity is Severity.WARNING
        )

    @property
    def passed(self) -> bool:
        """Tell whether the stage may go on."""
        return not self.failed


@cache
def _great_expectations() -> Any:
    import great_expectations as gx

    return gx


def warm_up() -> None:
    """Load Great Expectations now, so that the first guard does not pay for it."""
    with _loading:
        _great_expectations()


def read_frame(session: Session, suite: Suite, **values: object) -> "pd.DataFrame":
    """Return the suite's rows; decimals become floats, so that comparisons are vectorised."""
    import pandas as pd

    result = session.execute(text(suite.sql), values)
    frame = pd.DataFrame(result.mappings().all(), columns=list(result.keys()))
    for column in frame.columns:
        if frame[column].map(type).astype(str).str.contains("Decimal").any():
            frame[column] = pd.to_numeric(frame[column])
    return frame


def _in_utc(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the frame with its times in UTC without a zone, as Great Expectations takes them."""
    zoned = frame.select_dtypes(include=["datetimetz"]).columns
    return frame.assign(**{str(name): frame[name].dt.tz_convert(None) for name in zoned})


def _named(result: dict[str, Any]) -> tuple[str, ...]:
    indexes = result.get("unexpected_index_list") or []
    names = [str(index["row_key"]) for index in indexes if "row_key" in index]
    return tuple(dict.fromkeys(names))[:_MOST_ROWS_NAMED]


def _quiet(gx: Any) -> Any:
    """Return a configuration without Data Docs (a temporary folder each), bars and analytics."""
    base = gx.data_context.types.base
    return base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=base.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )


def run_suite(suite: Suite, frame: "pd.DataFrame") -> CheckOutcome:
    """Validate ``frame`` by ``suite``.

    A check that cannot be evaluated (a missing column) fails: its exception is not a pass.
    Rows are looked for only where a check fails, which takes twice as long as asking whether.
    """
    started = time.perf_counter()
    with _loading:
        gx = _great_expectations()
    context = gx.get_context(mode="ephemeral", project_config=_quiet(gx))
    batch = (
        context.data_sources.add_pandas("pandas")
        .add_dataframe_asset(suite.name)
        .add_batch_definition_whole_dataframe("whole")
        .get_batch(batch_parameters={"dataframe": _in_utc(frame)})
    )
    asked = _validate(gx, batch, suite.checks, _WHETHER)
    failed = [check for check in suite.checks if not asked[check.rule].success]
    detail = _validate(gx, batch, failed, _WHICH) if failed else {}
    findings = tuple(
        CheckFinding(check, False, _named(detail[check.rule].result))
        if check.rule in detail
        else CheckFinding(check, True)
        for check in suite.checks
    )
    return CheckOutcome(suite.name, findings, round((time.perf_counter() - started) * 1000))


def _validate(
    gx: Any, batch: Any, checks: Sequence[Check], result_format: dict[str, Any]
) -> dict[str, Any]:
    expectations = [
        getattr(gx.expectations, check.expects)(**check.arguments, meta={"rule": check.rule})
        for check in checks
    ]
    results = batch.validate(
        gx.ExpectationSuite(name="stage", expectations=expectations), result_format=result_format
    ).results
    return {result.expectation_config.meta["rule"]: result for result in results}
