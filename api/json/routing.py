"""What every route does: ETags, and answers kept under an Idempotency-Key."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.json.access import AnsweredBefore, Repeat
from domain.canonical import digest
from domain.errors import ChangedMeanwhile, DoneBefore, VersionNeeded
from services.kept_answers import KeptAnswer, keep_answer

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
JSON: Final = "application/json"


def etag(representation: Any) -> str:
    """Return the ETag of a representation: JSON's values, not its bytes."""
    return f'"{digest(representation)[:32]}"'


def require_match(sent: str | None, present: object) -> None:
    """Raise VersionNeeded without an If-Match, ChangedMeanwhile where it is not the present one."""
    require_tag(sent, etag(TypeAdapter(type(present)).dump_python(present, mode="json")))


def require_tag(sent: str | None, present: str) -> None:
    """Raise VersionNeeded without an If-Match, ChangedMeanwhile where it is not this ETag."""
    if sent is None:
        raise VersionNeeded
    tags = {tag.strip() for tag in sent.split(",")}
    if "*" not in tags and present not in tags:
        raise ChangedMeanwhile


class ApiRoute(APIRoute):
    """A route of the JSON API."""

    def get_route_handler(self) -> Handler:
        """Return the handler with what every route does around it."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                answer = await inner(request)
            except AnsweredBefore as before:
                return _again(before.answer)
            if repeat := getattr(request.state, "repeat", None):
                await run_in_threadpool(_keep, repeat, answer)
            return _tagged(request, answer)

        return handle


def _again(answer: KeptAnswer) -> Response:
    headers = {"Idempotency-Replayed": "true", "Cache-Control": "private, no-store"}
    if answer.location:
        headers["Location"] = answer.location
    if answer.status == 204:
        return Response(status_code=204, headers=headers)
    if answer.body is None:
        raise DoneBefore
    return JSONResponse(answer.body, answer.status, headers)


def _keep(repeat: Repeat, answer: Response) -> None:
    kept = answer.body and not repeat.sealed
    body = json.loads(bytes(answer.body)) if kept else None
    kept_answer = KeptAnswer(answer.status_code, body, answer.headers.get("location"))
    keep_answer(repeat.session, owner=repeat.owner, key=repeat.key, answer=kept_answer)


def _tagged(request: Request, answer: Response) -> Response:
    """Give what was read its ETag; what the reader has already is not sent again."""
    mine = "authorization" in request.headers
    answer.headers.setdefault("Cache-Control", "private, no-store" if mine else "no-cache")
    if request.method != "GET" or answer.headers.get("content-type") != JSON:
        return answer
    tag = etag(json.loads(bytes(answer.body)))
    answer.headers["ETag"] = tag
    if tag in {known.strip() for known in request.headers.get("if-none-match", "").split(",")}:
        headers = {"ETag": tag, "Cache-Control": answer.headers["Cache-Control"]}
        return Response(status_code=304, headers=headers)
    return answer
