"""Commands about needs and the letters that answer them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.console import (
    AsJson,
    By,
    DataDir,
    console,
    emit,
    facts,
    language,
    opened,
    progress,
    say,
    table,
)
from domain.errors import BadInput

needs_app = typer.Typer(no_args_is_help=True, help="需求 · needs")
bids_app = typer.Typer(no_args_is_help=True, help="意向书 · bids")


@needs_app.command("import")
def needs_import(
    file: Path,
    sheet: Annotated[str, typer.Option(help="读哪张工作表 · which sheet to read.")] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="表头=列名 · HEADER=COLUMN, as 留言主题=title; repeat."),
    ] = None,
    place_map: Annotated[
        Path | None, typer.Option(help="地点对照表 · CSV: reference, community.")
    ] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """导入需求 · import needs from a workbook, .csv or Open311 .json."""
    from services.needs.assign_places import apply_place_map
    from services.needs.import_needs import import_needs
    from services.queries import list_quarantine
    from worker.addresses import use_stack

    use_stack(data_dir)
    mapping = _pairs(columns or [])
    with progress(say("正在导入", "Importing")) as step:
        done = import_needs(path=file, actor="cli", sheet=sheet, mapping=mapping, progress=step)
    with opened(data_dir) as session:
        placed = apply_place_map(session, path=place_map, actor="cli") if place_map else 0
        value = {**done.batch.model_dump(exclude={"id"}), "placed": placed}
        value["other_sheets"], value["totals_rows"] = list(done.others), list(done.totals)
        value["quarantine"] = list_quarantine(session, batch=done.batch.id)

    def show() -> None:
        facts(value)
        if done.others:
            console.print(
                say("未读的工作表：", "Sheets that were not read: ") + "、".join(done.others),
                markup=False,
            )
        if done.totals:
            rows = "、".join(map(str, done.totals))
            console.print(say(f"未计入的合计行：{rows}", f"Rows of totals left out: {rows}"))
        if value["quarantine"]:
            table(
                value["quarantine"],
                ("ID", "id"),
                (say("行", "Row"), "row"),
                (say("列", "Column"), "column"),
                (say("说明", "Why"), language()),
            )

    emit(value, as_json, show)


def _pairs(given: list[str]) -> dict[str, str]:
    """Return the values by name, given as NAME=VALUE; raise BadInput for anything else."""
    if wrong := [pair for pair in given if "=" not in pair.strip("=")]:
        raise BadInput(
            zh=f"“{wrong[0]}”应写成 名称=值。", en=f"{wrong[0]!r} is to be written as NAME=VALUE."
        )
    return dict(pair.split("=", 1) for pair in given)


@needs_app.command("quarantine")
def needs_quarantine(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """待修正的行 · rows that wait to be mended."""
    from services.queries import list_quarantine

    with opened(data_dir) as session:
        rows = list_quarantine(session)
    columns = (
        ("ID", "id"),
        (say("文件", "File"), "file"),
        (say("行", "Row"), "row"),
        (say("列", "Column"), "column"),
        (say("说明", "Why"), language()),
    )
    emit(rows, as_json, lambda: table(rows, *columns))


@needs_app.command("mend")
def needs_mend(
    row: UUID,
    change: Annotated[list[str], typer.Option("--set", help="列=值 · column=value.")],
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """修正一行并导入 · mend a quarantined row and import it."""
    from services.needs.import_needs import mend_row

    changes = _pairs(change)
    with opened(data_dir) as session:
        mended = mend_row(session, row_id=row, changes=changes, actor="cli")
        value = {"id": mended.id, "row": mended.row, "mended_at": mended.mended_at}
    emit(value, as_json, lambda: console.print(say("已修正并导入。", "Mended and imported.")))


@needs_app.command("erase")
def needs_erase(code: str, data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """应本人要求删除一条需求的文字，编号和去向保留 · take out a need's words; its number stays."""
    from services.identity.erasures import erase_need

    with opened(data_dir) as session:
        erase_need(session, code=code, actor="cli")
    value = {"need": code}
    emit(value, as_json, lambda: facts(value))


@needs_app.command("list")
def needs_list(
    status: Annotated[
        str | None, typer.Option(help="状态 · awaiting_place, registered, merged, …")
    ] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """需求，可按状态筛选 · needs; those awaiting a place with --status awaiting_place."""
    from services.queries import list_needs

    with opened(data_dir) as session:
        rows = list_needs(session, status=status)
    columns = (
        (say("编号", "Code"), "code"),
        (say("需求", "Need"), "title"),
        (say("社区", "Community"), "community"),
        (say("地点", "Place"), "place"),
        (say("状态", "Status"), "status"),
    )
    emit(rows, as_json, lambda: table(rows, *columns))


@needs_app.command("place")
def needs_place(
    file: Annotated[Path, typer.Argument(help="地点对照表 · CSV: reference, community.")],
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """为等待地点的需求指定社区 · assign needs that wait for a place to communities."""
    from services.needs.assign_places import apply_place_map

    with opened(data_dir) as session:
        value = {"placed": apply_place_map(session, path=file, actor="cli")}
    emit(value, as_json, lambda: facts(value))


@bids_app.command("submit")
def bids_submit(
    code: str,
    file: Annotated[Path, typer.Argument(help="意向书 JSON · the letter of intent as JSON.")],
    by: By,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """提交意向书，取得回执 · submit a letter of intent and get its receipt."""
    from services.bid.submit_letter import submit_letter

    find = opened(data_dir)
    with find:
        receipt = submit_letter(code=code, file=file, login=by)
    value = asdict(receipt)
    emit(value, as_json, lambda: facts(value))
