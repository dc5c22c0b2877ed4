"""Bids of the caller's organisation: drafts, partners, the sealed submission, the receipt."""

from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import unquote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, UploadFile
from sqlmodel import Session
from starlette.responses import Response

from api.deps import SessionDep
from api.files import send_unsealed
from api.forms import FormData
from api.json.access import Bidding, Idempotent, IfMatch
from api.json.routing import ApiRoute, require_match
from api.json.shapes import bids as shapes
from api.json.shapes.base import Cursor, Page, page_of
from domain.errors import NotPermitted, Refused
from domain.text import Text
from models import Attachment, BidContent, BudgetLine, MilestonePlan, Organisation
from models.session import unit_of_work
from services.award.feedback import feedback_for
from services.bid.bid_files import attach_files, drop_file
from services.bid.bid_page import (
    OpenCall,
    begin_bid,
    invitation_to,
    open_calls,
    organisation_of,
    own_bid,
    read_bid_page,
)
from services.bid.bids import BidReceipt, record_refusal, submit_bid, withdraw_bid
from services.bid.consortia import (
    MembersUpdate,
    ShareConfirm,
    confirm_partner,
    leave_consortium,
    name_partners,
)
from services.bid.read_bid_file import own_file
from services.bid.sealed_bids import save_bid_draft
from services.conduct.credit_page import CreditPage, read_credit
from services.desk.workspace import BidLine, bids_of
from services.identity.access_tokens import Bearer
from services.identity.actors import organisations_of
from services.identity.sign_in import prove
from services.projects.forming import project_coded
from services.public.organisations import (
    OrganisationView,
    ProfileUpdate,
    read_organisation,
    update_profile,
)
from services.seal.seal_keys import set_organisation_key, unlock_key
from services.uploads import LARGEST, Upload, cleaned

router = APIRouter(route_class=ApiRoute, tags=["bidding"])


def _organisation(session: SessionDep, who: Bidding) -> Organisation:
    return organisation_of(session, who.organisation_id, who.grants)


Own = Annotated[Organisation, Depends(_organisation)]
Passphrase = Annotated[
    str | None,
    Header(
        max_length=1600, description="The organisation's sealing passphrase, in percent-encoding."
    ),
]


@router.get("/me/calls", response_model=Page[OpenCall])
def calls(session: SessionDep, own: Own, cursor: Cursor = "") -> Any:
    """List the calls that take bids, those that fit first, with why the others do not."""
    return page_of(open_calls(session, own, after=cursor))


@router.get("/me/bids", response_model=Page[BidLine])
def bids(session: SessionDep, who: Bidding, own: Own, cursor: Cursor = "") -> Any:
    """List the bids the caller's organisation takes part in, the newest first."""
    return page_of(bids_of(session, organisations_of(who.grants) | {own.id}, after=cursor))


@router.get("/me/credit")
def credit(session: SessionDep, own: Own) -> CreditPage:
    """Show the organisation's credit with every event, and its quota."""
    return read_credit(session, own)


@router.patch("/me/organisation", dependencies=[Idempotent])
def profile(
    session: SessionDep, who: Bidding, own: Own, sent: ProfileUpdate, if_match: IfMatch = None
) -> OrganisationView:
    """Change what the organisation says of itself: `If-Match` is the ETag of its profile."""
    _lock(session, own)
    require_match(if_match, read_organisation(session, own.id))
    update_profile(session, organisation_id=own.id, actor=who.actor, profile=sent)
    return read_organisation(session, own.id)


def _private(own: Own, who: Bidding, jiebang_passphrase: Passphrase = None) -> bytes | None:
    """Return the organisation's key, unlocked by the passphrase that was sent; a wrong one counts."""
    if jiebang_passphrase is None:
        return None
    with unit_of_work(apart=True) as other:
        key = unlock_key(other, own.id, unquote(jiebang_passphrase), by=who.actor.person_id)
    if isinstance(key, Text):
        raise NotPermitted(zh=key.zh, en=key.en)
    return key


Private = Annotated[bytes | None, Depends(_private)]


@router.put("/me/organisation/seal", status_code=204)
def set_key(session: SessionDep, who: Bidding, own: Own, sent: shapes.SealKeyCreate) -> None:
    """Set the sealing passphrase; to replace a lost one takes the caller's password too."""
    actor = who.actor
    if sent.password is not None:
        with unit_of_work(apart=True) as other:
            why = prove(other, login=actor.login, password=sent.password, by=actor.person_id)
        if why:
            raise NotPermitted(zh=why.zh, en=why.en)
        actor = replace(actor, proved=True)
    set_organisation_key(session, actor=actor, organisation_id=own.id, passphrase=sent.passphrase)


def _lock(session: Session, own: Organisation) -> None:
    """Let colleagues change what is theirs one after the other, each having seen the other's."""
    session.get_one(Organisation, own.id, with_for_update=True, populate_existing=True)


def _bid(session: Session, code: str, own: Organisation, private: bytes | None) -> shapes.BidPublic:
    page = read_bid_page(session, code, own, private)
    typed = FormData(page.typed) if page.typed is not None else None
    our_bid = page.bid
    return shapes.BidPublic.model_validate(
        {
            "code": page.project.code,
            "place": page.place,
            "status": our_bid.status if our_bid else None,
            "receipt": our_bid.receipt_no if our_bid else None,
            "commitment": our_bid.commitment if our_bid else None,
            "version": our_bid.version if our_bid else 0,
            "leads": page.leads,
            "takes_bids": page.takes_bids,
            "members": page.members,
            "findings": page.findings,
            "content": page.content or None,
            "draft": _draft(typed) if typed else None,
            "saved_at": page.saved_at,
            "versions": page.versions,
            "demo": page.demo,
            "has_key": page.has_key,
            "locked": page.locked,
            "feedback": feedback_for(session, page),
        },
        from_attributes=True,
    )


def _draft(typed: FormData) -> dict[str, Any]:
    draft: dict[str, Any] = {
        name: typed.text(name) for name in ("plan", "team", "track_record", "conflicts")
    }
    draft["budget"] = typed.rows("budget", tuple(BudgetLine.model_fields))
    draft["milestones"] = typed.rows("milestones", tuple(MilestonePlan.model_fields))
    draft["files"] = typed.rows("files", tuple(Attachment.model_fields))
    return draft


@router.get("/projects/{code}/bid", response_model=shapes.BidPublic)
def bid(session: SessionDep, own: Own, private: Private, code: str) -> Any:
    """Show the organisation's bid on a project, or an empty one where the call is open.

    What is sealed is shown only with the sealing passphrase.
    """
    return _bid(session, code, own, private)


@router.put(
    "/projects/{code}/bid/draft", response_model=shapes.BidPublic, dependencies=[Idempotent]
)
def save(
    session: SessionDep,
    who: Bidding,
    own: Own,
    private: Private,
    code: str,
    sent: shapes.BidDraftUpdate,
    if_match: IfMatch = None,
) -> Any:
    """Keep the draft, which a consortium shares: `If-Match` is the ETag of the bid."""
    _lock(session, own)
    require_match(if_match, _bid(session, code, own, private))
    our_bid = begin_bid(session, code=code, actor=who.actor, own=own)
    if our_bid.lead_id != own.id:
        raise NotPermitted(zh="意向书由牵头方编辑。", en="the lead edits the bid.")
    values = FormData.of(sent.model_dump()).values
    save_bid_draft(session, our_bid, values, who.actor)
    return _bid(session, code, own, private)


@router.post("/projects/{code}/bid/files", status_code=201, response_model=Attachment)
def add_file(
    session: SessionDep, who: Bidding, own: Own, code: str, file: UploadFile
) -> Attachment:
    """Seal a photo (JPG, PNG, WebP) or PDF for the bid: a submission counts it by naming it."""
    our_bid = begin_bid(session, code=code, actor=who.actor, own=own)
    session.flush()
    sent = Upload(file.filename or "", file.file.read(LARGEST + 1))
    (made,) = attach_files(session, bid_id=our_bid.id, actor=who.actor, files=[cleaned(sent)])
    return made


@router.get("/projects/{code}/bid/files/{file_id}", response_class=Response)
def read_file(
    session: SessionDep, own: Own, private: Private, code: str, file_id: UUID
) -> Response:
    """Send a file of the caller's own bid or draft; what is sealed takes the sealing passphrase."""
    return send_unsealed(own_file(session, code, own, private, file_id))


@router.delete("/projects/{code}/bid/files/{file_id}", status_code=204, dependencies=[Idempotent])
def remove_file(session: SessionDep, who: Bidding, own: Own, code: str, file_id: UUID) -> None:
    """Take a file out; what a submitted version names stays with that version."""
    our_bid = own_bid(session, code, own.id)
    drop_file(session, bid_id=our_bid.id, actor=who.actor, file_id=file_id)


@router.put(
    "/projects/{code}/bid/members", response_model=shapes.BidPublic, dependencies=[Idempotent]
)
def members(
    session: SessionDep,
    who: Bidding,
    own: Own,
    private: Private,
    code: str,
    sent: MembersUpdate,
    if_match: IfMatch = None,
) -> Any:
    """Name the partners, or none; each confirms for itself."""
    _lock(session, own)
    require_match(if_match, _bid(session, code, own, private))
    name_partners(
        session,
        project_id=project_coded(session, code).id,
        actor=who.actor,
        lead_id=own.id,
        members=sent,
    )
    return _bid(session, code, own, private)


@router.post(
    "/projects/{code}/bid/submissions",
    status_code=201,
    dependencies=[Idempotent],
)
def submit(session: SessionDep, who: Bidding, own: Own, code: str, sent: BidContent) -> BidReceipt:
    """Seal the bid, or a new version of it, and give the receipt; a refusal is recorded."""
    try:
        our_bid = begin_bid(session, code=code, actor=who.actor, own=own)
        session.flush()
        receipt = submit_bid(session, bid_id=our_bid.id, actor=who.actor, content=sent)
    except Refused as error:
        session.rollback()
        _record(who, code, own, error)
        raise
    return receipt


def _record(who: Bearer, code: str, own: Organisation, error: Refused) -> None:
    """Keep in the log that a submission was refused; what it was for is begun, as on the page."""
    with suppress(Refused), unit_of_work(apart=True) as session:
        our_bid = begin_bid(session, code=code, actor=who.actor, own=own)
        session.flush()
        if our_bid.lead_id == own.id:
            record_refusal(session, bid_id=our_bid.id, actor=who.actor, error=error)


@router.delete("/projects/{code}/bid", status_code=204, dependencies=[Idempotent])
def withdraw(session: SessionDep, who: Bidding, own: Own, code: str) -> None:
    """Withdraw the bid before the closing; its versions are kept."""
    withdraw_bid(session, bid_id=own_bid(session, code, own.id).id, actor=who.actor)


@router.delete("/projects/{code}/bid/membership", status_code=204, dependencies=[Idempotent])
def leave(session: SessionDep, who: Bidding, own: Own, code: str) -> None:
    """Leave a consortium as a partner; a submitted bid is a draft again."""
    bid = own_bid(session, code, own.id)
    leave_consortium(session, bid_id=bid.id, actor=who.actor, organisation_id=own.id)


@router.post("/projects/{code}/bid/confirmations", status_code=204, dependencies=[Idempotent])
def confirm(session: SessionDep, who: Bidding, own: Own, code: str, sent: ShareConfirm) -> None:
    """Confirm, as a partner, the organisation's place and the share that was shown."""
    confirm_partner(
        session,
        bid_id=invitation_to(session, code, own.id).id,
        actor=who.actor,
        organisation_id=own.id,
        share=sent.share,
        work_package=sent.work_package,
    )
