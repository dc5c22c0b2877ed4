"""Errors as pages: one table from the domain's errors to status codes, and sentences that help."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg import errors as postgres
from sqlalchemy.exc import DataError, NoResultFound, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.language import path_in
from api.view import View
from domain.calendar import BEIJING
from domain.errors import (
    BadInput,
    Busy,
    ChangedMeanwhile,
    FormExpired,
    Incomplete,
    JiebangError,
    KeyReused,
    NotFound,
    NotPermitted,
    ProofNeeded,
    Refused,
    SealKeyNeeded,
    SignInNeeded,
    StackUnavailable,
    TooManyTries,
    Unavailable,
    VersionNeeded,
)
from domain.text import Text
from models.limits import LARGEST_FORM

STATUS: Final[tuple[tuple[type[JiebangError], int], ...]] = (
    (NotFound, 404),
    (SignInNeeded, 401),
    (NotPermitted, 403),
    (ProofNeeded, 403),
    (SealKeyNeeded, 403),
    (FormExpired, 403),
    (VersionNeeded, 428),
    (ChangedMeanwhile, 412),
    (KeyReused, 422),
    (TooManyTries, 429),
    (BadInput, 422),
    (Incomplete, 422),
    (Unavailable, 503),
    (Refused, 409),
    (JiebangError, 500),
)

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
    "What was sent is not understood; go back and try again.",
)
_BROKEN: Final = Text(
    "服务器出了问题，我们已记录。请稍后再试，已保存的内容不会丢失。",
    "Something broke on our side and was recorded. Try again later; nothing saved is lost.",
)


def status_of(error: JiebangError) -> int:
    """Return the HTTP status of an error of the domain."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


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


def install(app: FastAPI) -> None:
    """Let ``app`` answer errors with pages."""

    def ours(request: Request, error: JiebangError) -> Response:
        if isinstance(error, SignInNeeded) and request.method == "GET":
            asked = quote(request.url.path, safe="/")
            return RedirectResponse(path_in(request.state.lang, f"/sign-in?next={asked}"), 303)
        text = Text(
            error.say("zh").replace("{", "{{").replace("}", "}}"),
            error.say("en").replace("{", "{{").replace("}", "}}"),
        )
        answer = page(request, status_of(error), text)
        answer.headers.update(retry_after(error))
        return answer

    def away(request: Request, error: Exception) -> Response:
        return ours(request, of_database(error))

    def absent(request: Request, _: NoResultFound) -> Response:
        return page(request, 404, _MISSING)

    def unfit(request: Request, _: DataError) -> Response:
        return page(request, 422, _WRONG_FORM)

    def http(request: Request, error: HTTPException) -> HTMLResponse:
        texts = {404: _MISSING, 405: _METHOD, 413: _TOO_LARGE, 400: _WRONG_FORM}
        text = texts.get(error.status_code, _BROKEN)
        return page(request, error.status_code, text)

    def wrong(request: Request, _: RequestValidationError) -> HTMLResponse:
        return page(request, 422, _WRONG)

    def broken(request: Request, _: Exception) -> HTMLResponse:
        return page(request, 500, _BROKEN)

    handlers: dict[type[Exception], Callable[..., Response | Awaitable[Response]]] = {
        JiebangError: ours,
        OperationalError: away,
        PoolTimeout: away,
        NoResultFound: absent,
        DataError: unfit,
        HTTPException: http,
        RequestValidationError: wrong,
        Exception: broken,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
