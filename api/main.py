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
from api.pages import (
    account,
    amendments,
    bids,
    board,
    consortium,
    desk,
    drafts,
    duties,
    files,
    follow,
    gate_drafts,
    gates,
    gather,
    help,
    material,
    needs,
    open311,
    openings,
    operations,
    organisations,
    oversight,
    panel,
    projects,
    questions,
    registers,
    residents,
    sign_in,
    sso,
    steps,
    tokens,
)
from api.pages.admin import calendar, escrow, people, rounds, templates
from api.pages.admin import organisations as registered
from api.security import LimitBody, NoteOrigins, SecurityHeaders
from api.timing import ServerTiming
from api.view import STATIC
from models.heap import keep_loaded
from services.processes import install_processes
from services.register.catalogue import registers as installed_registers
from services.register.declaration import Register

PAGES: Final = (
    board,
    files,
    follow,
    openings,
    projects,
    needs,
    help,
    sign_in,
    sso,
    account,
    tokens,
    residents,
    open311,
    desk,
    bids,
    consortium,
    material,
    gather,
    operations,
    organisations,
    questions,
    gates,
    gate_drafts,
    drafts,
    duties,
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
    pages = [*(module.router for module in PAGES), registers.index]
    return [*pages, *map(registers.register_pages, of)]


def create_app() -> FastAPI:
    """Return the application; it reads the database that the environment names."""
    install_processes()
    installed = installed_registers()
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
