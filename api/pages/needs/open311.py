"""Open311 GeoReport v2 at ``/open311/v2``, as JSON and as XML.

Civic apps come without cookies, so there is no form token to ask for; addresses are admitted so
many times a minute. Errors are those of the standard: a list of codes and descriptions.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final
from xml.etree import ElementTree

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.exc import DataError
from starlette.responses import JSONResponse, Response

from api.deps import Machine, SessionDep
from api.security import RateLimit
from api.status import status_of
from domain.calendar import BEIJING
from domain.cells import printable
from domain.errors import BadInput, JiebangError, NotFound
from domain.text import Text
from services.needs.open311 import (
    NewRequest,
    RequestFilter,
    create_request,
    list_requests,
    list_services,
    read_request,
)

router = APIRouter(prefix="/open311/v2")
Paced = Annotated[None, Depends(RateLimit("open311", 120))]
_WRITES: Final = RateLimit("open311-writes", 30)
Lines = list[dict[str, Any]]


def _answer(form: str, root: str, item: str, lines: Lines, status: int = 200) -> Response:
    if form == "json":
        return JSONResponse(lines, status)
    tree = ElementTree.Element(root)
    for line in lines:
        element = ElementTree.SubElement(tree, item)
        for name, value in line.items():
            text = str(value).lower() if isinstance(value, bool) else str(value or "")
            ElementTree.SubElement(element, name).text = printable(text)
    body = ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)
    return Response(body, status, media_type="text/xml")


def _said(form: str, root: str, item: str, do: Callable[[], Lines], status: int = 200) -> Response:
    """Answer with what ``do`` returns, or with the standard's errors."""
    try:
        if form not in ("json", "xml"):
            raise NotFound(what=Text("格式", "format"), key=form)
        return _answer(form, root, item, do(), status)
    except (OverflowError, DataError):
        return _said(form, root, item, _unfit)
    except JiebangError as error:
        code = 400 if isinstance(error, BadInput) else status_of(error)
        line = {"code": code, "description": f"{error.say('zh')} {error.say('en')}"}
        return _answer("xml" if form == "xml" else "json", "errors", "error", [line], code)


def _unfit() -> Lines:
    raise BadInput(zh="参数无法识别。", en="A parameter is not understood.")


def _when(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            zh=f"{name} 须为 ISO 8601 时间。", en=f"{name} is an ISO 8601 time."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


@router.get("/services.{form}")
def services(request: Request, _: Machine, __: Paced, form: str) -> Response:
    """List the services: the categories of needs."""
    lang = request.state.lang
    return _said(form, "services", "service", lambda: list_services(lang))


@router.get("/requests.{form}")
def requests(
    request: Request,
    session: SessionDep,
    _: Machine,
    __: Paced,
    form: str,
    service_request_id: str = "",
    service_code: str = "",
    status: str = "",
    start_date: str = "",
    end_date: str = "",
) -> Response:
    """List requests by their ids, or by service, status and time."""

    def do() -> Lines:
        asked = RequestFilter(
            tuple(request_id for request_id in service_request_id.split(",") if request_id),
            tuple(service for service in service_code.split(",") if service),
            status,
            _when(start_date, "start_date"),
            _when(end_date, "end_date"),
        )
        return list_requests(session, asked, request.state.lang)

    return _said(form, "service_requests", "request", do)


@router.get("/requests/{code}.{form}")
def one_request(
    request: Request, session: SessionDep, _: Machine, __: Paced, code: str, form: str
) -> Response:
    """Show one request."""
    lang = request.state.lang
    return _said(form, "service_requests", "request", lambda: [read_request(session, code, lang)])


@router.post("/requests.{form}")
def report(
    request: Request,
    session: SessionDep,
    _: Machine,
    form: str,
    service_code: Annotated[str, Form()] = "",
    description: Annotated[str, Form()] = "",
    address_string: Annotated[str, Form()] = "",
    address_id: Annotated[str, Form()] = "",
    lat: Annotated[str, Form()] = "",
    long: Annotated[str, Form()] = "",
) -> Response:
    """Register a request and return its number."""

    def do() -> Lines:
        _WRITES(request)
        sent = NewRequest(service_code, description, address_string, address_id, lat, long)
        need = create_request(session, sent)
        notice = (
            "请记下编号，可在需求登记中查看去向。 Keep the number to follow what becomes of it."
        )
        return [{"service_request_id": need.code, "service_notice": notice, "account_id": ""}]

    return _said(form, "service_requests", "request", do, 201)
