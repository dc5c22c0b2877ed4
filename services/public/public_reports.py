"""The reports of ended projects that anybody may read."""

from hashlib import sha256

from sqlmodel import Session, select

from domain.errors import NotFound
from domain.text import Lang, Text
from models import Project, Report
from services.file_store import file_store


def read_report(session: Session, project: Project, lang: Lang, form: str) -> tuple[str, bytes]:
    """Return the file name and the content of a report as it was issued; raise NotFound."""
    report = session.exec(
        select(Report).where(
            Report.project_id == project.id, Report.lang == lang, Report.format == form
        )
    ).one_or_none()
    if report is not None:
        try:
            content = file_store().read(report.path)
        except FileNotFoundError:
            content = b""
        if sha256(content).hexdigest() == report.sha256:
            return report.path.rpartition("/")[2], content
    raise NotFound(what=Text("项目报告", "report"), key=project.code)
