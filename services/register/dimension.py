"""A register in the analytics: every version of every entry, without personal columns."""

from collections.abc import Iterable
from typing import Any, Final

from analytics.dimension import Dimension
from domain.text import Text
from services.register.catalogue import registers
from services.register.columns import Column
from services.register.declaration import Register

_TYPES: Final = {"number": "bigint", "day": "date", "flag": "boolean"}
_OWN: Final = {
    "entry_id": Text("登记条目标识", "identifier of the entry"),
    "version": Text("版本", "version"),
    "since": Text("起始日期", "first day on which it counts"),
    "ended_on": Text(
        "结束日期，有效中为空", "first day on which it counts no more, null while it does"
    ),
    "recorded_at": Text("登记时间（北京）", "when this version was recorded, Beijing"),
    "replaced_at": Text(
        "被下一版本取代的时间，现行为空", "when the next was recorded, null for the last"
    ),
    "recorded_on": Text("登记日期（北京）", "day of recording, Beijing"),
    "replaced_on": Text("被取代的日期（北京）", "day on which the next was recorded, Beijing"),
}


def dimensions() -> tuple[Dimension, ...]:
    """Return the dimension of every register that is not closed."""
    return tuple(_dimension(register) for register in registers() if not register.is_closed)


def _dimension(register: Register[Any]) -> Dimension:
    columns = [column for column in register.columns if not column.personal]
    own = """entry_id::text, version, since, ended_on, recorded_at,
        lead(recorded_at) OVER (PARTITION BY entry_id ORDER BY version) AS replaced_at"""
    parts = [own, *(_expression(column) for column in columns)]
    described = {name: f"{text.zh} · {text.en}" for name, text in _OWN.items()}
    return Dimension(
        f"dim_{register.code.replace('-', '_')}",
        f"{register.title.zh}，每个版本一行 · {register.title.en}, a row for each version",
        f"SELECT {', '.join(parts)} FROM register_version WHERE register_code = '{register.code}'",
        described | {column.name: _described(column) for column in columns},
        tuple(column.name for column in columns if column.kind == "amount"),
    )


def _expression(column: Column) -> str:
    kept = f"(facts ->> '{column.name}')"
    cast = f"::{_TYPES[column.kind]}" if column.kind in _TYPES else ""
    return f'{kept}{cast} AS "{column.name}"'


def _described(column: Column) -> str:
    zh, en = column.label.both()
    if column.unit:
        zh, en = f"{zh}（{column.unit.zh}）", f"{en}, in {column.unit.en}"
    codes: Iterable[str] = column.options if column.kind == "choice" else ()
    listed = ", ".join(codes)
    return f"{zh} · {en}" + (f": {listed}" if listed else "")
