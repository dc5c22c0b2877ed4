"""Commands about projects and their flow runs."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import (
    AsJson,
    DataDir,
    console,
    emit,
    facts,
    language,
    opened,
    say,
    table,
)

projects_app = typer.Typer(no_args_is_help=True, help="项目 · projects")
runs_app = typer.Typer(no_args_is_help=True, help="流程 · flow runs")


@projects_app.command("list")
def projects_list(
    status: Annotated[str | None, typer.Option(help="状态 · status.")] = None,
    street: Annotated[str | None, typer.Option(help="街道 · street.")] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """项目列表 · list projects."""
    from services.queries import list_projects

    with opened(data_dir) as session:
        rows = list_projects(session, status=status, street=street)
    columns = (
        (say("编号", "Code"), "code"),
        (say("名称", "Title"), "title"),
        (say("状态", "Status"), say("status_zh", "status")),
        (say("街道", "Street"), "street"),
    )
    emit(rows, as_json, lambda: table(rows, *columns))


@projects_app.command("show")
def projects_show(code: str, data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """一个项目的全程 · one project with its moves, gates and checks."""
    from services.queries import show_project

    with opened(data_dir) as session:
        value = show_project(session, code)

    def show() -> None:
        facts(value)
        table(
            value["gates"],
            (say("环节", "Gate"), "gate"),
            (say("名称", "Name"), language()),
            (say("打开", "Opened"), "opened_at"),
            (say("结果", "Outcome"), say("outcome_zh", "outcome")),
        )

    emit(value, as_json, show)


@runs_app.command("ui")
def runs_ui(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """打开 Prefect 界面的链接，含口令，请勿外传 · a link into the Prefect UI; it holds the password."""
    from services.execution.prefect_door import door_link
    from worker.addresses import use_stack

    use_stack(data_dir)
    link = door_link()
    emit({"link": link}, as_json, lambda: typer.echo(link))


@runs_app.command("reconcile")
def runs_reconcile(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """对照数据库修复 Prefect 中的流程 · bring Prefect back to what the database says."""
    from models.settings import settings
    from worker.addresses import use_stack
    from worker.prefect_api import PrefectApi
    from worker.reconciler import Reconciler

    addresses = use_stack(data_dir)
    with PrefectApi(addresses.api_url) as api:
        taken = Reconciler(settings(), api).reconcile()
    emit(taken, as_json, lambda: facts(taken or {say("无需修复", "nothing to mend"): "✓"}))


@runs_app.command("hold")
def runs_hold(
    code: str,
    release: Annotated[bool, typer.Option("--release", help="放行 · let it go on.")] = False,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """暂缓或放行一个流程 · hold a run back, or let it go on."""
    from services.execution.runs import hold_run
    from services.gates.subjects import subject_coded

    with opened(data_dir) as session:
        hold_run(session, process_id=subject_coded(session, code).id, is_held=not release)
    message = say("已放行。" if release else "已暂缓。", "Released." if release else "Held.")
    emit({"project": code, "held": not release}, as_json, lambda: console.print(message))
