"""The report's chart as SVG: scores by party beside days by stage. Needs no network."""

from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, get_args

import pylopdf_fonts_zh_cn
import vl_convert

from domain.text import Lang
from reports.context import ClosingReport
from reports.words import words

FONTS: Final = Path(pylopdf_fonts_zh_cn.__file__).parent
FAMILY: Final = "Noto Sans SC"
_INK: Final = "#1f2a37"
_BLUE: Final = "#2563a8"
_SAND: Final = "#c8963e"


@cache
def _fonts() -> None:
    vl_convert.register_font_directory(str(FONTS))


def _bars(
    title: str, rows: list[dict[str, Any]], colour: str, limit: float | None, width: int
) -> dict[str, Any]:
    names = [row["name"] for row in rows]
    base = {
        "y": {
            "field": "name",
            "type": "nominal",
            "sort": names,
            "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 200},
        },
        "x": {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [0, limit]} if limit else {"nice": True},
            "axis": {"title": None, "grid": True, "tickCount": 5},
        },
    }
    return {
        "title": {"text": title, "anchor": "start", "fontSize": 12},
        "width": width,
        "height": {"step": 22},
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "color": colour, "height": 12}, "encoding": base},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": _INK},
                "encoding": {**base, "text": {"field": "label", "type": "nominal"}},
            },
        ],
    }


@lru_cache(maxsize=len(get_args(Lang)))
def draw(report: ClosingReport, lang: Lang) -> str:
    """Return the chart of a report as SVG, empty where it has nothing to show.

    HTML and PDF of a report show the same drawing, which is most of the work of rendering.
    """
    _fonts()
    content, say = report.said_in(lang), words(lang)
    parties = [
        {"name": party["name"], "value": float(party["mean"]), "label": f"{party['mean']}"}
        for party in content["parties"]
    ]
    stages = [
        {"name": stage["name"], "value": float(stage["days"]), "label": f"{stage['days']}"}
        for stage in content["stages"]
    ]
    stages = stages if any(stage["value"] for stage in stages) else []
    if not parties and not stages:
        return ""
    width = 230 if parties and stages else 560
    spec = {
        "background": "white",
        "config": {"font": FAMILY, "view": {"stroke": None}},
        "hconcat": [
            *([_bars(say["score"], parties, _BLUE, 112, width)] if parties else []),
            *([_bars(say["days"], stages, _SAND, None, width)] if stages else []),
        ],
    }
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg
