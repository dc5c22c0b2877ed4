"""``python -m tests.documents``: write the documents that are made from the code and committed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from api.json.app import create_api
from services.registers import REGISTERS
from tests import events_page, glossary, process_diagrams, rules, wire


def openapi() -> str:
    """Return the description of the API for programs."""
    described = create_api(REGISTERS).openapi()
    return json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


DOCUMENTS: Final[Mapping[Path, Callable[[], str]]] = {
    rules.PAGE: rules.page,
    wire.PAGE: wire.page,
    process_diagrams.PAGE: process_diagrams.page,
    glossary.PAGE: glossary.page,
    events_page.PAGE: events_page.page,
    rules.PAGE.with_name("openapi.json"): openapi,
}

if __name__ == "__main__":
    for path, made in DOCUMENTS.items():
        path.write_text(made(), encoding="utf-8")
