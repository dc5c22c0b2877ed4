"""An organisation's calls and bids: what fits, the editor, partners, receipt, withdrawal."""

from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlmodel import Field, Session, SQLModel
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.deps import SessionDep, SignedIn
from api.errors import status_of
from api.files import send_unsealed
from api.forms import Typed, TypedDep, refused
from api.pages.bid_attachments import with_files
from api.pages.proving import proof_missing
from api.unlocked import carried, carry
from api.view import View
from domain.calendar import BEIJING
from domain.errors import BadInput, FieldsWrong, JiebangError, NotPermitted, Refused
from domain.text import Text
from models import Attachment, Bid, BidContent, BudgetLine, Organisation, Plan
from models.bids import MOST_FILES
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
    LONGEST_PACKAGE,
    confirm_partner,
    draft_bid,
    leave_consortium,
    partner_named,
)
from services.bid.opening_records import read_receipt
from services.bid.read_bid_file import own_file
from services.bid.sealed_bids import save_bid_draft
from services.conduct.credit_page import read_credit
from services.projects.forming import project_coded
from services.seal.seal_keys import DEMO_PASSPHRASE, has_key, set_organisation_key, unlock_key

router = APIRouter(prefix="/desk/calls")


def _organisation(session: SessionDep, v: SignedIn) -> Organisation:
    assert v.visitor is not None
    return organisation_of(session, v.visitor.organisation_id, v.visitor.grants)


OrganisationDep = Annotated[Organisation, Depends(_organisation)]


def _private(request: Request, own: OrganisationDep) -> bytes | None:
    return carried(request, own.id)


# The organisation's key, where its passphrase was given in this session.
PrivateDep = Annotated[bytes | None, Depends(_private)]


_FILES: Final = {"most_files": MOST_FILES, "file_parts": tuple(Attachment.model_fields)}


class PartnerRow(SQLModel):
    """A partner as it is typed: the organisation's name, its share in percent, what it does."""

    name: str = Field(min_length=2)
    share: Decimal = Field(gt=0, lt=100, decimal_places=2)
    work_package: str = Field(min_length=2, max_length=LONGEST_PACKAGE)


class ShownPlace(SQLModel):
    """The share in percent and the work package that a partner saw when it confirmed."""

    share: Decimal
    work_package: str | None = None


class Partners(SQLModel):
    """The partners of a consortium, none for a bid alone, and what the lead does itself."""

    partners: list[PartnerRow] = []
    work_package: str = Field(default="", max_length=LONGEST_PACKAGE)


@router.get("/credit")
def credit(session: SessionDep, v: SignedIn, own: OrganisationDep) -> HTMLResponse:
    """Show the organisation's credit, each event explained, and its quota."""
    return v.page("credit.html", c=read_credit(session, own), organisation=own)


@router.get("")
def calls(session: SessionDep, v: SignedIn, own: OrganisationDep, after: str = "") -> HTMLResponse:
    """List the calls that take bids, those that fit first."""
    return v.page("calls.html", calls=open_calls(session, own, after=after), organisation=own)


def _page(
    session: Session,
    v: View,
    own: Organisation,
    code: str,
    private: bytes | None,
    f: Typed | None = None,
) -> HTMLResponse:
    page = read_bid_page(session, code, own, private)
    form = Typed(page.typed) if page.typed else Typed.of(page.content)
    if f:
        # A refusal of another form on the page leaves the bid as it stands.
        form = Typed(form.values | f.values, error=f.error)
    status = status_of(form.error) if form.error else 200
    demo = DEMO_PASSPHRASE if page.demo else ""
    return v.page(
        "bid.html",
        status=status,
        b=page,
        feedback=feedback_for(session, page),
        f=form,
        organisation=own,
        passphrase=demo,
        **_FILES,
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
    """Send the receipt of one's own bid, to be kept and checked after the opening."""
    del v
    held = read_receipt(session, code, own, private)
    sent = held._asdict() | {"submitted_at": held.submitted_at.astimezone(BEIJING).isoformat()}
    named = f'attachment; filename="receipt-{code}.json"'
    headers = {"Content-Disposition": named, "Cache-Control": "private, no-store"}
    return JSONResponse(sent, headers=headers)


@router.post("/{code}/bid/unlock")
def unlock(
    request: Request,
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    typed: TypedDep,
    code: str,
) -> Response:
    """Unseal what is one's organisation's own, for some hours in this browser."""
    # Found first: nothing that follows a wrong try may undo its count.
    read_bid_page(session, code, own)
    found = unlock_key(session, own.id, typed.text("passphrase"), by=v.actor.person_id)
    if isinstance(found, Text):
        # Not undone: a wrong passphrase is counted.
        return _page(session, v, own, code, None, Typed(error=BadInput(zh=found.zh, en=found.en)))
    answer = v.go(f"/desk/calls/{code}/bid", done="unsealed")
    carry(request, answer, own.id, found)
    return answer


@router.post("/{code}/bid/key")
def set_key(
    request: Request,
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    typed: TypedDep,
    code: str,
) -> Response:
    """Set the organisation's sealing passphrase, or another in place of a lost one."""
    passphrase = typed.text("passphrase")
    read_bid_page(session, code, own)
    replaces = has_key(session, own.id)
    if replaces and (missing := proof_missing(session, v, typed)):
        return _page(session, v, own, code, None, Typed(error=missing))
    actor = v.prove() if replaces else v.actor
    try:
        if passphrase != typed.text("again"):
            raise BadInput(zh="两次输入的口令不一致。", en="The two passphrases differ.")
        set_organisation_key(session, actor=actor, organisation_id=own.id, passphrase=passphrase)
    except JiebangError as error:
        return _page(session, v, own, code, None, Typed(error=refused(session, typed, error).error))
    answer = v.go(f"/desk/calls/{code}/bid", done="seal-key")
    private = unlock_key(session, own.id, passphrase, by=v.actor.person_id)
    if isinstance(private, bytes):
        carry(request, answer, own.id, private)
    return answer


@router.post("/{code}/bid/draft")
def save(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    private: PrivateDep,
    typed: TypedDep,
    code: str,
) -> Response:
    """Keep the draft; a script asks so now and then, a person by the button."""
    quiet = bool(typed.text("quiet"))
    try:
        held = begin_bid(session, code=code, actor=v.actor, own=own)
        if held.lead_id != own.id:
            raise NotPermitted(zh="意向书由牵头方编辑。", en="the lead edits the bid.")
        # A script saves what is typed; files are added and taken out by the button alone.
        if not quiet:
            typed = with_files(session, v.actor, held, typed)
        _save(session, v, held, typed)
        if typed.error:
            return _page(session, v, own, code, private, typed)
    except JiebangError as error:
        if quiet:
            return JSONResponse({"error": error.say(v.lang)}, status_of(error))
        return _page(session, v, own, code, private, refused(session, typed, error))
    if quiet:
        return JSONResponse({"saved": True})
    return v.go(f"/desk/calls/{code}/bid", done="draft")


def _save(session: Session, v: View, held: Bid, typed: Typed) -> None:
    values = {name: one for name, one in typed.values.items() if name not in ("quiet", "drop")}
    save_bid_draft(session, held, values, v.actor)


@router.get("/{code}/bid/files/{file_id}")
def file(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    private: PrivateDep,
    code: str,
    file_id: UUID,
) -> Response:
    """Send a file of one's own bid, unsealed with the passphrase that was given."""
    del v
    return send_unsealed(own_file(session, code, own, private, file_id))


@router.post("/{code}/bid/members")
def members(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    private: PrivateDep,
    typed: TypedDep,
    code: str,
) -> Response:
    """Begin the bid with these partners, or change them; each confirms for itself."""
    try:
        wanted = typed.read(Partners, partners=tuple(PartnerRow.model_fields))
        draft_bid(
            session,
            project_id=project_coded(session, code).id,
            actor=v.actor,
            lead_id=own.id,
            partners=[
                partner_named(session, one.name, one.share, one.work_package)
                for one in wanted.partners
            ],
            work_package=wanted.work_package,
        )
    except JiebangError as error:
        return _page(session, v, own, code, private, refused(session, typed, error))
    return v.go(f"/desk/calls/{code}/bid", done="members")


@router.post("/{code}/bid/submit")
def submit(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    private: PrivateDep,
    typed: TypedDep,
    code: str,
) -> Response:
    """Seal the bid; what is refused stays a draft, and the refusal is recorded."""
    try:
        if typed.files or typed.has("drop"):
            # Kept whatever becomes of the submission: nobody chooses them twice.
            with unit_of_work(apart=True) as other:
                begun = begin_bid(other, code=code, actor=v.actor, own=own)
                typed = with_files(other, v.actor, begun, typed)
                _save(other, v, begun, typed)
            if typed.error:
                raise typed.error
        held = begin_bid(session, code=code, actor=v.actor, own=own)
        session.flush()
        content = typed.read(
            BidContent,
            budget=tuple(BudgetLine.model_fields),
            milestones=tuple(Plan.model_fields),
            files=tuple(Attachment.model_fields),
        )
        submit_bid(session, bid_id=held.id, actor=v.actor, content=content)
    except FieldsWrong as error:
        return _kept(session, v, own, code, private, typed, error)
    except Refused as error:
        return _kept(session, v, own, code, private, typed, error, refusal=True)
    return v.go(f"/desk/calls/{code}/bid", done="sealed")


def _kept(
    session: Session,
    v: View,
    own: Organisation,
    code: str,
    private: bytes | None,
    typed: Typed,
    error: Refused,
    *,
    refusal: bool = False,
) -> HTMLResponse:
    """Show the form with why it was refused; what was typed is kept, a refusal is audited."""
    form = refused(session, typed, error)
    try:
        with session.begin_nested():
            held = begin_bid(session, code=code, actor=v.actor, own=own)
            if held.lead_id == own.id:
                save_bid_draft(session, held, typed.values, v.actor)
                if refusal:
                    record_refusal(session, bid_id=held.id, actor=v.actor, error=error)
        return _page(session, v, own, code, private, form)
    except JiebangError:
        # Too late to begin one: what was typed is shown, to be kept elsewhere.
        return v.page("late.html", status=status_of(error), f=form, code=code)


@router.post("/{code}/bid/withdraw")
def withdraw(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    private: PrivateDep,
    _: TypedDep,
    code: str,
) -> Response:
    """Withdraw the bid before the closing."""
    try:
        withdraw_bid(session, bid_id=own_bid(session, code, own.id).id, actor=v.actor)
    except JiebangError as error:
        return _page(session, v, own, code, private, refused(session, Typed(), error))
    return v.go(f"/desk/calls/{code}/bid", done="withdrawn")


@router.post("/{code}/bid/leave")
def leave(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    private: PrivateDep,
    _: TypedDep,
    code: str,
) -> Response:
    """Leave a consortium as a partner."""
    try:
        bid = own_bid(session, code, own.id)
        leave_consortium(session, bid_id=bid.id, actor=v.actor, organisation_id=own.id)
    except JiebangError as error:
        return _page(session, v, own, code, private, refused(session, Typed(), error))
    return v.go("/desk/calls", done="left")


@router.post("/{code}/bid/confirm")
def confirm(
    session: SessionDep,
    v: SignedIn,
    own: OrganisationDep,
    private: PrivateDep,
    typed: TypedDep,
    code: str,
) -> Response:
    """Confirm one's place and share as a partner."""
    try:
        bid, seen = invitation_to(session, code, own.id), typed.read(ShownPlace)
        confirm_partner(
            session,
            bid_id=bid.id,
            actor=v.actor,
            organisation_id=own.id,
            share=seen.share,
            work_package=seen.work_package,
        )
    except JiebangError as error:
        return _page(session, v, own, code, private, refused(session, Typed(), error))
    return v.go(f"/desk/calls/{code}/bid", done="partner")
