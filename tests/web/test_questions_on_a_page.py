"""A questionnaire of every type of question: as a page, in large type on a phone, as a program reads it."""

import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi import UploadFile
from PIL import Image
from playwright.sync_api import Browser
from pypdf import PdfReader

from api.answers import fields_under, given_under, keep_photos
from api.forms import FormData
from api.json.shapes.questions import asked_of
from api.view import environment
from domain.errors import FieldsWrong
from domain.questionnaires import Questionnaire
from domain.questions import (
    ChoiceQuestion,
    Day,
    Mark,
    Number,
    Photo,
    PlaceQuestion,
    Points,
    RankingQuestion,
    Several,
    WordsQuestion,
)
from domain.text import Lang, Text
from reports.paper import PaperHead, render_questionnaire
from services.assess.resident_tokens import SCALE
from tests.browsing import chromium, violations

OPTIONS = {
    "meals": Text("助餐", "meals"),
    "care": Text("护理", "care"),
    "light": Text("照明", "lights"),
}
SHEET = Questionnaire(
    "everything",
    1,
    (
        Mark(code="quality", text=Text("质量 {x}", "Quality {x}"), weight=Decimal(60)),
        Number(code="people", text=Text("几口人", "How many people"), unit=Text("人", "people")),
        Day(code="day", text=Text("哪一天", "Which day")),
        PlaceQuestion(code="place", text=Text("哪个社区", "Which community")),
        Mark(code="taps", text=Text("态度", "Manner"), scale=SCALE),
        ChoiceQuestion(code="first", text=Text("最需要的", "Needed most"), options=OPTIONS),
        Several(code="wants", text=Text("还需要的", "Also needed"), options=OPTIONS, most=2),
        RankingQuestion(code="order", text=Text("排序", "In order"), options=OPTIONS),
        Points(code="shares", text=Text("分配", "Shares"), options=OPTIONS, total=10),
        Photo(code="photos", text=Text("照片", "Photos"), required=False),
        WordsQuestion(code="words", text=Text("还想说的", "Anything else"), required=False),
    ),
)
PAGE = """
{% from "questions.html" import questions with context %}<!doctype html>
<html lang="{{ v.t('zh-CN', 'en') }}"><head><title>x</title>
<meta name="viewport" content="width=device-width"><style>{{ style }}</style></head>
<body><main class="wrap"><div class="narrow{{ ' large' if large else '' }}"><h1>x</h1><form class="form">
{{ questions(v, f, sheet, 'q.') }}<button class="button">ok</button></form></div></main></body></html>
"""


class Reader:
    """What a page asks of its view."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def t(self, zh: str, en: str, /, **values: object) -> str:
        return Text(zh, en).say(self.lang, **values)

    def say(self, text: Text) -> str:
        return text.say(self.lang)


def rendered(typed: FormData, lang: Lang = "zh", *, large: bool = False) -> str:
    style = (Path(__file__).parents[2] / "api/static/style.css").read_text("utf-8")
    values: dict[str, Any] = {"v": Reader(lang), "f": typed, "sheet": SHEET}
    return environment().from_string(PAGE).render(**values, style=style, large=large)


ANSWERED = {
    "q.quality": ["85"],
    "q.people": ["3"],
    "q.day": ["2026-03-05"],
    "q.place": ["370213001004"],
    "q.taps": ["80"],
    "q.first": ["care"],
    "q.wants": ["meals", "light"],
    "q.order.meals": ["2"],
    "q.order.care": ["1"],
    "q.order.light": ["3"],
    "q.shares.meals": ["10"],
    "q.words": ["楼道{太}暗"],
}


def test_every_field_is_on_the_page_and_shows_what_was_typed() -> None:
    page = rendered(FormData(ANSWERED))
    named = set(re.findall(r' name="q\.([^"]+)"', page))
    assert named == SHEET.names() - {"photos.kept"}
    assert len(re.findall(r" checked", page)) == 4
    for text in ('value="85"', 'value="2026-03-05"', "楼道{太}暗</textarea>", "质量 {x} 60%"):
        assert text in page
    assert {"quality", "taps", "words"} <= {question.code for question in asked_of(SHEET)}


def test_what_is_typed_is_what_is_read() -> None:
    answers = SHEET.read(given_under(FormData(ANSWERED), "q"))
    assert answers.kept() == {
        "quality": "85",
        "people": "3",
        "day": "2026-03-05",
        "place": {"": "370213001004"},
        "taps": "80",
        "first": "care",
        "wants": ["meals", "light"],
        "order": {"care": "1", "meals": "2", "light": "3"},
        "shares": {"meals": "10", "care": "0", "light": "0"},
        "words": "楼道{太}暗",
    }


def test_each_mistake_stands_at_its_field() -> None:
    with pytest.raises(FieldsWrong) as error, fields_under("q"):
        SHEET.read(given_under(FormData({"q.quality": ["101"], "q.shares.meals": ["9"]}), "q"))
    assert "q.quality" in error.value.fields
    page = rendered(FormData(ANSWERED, error=error.value))
    for text in error.value.fields.values():
        assert text.zh in page
    assert page.count('class="wrong"') == len(error.value.fields)


def test_a_photo_is_kept_and_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    picture.seek(0)
    typed = FormData(ANSWERED, files=[("q.photos", UploadFile(picture, filename="楼道.jpg"))])
    keep_photos(typed, SHEET, "q")
    kept = SHEET.read(given_under(typed, "q")).kept()["photos"]
    assert kept == typed.values["q.photos.kept"]
    assert kept[0].endswith(" 楼道.jpg")
    assert kept[0] in rendered(typed)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "large"), [("zh", True), ("en", False)])
def test_in_a_browser_it_is_accessible_on_a_phone(
    browser: Browser, lang: Lang, large: bool
) -> None:
    with pytest.raises(FieldsWrong) as error, fields_under("q"):
        SHEET.read({})
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content(rendered(FormData(ANSWERED, error=error.value), lang, large=large))
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_question_has_its_place_on_paper(lang: Lang) -> None:
    head = PaperHead(
        Text("请您评一评", "Tell us"), "银发助餐", "湾头社区", Text("请打勾。", "Tick.")
    )
    pages = PdfReader(io.BytesIO(render_questionnaire(SHEET, head, lang))).pages
    told = "".join("".join(page.extract_text().split()) for page in pages)
    wanted = [
        head.title,
        head.place,
        *(text.en if lang == "en" else text.zh for text in OPTIONS.values()),
    ]
    for question in SHEET.questions:
        wanted.append(question.text.en if lang == "en" else question.text.zh)
    assert [text for text in wanted if "".join(text.split()) not in told] == []
    # Who enters the sheet finds the marks of a scale beside its words.
    assert all(f"（{points}）" in told for points, _ in SCALE)
    assert {"zh": "至多选2项", "en": "Tick2atmost"}[lang] in told
    assert {"zh": "共10分", "en": "10pointsinall"}[lang] in told
