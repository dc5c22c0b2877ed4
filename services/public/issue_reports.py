"""Issue the report of a project that has ended: made and kept first, then recorded."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, select

from domain.errors import BadInput
from domain.text import Lang
from models import Project, Report
from reports.context import ClosingReport
from reports.render import FORMATS, LANGS, Format, render
from services.clock import now
from services.events.record import record
from services.file_store import file_store
from services.projects.forming import project_coded
from services.public.closing_report import build_report
from services.public.events import ReportIssued


class MadeReport(NamedTuple):
    """A report that was rendered and kept: language, format, its name in the file store, SHA-256."""

    lang: Lang
    format: Format
    name: str
    sha256: str


def make_reports(report: ClosingReport) -> tuple[MadeReport, ...]:
    """Render and keep a report in both languages and formats.

    It takes seconds, so nothing of the database may be held meanwhile.
    """
    return tuple(make_report(report, lang, form) for lang in LANGS for form in FORMATS)


def make_report(report: ClosingReport, lang: Lang, form: Format) -> MadeReport:
    """Render and keep a report in one language and format; an earlier one stays as it is."""
    content = render(report, lang, form)
    digest = hashlib.sha256(content).hexdigest()
    name = f"reports/{report.code}.{lang}.{digest[:12]}.{form}"
    file_store().put(name, content)
    return MadeReport(lang, form, name, digest)


def record_reports(
    session: Session, project: Project, made: Sequence[MadeReport], at: datetime
) -> dict[str, object]:
    """Record reports that were made, under whatever lock and lease is held.

    A report that is made again takes the place of the earlier.
    """
    for report in made:
        row = session.exec(
            select(Report).where(
                Report.project_id == project.id,
                Report.lang == report.lang,
                Report.format == report.format,
            )
        ).one_or_none()
        row = row or Report(
            project_id=project.id,
            lang=report.lang,
            format=report.format,
            path="",
            sha256="",
            issued_at=at,
        )
        row.path, row.sha256, row.issued_at = report.name, report.sha256, at
        session.add(row)
        record(
            session,
            ReportIssued(path=row.path, sha256=row.sha256),
            about=project.code,
            by="flow",
            at=at,
        )
    session.flush()
    return {"reports": [report.name for report in made]}


def issue_one(session: Session, *, code: str, lang: str, form: str) -> str:
    """Issue one report of the project ``code``; return where it lies. Raises BadInput, NotFound."""
    if lang not in LANGS or form not in FORMATS:
        raise BadInput(
            zh=f"可用语言：{'、'.join(LANGS)}；可用格式：{'、'.join(FORMATS)}。",
            en=f"Languages: {', '.join(LANGS)}; formats: {', '.join(FORMATS)}.",
        )
    project = project_coded(session, code)
    at = now(session)
    made = make_report(build_report(session, project, at), lang, form)
    record_reports(session, project, [made], at)
    return file_store().address(made.name)
