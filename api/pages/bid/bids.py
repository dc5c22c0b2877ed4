"""An organisation's calls and bids: what fits, the editor, partners, receipt, withdrawal."""

from contextlib import suppress
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.deps import SessionDep, SignedIn
from api.files import send_unsealed
from api.form_routes import FormRouter
from api.forms import FormData, FormDataDep
from api.pages.bid.attachments import draw_files, with_files
from api.pages.bid.conflicts import LABELS, differing, has_conflict
from api.pages.identity.proving import require_proof, unlocked
from api.unlocked import carried, carry
from api.view import View
from domain import moments
from domain.calendar import BEIJING
from domain.errors import BadInput, DraftChanged, FieldsWrong, JiebangError, NotPermitted, Refused
from models import Attachment, Bid, BidContent, BudgetLine, MilestonePlan, Organisation
from models.bid import MOST_FILES
from models.session import unit_of_work
from services.award.feedback import feedback_for
from services.bid.bid_page import (
    begin_bid,
    invitation_to,
    open_calls,
    organisation_of,
    own_bid,
    read_bid_page,
)
from services.bid.bids import record_refusal, submit_bid, withdraw_bid
from services.bid.consortia import (
    MembersUpdate,
    PartnerCreate,
    ShareConfirm,
    confirm_partner,
    leave_consortium,
    name_partners,
)
from services.bid.opening_records import read_receipt
from services.bid.read_bid_file import own_file
from services.bid.sealed_bids import draft_state, require_unchanged, save_bid_draft
from services.conduct.credit_page import read_credit
from services.projects.forming import project_coded
from services.seal.seal_keys import DEMO_PASSPHRASE, has_key, set_organisation_key, unlock_key

router = FormRouter(prefix="/desk/calls")


def _organisation(session: SessionDep, v: SignedIn) -> Organisation:
    assert v.visitor is not None
    return organisation_of(session, v.visitor.organisation_id, v.visitor.grants)


OrganisationDep = Annotated[Organisation, Depends(_organisation)]


def _private(request: Request, session: SessionDep, own: OrganisationDep) -> bytes | None:
    return carried(request, session, own.id)


# The organisation's key, where its passphrase was given in this session.
PrivateDep = Annotated[bytes | None, Depends(_private)]


_NOT_OF_THE_BID: Final = frozenset({"quiet", "drop", "seen", "form"})


@router.get("/credit")
def credit(session: SessionDep, v: SignedIn, own: OrganisationDep) -> HTMLResponse:
    """Show the organisation's credit, each event explained, and its quota."""
    return v.page("conduct/credit.html", c=read_credit(session, own), organisation=own)


@router.get("")
def calls(session: SessionDep, v: SignedIn, own: OrganisationDep, after: str = "") -> HTMLResponse:
    """List the calls that take bids, those that fit first."""
    return v.page("bid/calls.html", calls=open_calls(session, own, after=after), organisation=own)


def _page(
    session: Session,
    v: View,
    own: Organisation,
    code: str,
    private: bytes | None,
) -> HTMLResponse:
    page = read_bid_page(session, code, own, private)
    demo = DEMO_PASSPHRASE if page.demo else ""
    stored = FormData(page.typed) if page.typed else FormData.of(page.content)
    return v.page(
        "bid/bid.html",
        b=page,
        stored=stored,
        conflict=has_conflict(v),
        differs={} if page.locked else differing(v, stored),
        feedback=feedback_for(session, page),
        organisation=own,
        passphrase=demo,
        labels=LABELS,
        most_files=MOST_FILES,
        file_parts=tuple(Attachment.model_fields),
    )


@router.get("/{code}/bid")
def bid(
    session: SessionDep, v: SignedIn, own: OrganisationDep, private: PrivateDep, code: str
) -> HTMLResponse:
    """Show the bid, or an empty one."""
    return _page(session, v, own, code, private)


@router.get("/{code}/bid/receipt.json")
def receipt(
    session: SessionDep, v: SignedIn, own: OrganisationDep, private: PrivateDep, code: str
) -> JSONResponse:
    """Send the receipt of the visitor's own bid, to be kept and checked after the opening."""
    del v
    own_receipt = read_receipt(session, code, own, private)
    sent = own_receipt._asdict() | {
        "submitted_at": own_receipt.submitted_at.astimezone(BEIJING).isoformat()
    }
    named = f'attachment; filename="receipt-{code}.json"'
    headers = {"Content-Disposition": named, "Cache-Control": "private, no-store"}
    return JSONResponse(sent, headers=headers)


@router.form("/{code}/bid/unlock", shown="/desk/calls/{code}/bid")
def unlock(
    request: Request,
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    typed: FormDataDep,
    code: str,
) -> Response:
    """Unseal the bid of the visitor's organisation, for some hours in this browser."""
    read_bid_page(session, code, own)
    private = unlocked(session, own.id, typed.text("passphrase"), v.actor.person_id)
    answer = v.go(f"/desk/calls/{code}/bid", done="unsealed")
    carry(request, session, answer, own.id, private)
    return answer


@router.form("/{code}/bid/key", shown="/desk/calls/{code}/bid")
def set_key(
    request: Request,
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    typed: FormDataDep,
    code: str,
) -> Response:
    """Set the organisation's sealing passphrase, or another in place of a lost one."""
    passphrase = typed.text("passphrase")
    read_bid_page(session, code, own)
    if has_key(session, own.id):
        require_proof(session, v, typed)
    if passphrase != typed.text("again"):
        raise BadInput(zh="两次输入的口令不一致。", en="The two passphrases differ.")
    set_organisation_key(session, actor=v.actor, organisation_id=own.id, passphrase=passphrase)
    answer = v.go(f"/desk/calls/{code}/bid", done="seal-key")
    private = unlock_key(session, own.id, passphrase, by=v.actor.person_id)
    if isinstance(private, bytes):
        carry(request, session, answer, own.id, private)
    return answer


@router.form(
    "/{code}/bid/draft", shown="/desk/calls/{code}/bid", of="/desk/calls/{code}/bid/submit"
)
def save(v: SignedIn, own: OrganisationDep, typed: FormDataDep, code: str) -> Response:
    """Keep the draft; a script asks so now and then, a person by the button."""
    quiet = bool(typed.text("quiet"))
    # A script saves the typed values; files are added and taken out by the button alone.
    drawn = None if quiet else draw_files(typed)
    # Kept at once: what of it cannot be kept, as a wrong file, undoes nothing.
    with unit_of_work(apart=True, hurried=True) as other:
        our_bid = begin_bid(other, code=code, actor=v.actor, own=own)
        if our_bid.lead_id != own.id:
            raise NotPermitted(zh="意向书由牵头方编辑。", en="the lead edits the bid.")
        other.flush()
        require_unchanged(other, our_bid, typed.text("seen"), v.actor)
        if drawn is not None:
            typed = v.sent_as(with_files(other, v.actor, our_bid, typed, drawn))
        _save(other, v, our_bid, typed)
        state = draft_state(other, our_bid)
    if typed.error:
        raise typed.error
    if quiet:
        return JSONResponse({"saved": moments.time_of_day(v.at), "seen": state})
    return v.go(f"/desk/calls/{code}/bid", done="draft")


def _save(session: Session, v: View, our_bid: Bid, typed: FormData) -> None:
    values = {name: texts for name, texts in typed.values.items() if name not in _NOT_OF_THE_BID}
    save_bid_draft(session, our_bid, values, v.actor)


@router.get("/{code}/bid/files/{file_id}")
def file(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    private: PrivateDep,
    code: str,
    file_id: UUID,
) -> Response:
    """Send a file of the visitor's own bid, unsealed with the passphrase that was given."""
    del v
    return send_unsealed(own_file(session, code, own, private, file_id))


@router.form("/{code}/bid/members", shown="/desk/calls/{code}/bid", takes=MembersUpdate)
def members(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    typed: FormDataDep,
    code: str,
) -> Response:
    """Begin the bid with these partners, or change them; each confirms for itself."""
    name_partners(
        session,
        project_id=project_coded(session, code).id,
        actor=v.actor,
        lead_id=own.id,
        members=typed.read(MembersUpdate, partners=tuple(PartnerCreate.model_fields)),
    )
    return v.go(f"/desk/calls/{code}/bid", done="members")


@router.form("/{code}/bid/submit", shown="/desk/calls/{code}/bid", takes=BidContent)
def submit(
    session: SessionDep, v: SignedIn, own: OrganisationDep, typed: FormDataDep, code: str
) -> Response:
    """Seal the bid; a refused bid stays a draft, and the refusal is recorded."""
    seen = typed.text("seen")
    try:
        if typed.files or typed.has("drop"):
            drawn = draw_files(typed)
            # Kept whatever becomes of the submission: nobody chooses them twice.
            with unit_of_work(apart=True, hurried=True) as other:
                begun = begin_bid(other, code=code, actor=v.actor, own=own)
                other.flush()
                require_unchanged(other, begun, seen, v.actor)
                typed = v.sent_as(with_files(other, v.actor, begun, typed, drawn))
                _save(other, v, begun, typed)
                seen = draft_state(other, begun)
            if typed.error:
                raise typed.error
        our_bid = begin_bid(session, code=code, actor=v.actor, own=own)
        session.flush()
        require_unchanged(session, our_bid, seen, v.actor, lock=False)
        content = typed.read(
            BidContent,
            budget=tuple(BudgetLine.model_fields),
            milestones=tuple(MilestonePlan.model_fields),
            files=tuple(Attachment.model_fields),
        )
        submit_bid(session, bid_id=our_bid.id, actor=v.actor, content=content, seen=seen)
    except DraftChanged:
        # Kept by nobody: the other's draft stands until one of the two is chosen.
        raise
    except Refused as error:
        session.rollback()
        _keep_refused(v, own, code, typed, seen, error)
        raise
    return v.go(f"/desk/calls/{code}/bid", done="sealed")


def _keep_refused(
    v: View, own: Organisation, code: str, typed: FormData, seen: str, error: Refused
) -> None:
    """Keep typed values, where a bid may still be begun; a refusal of a whole bid is audited."""
    away = (OperationalError, PoolTimeout)
    with suppress(JiebangError, *away), unit_of_work(apart=True, hurried=True) as other:
        our_bid = begin_bid(other, code=code, actor=v.actor, own=own)
        if our_bid.lead_id == own.id:
            other.flush()
            require_unchanged(other, our_bid, seen, v.actor)
            _save(other, v, our_bid, typed)
            if not isinstance(error, FieldsWrong):
                record_refusal(other, bid_id=our_bid.id, actor=v.actor, error=error)


@router.form("/{code}/bid/withdraw", shown="/desk/calls/{code}/bid")
def withdraw(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    _: FormDataDep,
    code: str,
) -> Response:
    """Withdraw the bid before the closing."""
    withdraw_bid(session, bid_id=own_bid(session, code, own.id).id, actor=v.actor)
    return v.go(f"/desk/calls/{code}/bid", done="withdrawn")


@router.form("/{code}/bid/leave", shown="/desk/calls/{code}/bid")
def leave(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    _: FormDataDep,
    code: str,
) -> Response:
    """Leave a consortium as a partner."""
    bid = own_bid(session, code, own.id)
    leave_consortium(session, bid_id=bid.id, actor=v.actor, organisation_id=own.id)
    return v.go("/desk/calls", done="left")


@router.form("/{code}/bid/confirm", shown="/desk/calls/{code}/bid", takes=ShareConfirm)
def confirm(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    typed: FormDataDep,
    code: str,
) -> Response:
    """Confirm the organisation's place and share as a partner."""
    bid, seen = invitation_to(session, code, own.id), typed.read(ShareConfirm)
    confirm_partner(
        session,
        bid_id=bid.id,
        actor=v.actor,
        organisation_id=own.id,
        share=seen.share,
        work_package=seen.work_package,
    )
    return v.go(f"/desk/calls/{code}/bid", done="partner")
