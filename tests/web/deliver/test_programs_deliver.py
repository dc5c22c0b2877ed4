"""Programs of those who award and deliver: what their pages show is given to them too."""

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from PIL import Image

from domain.district.round_rules import DEFAULTS
from domain.district.round_settings import flatten
from domain.gates import GateKind
from domain.identity.access import TokenScope
from domain.identity.roles import Role
from domain.lifecycle import Stage
from models import Organisation, Person
from models.session import unit_of_work
from services.bid.opened_bids import opened_bids
from services.district.rounds import SettingsChange, change_settings
from services.identity.people import give_role
from services.seal.seal_keys import set_organisation_key
from tests.builders import Walk, actor, new_project
from tests.web.world import World


def _photo() -> bytes:
    image, exif = Image.new("RGB", (400, 300), "green"), Image.Exif()
    exif[0x010F] = "Camera that tells"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_milestone_is_reported_with_its_photo_by_a_program(
    world: World, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    code = world.projects["delivering"].code
    milestone, gate = f"/projects/{code}/milestones/1", f"/gates/{code}/deliver-event-r1"
    report = {"report": "本月完成送餐六百人次。", "dates_checked": True}
    with world.program(served, "supplier") as program:
        assert program.put(f"{milestone}/report", json=report).json()["code"] == "bad-input"
        sent = {"file": ("现场.jpg", _photo(), "image/jpeg")}
        kept = program.post(f"{milestone}/files", files=sent)
        assert kept.status_code == 201
        assert program.post(f"{milestone}/files", files=sent).json() == kept.json()
        text = program.post(f"{milestone}/files", files={"file": ("x.jpg", b"no photo")})
        assert text.status_code == 422
        assert program.put(f"{milestone}/report", json=report).status_code == 204
        shown = program.get(gate).json()
    assert shown["agreement"]["amount"]
    evidence = shown["milestones"][0]["evidence"]
    assert [(photo["name"], photo["sha256"]) for photo in evidence] == [
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
        shown = program.get(path).json()
    first = shown["ranking"][0]
    assert first["place"] == 1
    points = sum(Decimal(line["points"]) for line in first["lines"])
    assert abs(points - Decimal(first["total"])) < Decimal("0.05")
    assert {bid["receipt"] for bid in shown["bids"]} == {
        ranked["receipt"] for ranked in shown["ranking"]
    }
    assert shown["bids"][0]["content"]["plan"]
    for who in ("bidder", "auditor", "operator", "expert", "secretary", "administrator"):
        if world.people[who] != chair.login:
            with world.program(served, who, TokenScope.READ) as program:
                answer = program.get(path)
                assert answer.status_code == 403 or answer.json()["ranking"] == [], who


def test_who_is_barred_from_a_decision_reads_no_bid_there(world: World, served: str) -> None:
    with unit_of_work() as session:
        sent = dict(flatten(DEFAULTS)) | {"second_approval_above": "0"}
        change_settings(
            session,
            actor=actor("administrator-1"),
            code="R1",
            settings=sent,
            change=SettingsChange(reason="一律两人批准", version=1),
        )
    walk = Walk(new_project("社区合唱团", 0))
    walk.to_ranking()
    gate = walk.open(Stage.AWARD, GateKind.APPROVAL)
    with unit_of_work() as session:
        bid = opened_bids(session, walk.project)[0]
        give_role(
            session,
            login=world.people["administrator"],
            role=Role.ORGANISATION_MEMBER,
            where=session.get_one(Organisation, bid.lead_id).name,
            actor="test",
        )
    path = f"/gates/{walk.project.code}/award-approval-r1"
    assert [seat["role"] for seat in gate.policy["seats"]][1:] == ["district_administrator"]
    world.people["second administrator"] = "administrator-2"
    with world.program(served, "second administrator", TokenScope.READ) as program:
        assert program.get(path).json()["bids"]
    with world.program(served, "administrator", TokenScope.READ) as program:
        shown = program.get(path).json()
        assert shown["standing"] == "barred"
        assert (shown["bids"], shown["ranking"]) == ([], [])


def test_a_long_chinese_passphrase_is_sent_in_a_header(world: World, served: str) -> None:
    words = "长亭外古道边芳草碧连天晚风拂柳笛声残夕阳山外山" * 5
    login = world.people["other organisation"]
    with unit_of_work() as session:
        person = session.get_one(Person, actor(login).person_id)
        assert person.organisation_id
        who = replace(actor(login), proved=True)
        set_organisation_key(
            session, actor=who, organisation_id=person.organisation_id, passphrase=words
        )
    path = f"/projects/{world.projects['bidding'].code}/bid"
    with world.program(served, "other organisation") as program:
        assert program.get(path).status_code == 403
        program.headers["Jiebang-Passphrase"] = quote(words)
        answer = program.get(path)
        assert answer.status_code == 200
        saved = program.put(
            f"{path}/draft", json={"plan": "新的草稿"}, headers={"If-Match": answer.headers["etag"]}
        )
        assert saved.json()["draft"]["plan"] == "新的草稿"
