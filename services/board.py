"""The public board: what anybody may see of every project, filtered and a page at a time."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, func, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.board import HEADING_OF, PUBLIC, Heading, statuses_under
from domain.calendar import BEIJING
from domain.lifecycle import Status
from domain.privacy import mask
from models import Call, Community, Project, Street
from services.search import by_title_or_code

PAGE = 24


class BoardFilter(NamedTuple):
    """What a reader asks of the board; empty texts ask for nothing.

    ``since`` and ``until`` bound the day on which a project was formed, Beijing time.
    """

    heading: Heading | None = None
    street: str = ""
    category: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None


class BoardItem(NamedTuple):
    """One project on the board; amounts in yuan, ``closes_at`` only while bids are taken."""

    code: str
    title: str
    status: Status
    heading: Heading
    category: str
    street: str
    community: str
    amount: Decimal | None
    formed_at: datetime
    closes_at: datetime | None


class StreetTile(NamedTuple):
    """A street, and how many of its projects the filter finds."""

    code: str
    name: str
    projects: int


class BoardPage(NamedTuple):
    """One page: its items, the code after which the next begins, and counts for the filters."""

    items: tuple[BoardItem, ...]
    next: str | None
    by_heading: dict[Heading, int]
    streets: tuple[StreetTile, ...]

    @property
    def total(self) -> int:
        """Return how many projects are found under every heading."""
        return sum(self.by_heading.values())


def _matching(asked: BoardFilter, *, heading: bool = True, street: bool = True) -> list[Any]:
    statuses = statuses_under(asked.heading) if heading and asked.heading else PUBLIC
    found: list[Any] = [col(Project.status).in_(sorted(statuses))]
    if street and asked.street:
        found.append(Project.street_code == asked.street)
    if asked.category:
        found.append(Project.category == asked.category)
    found += by_title_or_code(col(Project.title), col(Project.code), asked.text)
    if asked.since:
        found.append(col(Project.created_at) >= datetime.combine(asked.since, time.min, BEIJING))
    if asked.until:
        found.append(col(Project.created_at) <= datetime.combine(asked.until, time.max, BEIJING))
    return found


def read_board(
    session: Session, asked: BoardFilter, *, after: str | None = None, size: int = PAGE
) -> BoardPage:
    """Return ``size`` items of the board; ``after`` is the code of the last project already seen.

    Calls that close soonest come first while bids are taken, the newest projects first otherwise.
    The number of queries does not depend on the number of projects.
    """
    rows = session.execute(_page(asked, after).limit(size + 1)).all()
    items = tuple(
        BoardItem(
            project.code,
            mask(project.title),
            project.status,
            HEADING_OF[project.status],
            project.category,
            street,
            community,
            _amount(project, call),
            project.created_at,
            call.closes_at if call and project.status is Status.BIDDING else None,
        )
        for project, call, street, community in rows[:size]
    )
    return BoardPage(
        items,
        items[-1].code if len(rows) > size else None,
        _by_heading(session, asked),
        _by_street(session, asked),
    )


def _amount(project: Project, call: Call | None) -> Decimal | None:
    """Return the call's ceiling once it is published, the estimate before."""
    return call.ceiling if call and call.published_at else project.budget


def _page(asked: BoardFilter, after: str | None) -> Select[Project, Call, str, str]:
    newest = (
        select(func.max(Call.version))
        .where(Call.project_id == Project.id)
        .correlate(Project)
        .scalar_subquery()
    )
    query = (
        select(Project, Call, Street.name, Community.name)
        .join(Street, col(Street.code) == Project.street_code)
        .join(Community, col(Community.code) == Project.community_code)
        .join(
            Call,
            (col(Call.project_id) == Project.id) & (col(Call.version) == newest),
            isouter=True,
        )
        .where(*_matching(asked))
    )
    if asked.heading is Heading.OPEN:
        if after:
            past, held = aliased(Project), aliased(Call)
            last = (
                select(held.closes_at, past.code)
                .join(held, col(held.project_id) == past.id)
                .where(past.code == after)
                .order_by(col(held.version).desc())
                .limit(1)
                .subquery()
            )
            query = query.join(
                last,
                tuple_(col(Call.closes_at), col(Project.code))
                > tuple_(last.c.closes_at, last.c.code),
            )
        return query.order_by(col(Call.closes_at), col(Project.code))
    if after:
        query = query.where(Project.code < after)
    return query.order_by(col(Project.code).desc())


def _by_heading(session: Session, asked: BoardFilter) -> dict[Heading, int]:
    rows = session.exec(
        select(Project.status, func.count())
        .where(*_matching(asked, heading=False))
        .group_by(col(Project.status))
    ).all()
    counts = dict.fromkeys(Heading, 0)
    for status, number in rows:
        counts[HEADING_OF[Status(status)]] += number
    return counts


def _by_street(session: Session, asked: BoardFilter) -> tuple[StreetTile, ...]:
    found = (
        select(col(Project.street_code).label("code"), func.count().label("projects"))
        .where(*_matching(asked, street=False))
        .group_by(col(Project.street_code))
        .subquery()
    )
    rows = session.exec(
        select(Street.code, Street.name, func.coalesce(found.c.projects, 0))
        .join(found, found.c.code == Street.code, isouter=True)
        .order_by(col(Street.code))
    ).all()
    return tuple(StreetTile(*row) for row in rows)


def list_streets(session: Session) -> list[Street]:
    """Return the district's streets."""
    return list(session.exec(select(Street).order_by(col(Street.code))).all())
