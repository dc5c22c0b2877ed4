"""Clients of the web that is served to a test."""

from typing import Any

import httpx

from services.authorities import authorities


def http_client(base_url: str = "", **settings: Any) -> httpx.Client:
    """Return a client that does not load this machine's authorities for itself alone."""
    return httpx.Client(base_url=base_url, verify=authorities(), **settings)
