"""What a release has written into the audit chain and the outbox is read by every later one.

``tests/files/written.jsonl`` holds entries of each action and topic as that release wrote
them, collected over a whole run of its tests: one for each set of facts.
"""

import json
from typing import Any

import pytest

from domain.canonical import canonical
from services.letter_topics import TOPICS
from services.public.timeline import PUBLIC_ACTIONS
from tests.conftest import ROOT

LINES = (ROOT / "tests" / "files" / "written.jsonl").read_bytes().splitlines()
WRITTEN: list[dict[str, Any]] = [json.loads(line) for line in LINES]
AUDITED = {line["name"] for line in WRITTEN if line["kind"] == "audit"}
TOLD = {line["name"] for line in WRITTEN if line["kind"] == "outbox"}


def named(line: dict[str, Any]) -> str:
    return f"{line['kind']}-{line['name']}"


def test_facts_read_back_are_the_bytes_that_were_digested() -> None:
    for line, entry in zip(LINES, WRITTEN, strict=True):
        assert canonical(entry) == line


@pytest.mark.parametrize(
    "entry",
    [line for line in WRITTEN if line["kind"] == "audit" and line["name"] in PUBLIC_ACTIONS],
    ids=named,
)
def test_the_public_timeline_words_what_was_written(entry: dict[str, Any]) -> None:
    _, say = PUBLIC_ACTIONS[entry["name"]]
    text = say(entry["facts"])
    assert text.zh
    assert text.en


@pytest.mark.parametrize(
    "entry",
    [line for line in WRITTEN if line["kind"] == "outbox" and line["name"] in TOPICS],
    ids=named,
)
def test_letters_word_what_was_written(entry: dict[str, Any]) -> None:
    words = TOPICS[entry["name"]]
    text = words.say(entry["facts"])
    assert text.zh
    assert text.en
    assert words.path(entry["facts"]).startswith("/")


def test_every_action_that_is_public_and_every_topic_was_written_once() -> None:
    assert set(PUBLIC_ACTIONS) - AUDITED == set()
    assert set(TOPICS) - TOLD == set()
