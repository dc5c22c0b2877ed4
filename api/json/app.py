"""The application under ``/api/v1`` and its OpenAPI description."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from api.json import calendar, cancelling, evaluate, gates, problems
from api.json.assess import assessment, ballots
from api.json.award import agreement, objections, panel
from api.json.bid import bids, escrow, opening, openings
from api.json.conduct import material, oversight
from api.json.deliver import amendments, consortium, milestones
from api.json.desk import operations, workspace
from api.json.district import places, rounds
from api.json.identity import account, email, people
from api.json.ledgers import organisations as registered
from api.json.needs import gather, needs_register, report
from api.json.problems import MEDIA, Problem
from api.json.public import board, organisations, projects, subscriptions
from api.json.publish import calls, questions, templates
from api.json.register import register_routers
from domain.identity.access import TOKEN_SCOPE_NAMES
from services.register.declaration import Register

ROUTERS: Final = (
    board,
    projects,
    needs_register,
    organisations,
    places,
    openings,
    subscriptions,
    email,
    report,
    ballots,
    workspace,
    gates,
    account,
    operations,
    gather,
    cancelling,
    evaluate,
    calls,
    questions,
    opening,
    objections,
    agreement,
    milestones,
    amendments,
    assessment,
    panel,
    oversight,
    material,
    bids,
    consortium,
    people,
    escrow,
    rounds,
    registered,
    templates,
    calendar,
)
_ABOUT: Final = """
What people read and submit on the pages, for programs. Reading what is public needs no token; for
everything else send a personal access token, made under *My account*, in the header
`Authorization: Bearer jb_…`.

* Amounts are in yuan and marks from 0 to 100: exact decimals, written as strings.
* Errors are problem details (RFC 9457) with a `code` for programs and a sentence in Chinese and
  English; under `/en/api/v1` their `detail` is English.
* Lists with a `next` go on with `cursor=…`.
* A write with an `Idempotency-Key` can be sent again within a day: nothing is done twice.
* What is read has an `ETag`: send it as `If-None-Match` to save the body, and as `If-Match` where
  a change could lose somebody else's.
"""
# What a refusal may be, for every method, in the order of the statuses.
_REFUSALS: Final = {
    "400": "The body is no JSON, or no text",
    "401": "No token, or one that no longer holds",
    "403": "Not permitted, or the token is not good for it",
    "404": "There is no such thing, or it is not public yet",
    "405": "The address does not take this method",
    "409": "It is too late, was done before, or is not allowed here",
    "412": "It has changed since it was read",
    "413": "The body is too large",
    "422": "A value needs a change, or something is incomplete",
    "428": "If-Match is missing",
    "429": "Too many requests in a minute",
    "503": "A part of the platform does not answer",
}
_WRITING: Final = frozenset({"400", "409", "413"})


def api_routers(of: Sequence[Register[Any]]) -> list[APIRouter]:
    """Return the routers of all operations, with those of these registers."""
    return [*(module.router for module in ROUTERS), *register_routers(of)]


def create_api(of: Sequence[Register[Any]]) -> FastAPI:
    """Return the application, to be mounted under ``/api/v1``."""
    app = FastAPI(
        title="揭榜 Jiebang", version="1", docs_url=None, redoc_url=None, redirect_slashes=False
    )
    for router in api_routers(of):
        app.include_router(router)
    problems.install(app)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with every refusal as a problem detail."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=_ABOUT,
            routes=app.routes,
            servers=[{"url": "/api/v1"}, {"url": "/en/api/v1"}],
        )
        shapes = schema["components"]["schemas"]
        made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        shapes |= made.pop("$defs")
        shapes["Problem"] = made
        for name in ("HTTPValidationError", "ValidationError"):
            shapes.pop(name, None)
        schema["components"]["securitySchemes"]["token"]["x-scopes"] = {
            scope.value: f"{name.zh} / {name.en}" for scope, name in TOKEN_SCOPE_NAMES.items()
        }
        for path in schema["paths"].values():
            for method, operation in path.items():
                _refusals(method, operation)
        app.openapi_schema = schema
    return app.openapi_schema


def _refusals(method: str, operation: dict[str, Any]) -> None:
    matched = any(parameter["name"] == "if-match" for parameter in operation.get("parameters", ()))
    for status, text in _REFUSALS.items():
        if status in _WRITING and method == "get":
            continue
        if status in ("412", "428") and not matched:
            continue
        operation["responses"][status] = {
            "description": text,
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if method == "get" and "application/json" in operation["responses"]["200"].get("content", {}):
        operation["responses"]["304"] = {"description": "Not changed since it was read"}
