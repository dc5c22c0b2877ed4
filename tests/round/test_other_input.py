"""The demo on somebody else's file and on a database of their own, as a person runs it."""

import json
import subprocess
from pathlib import Path

from tests.cluster import Cluster
from tests.conftest import Demo
from tests.patience import PATIENCE
from tests.shell import JIEBANG, outside


def test_a_demo_takes_open311_requests_to_the_end(
    cluster: Cluster, demo: Demo, tmp_path: Path
) -> None:
    requests = [
        {
            "service_request_id": f"r{number}",
            "service_name": service,
            "description": f"{service} near the school",
            "requested_datetime": "2012-05-23T15:35:08-04:00",
            "address": f"{number} Olcott Blvd",
        }
        for number, service in enumerate(("Graffiti", "Potholes, Other", "Trash"), start=1)
    ]
    path = tmp_path / "requests.json"
    path.write_text(json.dumps(requests), encoding="utf-8")
    data_dir = tmp_path / "var"
    done = subprocess.run(
        [*JIEBANG, "demo", "--input", str(path), "--data-dir", str(data_dir), "--json"],
        env=outside() | {"JIEBANG_DATABASE_URL": cluster.create("given")},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    cluster.drop("given")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout)
    assert summary == json.loads((data_dir / "demo" / "summary.json").read_text())
    assert (summary["input"], summary["needs"]) == ("requests.json", 3)
    assert summary["needs_awaiting_place"] == 0
    assert 1 <= sum(summary["projects"].values()) <= 3
    assert summary["audit_ok"] is True
    assert summary["gates_decided"] not in (0, demo.summary["gates_decided"])
    assert (data_dir / summary["duckdb"]).is_file()
    assert not list((data_dir / "run").glob("*.pid"))
