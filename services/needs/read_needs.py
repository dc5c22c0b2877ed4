"""Read a file of needs into rows of text: a workbook, CSV or Open311 GeoReport v2 JSON.

The values of formulas are those the spreadsheet computed last; a formula without one is the text
that was typed. Nothing is guessed away: a number that was typed as text stays text.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.canonical import digest
from domain.errors import BadInput
from services.tables.child import text_of
from services.tables.read import Columns, Row, file_content, read_table
from services.tables.separated import decode, storable

COLUMNS: Final = Columns(
    {
        "title": ("需求标题", "标题", "需求名称", "需求", "主题", "title"),
        "description": ("需求描述", "描述", "需求内容", "内容", "详细说明", "description"),
        "category": ("需求类别", "类别", "分类", "需求类型", "category"),
        "street": ("所属街道", "街道", "street"),
        "community": ("所属社区", "社区", "社区名称", "community"),
        "supporters": ("反映人数", "支持人数", "人数", "supporters"),
        "reported_on": ("反映日期", "提出日期", "日期", "反映时间", "date", "reported_on"),
        "reference": ("工单编号", "工单号", "受理编号", "需求编号", "reference"),
    },
    ("title", "category", "community", "reported_on"),
)
_OPEN311: Final = ("service_request_id", "service_name", "requested_datetime")
_SHORTEST_REFERENCE: Final = 6


@dataclass(frozen=True)
class NeedFile:
    """What a file holds. ``source`` is ``workbook`` or ``open311``; ``totals`` are rows left out."""

    source: str
    rows: tuple[Row, ...]
    sheet: str = ""
    others: tuple[str, ...] = ()
    totals: tuple[int, ...] = ()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the rows: a file that was only saved again keeps it."""
        return digest([self.source, [row.values for row in self.rows]])


def read_needs(
    path: Path, *, sheet: str = "", mapping: Mapping[str, str] | None = None
) -> NeedFile:
    """Return the rows of a file; raise BadInput that says what is wrong with it as a whole.

    ``sheet`` chooses a sheet of a workbook, ``mapping`` says which column a header means.
    """
    if path.suffix.lower() == ".json":
        return NeedFile("open311", _open311(file_content(path), path.name))
    table = read_table(path, COLUMNS, sheet=sheet, mapping=mapping)
    rows = tuple(Row(row.number, _referenced(row.values), row.wrong) for row in table.rows)
    return NeedFile("workbook", rows, table.sheet, table.others, table.totals)


def _referenced(values: dict[str, str]) -> dict[str, str]:
    """Leave out a number that only counts the rows of its own file."""
    if len(values.get("reference", "")) >= _SHORTEST_REFERENCE:
        return values
    return {column: text for column, text in values.items() if column != "reference"}


def _open311(content: bytes, name: str) -> tuple[Row, ...]:
    try:
        requests = json.loads(decode(content, name))
    except json.JSONDecodeError as error:
        raise BadInput(
            zh=f"{name} 不是有效的 JSON：第 {error.lineno} 行。",
            en=f"{name} is not valid JSON: line {error.lineno}.",
        ) from None
    except RecursionError:
        requests = None
    if isinstance(requests, dict):
        requests = requests.get("service_requests") or requests.get("requests")
    if not isinstance(requests, list) or not all(isinstance(request, dict) for request in requests):
        raise BadInput(
            zh=f"{name} 不是 Open311 GeoReport v2 的请求列表。",
            en=f"{name} is not a list of requests in the form of Open311 GeoReport v2.",
        )
    if not requests:
        raise BadInput(zh=f"{name} 里没有数据行。", en=f"{name} holds no rows.")
    return tuple(_request(number, request) for number, request in enumerate(requests, start=1))


def _request(number: int, request: dict[str, object]) -> Row:
    names = (*_OPEN311, "description", "address", "status", "lat", "long")
    texts = {
        key: "" if request.get(key) is None else storable(text_of(request[key])) for key in names
    }
    return Row(
        number,
        {
            "reference": texts["service_request_id"],
            "title": texts["service_name"],
            "description": texts["description"] or texts["service_name"],
            "category": texts["service_name"],
            "reported_on": texts["requested_datetime"],
            "supporters": "1",
            "place": texts["address"],
            "status": texts["status"].lower(),
            "lat": texts["lat"],
            "long": texts["long"],
        },
    )
