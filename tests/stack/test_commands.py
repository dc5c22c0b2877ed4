"""The command line on a running stack: what people do without a web page."""

import json
import os
import subprocess
from pathlib import Path
from random import Random

import httpx
import pytest
from typer.testing import CliRunner

from cli import app
from demo.bidding import letter_of
from demo.story import Story
from domain.errors import BadInput, CallClosed, NotFound, NotPermitted
from models import Organisation
from models.session import notify, unit_of_work
from services.clock import move_demo_clock
from services.publish.present_call import current_call
from services.queries import gate_name
from tests.builders import actor
from tests.database.needs.needs_files import GOOD, HEAD
from tests.shell import JIEBANG, ROOT
from tests.stack.conftest import Rig

pytestmark = pytest.mark.stack


def run(rig: Rig, *arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--data-dir", str(rig.data_dir)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def as_json(rig: Rig, *arguments: str) -> object:
    return json.loads(run(rig, *arguments, "--json"))


def test_an_approver_sees_reads_and_decides_what_waits_for_them(rig: Rig) -> None:
    project = rig.project("命令行审批", 20)
    gate = rig.lead_to(project, "evaluate", "approval")
    name, street = gate_name(project, gate), f"street-{project.street_code}-1"
    waiting = as_json(rig, "gates", "list", "--for", street)
    assert isinstance(waiting, list)
    assert name in [line["gate"] for line in waiting]
    shown = as_json(rig, "gates", "show", name)
    assert isinstance(shown, dict)
    assert street in [person["login"] for person in shown["may_decide"]]
    assert as_json(rig, "gates", "show", project.code) == shown
    with pytest.raises(NotPermitted):
        run(rig, "gates", "decide", name, "approve", "--as", "department-1")
    issued = as_json(rig, "gates", "code", name, "approve", "--as", street)
    assert isinstance(issued, dict)
    assert len(issued["code"]) == 19
    assert as_json(rig, "gates", "decide", name, "approve", "--as", street) == {
        "gate": name,
        "verb": "approve",
        "outcome": None,
    }
    shown_to_people = run(rig, "gates", "show", name)
    assert "数据检查" in shown_to_people
    assert street in shown_to_people
    run(rig, "gates", "decide", name, "approve", "--as", "expert-3")
    rig.until(lambda: rig.passed(gate), "the gate to be passed")


def test_an_organisation_submits_a_letter_and_gets_its_receipt(rig: Rig, tmp_path: Path) -> None:
    project = rig.project("命令行揭榜", 21)
    story = Story(project.id, Random(1), no_bids=True)
    gate = rig.lead_to(project, "bid", "timer", story)
    with unit_of_work() as session:
        call = current_call(session, project)
        assert call is not None
        letter = letter_of(
            call, story, Organisation(name="甲", org_stage="", legal_representative="")
        )
    path = tmp_path / "letter.json"
    path.write_text(json.dumps({"content": letter.model_dump(mode="json")}), encoding="utf-8")
    receipt = as_json(rig, "bids", "submit", project.code, str(path), "--as", "organisation-01")
    assert isinstance(receipt, dict)
    assert (len(receipt["commitment"]), receipt["version"]) == (64, 1)
    again = as_json(rig, "bids", "submit", project.code, str(path), "--as", "organisation-01")
    assert isinstance(again, dict)
    assert again["version"] == 2
    with unit_of_work() as session:
        assert gate.due_at is not None
        move_demo_clock(session, to=gate.due_at)
        notify(session, "jiebang_gates")
    with pytest.raises((CallClosed, NotPermitted)):
        run(rig, "bids", "submit", project.code, str(path), "--as", "organisation-02")
    path.write_text('{"content": {"plan": "短"}}', encoding="utf-8")
    with pytest.raises(Exception, match=r"content\.plan"):
        run(rig, "bids", "submit", project.code, str(path), "--as", "organisation-03")


def test_needs_are_imported_and_a_wrong_row_is_mended(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "needs.csv"
    wrong = (*GOOD[:3], "天文", *GOOD[4:])
    path.write_text("\n".join(",".join(row) for row in (HEAD, GOOD, wrong)), encoding="utf-8")
    batch = as_json(rig, "needs", "import", str(path))
    assert isinstance(batch, dict)
    assert (batch["imported"], batch["quarantined"]) == (1, 1)
    row = batch["quarantine"][0]["id"]
    mended = as_json(rig, "needs", "mend", row, "--set", "category=养老", "--set", "title=夜间看护")
    assert isinstance(mended, dict)
    assert mended["id"] == row
    left = as_json(rig, "needs", "quarantine")
    assert isinstance(left, list)
    assert row not in [quarantined["id"] for quarantined in left]


def test_an_operator_holds_releases_and_reconciles(rig: Rig) -> None:
    project = rig.project("命令行运维", 22)
    rig.at_gate(project.id)
    assert as_json(rig, "runs", "hold", project.code) == {"project": project.code, "held": True}
    assert rig.run_of(project.id).held
    run(rig, "runs", "hold", project.code, "--release")
    assert not rig.run_of(project.id).held
    assert isinstance(as_json(rig, "runs", "reconcile"), dict)
    assert isinstance(as_json(rig, "doctor"), list)
    assert actor("operator-1")


def test_needs_that_wait_for_a_place_are_listed_and_given_one(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "requests.json"
    request = {
        "service_request_id": "cli-1",
        "service_name": "Graffiti",
        "requested_datetime": "2012-05-23T15:35:08-04:00",
        "address": "1 Olcott Blvd",
    }
    path.write_text(json.dumps([request]), encoding="utf-8")
    as_json(rig, "needs", "import", str(path))
    waiting = as_json(rig, "needs", "list", "--status", "awaiting_place")
    assert isinstance(waiting, list)
    code = next(need["code"] for need in waiting if need["place"] == "1 Olcott Blvd")
    places = tmp_path / "places.csv"
    places.write_text(f"reference,community\n{code},永年路社区\n", encoding="utf-8")
    assert as_json(rig, "needs", "place", str(places)) == {"placed": 1}
    left = as_json(rig, "needs", "list", "--status", "awaiting_place")
    assert isinstance(left, list)
    assert code not in [need["code"] for need in left]
    with pytest.raises(BadInput, match="no choice"):
        run(rig, "needs", "list", "--status", "lost")


def test_the_data_directory_may_come_from_the_environment(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(rig.data_dir))
    result = CliRunner().invoke(app, ["projects", "list", "--json"])
    assert result.exit_code == 0
    assert isinstance(json.loads(result.output), list)


def test_a_demo_does_not_clear_a_folder_in_which_a_stack_runs(rig: Rig) -> None:
    (rig.data_dir / "demo").mkdir(exist_ok=True)
    with pytest.raises(BadInput, match="already running"):
        run(rig, "demo", "--fresh")
    assert (rig.data_dir / "run" / "stack.json").exists()


def test_a_database_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [*JIEBANG, "projects", "list", "--data-dir", str(tmp_path)],
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "JIEBANG_DATABASE_URL": f"postgresql+psycopg://postgres@/x?host={tmp_path}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "PostgreSQL" in done.stderr
    assert "Traceback" not in done.stderr


def test_somebody_is_added_and_invited(rig: Rig) -> None:
    added = ("people", "add", "wang.min", "王敏", "--role", "street_officer")
    with pytest.raises(NotFound):
        run(rig, *added, "--where", "nowhere")
    run(rig, *added, "--where", "370213001")
    with pytest.raises(BadInput, match="taken"):
        run(rig, *added, "--where", "370213001")
    invited = as_json(rig, "people", "invite", "wang.min")
    assert isinstance(invited, dict)
    assert invited["link"].startswith(rig.stack.addresses.web_url)
    page = httpx.get(invited["link"])
    assert page.status_code == 200
    assert "wang.min" in page.text
