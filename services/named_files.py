"""The files that rows name by their digest: each is to be there, and to be what it was."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlmodel import Session, col, select

from models import BidFile, Evidence, MaterialReview, Milestone, Project, Report
from services.file_store import FileStore, is_whole
from services.uploads import upload_name


class NamedFile(NamedTuple):
    """A file that a row names: whose it is, its name in the store, its SHA-256."""

    owner: str
    name: str
    sha256: str

    def is_whole(self, store: FileStore) -> bool:
        """Tell whether the file is there with its content."""
        return is_whole(store, self.name, self.sha256)


def named_files(session: Session) -> Iterator[NamedFile]:
    """Give every file that a row names: sealed files of bids, evidence, proofs, reports."""
    for bid_id, digest in session.exec(select(BidFile.bid_id, BidFile.sealed)):
        yield _upload(f"bid {str(bid_id)[:8]}", digest)
    evidence = (
        select(Project.code, Evidence.sha256)
        .join(Milestone, col(Milestone.id) == Evidence.milestone_id)
        .join(Project, col(Project.id) == Milestone.project_id)
        .where(col(Evidence.sha256).is_not(None))
    )
    for code, photo in session.exec(evidence):
        yield _upload(code, str(photo))
    for code, files in session.exec(select(MaterialReview.code, MaterialReview.files)):
        for file in files:
            yield _upload(code, file["sha256"])
    reports = select(Project.code, Report.path, Report.sha256).join(
        Project, col(Project.id) == Report.project_id
    )
    for code, path, report in session.exec(reports):
        yield NamedFile(code, path, report)


def _upload(owner: str, digest: str) -> NamedFile:
    return NamedFile(owner, upload_name(digest), digest)
