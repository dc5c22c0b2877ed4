"""Issue the report of a project that has ended: made first, then put in its place and recorded."""

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
    """A rendered report: language, format, its name in the file store, and its content."""

    lang: Lang
    format: Format
    name: str
    content: bytes


def make_reports(report: ClosingReport) -> tuple[MadeReport, ...]:
    """Render a report in both languages and formats.

    It takes seconds, so nothing of the database may be held meanwhile.
    """
    return tuple(make_report(report, lang, form) for lang in LANGS for form in FORMATS)


def make_report(report: ClosingReport, lang: Lang, form: Format) -> MadeReport:
    """Render a report in one language and format."""
    content = render(report, lang, form)
    return MadeReport(lang, form, f"reports/{report.code}.{lang}.{form}", content)


def record_reports(
    session: Session, project: Project, made: Sequence[MadeReport], at: datetime
) -> dict[str, object]:
    """Record what was made and put it in its place, under whatever lock and lease is held.

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
        row.path, row.issued_at = report.name, at
        row.sha256 = hashlib.sha256(report.content).hexdigest()
        session.add(row)
        record(
            session,
            ReportIssued(path=row.path, sha256=row.sha256),
            about=project.code,
            by="flow",
            at=at,
        )
    session.flush()
    store = file_store()
    for report in made:
        store.put(report.name, report.content)
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
