"""A bare FastAPI and Jinja2 page without a database: what the pages are measured beside."""

import os

from fastapi import FastAPI
from jinja2 import Environment
from starlette.responses import HTMLResponse

from api.timing import ServerTiming

_ROWS = 24
_PAGE = Environment(autoescape=True).from_string(
    "<!doctype html><html lang=zh><title>{{ title }}</title><body><ol>"
    "{% for row in rows %}<li><h2><a href='{{ row.href }}'>{{ row.title }}</a></h2>"
    "<p>{{ row.text }}</p></li>{% endfor %}</ol></body></html>"
)


def create_app() -> FastAPI:
    """Return an app whose one page has as many bytes as BARE_BYTES says."""
    size = int(os.environ["BARE_BYTES"])
    rows = [
        {"href": f"/projects/{number}", "title": f"Project {number}", "text": "x" * (size // _ROWS)}
        for number in range(_ROWS)
    ]
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(_PAGE.render(title="bare", rows=rows))

    app.add_middleware(ServerTiming)
    return app
