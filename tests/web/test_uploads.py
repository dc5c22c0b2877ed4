"""Photos and documents as evidence: drawn anew, kept by content, read by those who act."""

import io
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import col, select

from api.visitors import COOKIE, csrf_token
from domain.errors import BadInput
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import Bid, Evidence, Person
from models.session import unit_of_work
from services.award import awards
from services.uploads import LARGEST, Upload, keep_upload, path_of
from tests.builders import Walk, new_project
from tests.web.visitor import Visitor


def photo(size: tuple[int, int] = (3000, 1500), form: str = "JPEG") -> bytes:
    """A picture that says where it was taken."""
    held = Image.new("RGB", size, (180, 40, 30))
    exif = held.getexif()
    exif[0x010E] = "taken at somebody's home"
    out = io.BytesIO()
    held.save(out, form, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_keeps_its_picture_and_nothing_else(tmp_path: Path, form: str) -> None:
    content = photo(form=form)
    assert b"somebody's home" in content
    stored = keep_upload(tmp_path, Upload("../../家.jpg", content))
    kept = path_of(tmp_path, stored.sha256).read_bytes()
    assert b"somebody's home" not in kept
    with Image.open(io.BytesIO(kept)) as held:
        assert held.size == (2000, 1000)
        assert held.getexif() == {}
    assert stored.name == "家.jpg"


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"GIF89a" + b"0" * 64, photo()[:200], b"MZ" * 50]
)
def test_what_is_no_photo_and_no_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match="choose another file"):
        keep_upload(tmp_path, Upload("x.jpg", content))
    assert not (tmp_path / "uploads").exists()


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="12 MB"):
        keep_upload(tmp_path, Upload("x.pdf", b"%PDF-" + b"0" * LARGEST))


@pytest.mark.usefixtures("database")
def test_a_milestone_is_reported_with_photos_that_the_street_sees(served: str) -> None:
    walk = Walk(new_project())
    walk.to_agreement()
    walk.through(Stage.NOTICE, GateKind.EVENT)
    walk.do(Stage.NOTICE, "sign", awards.sign_agreement)
    walk.open(Stage.DELIVER, GateKind.EVENT)
    with unit_of_work() as session:
        bid = session.get_one(Bid, awards.present_agreement(session, walk.project).bid_id)
        lead = session.exec(select(Person).where(Person.organisation_id == bid.lead_id)).one()
    path = f"/desk/{walk.project.code}/deliver-event-r1"
    visitor = Visitor(served, lead.login)
    token = csrf_token(visitor.client.cookies[COOKIE])

    def report(files: list[tuple[str, tuple[str, bytes]]]) -> int:
        values = {"csrf": token, "report-1": "第一次活动已完成"}
        answer = visitor.client.post(f"{path}/milestones/1/report", data=values, files=files)
        return answer.status_code

    assert report([("photos-1", ("x.exe", b"MZ" * 50))]) == 422
    sent = [("photos-1", ("合影.jpg", photo())), ("photos-1", ("签到.pdf", b"%PDF-1.7 x"))]
    assert report(sent) == 303
    with unit_of_work() as session:
        held = session.exec(select(Evidence).order_by(col(Evidence.name))).all()
    assert sorted(one.name for one in held) == ["合影.jpg", "签到.pdf"]
    street = Visitor(served, f"street-{walk.project.street_code}-1")
    for one in held:
        answer = street.client.get(f"{path}/evidence/{one.sha256}")
        assert answer.status_code == 200
        picture = one.name.endswith("jpg")
        assert answer.headers["content-type"] == ("image/jpeg" if picture else "application/pdf")
        assert "sandbox" in answer.headers["content-security-policy"]
    stranger = Visitor(served, "organisation-19")
    assert stranger.client.get(f"{path}/evidence/{held[0].sha256}").status_code == 403
