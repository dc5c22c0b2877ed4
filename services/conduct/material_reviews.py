"""False material: one person says what is false and proves it, the organisation replies, another decides.

Upheld, it is an event of the organisation's credit, from which the conduct list follows.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.conduct.conduct_list import CreditRule
from domain.errors import BadInput, NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.identity.roles import Grant
from domain.privacy import mask
from domain.text import Text
from models import Bid, BidMember, MaterialReview, Opening, Organisation, Project
from models.bid import BidStatus
from models.shapes import Command
from services.bid.interests import interested_people, require_no_interest
from services.calendar.counted_dates import CountedDate, count_days
from services.clock import now
from services.conduct.events import (
    MaterialDecided,
    MaterialDismissed,
    MaterialReplied,
    MaterialReviewOpened,
    MaterialUpheld,
)
from services.deliver.evidence import KeptFile
from services.district.rounds import settings_of
from services.events import audiences
from services.events.record import record, tell
from services.identity.actors import Actor, authorise, may, organisation, organisations_of, place_of
from services.ledgers import credit
from services.projects.forming import project_coded
from services.projects.moves import lock_project
from services.rows import next_number
from services.uploads import Stored, read_upload

_LONGEST: Final = 2000
_MOST_FILES: Final = 6


REVIEW: Final = CountedDate(
    MaterialReview,
    "reply_until",
    Text("回应截止", "end of the reply"),
    lambda review, _: review.upheld is None,
)


class MaterialReviewCreate(Command):
    """Whose material is said to be false, which statement, and what proves it."""

    organisation: UUID
    claim: str = Field(min_length=5, max_length=_LONGEST)
    proof: str = Field(min_length=10, max_length=_LONGEST)


class ReplyUpdate(Command):
    """What the organisation replies."""

    reply: str = Field(min_length=2, max_length=_LONGEST)


class MaterialReviewUpdate(Command):
    """What the second person decides, and why."""

    upheld: bool
    reason: str = Field(min_length=5, max_length=_LONGEST)


class ReviewLine(NamedTuple):
    """A review before somebody concerned; ``upheld`` is None while it waits.

    ``decides`` tells that the reader may decide it now, ``replies`` that it is theirs to reply.
    """

    code: str
    organisation: str
    claim: str
    proof: str
    files: tuple[Stored, ...]
    opened_at: datetime
    reply_until: datetime
    reply: str | None
    upheld: bool | None
    reason: str | None
    decided_at: datetime | None
    decides: bool
    replies: bool


class ReviewsPage(NamedTuple):
    """A project's reviews before one reader; ``bidders`` are whom a new one may concern."""

    project: Project
    reviews: tuple[ReviewLine, ...]
    bidders: tuple[Organisation, ...]
    opens: bool


def open_review(
    session: Session,
    *,
    project_id: UUID,
    actor: Actor,
    review: MaterialReviewCreate,
    files: Sequence[Stored] = (),
) -> MaterialReview:
    """Say that a bidder's material is false, with proof; the organisation is told and may reply.

    Raises NotPermitted for other roles and people with an interest, BadInput for an organisation
    whose bid was not opened in the project and for too many files.
    """
    project = lock_project(session, project_id)
    authorise(session, actor, Act.REVIEW_MATERIAL, place_of(project))
    require_no_interest(session, project, actor)
    if review.organisation not in {bidder.id for bidder in _bidders(session, project)}:
        raise BadInput(
            zh="请选择在本项目中已开标的组织。",
            en="Choose an organisation whose bid was opened in this project.",
        )
    if len(files) > _MOST_FILES:
        raise BadInput(zh=f"附件最多 {_MOST_FILES} 个。", en=f"At most {_MOST_FILES} files.")
    at = now(session)
    days = settings_of(session, project).conduct_reply_days
    number = next_number(session, MaterialReview, MaterialReview.project_id == project.id)
    made = MaterialReview(
        code=f"{project.code}-C{number}",
        project_id=project.id,
        organisation_id=review.organisation,
        claim=review.claim.strip(),
        proof=review.proof.strip(),
        files=[asdict(file) for file in files],
        opened_by=actor.person_id,
        opened_at=at,
        reply_until=at,
    )
    concerned = audiences.organisation(made.organisation_id)
    count_days(
        session,
        REVIEW,
        made,
        at=at,
        days=days,
        project_id=project.id,
        audiences=(concerned,),
    )
    session.add(made)
    session.flush()
    record(
        session,
        MaterialReviewOpened(review=made.code, until=made.reply_until),
        about=project.code,
        by=actor.login,
        at=at,
        to=(concerned, audiences.ADMINISTRATORS),
        once=f"material.opened:{made.id}",
    )
    return made


def reply_to_review(session: Session, *, code: str, actor: Actor, reply: ReplyUpdate) -> None:
    """Reply, for the organisation concerned, before it is decided; again replaces it."""
    project, review = _take(session, code)
    authorise(session, actor, Act.REPLY_TO_LISTING, organisation(review.organisation_id))
    at = now(session)
    review.reply, review.replied_by, review.replied_at = reply.reply.strip(), actor.person_id, at
    record(
        session,
        MaterialReplied(review=review.code),
        about=project.code,
        by=actor.login,
        at=at,
        to=audiences.ADMINISTRATORS,
        once=f"material.replied:{review.id}:{at}",
    )
    session.flush()


def decide_review(
    session: Session, *, code: str, actor: Actor, decision: MaterialReviewUpdate
) -> None:
    """Uphold it, which enters the credit ledger, or dismiss it: a second, proved person.

    Raises NotPermitted for who opened it, for an interest, without a fresh proof, and while the
    organisation may still reply and has not.
    """
    project, review = _take(session, code)
    authorise(session, actor, Act.DECIDE_MATERIAL, place_of(project))
    require_no_interest(session, project, actor)
    if actor.person_id == review.opened_by:
        raise NotPermitted(
            zh="提出核查的人不能作出决定。", en="who opened a review does not decide it."
        )
    if not actor.proved:
        raise NotPermitted(zh="请先确认您的身份。", en="prove who you are first.")
    at = now(session)
    if review.replied_at is None and at < review.reply_until:
        raise NotPermitted(
            zh="该组织还在申辩期内，请在申辩或期满后决定。",
            en="the organisation may still reply; decide after that.",
        )
    review.upheld, review.reason = decision.upheld, decision.reason.strip()
    review.decided_by, review.decided_at = actor.person_id, at
    if decision.upheld:
        credit.enter(
            session,
            project,
            CreditRule.FALSE_MATERIAL,
            organisations=[review.organisation_id],
            reference=review.code,
            at=at,
        )
    verdict = MaterialUpheld if decision.upheld else MaterialDismissed
    record(session, verdict(review=review.code), about=project.code, by=actor.login, at=at)
    tell(
        session,
        MaterialDecided(),
        about=project.code,
        at=at,
        to=audiences.organisation(review.organisation_id),
        once=f"material.decided:{review.id}",
    )
    session.flush()


def read_reviews(
    session: Session, code: str, person_id: UUID, grants: tuple[Grant, ...]
) -> ReviewsPage:
    """Return a project's reviews to officials and the auditor; an organisation reads its own.

    Raises NotFound, NotPermitted for everybody else and for officials with an interest.
    """
    project = project_coded(session, code)
    place, own = place_of(project), organisations_of(grants)
    interested = person_id in interested_people(session, project)
    opens = may(grants, Act.REVIEW_MATERIAL, place) is not None and not interested
    decides = may(grants, Act.DECIDE_MATERIAL, place) is not None and not interested
    rows = session.exec(
        select(MaterialReview, Organisation)
        .join(Organisation, col(Organisation.id) == MaterialReview.organisation_id)
        .where(MaterialReview.project_id == project.id)
        .order_by(col(MaterialReview.opened_at).desc())
    ).all()
    reads = opens or decides or may(grants, Act.AUDIT, place) is not None
    readable = [(review, its) for review, its in rows if reads or its.id in own]
    if not (readable or reads):
        raise NotPermitted(zh="材料核查只对有关各方开放。", en="reviews are for those concerned.")
    at = now(session)
    return ReviewsPage(
        project,
        tuple(
            ReviewLine(
                review.code,
                its.name,
                review.claim,
                review.proof,
                tuple(Stored(**file) for file in review.files),
                review.opened_at,
                review.reply_until,
                review.reply,
                review.upheld,
                review.reason,
                review.decided_at,
                review.upheld is None
                and decides
                and review.opened_by != person_id
                and (review.replied_at is not None or at >= review.reply_until),
                review.upheld is None and its.id in own,
            )
            for review, its in readable
        ),
        _bidders(session, project) if opens else (),
        opens,
    )


def read_review_file(
    session: Session, code: str, sha256: str, person_id: UUID, grants: tuple[Grant, ...]
) -> KeptFile:
    """Return a file of a proof, for who reads the review it belongs to; raise NotFound."""
    page = read_reviews(session, code, person_id, grants)
    for file in (file for review in page.reviews for file in review.files):
        if file.sha256 == sha256:
            content, media_type = read_upload(sha256)
            return KeptFile(content, media_type, file.name)
    raise NotFound(what=Text("附件", "file"), key=sha256[:12])


class UpheldReview(NamedTuple):
    """A review that was upheld, as anybody may read it."""

    code: str
    organisation: str
    claim: str
    reason: str
    decided_at: datetime


def upheld_reviews(session: Session, project: Project) -> tuple[UpheldReview, ...]:
    """Return the upheld reviews of a project, masked; all else is for those concerned."""
    rows = session.exec(
        select(MaterialReview, Organisation.name)
        .join(Organisation, col(Organisation.id) == MaterialReview.organisation_id)
        .where(MaterialReview.project_id == project.id, col(MaterialReview.upheld).is_(True))
        .order_by(col(MaterialReview.decided_at))
    ).all()
    return tuple(
        UpheldReview(
            review.code, name, mask(review.claim), mask(review.reason or ""), review.decided_at
        )
        for review, name in rows
        if review.decided_at
    )


def _bidders(session: Session, project: Project) -> tuple[Organisation, ...]:
    """Return the members of every bid that was opened, whatever has become of it since."""
    opened = session.exec(select(Opening.round).where(Opening.project_id == project.id)).first()
    if opened is None:
        return ()
    rows = session.exec(
        select(Organisation)
        .join(BidMember, col(BidMember.organisation_id) == Organisation.id)
        .join(Bid, col(Bid.id) == BidMember.bid_id)
        .where(Bid.project_id == project.id, Bid.status == BidStatus.OPENED)
        .distinct()
        .order_by(col(Organisation.name))
    ).all()
    return tuple(rows)


def _take(session: Session, code: str) -> tuple[Project, MaterialReview]:
    material_review = session.exec(
        select(MaterialReview).where(MaterialReview.code == code)
    ).one_or_none()
    if material_review is None:
        raise NotFound(what=Text("材料核查", "review"), key=code)
    project = lock_project(session, material_review.project_id)
    session.refresh(material_review)
    if material_review.upheld is not None:
        raise NotPermitted(zh="该核查已有决定。", en="this review is decided.")
    return project, material_review
