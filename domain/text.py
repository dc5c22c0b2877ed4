"""Sentences people read, in both languages the product speaks."""

from typing import Literal, NamedTuple

Lang = Literal["zh", "en"]


class Text(NamedTuple):
    """One sentence in Chinese and in English; ``str.format`` fields are the same in both."""

    zh: str
    en: str

    def say(self, lang: Lang, /, **values: object) -> str:
        """Return the sentence in ``lang`` with its fields filled in."""
        return (self.zh if lang == "zh" else self.en).format(**values)
