"""The public register of needs: what became of what people asked for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.errors import NotFound
from domain.lifecycle import Status
from domain.privacy import mask
from domain.public.board import PUBLIC
from domain.text import Text
from models import Community, Need, Project, ProjectNeed, Street
from models.needs import NeedStatus
from services.search import by_title_or_code

NEED_STATUS_NAMES: Final = {
    NeedStatus.AWAITING_PLACE: Text("待指定地点", "awaiting a place"),
    NeedStatus.REGISTERED: Text("已登记", "registered"),
    NeedStatus.MERGED: Text("已合并", "merged"),
    NeedStatus.IN_PROJECT: Text("已立项", "in a project"),
    NeedStatus.ANSWERED: Text("已回应", "answered"),
}
PAGE = 30


class NeedsFilter(NamedTuple):
    """What a reader asks of the register; empty texts ask for nothing."""

    status: NeedStatus | None = None
    street: str = ""
    category: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A need in a few words, masked: its code, its title, and how many support it."""

    code: str
    title: str
    supporters: int


def line_of(need: Need) -> NeedLine:
    """Return a need in a few words."""
    return NeedLine(need.code, mask(need.title), need.supporters)


@dataclass(frozen=True, slots=True)
class NeedItem:
    """One need; ``project`` is the code of the public project that answers it."""

    code: str
    title: str
    category: str
    street: str | None
    community: str | None
    supporters: int
    status: NeedStatus
    project: str | None


@dataclass(frozen=True, slots=True)
class NeedsPage:
    """One page, the code after which the next begins, and how many needs have each status."""

    items: tuple[NeedItem, ...]
    next: str | None
    by_status: dict[NeedStatus, int]

    @property
    def total(self) -> int:
        """Return how many needs are found with any status."""
        return sum(self.by_status.values())


def _matching(asked: NeedsFilter, *, status: bool = True) -> list[Any]:
    conditions: list[Any] = []
    if status and asked.status:
        conditions.append(Need.status == asked.status)
    if asked.street:
        conditions.append(Need.street_code == asked.street)
    if asked.category:
        conditions.append(Need.category == asked.category)
    return conditions + by_title_or_code(col(Need.title), col(Need.code), asked.text)


def read_needs_register(
    session: Session, asked: NeedsFilter, *, after: str | None = None, size: int = PAGE
) -> NeedsPage:
    """Return ``size`` needs of the register, the newest first; ``after`` is the last code seen."""
    query = (
        select(Need, Street.name, Community.name)
        .join(Street, col(Street.code) == Need.street_code, isouter=True)
        .join(Community, col(Community.code) == Need.community_code, isouter=True)
        .where(*_matching(asked))
        .order_by(col(Need.code).desc())
        .limit(size + 1)
    )
    if after:
        query = query.where(Need.code < after)
    rows = session.exec(query).all()
    projects = _projects(session, [need for need, _, _ in rows[:size]])
    items = tuple(
        NeedItem(
            need.code,
            mask(need.title),
            need.category,
            street,
            community,
            need.supporters,
            need.status,
            projects.get(need.merged_into or need.id),
        )
        for need, street, community in rows[:size]
    )
    by_status = session.exec(
        select(Need.status, func.count())
        .where(*_matching(asked, status=False))
        .group_by(col(Need.status))
    ).all()
    counts = {status: dict(by_status).get(status, 0) for status in NeedStatus}
    return NeedsPage(items, items[-1].code if len(rows) > size else None, counts)


def _projects(session: Session, needs: list[Need]) -> dict[object, str]:
    wanted = {need.merged_into or need.id for need in needs}
    rows = session.exec(
        select(ProjectNeed.need_id, Project.code)
        .join(Project, col(Project.id) == ProjectNeed.project_id)
        .where(
            col(ProjectNeed.need_id).in_(wanted),
            col(ProjectNeed.released_at).is_(None),
            col(Project.status).in_(sorted(PUBLIC)),
        )
    ).all()
    return {need_id: code for need_id, code in rows}


@dataclass(frozen=True, slots=True)
class Tried:
    """A project that took a need up and ended without answering it."""

    code: str
    status: Status
    until: datetime


@dataclass(frozen=True, slots=True)
class NeedView:
    """One need with its description, those merged into it, and what it was merged into.

    ``earlier`` is the same need of before, ``tried`` the projects that ended without answering it.
    """

    item: NeedItem
    description: str
    reported_on: date
    merged: tuple[str, ...]
    merged_into: str | None
    earlier: str | None
    tried: tuple[Tried, ...]


def read_need(session: Session, code: str) -> NeedView:
    """Return one need of the register; raise NotFound."""
    need = session.exec(select(Need).where(Need.code == code)).one_or_none()
    if need is None:
        raise NotFound(what=Text("需求", "need"), key=code)
    street = session.get(Street, need.street_code) if need.street_code else None
    community = session.get(Community, need.community_code) if need.community_code else None
    into = session.get(Need, need.merged_into) if need.merged_into else None
    earlier = session.get(Need, need.earlier_id) if need.earlier_id else None
    merged = session.exec(
        select(Need.code).where(Need.merged_into == need.id).order_by(col(Need.code))
    ).all()
    return NeedView(
        NeedItem(
            need.code,
            mask(need.title),
            need.category,
            street.name if street else None,
            community.name if community else None,
            need.supporters,
            need.status,
            _projects(session, [need]).get(need.merged_into or need.id),
        ),
        mask(need.description),
        need.reported_on,
        tuple(merged),
        into.code if into else None,
        earlier.code if earlier else None,
        _tried(session, need),
    )


def _tried(session: Session, need: Need) -> tuple[Tried, ...]:
    rows = session.exec(
        select(Project.code, Project.status, ProjectNeed.released_at)
        .join(ProjectNeed, col(ProjectNeed.project_id) == Project.id)
        .where(
            ProjectNeed.need_id == (need.merged_into or need.id),
            col(ProjectNeed.released_at).is_not(None),
            col(Project.status).in_(sorted(PUBLIC)),
        )
        .order_by(col(ProjectNeed.released_at))
    ).all()
    return tuple(Tried(code, Status(status), until) for code, status, until in rows if until)
