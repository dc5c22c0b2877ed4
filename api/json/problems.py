"""Errors as RFC 9457 problem details, in both languages."""

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, NoResultFound, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.errors import of_database, retry_after
from api.status import status_of
from domain.errors import FieldsWrong, JiebangError
from domain.text import Text
from models.sentences import sentence

MEDIA: Final = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one value: where it stands (a JSON pointer), and what to do."""

    pointer: str = Field(examples=["/budget/0/amount"])
    code: str = Field(examples=["greater_than"])
    zh: str
    en: str


class Problem(BaseModel):
    """A problem detail; ``code`` is for programs, ``zh`` and ``en`` are for people."""

    type: str = Field(examples=["urn:jiebang:problem:not-found"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str = Field(examples=["not-found"])
    zh: str
    en: str
    errors: list[FieldProblem] = []


def problem(
    request: Request, status: int, code: str, text: Text, errors: list[FieldProblem] | None = None
) -> JSONResponse:
    """Return a problem in the language of the address."""
    detail = Problem(
        type=f"urn:jiebang:problem:{code}",
        title=code.replace("-", " ").capitalize(),
        status=status,
        detail=text.zh if request.state.lang == "zh" else text.en,
        code=code,
        zh=text.zh,
        en=text.en,
        errors=errors or [],
    )
    headers = {"Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(detail.model_dump(), status, headers, media_type=MEDIA)


_HTTP: Final = {
    400: ("bad-request", Text("请求无法识别。", "The request is not understood.")),
    404: ("no-such-address", Text("这个地址没有接口。", "There is no interface at this address.")),
    405: (
        "method-not-allowed",
        Text("这个地址不接受这种方法。", "This address does not take this method."),
    ),
    413: ("too-large", Text("请求体太大。", "The request's body is too large.")),
}
_BROKEN: Final = (
    "broken",
    Text("服务器出了问题，我们已记录。", "Something broke on our side and was recorded."),
)


def _pointer(place: tuple[Any, ...]) -> str:
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in place if part != "body"]
    return "/" + "/".join(parts) if parts else ""


def install(app: FastAPI) -> None:
    """Let ``app`` answer errors with problems."""

    def ours(request: Request, error: JiebangError) -> JSONResponse:
        text = Text(error.say("zh"), error.say("en"))
        fields = error.fields if isinstance(error, FieldsWrong) else {}
        problems = [
            FieldProblem(
                pointer="/" + path.replace(".", "/"), code="wrong", zh=reason.zh, en=reason.en
            )
            for path, reason in fields.items()
        ]
        answer = problem(request, status_of(error), error.code, text, problems)
        answer.headers.update(retry_after(error))
        return answer

    def wrong(request: Request, error: RequestValidationError) -> JSONResponse:
        problems = [
            FieldProblem(
                pointer=_pointer(error["loc"]), code=error["type"], zh=reason.zh, en=reason.en
            )
            for error in error.errors()
            for reason in (sentence(error),)
        ]
        text = Text("请求中有几处需要修改。", "Some values in the request need a change.")
        return problem(request, 422, "invalid", text, problems)

    def away(request: Request, error: Exception) -> JSONResponse:
        return ours(request, of_database(error))

    def absent(request: Request, _: NoResultFound) -> JSONResponse:
        return problem(request, 404, *_HTTP[404])

    def unfit(request: Request, _: Exception) -> JSONResponse:
        text = Text("请求中有不能保存的值。", "The request holds a value that can't be kept.")
        return problem(request, 422, "invalid", text)

    def http(request: Request, error: HTTPException) -> JSONResponse:
        answer = problem(request, error.status_code, *_HTTP.get(error.status_code, _BROKEN))
        answer.headers.update(error.headers or {})
        return answer

    def broken(request: Request, _: Exception) -> JSONResponse:
        return problem(request, 500, *_BROKEN)

    handlers: dict[type[Exception], Any] = {
        JiebangError: ours,
        RequestValidationError: wrong,
        OperationalError: away,
        PoolTimeout: away,
        NoResultFound: absent,
        DataError: unfit,
        OverflowError: unfit,
        HTTPException: http,
        Exception: broken,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
