"""docs/events.md: everything that happens, and who reads of it in which words."""

from collections.abc import Iterator
from typing import Final

from services.events.catalogue import actions, topics
from services.processes import install_processes
from tests.shell import ROOT

PAGE: Final = ROOT / "docs" / "events.md"
_HEAD: Final = """# Events

Everything that happens is a class: what the audit chain keeps of it, how the public timeline tells it, and whom a letter
tells. `make documents` writes this page from the classes; a test compares it. What stands in braces is filled in.
"""


def _public() -> Iterator[str]:
    yield "## On the public timeline\n"
    yield "| action | 中文 | English |\n|---|---|---|"
    for action, kind in sorted(actions().items()):
        if kind.line:
            yield f"| `{action}` | {kind.line.zh} | {kind.line.en} |"


def _kept() -> Iterator[str]:
    yield "\n## Kept, and not public\n"
    yield "| action | what happened |\n|---|---|"
    for action, kind in sorted(actions().items()):
        if not kind.line:
            yield f"| `{action}` | {(kind.__doc__ or '').splitlines()[0]} |"


def _told() -> Iterator[str]:
    yield "\n## Told by letter\n"
    yield "| topic | 中文 | English | page |\n|---|---|---|---|"
    for topic, kind in sorted(topics().items()):
        pairs = zip(kind.title.both(), kind.sentence.both(), strict=True)
        zh, en = (f"**{title}** {sentence}" for title, sentence in pairs)
        yield f"| `{topic}` | {zh} | {en} | `{kind.page}` |"


def page() -> str:
    """Return the page as the classes have it now."""
    install_processes()
    return "\n".join([_HEAD, *_public(), *_kept(), *_told()]) + "\n"
