"""Printable sheets with a QR code each, by which residents answer."""

import json
from pathlib import Path
from typing import Final, NamedTuple

import segno
import typst

from domain.text import Lang
from reports.chart import FONTS

_TEMPLATE: Final = Path(__file__).parent / "templates" / "sheets.typ"


class PrintedSheet(NamedTuple):
    """One sheet: its number, and the address that its code leads to."""

    number: int
    address: str


def render_sheets(title: str, place: str, sheets: list[PrintedSheet], lang: Lang) -> bytes:
    """Return the sheets as PDF, eight a page, with embedded fonts."""
    inputs = {
        "title": title,
        "place": place,
        "lang": lang,
        "sheets": [
            {
                "number": sheet.number,
                "svg": segno.make(sheet.address, error="m").svg_inline(border=0, scale=4),
                "address": sheet.address,
            }
            for sheet in sheets
        ],
    }
    pdf: bytes = typst.compile(
        str(_TEMPLATE),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"sheets": json.dumps(inputs)},
        format="pdf",
    )
    return pdf
