"""The catalogue of events: one writer, one class for each name, words for all that is told."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.events.catalogue import event_classes, install_events, read_event, topics
from services.events.event import PLACES, Event, Facts, Notification
from services.identity.events import SessionBegan, SessionEnded
from services.processes import install_processes
from tests.shell import ROOT

PRODUCT = ("services", "api", "cli", "worker", "demo", "flows", "tasks", "reports", "checks")
CLASSES = sorted(event_classes(), key=lambda kind: kind.__qualname__)


@pytest.fixture
def _catalogue() -> Iterator[None]:
    yield
    install_processes()


def writes(path: Path) -> bool:
    """Tell whether a module makes an audit entry or a message."""
    return any(
        isinstance(node, ast.Call)
        and (
            ast.unparse(node.func) in ("AuditEntry", "OutboxMessage")
            or ast.unparse(node) == "insert(OutboxMessage)"
        )
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )


def test_one_module_writes_the_audit_chain_and_the_outbox() -> None:
    writers = [
        path.relative_to(ROOT).as_posix()
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        if writes(path)
    ]
    assert writers == ["services/events/record.py"]


def kinds(of: type[Facts]) -> Iterator[type[Facts]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_class_with_a_name_is_in_a_list() -> None:
    named = {
        kind
        for kind in kinds(Facts)
        if kind.__module__.startswith("services.")
        and (hasattr(kind, "tag") or hasattr(kind, "topic"))
    }
    assert {kind.__qualname__ for kind in named - event_classes()} == set()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__qualname__)
def test_a_class_says_what_it_is_and_both_languages_say_the_same_facts(kind: type[Facts]) -> None:
    assert (kind.__doc__ or "").strip().endswith(".")
    if issubclass(kind, Event):
        assert set(PLACES.findall(kind.tag)) <= set(kind.model_fields)
    if issubclass(kind, Notification):
        assert kind.title.zh
        assert kind.title.en
        # A fact is in both sentences; a word, as a count with its noun, may be in one.
        facts = set(kind.model_fields) | {"about"}
        named = [set(PLACES.findall(sentence)) & facts for sentence in kind.sentence.both()]
        assert named[0] == named[1]


def test_a_later_release_may_have_written_more() -> None:
    assert read_event("session.began", {"device": "x"}) == SessionBegan()


def test_what_has_no_class_is_not_read() -> None:
    with pytest.raises(KeyError):
        read_event("session.invented", {})


@pytest.mark.usefixtures("_catalogue")
def test_two_events_of_one_name_are_refused() -> None:
    class Again(Event):
        """The same again."""

        tag = "session.began"

    with pytest.raises(ValueError, match=r"session\.began"):
        install_events([SessionBegan, SessionEnded, Again])


def test_channels_hear_of_what_is_overdue_and_of_what_everybody_may_know() -> None:
    assert {topic for topic, kind in topics().items() if kind.loud} == {
        *("gate.escalate", "complaint.escalate", "objection.escalate", "appeal.escalate"),
        *("call.published", "award.public_notice"),
    }
