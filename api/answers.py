"""Answers to a questionnaire, as a form has them under names of its own, and as programs send them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from api.files import keep_files
from api.forms import FormData
from domain.errors import FieldsWrong
from domain.questionnaires import Questionnaire
from domain.questions import Given, Photo

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def given_under(typed: FormData, prefix: str) -> Given:
    """Return the values typed under ``prefix.…``, by the part after the dot."""
    return {
        name.removeprefix(f"{prefix}."): texts
        for name, texts in typed.values.items()
        if name.startswith(f"{prefix}.")
    }


def keep_photos(typed: FormData, sheet: Questionnaire, prefix: str) -> None:
    """Keep the photos that came with a form, and name the kept ones among its values.

    Raises FilesRefused, once the good ones are kept.
    """
    for question in sheet.questions:
        if isinstance(question, Photo):
            name = f"{prefix}.{question.code}"
            photos = keep_files(typed, name)
            typed.values[f"{name}.kept"] = [f"{photo.sha256} {photo.name}" for photo in photos]


@contextmanager
def fields_under(prefix: str, *, named: Mapping[str, str] = _NONE) -> Iterator[None]:
    """Name the fields of wrong answers ``prefix.…``, as the form or the body has them.

    ``named`` has the names of questions that stand beside the others.
    """
    try:
        yield
    except FieldsWrong as error:
        raise FieldsWrong(
            {named.get(name) or f"{prefix}.{name}": text for name, text in error.fields.items()}
        ) from None
