"""Issue the report of a project that has ended: made first, then put in its place and recorded."""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from sqlmodel import Session, select

from domain.errors import BadInput
from domain.text import Lang
from models import Project, Report
from reports.context import ClosingReport
from reports.render import FORMATS, LANGS, Format, render
from services.clock import now
from services.events.record import record
from services.projects.forming import project_coded
from services.public.closing_report import build_report
from services.public.events import ReportIssued


class MadeReport(NamedTuple):
    """A rendered report: language, format, its path below the data, digest, and where it lies."""

    lang: Lang
    format: Format
    path: Path
    sha256: str
    fresh: Path

    def put(self) -> None:
        """Put the file in its place, whole or not at all."""
        os.replace(self.fresh, self.fresh.with_name(self.path.name))


def make_reports(report: ClosingReport, data_dir: Path) -> tuple[MadeReport, ...]:
    """Render a report in both languages and formats.

    It takes seconds, so nothing of the database may be held meanwhile.
    """
    return tuple(make_report(report, lang, form, data_dir) for lang in LANGS for form in FORMATS)


def make_report(report: ClosingReport, lang: Lang, form: Format, data_dir: Path) -> MadeReport:
    """Render a report in one language and format into a file of its own beside its place."""
    content = render(report, lang, form)
    path = Path("reports") / f"{report.code}.{lang}.{form}"
    place = data_dir / path
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.{uuid4().hex}.new")
    fresh.write_bytes(content)
    return MadeReport(lang, form, path, hashlib.sha256(content).hexdigest(), fresh)


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
        row.path, row.sha256, row.issued_at = str(report.path), report.sha256, at
        session.add(row)
        record(
            session,
            ReportIssued(path=row.path, sha256=row.sha256),
            about=project.code,
            by="flow",
            at=at,
        )
    session.flush()
    for report in made:
        report.put()
    return {"reports": [str(report.path) for report in made]}


def issue_one(session: Session, *, code: str, lang: str, form: str, data_dir: Path) -> Path:
    """Issue one report of the project ``code``; return its path. Raises BadInput, NotFound."""
    if lang not in LANGS or form not in FORMATS:
        raise BadInput(
            zh=f"可用语言：{'、'.join(LANGS)}；可用格式：{'、'.join(FORMATS)}。",
            en=f"Languages: {', '.join(LANGS)}; formats: {', '.join(FORMATS)}.",
        )
    project = project_coded(session, code)
    at = now(session)
    made = make_report(build_report(session, project, at), lang, form, data_dir)
    record_reports(session, project, [made], at)
    return data_dir / made.path
