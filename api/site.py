"""Where people reach the web: what feeds, letters, links to sign in and printed codes carry."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from domain.errors import BadInput
from models.settings import settings

_HERE: Final = ("localhost", "::1")


def site_of(request: Request) -> str:
    """Return the address as set, else the one by which this request came; no slash at its end."""
    if public := settings().public_url:
        return public.rstrip("/")
    parts = urlsplit(str(request.base_url))
    return f"{parts.scheme}://{parts.netloc}"


def is_only_here(request: Request) -> bool:
    """Tell whether the address is one that no other machine reaches."""
    host = urlsplit(site_of(request)).hostname or ""
    return host in _HERE or host.startswith("127.") or host.endswith(".localhost")


def require_reachable(request: Request, *, anyway: bool) -> None:
    """Raise BadInput before paper is printed with an address that no other machine reaches."""
    if is_only_here(request) and not anyway:
        raise BadInput(
            zh=f"二维码会指向 {site_of(request)}，居民的手机打不开。请管理员设置 JIEBANG_PUBLIC_URL，"
            "或用居民能访问的网址打开本页；只为试用可勾选“仍要印发”。",
            en=f"The codes would lead to {site_of(request)}, which residents’ phones cannot open. Let "
            "an administrator set JIEBANG_PUBLIC_URL, or open this page by an address that residents "
            "reach; for a trial, tick 'print all the same'.",
        )
