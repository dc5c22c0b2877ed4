"""The public board: what anybody may see of every project, filtered and a page at a time."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, func, literal_column, tuple_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.lifecycle import Status
from domain.privacy import mask
from domain.public.board import HEADING_OF, HIDDEN, Heading, statuses_under
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


@dataclass(frozen=True, slots=True)
class BoardItem:
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


@dataclass(frozen=True, slots=True)
class StreetTile:
    """A street, and how many of its projects the filter finds."""

    code: str
    name: str
    projects: int


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One page: its items, the code after which the next begins, and counts for the filters."""

    items: tuple[BoardItem, ...]
    next: str | None
    by_heading: dict[Heading, int]
    streets: tuple[StreetTile, ...]

    @property
    def total(self) -> int:
        """Return how many projects are found under every heading."""
        return sum(self.by_heading.values())


def matching(asked: BoardFilter, *, heading: bool = True, street: bool = True) -> list[Any]:
    """Return the conditions of a filter on public projects, without one by which is counted."""
    status = col(Project.status)
    conditions: list[Any] = [status != hidden for hidden in sorted(HIDDEN)]
    if heading and asked.heading:
        conditions.append(status.in_(sorted(statuses_under(asked.heading))))
    if street and asked.street:
        conditions.append(Project.street_code == asked.street)
    if asked.category:
        conditions.append(Project.category == asked.category)
    conditions += by_title_or_code(col(Project.title), col(Project.code), asked.text)
    if asked.since:
        conditions.append(
            col(Project.created_at) >= datetime.combine(asked.since, time.min, BEIJING)
        )
    if asked.until:
        conditions.append(
            col(Project.created_at) <= datetime.combine(asked.until, time.max, BEIJING)
        )
    return conditions


def read_board(
    session: Session, asked: BoardFilter, *, after: str | None = None, size: int = PAGE
) -> BoardPage:
    """Return ``size`` items of the board; ``after`` is the code of the last project already seen.

    Calls that close soonest come first while bids are taken, the newest projects first otherwise.
    The number of queries does not depend on the number of projects.
    """
    # Written into the statement, so that the database need not plan it again for every reader.
    limit: Any = literal_column(str(size + 1))
    rows = session.execute(_page(asked, after).limit(limit)).all()
    items = tuple(
        BoardItem(
            row.code,
            mask(row.title),
            row.status,
            HEADING_OF[row.status],
            row.category,
            row.street,
            row.community,
            # The call's ceiling once it is published, the estimate before.
            row.ceiling if row.published_at else row.budget,
            row.created_at,
            row.closes_at if row.status is Status.BIDDING else None,
        )
        for row in rows[:size]
    )
    by_heading, streets = _counts(session, asked)
    return BoardPage(items, items[-1].code if len(rows) > size else None, by_heading, streets)


def _page(asked: BoardFilter, after: str | None) -> Select[Any]:
    newest = (
        select(func.max(Call.version))
        .where(Call.project_id == Project.id)
        .correlate(Project)
        .scalar_subquery()
    )
    query: Select[Any] = (
        sa_select(
            col(Project.code),
            col(Project.title),
            col(Project.status),
            col(Project.category),
            col(Project.budget),
            col(Project.created_at),
            col(Call.ceiling),
            col(Call.published_at),
            col(Call.closes_at),
            col(Street.name).label("street"),
            col(Community.name).label("community"),
        )
        .join(Street, col(Street.code) == Project.street_code)
        .join(Community, col(Community.code) == Project.community_code)
        .join(
            Call,
            (col(Call.project_id) == Project.id) & (col(Call.version) == newest),
            isouter=True,
        )
        .where(*matching(asked))
    )
    if asked.heading is Heading.OPEN:
        if after:
            past, past_call = aliased(Project), aliased(Call)
            last = (
                select(past_call.closes_at, past.code)
                .join(past_call, col(past_call.project_id) == past.id)
                .where(past.code == after)
                .order_by(col(past_call.version).desc())
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
        query = query.where(col(Project.code) < after)
    return query.order_by(col(Project.code).desc())


def _counts(
    session: Session, asked: BoardFilter
) -> tuple[dict[Heading, int], tuple[StreetTile, ...]]:
    """Return how many projects each heading and each street has, read at once.

    A heading counts those of the street that is asked for, a street those under the heading.
    """
    tally = (
        select(Project.street_code, Project.status, func.count().label("projects"))
        .where(*matching(asked, heading=False, street=False))
        .group_by(col(Project.street_code), col(Project.status))
        .subquery()
    )
    rows = session.exec(
        select(Street.code, Street.name, tally.c.status, func.coalesce(tally.c.projects, 0))
        .join(tally, tally.c.street_code == Street.code, isouter=True)
        .order_by(col(Street.code))
    ).all()
    headings = dict.fromkeys(Heading, 0)
    streets: dict[str, StreetTile] = {}
    for code, name, status, projects in rows:
        heading = HEADING_OF[Status(status)] if status else None
        if heading and asked.street in ("", code):
            headings[heading] += projects
        tile = streets.get(code) or StreetTile(code, name, 0)
        counts = projects if asked.heading in (None, heading) else 0
        streets[code] = replace(tile, projects=tile.projects + counts)
    return headings, tuple(streets.values())


def list_streets(session: Session) -> list[Street]:
    """Return the district's streets."""
    return list(session.exec(select(Street).order_by(col(Street.code))).all())
