"""Needs as service requests of Open311 GeoReport v2, so that civic apps can report here.

Source: wiki.open311.org, "GeoReport v2". A category is a service; a need is a request.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.cells import visible
from domain.errors import BadInput, NotFound
from domain.needs.categories import CATEGORY_NAMES, category_name
from domain.privacy import mask
from domain.text import Lang, Text
from models import Community, Need
from models.locks import AdvisoryLock, one_at_a_time
from models.needs import NeedStatus
from services.clock import now
from services.district.places import counts
from services.events.record import record
from services.needs.events import NeedReported
from services.needs.import_needs import next_code
from services.needs.need_rows import coordinates, likeness
from services.needs.needs_register import NEED_STATUS_NAMES

_CLOSED: Final = frozenset({NeedStatus.ANSWERED, NeedStatus.MERGED})
_SPAN: Final = timedelta(days=90)
MOST: Final = 1000
_STATUSES: Final = {"open", "closed"}
_EARLIEST: Final = 2000
_LONGEST: Final = 2000


class RequestFilter(NamedTuple):
    """What a client asks for; empty texts ask for nothing. Without dates the last 90 days.

    ``status`` is open, closed, or both with a comma; pages are counted from 1.
    """

    ids: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    status: str = ""
    start: datetime | None = None
    end: datetime | None = None
    page: int = 1
    page_size: int = MOST


class NewRequest(NamedTuple):
    """What a client sends; ``address_id`` is a community's code."""

    service_code: str
    description: str
    address_string: str = ""
    address_id: str = ""
    lat: str = ""
    long: str = ""


Line = dict[str, object]


def list_services(lang: Lang) -> list[Line]:
    """Return the services: the categories of needs."""
    return [
        {
            "service_code": code,
            "service_name": name.say(lang),
            "description": name.say(lang),
            "metadata": False,
            "type": "realtime",
            "keywords": "",
            "group": "",
        }
        for code, name in CATEGORY_NAMES.items()
    ]


def list_requests(session: Session, asked: RequestFilter, lang: Lang) -> list[Line]:
    """Return a page of requests, the newest first; raise BadInput for a wrong filter."""
    if not (1 <= asked.page_size <= MOST and 1 <= asked.page <= MOST):
        raise BadInput(
            zh=f"page 和 page_size 须为 1 到 {MOST}。", en=f"page and page_size are 1 to {MOST}."
        )
    query = select(Need).order_by(col(Need.code).desc()).limit(asked.page_size)
    query = query.offset((asked.page - 1) * asked.page_size)
    if asked.ids:
        return [
            _line(need, lang)
            for need in session.exec(query.where(col(Need.code).in_(asked.ids))).all()
        ]
    end = asked.end or now(session)
    start = asked.start or (end - _SPAN if end.year > _EARLIEST else end)
    if not start <= end or min(start.year, end.year) < _EARLIEST:
        raise BadInput(
            zh="开始时间晚于结束时间，或早于 2000 年。",
            en="start_date lies after end_date, or before the year 2000.",
        )
    query = query.where(
        col(Need.reported_on) >= start.astimezone(BEIJING).date(),
        col(Need.reported_on) <= end.astimezone(BEIJING).date(),
    )
    if asked.services:
        query = query.where(col(Need.category).in_(asked.services))
    statuses = {status.strip() for status in asked.status.split(",") if status.strip()}
    if not statuses <= _STATUSES:
        raise BadInput(
            zh="status 为 open、closed，或用逗号隔开的两者。",
            en="status is open, closed, or both with a comma.",
        )
    if len(statuses) == 1:
        closed = col(Need.status).in_(sorted(_CLOSED))
        query = query.where(closed if statuses == {"closed"} else ~closed)
    return [_line(need, lang) for need in session.exec(query).all()]


def read_request(session: Session, code: str, lang: Lang) -> Line:
    """Return one request; raise NotFound."""
    need = session.exec(select(Need).where(Need.code == code)).one_or_none()
    if need is None:
        raise NotFound(what=Text("需求", "service request"), key=code)
    return _line(need, lang)


def _line(need: Need, lang: Lang) -> Line:
    asked = datetime.combine(need.reported_on, datetime.min.time(), BEIJING)
    return {
        "service_request_id": need.code,
        "status": "closed" if need.status in _CLOSED else "open",
        "status_notes": NEED_STATUS_NAMES[need.status].say(lang),
        "service_name": category_name(need.category).say(lang),
        "service_code": need.category,
        "description": mask(f"{need.title}\n{need.description}"),
        "agency_responsible": "",
        "service_notice": "",
        "requested_datetime": asked.isoformat(),
        "updated_datetime": need.created_at.astimezone(BEIJING).isoformat(timespec="seconds"),
        "expected_datetime": "",
        "address": mask(need.place_text),
        "address_id": need.community_code or "",
        "zipcode": "",
        "lat": need.lat,
        "long": need.long,
        "media_url": "",
    }


def create_request(session: Session, request: NewRequest) -> Need:
    """Register a request as a need; without a known community it waits for its place.

    The very same request again, as from a client that heard no answer, returns the registered need.
    Raises BadInput, which names the part that is missing or unknown.
    """
    if request.service_code not in CATEGORY_NAMES:
        raise BadInput(
            zh="service_code 缺少或未知，请先读取 services。",
            en="service_code is missing or unknown; read services first.",
        )
    description = visible(request.description)
    lat, long = coordinates(request.lat, request.long)
    if not 4 <= len(description) <= _LONGEST:
        raise BadInput(
            zh=f"description 须为 4 到 {_LONGEST} 个字。",
            en=f"description has 4 to {_LONGEST} characters.",
        )
    place = visible(request.address_string) or ("" if lat is None else f"{lat}, {long}")
    community = session.get(Community, request.address_id) if request.address_id else None
    known = counts(session, community)
    if request.address_id and not known:
        raise BadInput(zh="address_id 不是社区编号。", en="address_id is no community's code.")
    if not place and community is None:
        raise BadInput(
            zh="请给出 address_string、address_id 或 lat 与 long。",
            en="Give address_string, address_id, or lat and long.",
        )
    at = now(session)
    today = at.astimezone(BEIJING).date()
    title = description.splitlines()[0][:60]
    where = community.code if community else place[:200]
    fingerprint = likeness(title, description, where, today.isoformat(), f"{lat},{long}", "")
    one_at_a_time(session, AdvisoryLock.REPORTING, of=fingerprint)
    same = session.exec(
        select(Need).where(
            Need.fingerprint == fingerprint, col(Need.status).not_in(sorted(_CLOSED))
        )
    ).first()
    if same:
        return same
    code = next_code(session, today.year)
    need = Need(
        code=code,
        title=title,
        description=description,
        category=request.service_code,
        street_code=community.street_code if community else None,
        community_code=community.code if community else None,
        place_text=place[:200] or (community.name if community else ""),
        reported_on=today,
        status=NeedStatus.REGISTERED if community else NeedStatus.AWAITING_PLACE,
        lat=lat,
        long=long,
        fingerprint=fingerprint,
        source="open311-api",
        source_ref=code,
        created_at=at,
    )
    session.add(need)
    record(session, NeedReported(), about=code, by="open311", at=at)
    session.flush()
    return need
