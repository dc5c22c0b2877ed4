"""The embedded stack: started in order, one at a time, mended, stopped whole."""

import json
import signal
import ssl
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from domain.errors import BadInput
from services.authorities import authorities
from tests.patience import PATIENCE, until
from tests.shell import JIEBANG, outside
from tests.stack.conftest import Rig
from worker import supervisor as supervising
from worker.addresses import addresses_file, answers, free_port
from worker.doctor import examine
from worker.stack import Stack
from worker.supervisor import Part

pytestmark = pytest.mark.stack
LOOPBACK = IPv4Address("127.0.0.1")


class Alive(BaseHTTPRequestHandler):
    """Answers that all is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of what is asked."""


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Write a key and its certificate for 127.0.0.1, which nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    begins = datetime.now(UTC) - timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths = folder / "key.pem", folder / "certificate.pem"
    paths[0].write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    paths[1].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return paths


def test_every_part_has_its_pid_and_its_log(rig: Rig) -> None:
    for name in ("postgres", "prefect-server", "worker-1"):
        pid = int((rig.data_dir / "run" / f"{name}.pid").read_text().split()[0])
        assert psutil.pid_exists(pid)
        assert (rig.data_dir / "log" / f"{name}.log").exists()


def test_everything_listens_on_loopback_only(rig: Rig) -> None:
    pids = {rig.stack.supervisor.pid_of(n) for n in ("postgres", "prefect-server", "worker-1")}
    listening = [
        connection.laddr.ip
        for pid in pids
        for connection in psutil.Process(pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::1"}


def test_prefect_is_set_to_spare_and_an_operator_s_own_setting_wins(rig: Rig) -> None:
    server = rig.prefect.request("GET", "/admin/settings").json()["server"]
    assert server["database"]["sqlalchemy"]["pool_size"] == 16
    assert server["services"]["event_persister"]["batch_size"] == 100
    recorder = server["services"]["task_run_recorder"]
    assert (recorder["batch_size"], recorder["flush_interval"]) == (20, 1)


def test_a_second_stack_on_the_same_folder_says_so(rig: Rig) -> None:
    with pytest.raises(BadInput, match="already running"):
        Stack(rig.data_dir)


def test_a_port_that_is_taken_is_not_chosen(rig: Rig) -> None:
    taken = int(rig.stack.addresses.ui_url.rpartition(":")[2])
    assert free_port(taken) != taken


def test_doctor_finds_everything_well(rig: Rig) -> None:
    findings = examine(rig.data_dir)
    assert [finding.name for finding in findings if not finding.ok] == []
    assert any(finding.name == "stack" for finding in findings)


def test_doctor_says_how_to_mend_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/" + "x" * 90)
    broken = [finding for finding in examine(Path("var")) if not finding.ok]
    assert [finding.name for finding in broken] == ["socket"]
    assert "TMPDIR" in broken[0].mend.en


def test_parts_are_asked_over_https_too_and_authorities_are_loaded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = self_signed(tmp_path)
    served = ThreadingHTTPServer(("127.0.0.1", 0), Alive)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate, key)
    served.socket = own.wrap_socket(served.socket, server_side=True)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    url = f"https://127.0.0.1:{served.server_address[1]}/health"
    loaded: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(*asked: Any, **more: Any) -> None:
        loaded.append(asked)
        load(*asked, **more)

    authorities.cache_clear()
    try:
        assert not answers(url)
        authorities.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
        assert [answers(url) for _ in range(3)] == [True] * 3
        assert len(loaded) == 1
    finally:
        authorities.cache_clear()
        served.shutdown()
        served.server_close()


def test_the_watch_goes_on_whatever_one_part_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "_CALM", 0)
    monkeypatch.setattr(supervising, "_LOOK", 0)
    asked = threading.Event()

    def broken() -> bool:
        asked.set()
        raise OSError(28, "No space left on device")

    waiting = [sys.executable, "-c", "import signal; signal.pause()"]
    watched = supervising.Supervisor(tmp_path)
    watched.start(
        Part("broken", waiting, lambda: True, alive=broken),
        Part("other", waiting, lambda: True),
    )
    try:
        watched.watch()
        assert asked.wait(PATIENCE)
        pid = watched.pid_of("other")
        psutil.Process(pid).kill()
        until(lambda: watched.pid_of("other") != pid, "the watch to begin the other anew")
    finally:
        watched.stop()


def test_up_starts_says_where_and_stops_whole_on_ctrl_c(installed: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [str(installed / "bin" / "jiebang"), "up", "--demo", "--data-dir", str(tmp_path)],
        cwd=tmp_path,
        env=outside(source=False) | {"JIEBANG_LANG": "en"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        output += line
        if "Prefect UI" in line:
            break
    addresses = json.loads(addresses_file(tmp_path).read_text())
    assert f"Prefect UI {addresses['api_url'].removesuffix('/api')}" in output
    assert f"Board {addresses['web_url']}" in output
    board = httpx.get(addresses["web_url"])
    assert board.status_code == 200
    assert "没有符合条件的项目" in board.text
    needs = httpx.get(f"{addresses['web_url']}/needs").text
    assert "没有符合条件的需求" not in needs
    assert "选一个人试试" in httpx.get(f"{addresses['web_url']}/sign-in").text
    children = [int(p.read_text().split()[0]) for p in (tmp_path / "run").glob("*.pid")]
    assert len(children) == 4
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert not [pid for pid in children if psutil.pid_exists(pid)]
    assert not addresses_file(tmp_path).exists()


SWALLOWED = """
import os, signal, threading
from worker.ending import ending_on_sigterm
with ending_on_sigterm(lambda: print("stopped", flush=True), again=0.05):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException:
        print("swallowed", flush=True)
    threading.Event().wait(60)
"""


def test_a_process_ends_when_asked_to_although_a_library_swallows_the_exit() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout == "swallowed\nstopped\n"
    assert done.returncode == 128 + signal.SIGTERM


TIMED = """
import signal, threading
from worker.ending import ending_on_sigterm
rang = threading.Event()
signal.signal(signal.SIGALRM, lambda *_: (print("rang", flush=True), rang.set()))
signal.setitimer(signal.ITIMER_REAL, 0.2)
with ending_on_sigterm(lambda: print("stopped", flush=True)):
    rang.wait(30)
"""


def test_the_timer_of_whoever_runs_a_stack_stays_theirs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TIMED], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.stdout, done.returncode) == ("rang\nstopped\n", 0)


def test_a_demo_that_is_terminated_leaves_nothing_running(rig: Rig, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*JIEBANG, "demo", "--data-dir", str(tmp_path)],
        env=outside(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    rig.until((tmp_path / "run" / "prefect-server.pid").exists, "the demo's stack to start")
    children = [int(p.read_text().split()[0]) for p in (tmp_path / "run").glob("*.pid")]
    process.terminate()
    # Each part may take its own time to stop before it is killed.
    longest = len(children) * Part.stop_seconds + 60
    assert process.wait(timeout=longest) == 128 + signal.SIGTERM
    assert not [pid for pid in children if psutil.pid_exists(pid)]
