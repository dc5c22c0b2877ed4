"""Clients of Prefect's API: each shows the password that the environment names."""

import os

from prefect.client.orchestration import SyncPrefectClient


def prefect_client(api_url: str) -> SyncPrefectClient:
    """Return a client of ``api_url``; Prefect's own settings were read before we knew it."""
    return SyncPrefectClient(api_url, auth_string=os.environ.get("PREFECT_API_AUTH_STRING") or None)
