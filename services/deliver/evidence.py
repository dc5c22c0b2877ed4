"""What was filed for milestones, for those who deliver, accept or judge them."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import NotPermitted
from domain.gates import GateKind
from domain.identity.roles import Grant
from domain.lifecycle import Stage
from models import Evidence, Milestone, Project
from services.deliver.delivery import evidence_file
from services.gates.gate_page import read_gate_page
from services.gates.subjects import process_of
from services.uploads import JPEG, drawn_small, read_upload

# People who act at these stages judge by the evidence.
_JUDGED: Final = (Stage.DELIVER, Stage.ASSESS)


class KeptFile(NamedTuple):
    """A kept file: its content, what it is, what it was called."""

    content: bytes
    media_type: str
    name: str


def evidence_of(session: Session, milestones: Sequence[Milestone]) -> dict[UUID, list[Evidence]]:
    """Return what was filed for each milestone, by its id, in the order it came."""
    filed: dict[UUID, list[Evidence]] = {milestone.id: [] for milestone in milestones}
    for item in session.exec(
        select(Evidence)
        .where(col(Evidence.milestone_id).in_(filed))
        .order_by(col(Evidence.filed_at))
    ):
        filed[item.milestone_id].append(item)
    return filed


def read_evidence(
    session: Session,
    person_id: UUID,
    grants: tuple[Grant, ...],
    *,
    code: str,
    key: str,
    sha256: str,
    small: bool = False,
) -> KeptFile:
    """Return a file of a project's milestones, ``small`` a photo of at most 480 pixels a side.

    Raises NotFound, and NotPermitted for other readers.
    """
    page = read_gate_page(session, person_id, grants, code, key)
    judged = page.gate.stage in _JUDGED and page.gate.kind in (GateKind.EVENT, GateKind.APPROVAL)
    if not page.whole or not (page.reads_all or judged):
        raise NotPermitted(zh="附件只对办理人开放。", en="files are for those who act here.")
    evidence = evidence_file(session, _project(session, page.subject.id), sha256)
    content, media_type = read_upload(sha256)
    if small and media_type == JPEG:
        content = drawn_small(content)
    return KeptFile(content, media_type, evidence.name)


def _project(session: Session, process_id: UUID) -> Project:
    return session.get_one(Project, process_of(session, process_id).project_id)
