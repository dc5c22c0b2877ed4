"""An S3-compatible store on loopback, started for a test."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from worker.addresses import answers, free_port
from worker.supervisor import Part, Supervisor


@contextmanager
def bucket(folder: Path) -> Iterator[dict[str, str]]:
    """Run a store with one empty bucket; give what the environment must say to keep files there.

    ``folder`` is for its log.
    """
    port = free_port(0)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    supervisor = Supervisor(folder)
    try:
        part = Part("bucket", command, lambda: answers(f"{url}/moto-api/data.json"), {**os.environ})
        supervisor.start(part)
        httpx.put(f"{url}/files").raise_for_status()
        yield {
            "JIEBANG_FILES_URL": "s3://files/district",
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
    finally:
        supervisor.stop()
