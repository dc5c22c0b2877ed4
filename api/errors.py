"""Errors as pages: one table from the domain's errors to status codes, and sentences that help."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Final, get_args
from urllib.parse import quote, urlsplit

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg import errors as postgres
from sqlalchemy.exc import DataError, NoResultFound, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api.form_routes import Refusal, ShownAgain, is_form, is_open_to_all, page_of, query_of
from api.forms import Sent, is_ours, read_form
from api.kept_forms import KeptForms
from api.language import path_in
from api.notices import NOTICES
from api.status import status_of
from api.view import View
from api.visitors import address_of
from domain.calendar import BEIJING
from domain.errors import (
    BadInput,
    Busy,
    FormExpired,
    JiebangError,
    NotPermitted,
    SignInNeeded,
    StackUnavailable,
    TooManyTries,
    Unavailable,
)
from domain.text import Lang, Text
from models.keyring import keyed_digest
from models.limits import LARGEST_FORM
from models.session import unit_of_work
from models.settings import settings
from services.rate_limits import admit

_PARKED_A_MINUTE: Final = 120
LANGS: Final[tuple[Lang, ...]] = get_args(Lang)

_MISSING: Final = Text("这个地址没有内容。", "There is nothing at this address.")
_WRONG: Final = Text(
    "地址里的筛选条件无法识别，请从页面上重新选择。",
    "The filters in this address are not understood; choose them on the page again.",
)
_METHOD: Final = Text("这个页面不接受这种请求。", "This page does not take such a request.")
_TOO_LARGE: Final = Text(
    f"一次提交的内容最多 {LARGEST_FORM // (1 << 20)} MB。请返回上一页，分几次添加附件，或换小一些的文件。",
    f"At most {LARGEST_FORM // (1 << 20)} MB are taken at once. Go back and add fewer files at a time, "
    "or smaller ones.",
)
_WRONG_FORM: Final = Text(
    "提交的内容无法识别，请返回上一页再试。",
    "The submitted content is not understood; go back and try again.",
)
_BROKEN: Final = Text(
    "服务器出了问题，我们已记录。请稍后再试，已保存的内容不会丢失。",
    "Something broke on our side and was recorded. Try again later; nothing saved is lost.",
)


_CROWDED: Final = (
    postgres.LockNotAvailable,
    postgres.QueryCanceled,
    postgres.DeadlockDetected,
    postgres.TooManyConnections,
)
RETRY_SECONDS: Final = 5


def of_database(error: Exception) -> Unavailable:
    """Return what an error of the database, or of its pool, means to somebody who waits."""
    crowded = isinstance(error, PoolTimeout) or isinstance(getattr(error, "orig", None), _CROWDED)
    return Busy() if crowded else StackUnavailable(part="PostgreSQL", why="…")


def retry_after(error: JiebangError) -> dict[str, str]:
    """Return the header that says when to try again, where trying again may help."""
    if isinstance(error, TooManyTries):
        return {"Retry-After": "60"}
    return {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, Unavailable) else {}


def page(request: Request, status: int, text: Text) -> HTMLResponse:
    """Return an error as a page; it needs no database."""
    if not hasattr(request.state, "lang"):
        request.state.lang = "zh"
    view = View(request, partial(datetime.now, BEIJING))
    return view.page("error.html", status=status, code=status, text=text)


def _plain(error: JiebangError) -> Text:
    """Return what an error says as a text without fields."""
    zh, en = (error.say(lang).replace("{", "{{").replace("}", "}}") for lang in LANGS)
    return Text(zh, en)


def _to_sign_in(request: Request, path: str, done: str = "") -> RedirectResponse:
    asked = quote(path, safe="/") + (f"&done={done}" if done else "")
    return RedirectResponse(path_in(request.state.lang, f"/sign-in?next={asked}"), 303)


async def _sent(request: Request, error: JiebangError) -> Sent | None:
    """Return the form of a request, None for one that another site may have sent."""
    if not hasattr(request.state, "sent"):
        await read_form(request)
        await request.close()
    sent: Sent = request.state.sent
    unproved = isinstance(error, FormExpired) or not is_ours(request)
    if unproved and not _came_from_here(request):
        request.state.sent = None
        return None
    return sent


def _came_from_here(request: Request) -> bool:
    """Tell whether the browser says that a page of this very site sends it."""
    if fetched := request.headers.get("sec-fetch-site"):
        return fetched == "same-origin"
    came = request.headers.get("origin") or request.headers.get("referer") or ""
    own = {request.url.netloc, urlsplit(settings().public_url).netloc} - {""}
    try:
        return urlsplit(came).netloc in own
    except ValueError:
        return False


def _park(request: Request, sent: Sent, plainly: Callable[[], Response]) -> Response:
    """Keep a form whose sender has to sign in first, and lead there and back."""
    shown, values = page_of(request, sent), sent.open()
    quiet = bool(sent.typed.text("quiet"))
    worth = any(text.strip() for typed in values.values() for text in typed)
    if not worth and not quiet:
        return _to_sign_in(request, shown)
    if not is_ours(request) and not is_open_to_all(request, sent.path):
        # Whose it is cannot be told: the next person who signs in here might read it.
        text = _plain(SignInNeeded()).say(request.state.lang)
        return JSONResponse({"error": text}, 401) if quiet else plainly()
    if not admit("parked forms", keyed_digest("address", address_of(request)), _PARKED_A_MINUTE):
        return plainly()
    try:
        with unit_of_work(hurried=True) as session:
            kept = KeptForms(request, session, lambda: None)
            kept.park(sent.path, values)
    except BadInput:
        # Too long to be kept: it is shown, to be copied.
        return plainly()
    told = NOTICES["parked"].say(request.state.lang)
    answer = JSONResponse({"error": told}, 401) if quiet else _to_sign_in(request, shown, "parked")
    kept.carry(answer)
    return answer


async def _ours(request: Request, error: JiebangError) -> Response:
    if isinstance(error, SignInNeeded) and request.method == "GET":
        return _to_sign_in(request, request.url.path)
    # A guard refuses before the form is read: its page would be refused alike.
    guarded = isinstance(error, NotPermitted) and not hasattr(request.state, "sent")
    sent = await _sent(request, error) if is_form(request) else None
    status, headers = status_of(error), retry_after(error)

    def plainly() -> Response:
        answer = page(request, status, _plain(error))
        answer.headers.update(headers)
        return answer

    if sent is None:
        return await to_thread.run_sync(plainly)
    if isinstance(error, SignInNeeded):
        return await to_thread.run_sync(_park, request, sent, plainly)
    if sent.typed.text("quiet"):
        return JSONResponse({"error": error.say(request.state.lang)}, status, headers)
    if guarded:
        return await to_thread.run_sync(plainly)
    request.state.refusal = Refusal(sent, error)
    shown, query = page_of(request, sent), query_of(request, sent)
    return ShownAgain(request.app, shown, query, status, headers, plainly)


async def _away(request: Request, error: Exception) -> Response:
    trouble = of_database(error)
    answer = page(request, status_of(trouble), _plain(trouble))
    answer.headers.update(retry_after(trouble))
    return answer


def _absent(request: Request, _: NoResultFound) -> Response:
    return page(request, 404, _MISSING)


def _unfit(request: Request, _: DataError) -> Response:
    return page(request, 422, _WRONG_FORM)


def _http(request: Request, error: HTTPException) -> HTMLResponse:
    texts = {404: _MISSING, 405: _METHOD, 413: _TOO_LARGE, 400: _WRONG_FORM}
    text = texts.get(error.status_code, _BROKEN)
    return page(request, error.status_code, text)


def _wrong(request: Request, _: RequestValidationError) -> HTMLResponse:
    return page(request, 422, _WRONG)


def _broken(request: Request, _: Exception) -> HTMLResponse:
    return page(request, 500, _BROKEN)


def install(app: FastAPI) -> None:
    """Let ``app`` answer errors with pages."""

    handlers: dict[type[Exception], Callable[..., Response | Awaitable[Response]]] = {
        JiebangError: _ours,
        OperationalError: _away,
        PoolTimeout: _away,
        NoResultFound: _absent,
        DataError: _unfit,
        HTTPException: _http,
        RequestValidationError: _wrong,
        Exception: _broken,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
