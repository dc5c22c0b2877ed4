"""Each kind of event is a class: its facts, and how the public timeline and letters say it.

The fields of an event are the facts that the audit chain holds of it, those of a notification the
facts in the outbox. Stored facts are read back for ever: a field is never renamed, and a new one
has a default that means "before there was such a field".
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from domain import moments
from domain.text import Text

Tone = Literal["start", "move", "step", "warn", "check", "end"]
PLACES: Final = re.compile(r"{(\w+)}")


class Facts(BaseModel):
    """Facts that are stored as JSON; they hold codes and numbers, no names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def words(self) -> Mapping[str, Text]:
        """Return what its sentences say beside the facts, by the name in braces."""
        return {}

    def stored(self, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Return the stored facts: the fields that were given, as they were given."""
        return self.model_dump(exclude_unset=True, exclude=set(without))

    def filled(self, sentence: Text, about: str) -> Text:
        """Return a sentence with the facts in its braces, a moment as a deadline is read."""
        facts = {name: _read(getattr(self, name)) for name in type(self).model_fields}
        values = {**facts, **self.words(), "about": Text(about, about)}
        return Text(
            sentence.zh.format_map({name: text.zh for name, text in values.items()}),
            sentence.en.format_map({name: text.en for name, text in values.items()}),
        )


def _read(value: object) -> Text:
    return moments.until(value) if isinstance(value, datetime) else Text(f"{value}", f"{value}")


class Event(Facts):
    """Something that happened, which the audit chain keeps; with a ``line`` it is public.

    ``tag`` is the action as stored. A field in its braces is told by the action alone and takes
    the values of its Literal or enum.
    """

    tag: ClassVar[str]
    line: ClassVar[Text | None] = None
    tone: ClassVar[Tone] = "step"

    def action(self) -> str:
        """Return the action that the audit chain stores."""
        return self.tag.format_map(dict(self))

    def facts(self) -> dict[str, Any]:
        """Return the facts that the audit chain stores."""
        return self.stored(without=frozenset(PLACES.findall(self.tag)))

    def shade(self) -> Tone:
        """Return how the timeline marks it."""
        return self.tone


class LetterWords(NamedTuple):
    """A letter's words: its title, its sentence, and the path of the page that its link opens."""

    title: Text
    sentence: Text
    path: str


class Notification(Facts):
    """Something that people are told by letter; a reminder is nothing but that.

    ``topic`` is its name in the outbox, and ``subject`` the fact under which the outbox keeps
    what it is about. ``loud`` goes to channels too. ``page`` is the path that the letter opens.
    """

    topic: ClassVar[str]
    title: ClassVar[Text]
    sentence: ClassVar[Text]
    page: ClassVar[str]
    subject: ClassVar[str] = "project"
    loud: ClassVar[bool] = False

    def letter(self, about: str) -> LetterWords:
        """Return what its letter says."""
        path = self.filled(Text(self.page, self.page), about).en
        return LetterWords(self.title, self.filled(self.sentence, about), path)

    def message(self, about: str) -> dict[str, Any]:
        """Return the facts that the outbox stores."""
        return {**self.stored(), **({self.subject: about} if self.subject else {})}
