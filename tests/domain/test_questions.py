"""What is asked, what counts as an answer, and what is stored of it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from domain.errors import FieldsWrong
from domain.questionnaires import Questionnaire
from domain.questions import (
    Attached,
    ChoiceQuestion,
    Day,
    Mark,
    Number,
    Photo,
    PlaceQuestion,
    Points,
    Question,
    RankingQuestion,
    Several,
    Spot,
    WordsQuestion,
)
from domain.text import Text

OPTIONS = {code: Text(code, code) for code in ("meals", "care", "light")}
ASKED = Text("问", "Asked")
GOOD, BAD = Text("好", "good"), Text("不好", "bad")
PHOTO = "a" * 64

MARK = Mark(code="quality", text=ASKED, weight=D(60))
SCALED = Mark(code="scaled", text=ASKED, scale=((100, GOOD), (20, BAD)))
CHOICE = ChoiceQuestion(code="first", text=ASKED, options=OPTIONS)
SEVERAL = Several(code="wants", text=ASKED, options=OPTIONS, most=2)
RANKING = RankingQuestion(code="order", text=ASKED, options=OPTIONS)
POINTS = Points(code="shares", text=ASKED, options=OPTIONS, total=10)
NUMBER = Number(code="people", text=ASKED, least=D(1), most=D(9), places=1)
DAY = Day(code="day", text=ASKED)
WORDS = WordsQuestion(code="words", text=ASKED, required=False, longest=5)
PHOTOS = Photo(code="photos", text=ASKED, most=1, required=False)
PLACE = PlaceQuestion(code="place", text=ASKED)


def read(question: Question[Any], given: Mapping[str, Any]) -> Any:
    return Questionnaire("one", 1, (question,)).read(given)[question]


def wrong(question: Question[Any], given: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with an answer, in English, by the names of the fields."""
    with pytest.raises(FieldsWrong) as error:
        read(question, given)
    return {name: text.en for name, text in error.value.fields.items()}


@pytest.mark.parametrize(
    ("question", "given", "answer", "kept"),
    [
        (MARK, {"quality": "８５.5 分"}, D("85.5"), "85.5"),
        (MARK, {"quality": D(0)}, D(0), "0"),
        (SCALED, {"scaled": "20"}, D(20), "20"),
        (CHOICE, {"first": "care"}, "care", "care"),
        (SEVERAL, {"wants": ["light", "meals"]}, ("meals", "light"), ["meals", "light"]),
        (
            RANKING,
            {"order": {"meals": "2", "care": "1", "light": "3"}},
            ("care", "meals", "light"),
            {"care": "1", "meals": "2", "light": "3"},
        ),
        (
            POINTS,
            {"shares.meals": "7", "shares.care": "3"},
            {"meals": 7, "care": 3, "light": 0},
            {"meals": "7", "care": "3", "light": "0"},
        ),
        (NUMBER, {"people": "2.5"}, D("2.5"), "2.5"),
        (DAY, {"day": "2026年3月5日"}, date(2026, 3, 5), "2026-03-05"),
        (WORDS, {"words": " 很好 "}, "很好", "很好"),
        (
            PHOTOS,
            {"photos": f"{PHOTO} 楼道.jpg"},
            (Attached(PHOTO, "楼道.jpg"),),
            [f"{PHOTO} 楼道.jpg"],
        ),
        (
            PHOTOS,
            {"photos.kept": [f"{PHOTO} a.jpg"]},
            (Attached(PHOTO, "a.jpg"),),
            [f"{PHOTO} a.jpg"],
        ),
        (PLACE, {"place": "370213001004"}, Spot("370213001004"), {"": "370213001004"}),
        (
            PLACE,
            {"place": "370213001004", "place.lat": "36.16", "place.long": "120.43"},
            Spot("370213001004", D("36.16"), D("120.43")),
            {"": "370213001004", "lat": "36.16", "long": "120.43"},
        ),
    ],
)
def test_an_answer_is_read_kept_and_read_again(
    question: Question[Any], given: Mapping[str, Any], answer: Any, kept: Any
) -> None:
    sheet = Questionnaire("one", 1, (question,))
    answers = sheet.read(given)
    assert answers[question] == answer
    assert answers.kept() == {question.code: kept}
    assert sheet.read(answers.kept())[question] == answer


@pytest.mark.parametrize(
    ("question", "given", "sentences"),
    [
        (MARK, {}, {"quality": "A mark of 0 to 100."}),
        (MARK, {"quality": "101"}, {"quality": "A mark of 0 to 100."}),
        (MARK, {"quality": "-1"}, {"quality": "A mark of 0 to 100."}),
        (MARK, {"quality": "NaN"}, {"quality": "A mark of 0 to 100."}),
        (MARK, {"quality": "1e1"}, {"quality": "A mark of 0 to 100."}),
        (MARK, {"quality": "85.555"}, {"quality": "At most 2 decimals."}),
        (SCALED, {"scaled": "60"}, {"scaled": "Choose one."}),
        (SCALED, {}, {"scaled": "Choose one."}),
        (CHOICE, {"first": "x"}, {"first": "There is no such choice."}),
        (CHOICE, {"first": ["care", "meals"]}, {"first": "Choose one."}),
        (SEVERAL, {"wants": list(OPTIONS)}, {"wants": "Choose no more than 2."}),
        (
            RANKING,
            {"order": {"meals": "1", "care": "1", "light": "3"}},
            {"order": "Give each of 1 to 3 once; 1 comes first."},
        ),
        (RANKING, {"order": {"meals": "1"}}, {"order": "Give each of 1 to 3 once; 1 comes first."}),
        (
            POINTS,
            {"shares": {"meals": "7", "care": "2"}},
            {"shares": "The points must sum to 10; they sum to 9."},
        ),
        (POINTS, {"shares": {"meals": "x"}}, {"shares.meals": "Enter a whole number."}),
        (POINTS, {"shares": {"meals": "-1"}}, {"shares.meals": "Enter a whole number."}),
        (NUMBER, {"people": "10"}, {"people": "A number of 1 to 9."}),
        (NUMBER, {"people": "2.55"}, {"people": "At most 1 decimal."}),
        (
            DAY,
            {"day": "2026-02-30"},
            {"day": "The date '2026-02-30' is not understood; write it as 2026-03-05."},
        ),
        (WORDS, {"words": "六个字太多了"}, {"words": "Too long: at most 5 characters."}),
        (PHOTOS, {"photos": [f"{PHOTO} a", f"{PHOTO} b"]}, {"photos": "1 at most."}),
        (PHOTOS, {"photos": "../x"}, {"photos": "Not kept; choose it again."}),
        (PLACE, {"place": "李沧"}, {"place": "Choose the community."}),
        (
            PLACE,
            {"place": "370213001004", "place.lat": "95", "place.long": "120"},
            {"place.lat": "The point is not understood; it may be left out."},
        ),
        (WORDS, {"more": "x"}, {"more": "There is no such question, but words."}),
    ],
)
def test_what_is_no_answer_is_told_with_what_to_do(
    question: Question[Any], given: Mapping[str, Any], sentences: dict[str, str]
) -> None:
    assert wrong(question, given) == sentences


def test_every_mistake_is_told_at_once() -> None:
    sheet = Questionnaire("many", 1, (MARK, CHOICE, WORDS))
    with pytest.raises(FieldsWrong) as error:
        sheet.read({"quality": "x", "words": "六个字太多了", "more": "1"})
    assert set(error.value.fields) == {"quality", "first", "words", "more"}


def test_what_was_left_open_is_none_and_is_not_stored() -> None:
    answers = Questionnaire("many", 1, (MARK, WORDS)).read({"quality": "80"})
    assert answers[WORDS] is None
    assert answers.kept() == {"quality": "80"}
    assert answers.marks() == {"quality": D(80)}


def test_two_questions_share_no_field() -> None:
    with pytest.raises(ValueError, match="share a field"):
        Questionnaire("twice", 1, (MARK, MARK))
