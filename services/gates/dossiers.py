"""The dossier of a gate: facts with labels in both languages, each marked public or not.

Only public facts are the operator's projection and may be shown in Prefect.
"""

from typing import Any

from sqlmodel import Session, col, select

from models import CheckResult, CheckRun
from services.gates.kits import GateKit
from services.gates.process_kits import kit_of
from services.gates.readers import Subject


def _checks(session: Session, subject: Subject, stage: str) -> dict[str, Any] | None:
    run = session.exec(
        select(CheckRun)
        .where(CheckRun.process_id == subject.id, CheckRun.suite == stage)
        .order_by(col(CheckRun.checked_at).desc())
    ).first()
    if run is None:
        return None
    failed = session.exec(
        select(CheckResult).where(CheckResult.run_id == run.id, col(CheckResult.passed).is_(False))
    ).all()
    return {
        "passed": run.passed,
        "expectations": run.expectations,
        "failed": [
            {
                "rule": result.rule,
                "severity": result.severity,
                "zh": result.zh,
                "en": result.en,
                "rows": result.rows,
            }
            for result in failed
        ],
    }


def build_dossier(session: Session, subject: Subject, kit: GateKit[Any]) -> dict[str, Any]:
    """Return the dossier of a gate as it is now."""
    stage = kit.stage
    return {
        "code": subject.code,
        "title": subject.title,
        "stage": stage.code,
        "kind": kit.kind.value,
        "facts": kit_of(subject).facts(session, subject) + stage.facts(session, subject),
        "checks": _checks(session, subject, stage.code),
    }
