"""The reports of ended projects that anybody may read."""

from hashlib import sha256
from typing import NamedTuple

from sqlmodel import Session, select

from domain.errors import NotFound
from domain.text import Lang, Text
from models import Project, Report
from services.file_store import file_store


class IssuedReport(NamedTuple):
    """A report that was issued: whose it is, its file's name for readers, where it lies, SHA-256."""

    code: str
    filename: str
    path: str
    sha256: str


def issued_report(session: Session, project: Project, lang: Lang, form: str) -> IssuedReport:
    """Return a report that was issued; raise NotFound."""
    report = session.exec(
        select(Report).where(
            Report.project_id == project.id, Report.lang == lang, Report.format == form
        )
    ).one_or_none()
    if report is None:
        raise _unknown(project.code)
    filename = f"{project.code}.{lang}.{form}"
    return IssuedReport(project.code, filename, report.path, report.sha256)


def read_report(report: IssuedReport) -> bytes:
    """Return a report as it was issued; raise NotFound where it is gone or changed.

    It asks the file store, so nothing of the database may be held meanwhile.
    """
    try:
        content = file_store().read(report.path)
    except FileNotFoundError:
        content = b""
    if sha256(content).hexdigest() != report.sha256:
        raise _unknown(report.code)
    return content


def _unknown(code: str) -> NotFound:
    return NotFound(what=Text("项目报告", "report"), key=code)
