"""The web application."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.routing import Mount

from api import errors
from api.form_routes import FormRoute, Forms
from api.json.app import create_api
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
    residents,
    sign_in,
    sso,
    steps,
    tokens,
)
from api.pages.admin import calendar, escrow, people, registers, rounds, templates, ties
from api.security import LimitBody, NoteOrigins, SecurityHeaders
from api.timing import ServerTiming
from api.view import STATIC
from models.heap import keep_loaded
from services.processes import install_processes

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
    registers,
    calendar,
    templates,
    ties,
    escrow,
)


def _programs() -> Mount:
    """Return where programs come; whatever a path holds, they are answered as programs."""
    mount = Mount("/api/v1", app=create_api(), name="api")
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


@asynccontextmanager
async def _serving(_: FastAPI) -> AsyncIterator[None]:
    """Serve with everything loaded and set aside."""
    keep_loaded()
    yield


def create_app() -> FastAPI:
    """Return the application; it reads the database that the environment names."""
    install_processes()
    app = FastAPI(
        title="揭榜 Jiebang", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_serving
    )
    for module in PAGES:
        app.include_router(module.router)
    app.state.forms = Forms(
        [
            route
            for module in PAGES
            for route in module.router.routes
            if isinstance(route, FormRoute)
        ]
    )
    app.router.routes.append(_programs())
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(LimitBody)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(LanguageByPath)
    app.add_middleware(ServerTiming)
    app.add_middleware(NoteOrigins)
    errors.install(app)
    return app
