"""What was computed is rebuilt from a dump by another process, and one changed row is found."""

import json
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from models.session import unit_of_work
from services.replay import replay
from tests.cluster import Cluster, tool
from tests.conftest import Demo
from tests.patience import PATIENCE
from tests.shell import JIEBANG, outside


@pytest.mark.rule("Consequences")
def test_a_dump_is_replayed_by_another_process_to_what_was_stored(
    cluster: Cluster, demo: Demo, tmp_path: Path
) -> None:
    dump = tmp_path / "round.dump"
    tool(cluster.server, "pg_dump", "--format=custom", f"--file={dump}", demo.template)
    url = cluster.create("restored")
    tool(
        cluster.server, "pg_restore", "--no-owner", f"--dbname={make_url(url).database}", str(dump)
    )
    demo.lay_files(tmp_path)
    done = subprocess.run(
        [*JIEBANG, "audit", "replay", "--data-dir", str(tmp_path), "--json"],
        env=outside() | {"JIEBANG_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    cluster.drop("restored")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert [part["differing"] for part in report["parts"]] == [[]] * 8
    assert all(part["rebuilt"] for part in report["parts"])


MUTATIONS = {
    "opening records": "UPDATE bid_payload SET content = jsonb_set(content, '{plan}', '\"换了一份方案\"')"
    " WHERE content IS NOT NULL AND bid_id = (SELECT bid_id FROM bid_payload"
    " WHERE content IS NOT NULL ORDER BY bid_id LIMIT 1)",
    "rankings": "UPDATE panel_score SET marks = jsonb_set(marks, '{plan}', '\"0\"')"
    " WHERE bid_id = (SELECT bid_id FROM award ORDER BY project_id LIMIT 1)",
    "assessment results": 'UPDATE assessment_response SET marks = \'{"satisfaction": "0",'
    ' "usefulness": "0"}\' WHERE id = (SELECT id FROM assessment_response'
    " WHERE party = 'residents' ORDER BY id LIMIT 1)",
    "credit events": "UPDATE credit_event SET points = points + 1 WHERE id ="
    " (SELECT id FROM credit_event ORDER BY happened_at DESC LIMIT 1)",
    "conduct lists": "DELETE FROM conduct_entry WHERE id ="
    " (SELECT id FROM conduct_entry ORDER BY id LIMIT 1)",
    "quota ledgers": "DELETE FROM quota_entry WHERE id ="
    " (SELECT id FROM quota_entry WHERE kind = 'release' ORDER BY id LIMIT 1)",
    "audit entries": "UPDATE audit_entry SET actor = 'somebody' WHERE position = 7",
}


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("part", MUTATIONS)
def test_a_changed_row_shows_in_its_part_alone(part: str) -> None:
    with unit_of_work() as session:
        session.execute(text("SET session_replication_role = replica"))
        assert session.execute(text(MUTATIONS[part])).rowcount  # type: ignore[attr-defined]
    with unit_of_work() as session:
        differing = {replayed.what.en for replayed in replay(session) if replayed.differing}
    assert differing == {part}
