"""The certificate authorities by which an answer over HTTPS is believed."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """Return the authorities of this machine, loaded once in a process.

    A client that is not given them loads them again: a twentieth of a second, also where it asks
    over plain HTTP.
    """
    return httpx.create_ssl_context()
