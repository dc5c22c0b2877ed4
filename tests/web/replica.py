"""A web in a process of its own, as on another machine; it is told which database a test is about.

``python -m uvicorn --factory tests.web.replica:create_app`` serves it.
"""

import json
import os
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import main
from models.session import dispose
from models.settings import settings

ENVIRONMENT: Final = "/environment-of-the-test"
TOLD: Final = ("JIEBANG_", "AWS_")
# What begins so is this machine's own, whatever the test's process says.
OWN: Final = "OWN_"


def create_app() -> ASGIApp:
    """Return the web; what is sent to ``ENVIRONMENT`` becomes this process's environment."""
    web = main.create_app()

    async def replica(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == ENVIRONMENT:
            _be_told(json.loads(await Request(scope, receive).body()))
            await Response(status_code=204)(scope, receive, send)
        else:
            await web(scope, receive, send)

    return replica


def _be_told(environment: dict[str, str]) -> None:
    """Let this environment take the place of the one before; let go of a database that is left."""
    before = settings().database_url
    for name in [name for name in os.environ if name.startswith(TOLD)]:
        del os.environ[name]
    own = {name.removeprefix(OWN): os.environ[name] for name in os.environ if name.startswith(OWN)}
    os.environ |= environment | own
    if before and before != settings().database_url:
        dispose(before)
