"""The web application."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.routing import Mount

from api import errors
from api.form_routes import FormRoute, Forms
from api.json.app import api_routers, create_api
from api.json.describe import operations_of
from api.language import LanguageByPath
from api.pages import calendar, cancelling, drafts, evaluate, gates, help, register
from api.pages.assess import assessment, ballots
from api.pages.award import agreement, objections, panel
from api.pages.bid import bids, escrow, opening, openings
from api.pages.conduct import material, oversight, steps
from api.pages.deliver import amendments, consortium, milestones
from api.pages.desk import operations, workspace
from api.pages.district import rounds
from api.pages.identity import account, people, sign_in, sso, tokens
from api.pages.ledgers import organisations as registered
from api.pages.needs import gather, needs_register, open311, report
from api.pages.public import board, files, follow, organisations, projects
from api.pages.publish import call_drafts, calls, questions, templates
from api.security import LimitBody, NoteOrigins, SecurityHeaders
from api.timing import ServerTiming
from api.view import STATIC
from models.heap import keep_loaded
from services.processes import install_processes
from services.register.catalogue import registers
from services.register.declaration import Register

PAGES: Final = (
    board,
    files,
    follow,
    openings,
    projects,
    needs_register,
    help,
    sign_in,
    sso,
    account,
    tokens,
    report,
    ballots,
    open311,
    workspace,
    bids,
    consortium,
    material,
    gather,
    operations,
    organisations,
    questions,
    gates,
    call_drafts,
    drafts,
    evaluate,
    calls,
    opening,
    objections,
    agreement,
    milestones,
    assessment,
    cancelling,
    panel,
    amendments,
    steps,
    oversight,
    people,
    rounds,
    registered,
    calendar,
    templates,
    escrow,
)


def _programs(of: Sequence[Register[Any]]) -> Mount:
    """Return where programs come; whatever a path holds, they are answered as programs."""
    mount = Mount("/api/v1", app=create_api(of), name="api")
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


@asynccontextmanager
async def _serving(_: FastAPI) -> AsyncIterator[None]:
    """Serve with everything loaded and set aside."""
    keep_loaded()
    yield


def page_routers(of: Sequence[Register[Any]]) -> list[APIRouter]:
    """Return the routers of all pages, with those of these registers."""
    pages = [*(module.router for module in PAGES), register.index]
    return [*pages, *map(register.register_pages, of)]


def create_app() -> FastAPI:
    """Return the application; it reads the database that the environment names."""
    install_processes()
    installed = registers()
    routers = page_routers(installed)
    app = FastAPI(
        title="揭榜 Jiebang", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_serving
    )
    for router in routers:
        app.include_router(router)
    app.state.operations = operations_of(api_routers(installed))
    app.state.forms = Forms(
        [route for router in routers for route in router.routes if isinstance(route, FormRoute)]
    )
    app.router.routes.append(_programs(installed))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(LimitBody)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(LanguageByPath)
    app.add_middleware(ServerTiming)
    app.add_middleware(NoteOrigins)
    errors.install(app)
    return app
