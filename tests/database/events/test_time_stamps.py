"""A head of the audit chain is stamped by a real RFC 3161 authority, and by no other answer."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.audit_heads import Head, stamp
from services.file_store import Folder
from tests.patience import PATIENCE

OPENSSL = shutil.which("openssl") or ""
pytestmark = pytest.mark.skipif(
    not OPENSSL and os.environ.get("CI") != "true", reason="openssl plays the authority"
)
HEAD = Head(
    position=41, hash="ab" * 32, published_at="2026-11-30T02:00:00+00:00", previous="0" * 64
)
STAMP = "audit/stamps/41.tsr"
CONFIG = """
[tsa]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[signer]
extendedKeyUsage = critical, timeStamping
basicConstraints = critical, CA:FALSE
[authority]
basicConstraints = critical, CA:TRUE
[req]
distinguished_name = name
[name]
"""


def run(*words: str | Path) -> str:
    done = subprocess.run(
        [OPENSSL, *map(str, words)], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root, and a signer of time stamps under it."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    config = ("-config", folder / "tsa.cnf")
    new = ("req", "-newkey", "rsa:2048", "-nodes", *config)
    run(
        *(*new, "-x509", "-days", "2", "-subj", "/CN=root", "-extensions", "authority"),
        *("-keyout", folder / "root.key", "-out", folder / "root.pem"),
    )
    run(*new, "-subj", "/CN=tsa", "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr")
    run(
        *("x509", "-req", "-in", folder / "tsa.csr", "-days", "2", "-out", folder / "tsa.pem"),
        *("-CA", folder / "root.pem", "-CAkey", folder / "root.key", "-CAcreateserial"),
        *("-extfile", folder / "tsa.cnf", "-extensions", "signer"),
    )
    return folder


def reply(authority: Path, query: bytes) -> bytes:
    """Answer a query as an authority does."""
    (authority / "query.tsq").write_bytes(query)
    run(
        *("ts", "-reply", "-config", authority / "tsa.cnf", "-section", "tsa"),
        *("-queryfile", authority / "query.tsq", "-out", authority / "answer.tsr"),
        *("-signer", authority / "tsa.pem", "-inkey", authority / "tsa.key"),
    )
    return (authority / "answer.tsr").read_bytes()


Serve = Callable[[Callable[[bytes], bytes]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve answers to queries over HTTP."""
    servers = []

    def begin(answer: Callable[[bytes], bytes]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/timestamp-query"
                content = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_stamp_is_kept_that_anybody_can_verify(
    authority: Path, serve: Serve, tmp_path: Path
) -> None:
    store = Folder(tmp_path)
    assert stamp(serve(lambda query: reply(authority, query)), HEAD, store) == STAMP
    path = tmp_path / STAMP
    assert path.stat().st_mode & 0o777 == 0o600
    line = tmp_path / "line"
    line.write_text(HEAD.line())
    root = authority / "root.pem"
    assert "Verification: OK" in run("ts", "-verify", "-data", line, "-in", path, "-CAfile", root)
    line.write_text(HEAD.line().replace("ab", "cd", 1))
    with pytest.raises(AssertionError, match=r"(?i)mismatch"):
        run("ts", "-verify", "-data", line, "-in", path, "-CAfile", root)
    # It is asked for once.
    assert stamp("http://127.0.0.1:1/", HEAD, store) == STAMP


def test_an_answer_that_is_no_stamp_of_this_head_is_not_kept(
    authority: Path, serve: Serve, tmp_path: Path
) -> None:
    other = authority / "other"
    other.write_text("something else")
    run("ts", "-query", "-data", other, "-sha512", "-cert", "-out", authority / "other.tsq")
    foreign = reply(authority, (authority / "other.tsq").read_bytes())
    refused = bytes.fromhex("30053003020102")
    for answer in (foreign, refused, b"", b"<html>"):
        assert stamp(serve(lambda _, answer=answer: answer), HEAD, Folder(tmp_path)) is None  # type: ignore[misc]
    assert stamp("http://127.0.0.1:1/", HEAD, Folder(tmp_path)) is None
    assert list(tmp_path.rglob("*.tsr")) == []
