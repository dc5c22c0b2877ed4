"""The reports of ended projects that anybody may read."""

from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, select

from domain.errors import NotFound
from domain.text import Lang, Text
from models import Project, Report


def report_file(session: Session, project: Project, lang: Lang, form: str, data_dir: Path) -> Path:
    """Return the file of a report that was issued and is still what was issued; raise NotFound."""
    report = session.exec(
        select(Report).where(
            Report.project_id == project.id, Report.lang == lang, Report.format == form
        )
    ).one_or_none()
    if report is not None:
        path = (data_dir / report.path).resolve()
        if path.is_file() and sha256(path.read_bytes()).hexdigest() == report.sha256:
            return path
    raise NotFound(what=Text("项目报告", "report"), key=project.code)
