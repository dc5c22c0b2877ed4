"""A questionnaire on paper: its questions in large type, to be answered with a pen."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import typst

from domain.questionnaires import Questionnaire
from domain.questions import (
    ChoiceQuestion,
    Mark,
    Number,
    Photo,
    PlaceQuestion,
    Points,
    Question,
    RankingQuestion,
    Several,
    WordsQuestion,
)
from domain.text import Lang, Text
from reports.chart import FONTS

_TEMPLATE: Final = Path(__file__).parent / "templates" / "questionnaire.typ"
_LINES: Final = 4
# How each kind of question is answered with a pen; on a blank line where nothing is said.
_WAYS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("choice", "several"), "tick"),
    **dict.fromkeys(("ranking", "points"), "number each"),
    **{"words": "lines", "day": "day", "photo": "attach"},
}


class PaperHead(NamedTuple):
    """What stands above the questions: a heading, what it is about, where, and what to know."""

    heading: Text
    title: str
    place: str
    note: Text


def render_questionnaire(sheet: Questionnaire, head: PaperHead, lang: Lang) -> bytes:
    """Return a questionnaire as PDF with embedded fonts; every type of question has its place."""
    told = {
        "heading": _in(head.heading, lang),
        "title": head.title,
        "place": head.place,
        "note": _in(head.note, lang),
        "lang": lang,
        "questions": [_question(question, lang) for question in sheet.questions],
    }
    pdf: bytes = typst.compile(
        str(_TEMPLATE),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"questionnaire": json.dumps(told)},
        format="pdf",
    )
    return pdf


def _in(text: Text, lang: Lang) -> str:
    return text.zh if lang == "zh" else text.en


def _question(question: Question[Any], lang: Lang) -> dict[str, Any]:
    """Return a question as the template lays it out; options of a scale have their marks beside."""
    is_scale = isinstance(question, Mark)
    hints = [_in(text, lang) for text in (question.help, _hint(question)) if text]
    return {
        "text": _in(question.text, lang),
        "hint": " ".join(hints),
        "required": question.required,
        "answer": _way(question),
        "options": [
            {"text": _in(text, lang), "points": code if is_scale else ""}
            for code, text in question.choices().items()
        ],
        "lines": question.rows + 1 if isinstance(question, WordsQuestion) else _LINES,
        "unit": _in(_unit(question), lang),
    }


def _unit(question: Question[Any]) -> Text:
    if isinstance(question, Mark):
        return Text("分", "of 100")
    unit = question.unit if isinstance(question, Number) else None
    return unit or Text("", "")


def _way(question: Question[Any]) -> str:
    """Return how a question is answered with a pen."""
    is_scale = question.kind == "mark" and bool(question.choices())
    return "tick" if is_scale else _WAYS.get(question.kind, "blank")


def _hint(question: Question[Any]) -> Text | None:
    """Return what to know of answering a question with a pen."""
    match question:
        case Mark(scale=()):
            return Text("0 到 100 分", "0 to 100")
        case Mark() | ChoiceQuestion():
            return Text("选一项", "Tick one")
        case Several(most=None):
            return Text("可选多项", "Tick as many as apply")
        case Several(most=most):
            return Text(f"至多选 {most} 项", f"Tick {most} at most")
        case RankingQuestion():
            return Text("写上次序，1 为最优先", "Number them; 1 comes first")
        case Points(total=total):
            return Text(f"共 {total} 分", f"{total} points in all")
        case Photo(most=most):
            return Text(f"附上照片，至多 {most} 张", f"Attach photos, {most} at most")
        case PlaceQuestion():
            return Text("社区名称", "Name of the community")
        case _:
            return None
