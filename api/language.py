"""Two languages by path: Chinese at ``/…``, English at ``/en/…``; one click between them."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from domain.text import Lang

_PREFIX: Final = "/en"


class LanguageByPath:
    """Take ``/en`` off the path and remember the language, so that routes are written once."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on in its language."""
        if scope["type"] == "http":
            path: str = scope["path"]
            english = path == _PREFIX or path.startswith(f"{_PREFIX}/")
            lang: Lang = "en" if english else "zh"
            scope = {**scope, "state": {**scope.get("state", {}), "lang": lang}}
            if english:
                scope["path"] = path.removeprefix(_PREFIX) or "/"
                scope["raw_path"] = scope["path"].encode()
        await self._app(scope, receive, send)


def path_in(lang: Lang, path: str) -> str:
    """Return ``path`` in a language."""
    return f"{_PREFIX}{path}" if lang == "en" else path
