"""The files of milestones, for those who deliver, accept or judge them."""

from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session

from domain.errors import NotPermitted
from domain.gates import GateKind
from domain.identity.roles import Grant
from domain.lifecycle import Stage
from models import Project
from services.deliver.delivery import evidence_file
from services.gates.gate_page import read_gate_page
from services.gates.subjects import process_of
from services.uploads import read_upload


class KeptFile(NamedTuple):
    """A kept file: its content, what it is, what it was called."""

    content: bytes
    media_type: str
    name: str


def read_evidence(
    session: Session,
    person_id: UUID,
    grants: tuple[Grant, ...],
    *,
    code: str,
    key: str,
    sha256: str,
) -> KeptFile:
    """Return a file of a project's milestones; raise NotFound, NotPermitted for other readers."""
    page = read_gate_page(session, person_id, grants, code, key)
    judged = page.gate.kind is GateKind.EVENT and page.gate.stage in (Stage.DELIVER, Stage.ASSESS)
    if not page.whole or not (page.reads_all or judged):
        raise NotPermitted(zh="附件只对办理人开放。", en="files are for those who act here.")
    evidence = evidence_file(session, _project(session, page.subject.id), sha256)
    content, media_type = read_upload(sha256)
    return KeptFile(content, media_type, evidence.name)


def _project(session: Session, process_id: UUID) -> Project:
    return session.get_one(Project, process_of(session, process_id).project_id)
