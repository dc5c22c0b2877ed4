"""Questionnaires and answers: one way to ask, on every page and of everybody.

A questionnaire is a value: it follows from its subject (a round's rubric, a call's version), and
nothing of it is stored. The answers are stored, by the codes of the questions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from domain.errors import FieldsWrong
from domain.questions import Kept, Mark, Question, WrongAnswer
from domain.text import Text, listed

V = TypeVar("V")


@dataclass(frozen=True)
class Questionnaire:
    """Questions in their order; ``code`` and ``version`` say by which rules they were made."""

    code: str
    version: int
    questions: tuple[Question[Any], ...]

    def __post_init__(self) -> None:
        """Raise ValueError where two questions share a field."""
        names = [name for question in self.questions for name in question.names()]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{self.code}: two questions share a field: {twice}")

    def read(self, given: Mapping[str, Kept]) -> "Answers":
        """Return the answers in values that were typed, or sent, or stored.

        Raises FieldsWrong, which names every wrong field; a field of no question is one.
        """
        fields = laid_out(given)
        values: dict[str, Any] = {}
        wrong: dict[str, Text] = {}
        for question in self.questions:
            try:
                values[question.code] = question.read(fields)
            except WrongAnswer as error:
                name = f"{question.code}.{error.part}" if error.part else question.code
                wrong[name] = error.text
        if unknown := sorted(fields.keys() - self.names()):
            wrong |= dict.fromkeys(unknown, self._no_such_question())
        if wrong:
            raise FieldsWrong(wrong)
        return Answers(self, MappingProxyType(values))

    def names(self) -> set[str]:
        """Return the names of every field."""
        return {name for question in self.questions for name in question.names()}

    def _no_such_question(self) -> Text:
        codes = listed(Text(question.code, question.code) for question in self.questions)
        return Text(
            f"没有这一题，可填：{codes.zh}。", f"There is no such question, but {codes.en}."
        )


def laid_out(given: Mapping[str, Kept]) -> dict[str, Sequence[str]]:
    """Return answers as fields: a list as several texts, parts by a dot, everything else as text."""
    fields: dict[str, Sequence[str]] = {}
    for code, value in given.items():
        if isinstance(value, Mapping):
            for part, inner in value.items():
                fields[f"{code}.{part}" if part else code] = [str(inner)]
        elif isinstance(value, list | tuple):
            fields[code] = [str(text) for text in value]
        elif value is not None:
            fields[code] = [str(value)]
    return fields


@dataclass(frozen=True)
class Answers:
    """The answers to a questionnaire, each of its question's own type."""

    of: Questionnaire
    _values: Mapping[str, Any]

    def __getitem__(self, question: Question[V]) -> V | None:
        """Return the answer to a question, None where it was left open."""
        answer: V | None = self._values[question.code]
        return answer

    def marks(self) -> dict[str, Decimal]:
        """Return the marks by their codes."""
        return {
            question.code: mark
            for question in self.of.questions
            if isinstance(question, Mark) and (mark := self[question]) is not None
        }

    def kept(self) -> dict[str, Kept]:
        """Return every answer that was given in its stored form, by the code of its question."""
        return {
            question.code: question.kept(answer)
            for question in self.of.questions
            if (answer := self[question]) is not None
        }
