"""Opening records, public from the opening on, and the receipts that are checked against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from domain.errors import NotFound, SealKeyNeeded
from domain.privacy import mask
from domain.public.board import PUBLIC
from domain.text import Text
from models import Opening, OpeningPresence, Organisation, Project
from services.bid.bid_page import read_bid_page
from services.projects.forming import public_project

PAGE = 30


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """An opening in the list: of which project, in which round, when, how many bids."""

    code: str
    title: str
    round: int
    opened_at: datetime
    bids: int


@dataclass(frozen=True, slots=True)
class OpeningsPage:
    """A page of openings, the newest first; ``next`` names the last one, null on the last page."""

    items: tuple[OpeningLine, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Commitment:
    """The commitment of one bid, and whether the bid that was opened matches it."""

    receipt: str
    commitment: str
    matches: bool


@dataclass(frozen=True, slots=True)
class OpeningRecord:
    """One opening: every bid's receipt and commitment, and whether the bid still matched it.

    ``seed`` is the digest of ``commitments``; a later draw between equal bids goes by it.
    """

    code: str
    title: str
    round: int
    opened_at: datetime
    openers: int
    commitments: tuple[Commitment, ...]
    seed: str


def list_openings(session: Session, *, after: str | None = None, size: int = PAGE) -> OpeningsPage:
    """Return ``size`` openings of public projects, the newest first."""
    query = (
        select(Opening, Project)
        .join(Project, col(Project.id) == Opening.project_id)
        .where(col(Project.status).in_(sorted(PUBLIC)))
        .order_by(col(Opening.opened_at).desc(), col(Project.code).desc())
        .limit(size + 1)
    )
    if after:
        code, _, number = after.rpartition("/")
        last = session.exec(
            select(Opening.opened_at)
            .join(Project, col(Project.id) == Opening.project_id)
            .where(Project.code == code, Opening.round == _whole(number))
        ).first()
        if last is None:
            raise NotFound(what=Text("开标记录", "opening"), key=after)
        query = query.where(tuple_(col(Opening.opened_at), col(Project.code)) < (last, code))
    rows: Sequence[tuple[Opening, Project]] = session.exec(query).all()
    items = tuple(
        OpeningLine(
            project.code,
            mask(project.title),
            opening.round,
            opening.opened_at,
            len(opening.commitments),
        )
        for opening, project in rows[:size]
    )
    more = len(rows) > size
    return OpeningsPage(items, f"{items[-1].code}/{items[-1].round}" if more else None)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def read_opening(session: Session, code: str, round_: int) -> OpeningRecord:
    """Return an opening's record; raise NotFound."""
    project = public_project(session, code)
    opening = session.get(Opening, (project.id, round_))
    if opening is None:
        raise NotFound(what=Text("开标记录", "opening"), key=f"{code}/{round_}")
    present = session.exec(
        select(func.count()).where(
            OpeningPresence.project_id == project.id, OpeningPresence.round == round_
        )
    ).one()
    return OpeningRecord(
        project.code,
        mask(project.title),
        round_,
        opening.opened_at,
        present,
        tuple(Commitment(**kept) for kept in opening.commitments),
        opening.seed,
    )


class Receipt(NamedTuple):
    """A bidder's receipt: with the opening's record it proves the content and its time."""

    receipt: str
    version: int
    submitted_at: datetime
    commitment: str
    nonce: str
    content: dict[str, Any]


def read_receipt(session: Session, code: str, own: Organisation, private: bytes | None) -> Receipt:
    """Return the receipt of the actor's own organisation's sealed bid.

    Raises NotFound without one, SealKeyNeeded where it is sealed and ``private`` is not given.
    """
    page = read_bid_page(session, code, own, private)
    if page.bid is None or not page.versions:
        raise NotFound(what=Text("回执", "receipt"), key=code)
    newest = page.versions[0]
    if newest.nonce is None:
        raise SealKeyNeeded
    return Receipt(
        str(page.bid.receipt_no),
        newest.version,
        newest.saved_at,
        str(page.bid.commitment),
        newest.nonce,
        dict(page.content),
    )
