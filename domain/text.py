"""Sentences people read, in both languages the product speaks."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Lang = Literal["zh", "en"]


def many(number: int, one: str, several: str) -> str:
    """Return an English count with its noun: ``1 need``, ``3 needs``."""
    return f"{number} {one if number == 1 else several}"


class Text(NamedTuple):
    """One sentence in Chinese and in English; ``str.format`` fields are the same in both."""

    zh: str
    en: str

    def say(self, lang: Lang, /, **values: object) -> str:
        """Return the sentence in ``lang`` with its fields filled in."""
        return (self.zh if lang == "zh" else self.en).format(**values)


def listed(names: Iterable[Text]) -> Text:
    """Return names one after the other, a dash for none."""
    kept = list(names) or [Text("—", "—")]
    return Text("、".join(name.zh for name in kept), ", ".join(name.en for name in kept))
