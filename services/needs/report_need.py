"""Residents report a need or support one, without an account."""

import difflib
from datetime import datetime
from typing import Final

from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING
from domain.cells import visible
from domain.errors import BadInput, NotFound, NotPermitted
from domain.needs.categories import CATEGORY_NAMES
from domain.text import Text
from models import Community, Need, NeedSupport
from models.keyring import keyed_digest
from models.locks import AdvisoryLock, one_at_a_time
from models.needs import NeedStatus
from models.shapes import Command
from services.clock import now
from services.district.places import counts
from services.events.record import record
from services.identity.secrets import token_digest
from services.needs.events import NeedReported, NeedSupported
from services.needs.import_needs import next_code
from services.needs.need_rows import likeness
from services.needs.needs_register import NeedLine, line_of

_LOOKED_AT: Final = 300
_ALIKE: Final = 0.45
_OPEN: Final = (NeedStatus.REGISTERED, NeedStatus.IN_PROJECT)


class NeedCreate(Command):
    """What a resident types: in one line, in full, of which category, for which community."""

    title: str = Field(min_length=4, max_length=60)
    description: str = Field(min_length=4, max_length=2000)
    category: str
    community: str


def similar_needs(session: Session, report: NeedCreate) -> list[NeedLine]:
    """Return up to three open needs of the same community that say nearly the same."""
    rows = session.exec(
        select(Need)
        .where(Need.community_code == report.community, col(Need.status).in_(_OPEN))
        .order_by((col(Need.category) == report.category).desc(), col(Need.code).desc())
        .limit(_LOOKED_AT)
    ).all()

    def alike(need: Need) -> float:
        return difflib.SequenceMatcher(None, need.title, report.title).ratio()

    nearest = sorted(((alike(row), row) for row in rows), key=lambda pair: -pair[0])
    return [line_of(need) for near, need in nearest[:3] if near >= _ALIKE]


def report_need(session: Session, *, report: NeedCreate, supporter: str) -> Need:
    """Register what a resident needs and return it; the very same again is supported instead.

    ``supporter`` is the token of their browser. Raises BadInput for an unknown place or category.
    """
    community = session.get(Community, report.community)
    if community is None or not counts(session, community):
        raise BadInput(zh="请选择所在的社区。", en="Choose your community.")
    if report.category not in CATEGORY_NAMES:
        raise BadInput(zh="请选择类别。", en="Choose a category.")
    at = now(session)
    today = at.astimezone(BEIJING).date()
    title, description = visible(" ".join(report.title.split())), visible(report.description)
    if not (title and description):
        raise BadInput(zh="请用文字写明需求。", en="Say in words what is needed.")
    fingerprint = likeness(title, description, community.code)
    one_at_a_time(session, AdvisoryLock.REPORTING, of=fingerprint)
    same = session.exec(
        select(Need)
        .where(Need.fingerprint == fingerprint, col(Need.status).in_(_OPEN))
        .with_for_update()
    ).first()
    if same:
        _support(session, same, supporter, at)
        return same
    code = next_code(session, today.year)
    need = Need(
        code=code,
        title=title,
        description=description,
        category=report.category,
        street_code=community.street_code,
        community_code=community.code,
        place_text=community.name,
        reported_on=today,
        status=NeedStatus.REGISTERED,
        fingerprint=fingerprint,
        source="portal",
        source_ref=code,
        created_at=at,
    )
    session.add(need)
    session.flush()
    session.add(NeedSupport(need_id=need.id, supporter=_supporter(supporter), supported_at=at))
    record(session, NeedReported(), about=need.code, by="resident", at=at)
    session.flush()
    return need


def support_need(session: Session, *, code: str, supporter: str) -> bool:
    """Count one more person behind a need; return whether this browser is new to it.

    Raises NotFound, or NotPermitted once the need is answered or merged into another.
    """
    need = session.exec(select(Need).where(Need.code == code).with_for_update()).one_or_none()
    if need is None:
        raise NotFound(what=Text("需求", "need"), key=code)
    if need.status not in _OPEN:
        raise NotPermitted(
            zh="这条需求已有回应，或已并入另一条。",
            en="this need was answered, or merged into another.",
        )
    return _support(session, need, supporter, now(session))


def _supporter(token: str) -> str:
    """Return the stored form of a browser or a person: nobody finds by trying who it was."""
    return keyed_digest("need", token_digest(f"need:{token}"))


def _support(session: Session, need: Need, supporter: str, at: datetime) -> bool:
    digest = _supporter(supporter)
    if session.get(NeedSupport, (need.id, digest)):
        return False
    session.add(NeedSupport(need_id=need.id, supporter=digest, supported_at=at))
    need.supporters += 1
    record(session, NeedSupported(), about=need.code, by="resident", at=at)
    session.flush()
    return True
