"""Photos and documents as evidence: drawn anew, kept by content, read by those who act."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import col, select

from api.visitors import COOKIE, csrf_token
from domain.errors import BadInput
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import Bid, Evidence, Person
from models.limits import LARGEST_FORM
from models.session import unit_of_work
from services.award import awards
from services.uploads import (
    LARGEST,
    LIMITS,
    MOST_AT_ONCE,
    PDF,
    Upload,
    keep_upload,
    read_upload,
    sort_out,
)
from tests.builders import Walk, new_project
from tests.web.visitor import Visitor


def photo(size: tuple[int, int] = (3000, 1500), form: str = "JPEG") -> bytes:
    """A picture that says where it was taken."""
    image = Image.new("RGB", size, (180, 40, 30))
    exif = image.getexif()
    exif[0x010E] = "taken at somebody's home"
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_keeps_its_picture_and_nothing_else(form: str) -> None:
    content = photo(form=form)
    assert b"somebody's home" in content
    stored = keep_upload(Upload("../../家.jpg", content))
    kept = read_upload(stored.sha256)[0]
    assert b"somebody's home" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (2000, 1000)
        assert image.getexif() == {}
    assert stored.name == "家.jpg"


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"GIF89a" + b"0" * 64, photo()[:200], b"MZ" * 50]
)
def test_what_is_no_photo_and_no_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match="choose another file"):
        keep_upload(Upload("x.jpg", content))
    assert not (tmp_path / "uploads").exists()


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(BadInput, match="12 MB"):
        keep_upload(Upload("x.pdf", b"%PDF-" + b"0" * LARGEST))


def kept(content: bytes) -> Image.Image:
    stored = keep_upload(Upload("x", content))
    return Image.open(io.BytesIO(read_upload(stored.sha256)[0]))


def saved(picture: Image.Image, form: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **more)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_becomes_white(mode: str, form: str) -> None:
    picture = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    picture.paste((200, 0, 0, 255), (0, 0, 30, 60))
    with kept(saved(picture.convert(mode), form)) as image:
        assert image.mode == "RGB"
        assert min(image.getpixel((50, 30))) > 245  # type: ignore[arg-type]
        assert max(image.getpixel((10, 30))) < 245  # type: ignore[arg-type]


def test_sixteen_bits_a_channel_keep_their_shades() -> None:
    picture = Image.new("I;16", (90, 30))
    for x in range(90):
        for y in range(30):
            picture.putpixel((x, y), (x // 30) * 32767)
    with kept(saved(picture)) as image:
        shades = [image.convert("L").getpixel((x, 15)) for x in (15, 45, 75)]
    assert shades == pytest.approx([0, 127, 255], abs=6)


@pytest.mark.parametrize("size", [(8000, 6000), (8192, 6144), (12000, 9000)])
def test_a_photo_of_many_pixels_is_made_smaller(size: tuple[int, int]) -> None:
    with kept(saved(Image.new("L", size, 90), "JPEG", quality=30)) as image:
        assert max(image.size) == 2000


def test_a_photo_of_too_many_pixels_says_how_many_it_may_have() -> None:
    huge = saved(Image.new("1", (12000, 12000)))
    with pytest.raises(BadInput, match="12000 by 12000 pixels, 120 megapixels at most"):
        keep_upload(Upload("x.png", huge))


def test_a_photo_of_a_phone_is_read() -> None:
    with kept(saved(Image.new("RGB", (300, 200), (10, 200, 10)), "HEIF")) as image:
        assert image.size == (300, 200)
        assert image.getpixel((100, 100))[1] > 150  # type: ignore[index]


def test_a_pdf_with_bytes_before_its_mark_is_a_pdf() -> None:
    stored = keep_upload(Upload("x.pdf", b"\r\n\xef\xbb\xbf%PDF-1.7 text"))
    assert stored.media_type == read_upload(stored.sha256)[1] == PDF


def test_a_refusal_names_each_file_and_keeps_the_others() -> None:
    sent = [Upload("好.jpg", photo()), Upload("坏.exe", b"MZ" * 50), Upload("空.png", b"")]
    good, refused = sort_out(sent)
    assert [upload.name for upload in good] == ["好.jpg"]
    assert refused is not None
    assert "“坏.exe”" in refused.say("zh")
    assert "“空.png”" in refused.say("zh")
    many, refused = sort_out([Upload(f"{n}.pdf", b"%PDF-1.7") for n in range(1, 14)])
    assert len(many) == MOST_AT_ONCE == 12
    assert refused is not None
    assert "'13.pdf' is number 13" in refused.say("en")


def test_what_the_page_says_of_files_is_what_the_server_holds() -> None:
    assert f"{LARGEST >> 20} MB" in LIMITS.zh
    assert f"{MOST_AT_ONCE} 个" in LIMITS.zh
    assert f"{LARGEST_FORM >> 20} MB" in LIMITS.en


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
    mixed = [
        ("photos-1", ("x.exe", b"MZ" * 50)),
        ("photos-1", ("现场.png", photo((900, 300), "PNG"))),
    ]
    again = visitor.client.post(
        f"{path}/milestones/1/report",
        data={"csrf": token, "report-1": "第一次活动已完成"},
        files=mixed,
    )
    assert "“x.exe”" in again.text
    held_on = re.search(r'name="photos-1.kept" value="([0-9a-f]{64} 现场.png)" checked', again.text)
    assert held_on
    # Three photos of six megabytes are taken together, though each alone is allowed twice that.
    heavy = [("photos-1", (f"{n}.pdf", b"%PDF-1.7" + bytes([n]) * (6 << 20))) for n in range(3)]
    assert report([*heavy, ("photos-1", ("x.exe", b"MZ"))]) == 422
    sent = [("photos-1", ("合影.jpg", photo())), ("photos-1", ("签到.pdf", b"%PDF-1.7 x"))]
    first = visitor.client.post(
        f"{path}/milestones/1/report",
        data={
            "csrf": token,
            "report-1": "第一次活动已完成",
            "photos-1.kept": held_on[1],
            "dates_checked": "yes",
        },
        files=sent,
    )
    assert first.status_code == 303
    with unit_of_work() as session:
        evidences = session.exec(select(Evidence).order_by(col(Evidence.name))).all()
    assert sorted(evidence.name for evidence in evidences) == ["合影.jpg", "现场.png", "签到.pdf"]
    street = Visitor(served, f"street-{walk.project.street_code}-1")
    for evidence in evidences:
        answer = street.client.get(f"{path}/evidence/{evidence.sha256}")
        assert answer.status_code == 200
        picture = not evidence.name.endswith("pdf")
        assert answer.headers["content-type"] == ("image/jpeg" if picture else "application/pdf")
        assert "sandbox" in answer.headers["content-security-policy"]
    stranger = Visitor(served, "organisation-19")
    assert stranger.client.get(f"{path}/evidence/{evidences[0].sha256}").status_code == 403
