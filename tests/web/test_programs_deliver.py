"""Programs of those who award and deliver: what their pages show is given to them too."""

import io
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from domain.access import TokenScope
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import Person
from models.session import unit_of_work
from tests.builders import Walk, new_project
from tests.web.world import World


def _photo() -> bytes:
    held, exif = Image.new("RGB", (400, 300), "green"), Image.Exif()
    exif[0x010F] = "Camera that tells"
    out = io.BytesIO()
    held.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_milestone_is_reported_with_its_photo_by_a_program(
    world: World, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    code = world.projects["delivering"].code
    milestone, gate = f"/projects/{code}/milestones/1", f"/gates/{code}/deliver-event-r1"
    report = {"report": "本月完成送餐六百人次。"}
    with world.program(served, "supplier") as program:
        assert program.put(f"{milestone}/report", json=report).json()["code"] == "bad-input"
        sent = {"file": ("现场.jpg", _photo(), "image/jpeg")}
        kept = program.post(f"{milestone}/files", files=sent)
        assert kept.status_code == 201
        assert program.post(f"{milestone}/files", files=sent).json() == kept.json()
        text = program.post(f"{milestone}/files", files={"file": ("x.jpg", b"no photo")})
        assert text.status_code == 422
        assert program.put(f"{milestone}/report", json=report).status_code == 204
        held = program.get(gate).json()
    assert held["agreement"]["amount"]
    evidence = held["milestones"][0]["evidence"]
    assert [(one["name"], one["sha256"]) for one in evidence] == [
        ("现场.jpg", kept.json()["sha256"])
    ]
    path = f"{gate}/evidence/{kept.json()['sha256']}"
    with world.program(served, "street", TokenScope.READ) as program:
        answer = program.get(path)
        assert answer.headers["content-type"] == "image/jpeg"
        assert b"Camera that tells" not in answer.content
    with world.program(served, "other organisation") as program:
        assert program.get(path).status_code == 403
        assert program.post(f"{milestone}/files", files=sent).status_code == 403


def test_the_chair_reads_the_ranking_with_its_arithmetic_and_nobody_else_does(
    world: World, served: str
) -> None:
    walk = Walk(new_project("儿童课后看护", 0))
    walk.to_ranking()
    gate = walk.open(Stage.AWARD, GateKind.APPROVAL)
    with unit_of_work() as session:
        chair = session.get_one(Person, UUID(gate.policy["seats"][0]["people"][0]))
        world.people["chair"] = chair.login
    path = f"/gates/{walk.project.code}/award-approval-r1"
    with world.program(served, "chair", TokenScope.READ) as program:
        held = program.get(path).json()
    first = held["ranking"][0]
    assert first["place"] == 1
    points = sum(Decimal(one["points"]) for one in first["lines"])
    assert abs(points - Decimal(first["total"])) < Decimal("0.05")
    assert {one["receipt"] for one in held["bids"]} == {one["receipt"] for one in held["ranking"]}
    assert held["bids"][0]["content"]["plan"]
    for who in ("bidder", "auditor", "operator", "expert", "secretary", "administrator"):
        if world.people[who] != chair.login:
            with world.program(served, who, TokenScope.READ) as program:
                answer = program.get(path)
                assert answer.status_code == 403 or answer.json()["ranking"] == [], who
