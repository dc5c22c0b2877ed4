"""Render a closing report as HTML (Jinja2) or PDF (typst), in Chinese or English."""

import json
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from domain.moments import stamp
from domain.money import show
from domain.text import Lang
from reports.chart import FONTS, draw
from reports.context import ClosingReport
from reports.words import words

Format = Literal["html", "pdf"]
FORMATS: Final[tuple[Format, ...]] = ("html", "pdf")
LANGS: Final[tuple[Lang, ...]] = ("zh", "en")
_TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html", "j2"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["yuan"] = show
    environment.filters["when"] = _when
    return environment


def _when(value: datetime) -> str:
    return stamp(value)


def _values(report: ClosingReport, lang: Lang) -> dict[str, Any]:
    say = words(lang)
    return {
        **report.said_in(lang),
        "lang": {"zh": "zh-CN", "en": "en"}[lang],
        "w": say,
        "needs_line": say["needs_line"].format(needs=report.needs, supporters=report.supporters),
        "audit_line": say["audit_line"].format(position=report.audit_position),
        "chart_svg": draw(report, lang),
    }


def render_html(report: ClosingReport, lang: Lang) -> bytes:
    """Return the report as one HTML file that needs nothing else."""
    return _environment().get_template("closing.html.j2").render(_values(report, lang)).encode()


def render_pdf(report: ClosingReport, lang: Lang) -> bytes:
    """Return the report as PDF with embedded fonts; no font of the system is used."""
    pdf: bytes = typst.compile(
        str(_TEMPLATES / "closing.typ"),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(_values(report, lang), default=_plain)},
        format="pdf",
    )
    return pdf


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return show(value)
    if isinstance(value, datetime):
        return _when(value)
    raise TypeError(type(value).__name__)


def render(report: ClosingReport, lang: Lang, form: Format) -> bytes:
    """Return the report in ``form``."""
    return {"html": render_html, "pdf": render_pdf}[form](report, lang)
