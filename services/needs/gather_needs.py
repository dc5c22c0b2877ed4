"""The needs from which a secretary or a street may form a project."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import NotFound, NotPermitted
from domain.identity.roles import Grant
from domain.text import Text
from models import Community, Need
from models.needs import NeedStatus
from services.identity.actors import places_of
from services.listing import Listed, list_page
from services.search import by_title_or_code


class FreeNeed(NamedTuple):
    """A registered need that is in no project yet."""

    id: UUID
    code: str
    title: str
    description: str
    category: str
    community: str
    supporters: int


def needs_coded(session: Session, codes: Sequence[str]) -> list[UUID]:
    """Return the needs with these codes; raise NotFound for the first that is not."""
    ids_by_code = {
        need.code: need.id for need in session.exec(select(Need).where(col(Need.code).in_(codes)))
    }
    if missing := [code for code in codes if code not in ids_by_code]:
        raise NotFound(what=Text("需求", "need"), key=missing[0])
    return [ids_by_code[code] for code in codes]


def free_needs(
    session: Session,
    grants: tuple[Grant, ...],
    *,
    category: str = "",
    text: str = "",
    after: str = "",
) -> Listed[FreeNeed]:
    """Return a page of the registered needs of somebody's places, by community.

    Those with most supporters come first. Raises NotPermitted for whom no place is theirs, and
    BadInput as ``list_page``.
    """
    streets, communities = places_of(grants)
    if not streets | communities:
        raise NotPermitted(
            zh="立项由社区书记或街道干部办理。",
            en="projects are formed by community secretaries and street officers.",
        )
    query = (
        select(Need, Community.name)
        .join(Community, col(Community.code) == Need.community_code)
        .where(
            Need.status == NeedStatus.REGISTERED,
            col(Need.street_code).in_(streets) | col(Need.community_code).in_(communities),
            *by_title_or_code(col(Need.title), col(Need.code), text),
        )
        .order_by(col(Community.code), col(Need.supporters).desc(), col(Need.code))
    )
    if category:
        query = query.where(Need.category == category)

    def line(row: tuple[Need, str]) -> FreeNeed:
        need, community = row
        return FreeNeed(
            need.id,
            need.code,
            need.title,
            need.description,
            need.category,
            community,
            need.supporters,
        )

    return list_page(session, query, after=after).each(line)
