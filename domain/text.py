"""Sentences people read, in both languages the product speaks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]


def many(number: int, singular: str, plural: str) -> str:
    """Return an English count with its noun: ``1 need``, ``3 needs``."""
    return f"{number} {singular if number == 1 else plural}"


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """One sentence in Chinese and in English; ``str.format`` fields are the same in both."""

    zh: str
    en: str

    def say(self, lang: Lang, /, **values: object) -> str:
        """Return the sentence in ``lang`` with its fields filled in."""
        return (self.zh if lang == "zh" else self.en).format(**values)

    def both(self) -> list[str]:
        """Return the Chinese, then the English, as JSON that is kept has them."""
        return [self.zh, self.en]


def listed(names: Iterable[Text]) -> Text:
    """Return names one after the other, a dash for none."""
    kept = list(names) or [Text("—", "—")]
    return Text("、".join(name.zh for name in kept), ", ".join(name.en for name in kept))
