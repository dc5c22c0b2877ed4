"""What a release has written into the audit chain and the outbox is read by every later one.

``tests/files/written.jsonl`` holds entries of each action and topic as that release wrote
them, collected over a whole run of its tests: one for each set of facts.
"""

import json
from typing import Any

import pytest

from domain.canonical import canonical
from services.events.catalogue import actions, read_event, read_notification, topics
from tests.shell import ROOT

LINES = (ROOT / "tests" / "files" / "written.jsonl").read_bytes().splitlines()
WRITTEN: list[dict[str, Any]] = [json.loads(line) for line in LINES]
AUDITED = [line for line in WRITTEN if line["kind"] == "audit"]
TOLD = [line for line in WRITTEN if line["kind"] == "outbox"]


def named(line: dict[str, Any]) -> str:
    return f"{line['kind']}-{line['name']}"


@pytest.mark.parametrize("entry", AUDITED, ids=named)
def test_an_event_reads_what_was_written_and_would_write_the_same_bytes(
    entry: dict[str, Any],
) -> None:
    event = read_event(entry["name"], entry["facts"])
    assert event.action() == entry["name"]
    assert canonical(event.facts()) == canonical(entry["facts"])
    if event.line:
        text = event.filled(event.line, "LC-2026-0001")
        assert text.zh
        assert text.en


@pytest.mark.parametrize("message", TOLD, ids=named)
def test_letters_word_what_was_written(message: dict[str, Any]) -> None:
    notification, about = read_notification(message["name"], message["facts"])
    words = notification.letter(about)
    assert words.sentence.zh
    assert words.sentence.en
    assert words.path.startswith("/")
    kept = json.loads(canonical(notification.message(about)))
    assert kept.items() <= message["facts"].items()


def test_every_action_and_every_topic_was_written_once() -> None:
    """``template.removed`` alone is written by no test of that release."""
    assert set(actions()) - {entry["name"] for entry in AUDITED} == set()
    assert set(topics()) - {message["name"] for message in TOLD} == set()
