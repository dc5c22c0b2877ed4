"""What a questionnaire asks, for programs."""

from typing import Any

from api.json.shapes.base import ResponseModel
from domain.questionnaires import Questionnaire
from domain.questions import Question
from domain.text import Text


class OptionPublic(ResponseModel):
    """Something that may be chosen; of a mark its code is the points."""

    code: str
    text: Text


class QuestionPublic(ResponseModel):
    """A question: what is answered goes under its code, in parts under the codes of its options."""

    code: str
    kind: str
    text: Text
    help: Text | None
    required: bool
    options: list[OptionPublic]


def asked_of(sheet: Questionnaire) -> list[QuestionPublic]:
    """Return the questions of a sheet."""
    return [_asked(question) for question in sheet.questions]


def _asked(question: Question[Any]) -> QuestionPublic:
    return QuestionPublic(
        code=question.code,
        kind=question.kind,
        text=_text(question.text),
        help=_text(question.help) if question.help else None,
        required=question.required,
        options=[
            OptionPublic(code=code, text=_text(text)) for code, text in question.choices().items()
        ],
    )


def _text(text: Text) -> Text:
    return Text(zh=text.zh, en=text.en)
