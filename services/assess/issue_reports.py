"""Issue a project's closing report: written whole or not at all, recorded with its digest."""

import hashlib
import os
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from domain.errors import BadInput
from domain.text import Lang
from models import Project, Report
from models.settings import settings
from reports.context import ClosingReport
from reports.render import FORMATS, LANGS, Format, render
from services.assess.closing_report import build_report
from services.clock import now
from services.projects import project_coded
from services.records import audit


def issue_reports(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Issue the report in both languages and both formats."""
    report = build_report(session, project, at)
    made = [
        issue_report(session, project, report, lang, form, at) for lang in LANGS for form in FORMATS
    ]
    return {"reports": [one.path for one in made]}


def issue_one(session: Session, *, code: str, lang: str, form: str, data_dir: Path) -> Path:
    """Issue one report of the project ``code``; return its path. Raises BadInput, NotFound."""
    if lang not in LANGS or form not in FORMATS:
        raise BadInput(
            zh=f"可用语言：{'、'.join(LANGS)}；可用格式：{'、'.join(FORMATS)}。",
            en=f"Languages: {', '.join(LANGS)}; formats: {', '.join(FORMATS)}.",
        )
    project = project_coded(session, code)
    at = now(session)
    report = build_report(session, project, at)
    row = issue_report(session, project, report, lang, form, at, data_dir=data_dir)
    return data_dir / row.path


def issue_report(
    session: Session,
    project: Project,
    report: ClosingReport,
    lang: Lang,
    form: Format,
    at: datetime,
    *,
    data_dir: Path | None = None,
) -> Report:
    """Issue the report in one language and format; issuing it again replaces the file."""
    content = render(report, lang, form)
    path = Path("reports") / f"{project.code}.{lang}.{form}"
    _write((data_dir or settings().data_dir) / path, content)
    held = session.exec(
        select(Report).where(
            Report.project_id == project.id, Report.lang == lang, Report.format == form
        )
    ).one_or_none()
    row = held or Report(
        project_id=project.id, lang=lang, format=form, path=str(path), sha256="", issued_at=at
    )
    row.sha256, row.issued_at = hashlib.sha256(content).hexdigest(), at
    session.add(row)
    audit(
        session,
        actor="flow",
        action="report.issued",
        subject=project.code,
        at=at,
        path=str(path),
        sha256=row.sha256,
    )
    session.flush()
    return row


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.write_bytes(content)
    os.replace(fresh, path)
