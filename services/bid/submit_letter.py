"""Submit a letter of intent from a file: the bid is begun, its partners must have confirmed."""

from decimal import Decimal
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError
from sqlmodel import Field, Session, SQLModel, col, select

from domain.errors import BadInput, NotPermitted, Refused
from models import Bid, BidContent, Call, Person
from models.bid import MOST_FILES, BidStatus
from models.session import unit_of_work
from services.bid.bid_files import attach_files
from services.bid.bids import BidReceipt, record_refusal, submit_bid
from services.bid.consortia import Member, draft_bid, members_of, partner_named
from services.identity.actors import Actor, actor_named
from services.projects.forming import project_coded
from services.uploads import LARGEST, Upload, cleaned


class Partner(SQLModel):
    """A partner of a consortium by its name, its share in percent and its work package."""

    organisation: str
    share: Decimal = Field(gt=0, lt=100, decimal_places=2)
    work_package: str = ""


class LetterFile(SQLModel):
    """A letter of intent as a file holds it; ``work_package`` is the lead's, with partners.

    ``attachments`` are paths of photos and PDFs, from where the letter lies.
    """

    partners: list[Partner] = []
    work_package: str = ""
    attachments: list[str] = Field(default=[], max_length=MOST_FILES)
    content: BidContent


def read_letter(file: Path) -> LetterFile:
    """Return the letter in ``file``; raise BadInput that names every field that is wrong."""
    if not file.is_file():
        raise BadInput(zh=f"找不到文件 {file}。", en=f"There is no file {file}.")
    try:
        return LetterFile.model_validate_json(file.read_bytes())
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
            for error in error.errors()
        )
        raise BadInput(
            zh=f"意向书有误，请修改后重新提交：{wrong}", en=f"The letter is not right: {wrong}"
        ) from None


def submit_letter(*, code: str, file: Path, login: str) -> BidReceipt:
    """Begin the bid (or take the one begun), and submit it; a refusal is audited.

    Each step is a transaction of its own, so a begun bid is kept when the submission is
    refused: partners still have to confirm, for instance.
    """
    letter = read_letter(file)
    files = [cleaned(_upload(file.parent / attachment)) for attachment in letter.attachments]
    bid_id, actor = _begin(code, letter, login)
    try:
        with unit_of_work() as session:
            content = letter.content.model_copy()
            content.files = attach_files(session, bid_id=bid_id, actor=actor, files=files)
            return submit_bid(session, bid_id=bid_id, actor=actor, content=content)
    except Refused as error:
        with unit_of_work() as session:
            record_refusal(session, bid_id=bid_id, actor=actor, error=error)
        raise


def _upload(file: Path) -> Upload:
    if not file.is_file():
        raise BadInput(zh=f"找不到附件 {file}。", en=f"There is no attachment {file}.")
    with file.open("rb") as stream:
        return Upload(file.name, stream.read(LARGEST + 1))


def _begin(code: str, letter: LetterFile, login: str) -> tuple[UUID, Actor]:
    with unit_of_work() as session:
        actor = actor_named(session, login, channel="cli")
        person = session.get_one(Person, actor.person_id)
        if person.organisation_id is None:
            raise NotPermitted(zh="您不属于任何组织。", en="you belong to no organisation.")
        project = project_coded(session, code)
        partners = []
        for partner in letter.partners:
            partners.append(
                partner_named(session, partner.organisation, partner.share, partner.work_package)
            )
        present_bid = session.exec(
            select(Bid)
            .join(Call, col(Call.id) == Bid.call_id)
            .where(
                Bid.project_id == project.id,
                Bid.lead_id == person.organisation_id,
                col(Call.superseded_at).is_(None),
            )
        ).one_or_none()
        if present_bid and (
            present_bid.status is BidStatus.SUBMITTED
            or _same(session, present_bid, letter, partners)
        ):
            return present_bid.id, actor
        bid = draft_bid(
            session,
            project_id=project.id,
            actor=actor,
            lead_id=person.organisation_id,
            partners=partners,
            work_package=letter.work_package,
        )
        return bid.id, actor


def _same(session: Session, bid: Bid, letter: LetterFile, partners: list[Member]) -> bool:
    lead, *others = members_of(session, bid.id)
    bid_partners = {
        Member(other.organisation_id, other.share, other.work_package) for other in others
    }
    return bid_partners == set(partners) and (
        not partners or lead.work_package == letter.work_package
    )
