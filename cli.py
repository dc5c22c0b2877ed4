"""The command ``jiebang``. Each command parses, calls one use case and prints what came of it."""

import json
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from domain.canonical import plain
from domain.errors import JiebangError, Unavailable
from domain.text import Lang
from models.settings import settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="揭榜 Jiebang: open calls for community service.",
)
needs_app = typer.Typer(no_args_is_help=True, help="需求 · needs")
projects_app = typer.Typer(no_args_is_help=True, help="项目 · projects")
gates_app = typer.Typer(no_args_is_help=True, help="关口 · gates")
bids_app = typer.Typer(no_args_is_help=True, help="意向书 · bids")
analytics_app = typer.Typer(no_args_is_help=True, help="分析 · analytics")
reports_app = typer.Typer(no_args_is_help=True, help="报告 · reports")
audit_app = typer.Typer(no_args_is_help=True, help="审计 · audit")
runs_app = typer.Typer(no_args_is_help=True, help="流程 · flow runs")
for name, group in {
    "needs": needs_app,
    "projects": projects_app,
    "gates": gates_app,
    "bids": bids_app,
    "analytics": analytics_app,
    "reports": reports_app,
    "audit": audit_app,
    "runs": runs_app,
}.items():
    app.add_typer(group, name=name)

DataDir = Annotated[Path, typer.Option("--data-dir", help="数据目录 · where everything is kept.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON.")]
By = Annotated[str, typer.Option("--as", help="以谁的身份 · login of the person who acts.")]
Row = dict[str, Any]

console = Console()
errors = Console(stderr=True)


def _lang() -> Lang:
    return "en" if settings().lang == "en" else "zh"


def _say(zh: str, en: str) -> str:
    return zh if _lang() == "zh" else en


def _default_data_dir() -> Path:
    return settings().data_dir


def _emit(value: object, as_json: bool, show: Callable[[], None]) -> None:
    if as_json:
        typer.echo(json.dumps(value, default=plain, ensure_ascii=False, indent=2))
    else:
        show()


def _table(rows: list[Row], *columns: tuple[str, str]) -> None:
    if not rows:
        console.print(_say("没有内容。", "Nothing here."))
        return
    table = Table()
    for title, _ in columns:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*("—" if row[key] is None else str(row[key]) for _, key in columns))
    console.print(table)


def _facts(facts: Row) -> None:
    for name, value in facts.items():
        if not isinstance(value, list | dict):
            console.print(f"[dim]{name}[/dim] {'—' if value is None else value}", highlight=False)


@contextmanager
def _session(data_dir: Path) -> Iterator[Any]:
    from models.session import unit_of_work
    from worker.stack import find_stack

    find_stack(data_dir).export()
    with unit_of_work() as session:
        yield session


@app.command()
def up(
    data_dir: DataDir = Path("var"),
    workers: Annotated[int, typer.Option(min=1, max=8, help="工作进程数 · warm workers.")] = 1,
) -> None:
    """启动全部服务，Ctrl-C 停止 · run everything until Ctrl-C."""
    from worker.stack import running_stack

    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    console.print(_say("正在启动……", "Starting…"))
    with running_stack(data_dir, workers=workers) as stack:
        console.print(_say("已就绪。", "Ready."), f"Prefect UI: {stack.addresses.ui_url}")
        console.print(_say("按 Ctrl-C 停止。", "Press Ctrl-C to stop."))
        done.wait()
        console.print(_say("正在停止……", "Stopping…"))


@app.command()
def doctor(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """检查运行所需的一切，并说明如何修复 · check what is needed and say how to mend it."""
    from worker.doctor import examine

    findings = examine(data_dir)
    rows = [
        {
            "ok": "✓" if one.ok else "✗",
            "what": one.what.say(_lang()),
            "how": one.mend.say(_lang()) if not one.ok else "",
        }
        for one in findings
    ]
    value = [{"name": one.name, "ok": one.ok, **_texts(one.what, one.mend)} for one in findings]
    _emit(
        value,
        as_json,
        lambda: _table(
            rows,
            ("", "ok"),
            (_say("项目", "What"), "what"),
            (_say("如何修复", "How to mend"), "how"),
        ),
    )
    raise typer.Exit(0 if all(one.ok for one in findings) else 1)


def _texts(what: Any, mend: Any) -> Row:
    return {"zh": what.zh, "en": what.en, "mend_zh": mend.zh, "mend_en": mend.en}


@app.command()
def demo(
    data_dir: DataDir = Path("var"),
    needs: Annotated[
        Path | None, typer.Option("--input", help="需求文件 · .xlsx, .csv or Open311 .json.")
    ] = None,
    place_map: Annotated[
        Path | None, typer.Option(help="地点对照表 · CSV: reference, community.")
    ] = None,
    seed: Annotated[int, typer.Option(help="随机种子 · another seed tells another story.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=8)] = 1,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="清空以前的演示 · clear an earlier demo.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """用演示区完整跑一轮 · run a whole round in the demo district."""
    from demo.run import NEEDS, DemoOptions, run_demo
    from demo.screen import RichProgress, print_summary

    if fresh:
        _clear_demo(data_dir)
    options = DemoOptions(data_dir, needs or NEEDS, place_map, seed, workers)
    with RichProgress(errors, _lang()) as progress:
        summary = run_demo(options, progress)
    _emit(summary, as_json, lambda: print_summary(console, summary, data_dir, _lang()))
    raise typer.Exit(0 if summary["audit_ok"] else 1)


def _clear_demo(data_dir: Path) -> None:
    """Remove what an earlier demo left; only a folder that holds a demo's summary or nothing."""
    from domain.errors import BadInput

    if not data_dir.exists():
        return
    if not (data_dir / "demo").is_dir():
        raise BadInput(
            zh=f"{data_dir} 不是演示目录，不会清空。",
            en=f"{data_dir} holds no demo; it is left alone.",
        )
    shutil.rmtree(data_dir)


@needs_app.command("import")
def needs_import(
    file: Path,
    place_map: Annotated[
        Path | None, typer.Option(help="地点对照表 · CSV: reference, community.")
    ] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """导入需求 · import needs from .xlsx, .csv or Open311 .json."""
    from services.assign_places import apply_place_map
    from services.import_needs import import_needs
    from services.queries import list_quarantine

    with _session(data_dir) as session:
        batch = import_needs(session, path=file, actor="cli")
        placed = apply_place_map(session, path=place_map, actor="cli") if place_map else 0
        value = {**batch.model_dump(exclude={"id"}), "placed": placed}
        value["quarantine"] = list_quarantine(session, batch=batch.id)

    def show() -> None:
        _facts(value)
        _table(
            value["quarantine"],
            (_say("行", "Row"), "row"),
            (_say("列", "Column"), "column"),
            (_say("说明", "Why"), _lang()),
        )

    _emit(value, as_json, show)


@needs_app.command("quarantine")
def needs_quarantine(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """待修正的行 · rows that wait to be mended."""
    from services.queries import list_quarantine

    with _session(data_dir) as session:
        rows = list_quarantine(session)
    columns = (
        ("ID", "id"),
        (_say("行", "Row"), "row"),
        (_say("列", "Column"), "column"),
        (_say("说明", "Why"), _lang()),
    )
    _emit(rows, as_json, lambda: _table(rows, *columns))


@needs_app.command("mend")
def needs_mend(
    row: UUID,
    change: Annotated[list[str], typer.Option("--set", help="列=值 · column=value.")],
    data_dir: DataDir = Path("var"),
) -> None:
    """修正一行并导入 · mend a quarantined row and import it."""
    from services.import_needs import mend_row

    changes = dict(one.split("=", 1) for one in change if "=" in one)
    with _session(data_dir) as session:
        mend_row(session, row_id=row, changes=changes, actor="cli")
    console.print(_say("已修正并导入。", "Mended and imported."))


@projects_app.command("list")
def projects_list(
    status: Annotated[str | None, typer.Option(help="状态 · status.")] = None,
    street: Annotated[str | None, typer.Option(help="街道 · street.")] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """项目列表 · list projects."""
    from services.queries import list_projects

    with _session(data_dir) as session:
        rows = list_projects(session, status=status, street=street)
    columns = (
        (_say("编号", "Code"), "code"),
        (_say("名称", "Title"), "title"),
        (_say("状态", "Status"), _say("status_zh", "status")),
        (_say("街道", "Street"), "street"),
    )
    _emit(rows, as_json, lambda: _table(rows, *columns))


@projects_app.command("show")
def projects_show(code: str, data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """一个项目的全程 · one project with its moves, gates and checks."""
    from services.queries import show_project

    with _session(data_dir) as session:
        value = show_project(session, code)

    def show() -> None:
        _facts(value)
        _table(
            value["gates"],
            (_say("关口", "Gate"), "gate"),
            (_say("名称", "Name"), _lang()),
            (_say("打开", "Opened"), "opened_at"),
            (_say("结果", "Outcome"), _say("outcome_zh", "outcome")),
        )

    _emit(value, as_json, show)


@gates_app.command("list")
def gates_list(
    everything: Annotated[bool, typer.Option("--all", help="含已决 · decided ones too.")] = False,
    person: Annotated[
        str | None, typer.Option("--for", help="某人可决的 · what this login may decide.")
    ] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """待决关口，先到期的在前 · gates that wait, those due first."""
    from services.queries import list_gates

    with _session(data_dir) as session:
        rows = list_gates(session, everything=everything, person=person)
    columns = (
        (_say("关口", "Gate"), "gate"),
        (_say("名称", "Name"), _lang()),
        (_say("期限", "Due"), "due_at"),
        (_say("结果", "Outcome"), _say("outcome_zh", "outcome")),
    )
    _emit(rows, as_json, lambda: _table(rows, *columns))


@gates_app.command("show")
def gates_show(gate: str, data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """一个关口的卷宗 · a gate's dossier, and who may decide. GATE is CODE or CODE/stage-kind-rN."""
    from services.queries import show_gate

    with _session(data_dir) as session:
        value = show_gate(session, gate)

    def show() -> None:
        _facts(value)
        _table(
            value["dossier"]["facts"],
            (_say("事项", "Fact"), _lang()),
            (_say("内容", "Value"), "value"),
        )
        _table(
            value["may_decide"],
            (_say("席位", "Seat"), "seat"),
            (_say("角色", "Role"), "role"),
            ("login", "login"),
        )

    _emit(value, as_json, show)


@gates_app.command("decide")
def gates_decide(
    gate: str,
    verb: Annotated[str, typer.Argument(help="approve | return | reject | mend")],
    by: By,
    option: Annotated[
        str | None, typer.Option(help="方案 · option, where several are offered.")
    ] = None,
    comment: Annotated[
        str, typer.Option(help="意见或理由 · comment; a reason is needed to return or reject.")
    ] = "",
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """决定一个关口 · decide a gate."""
    from services.actors import actor_named
    from services.clock import now
    from services.decide_gate import decide_gate
    from services.queries import find_gate, gate_name

    with _session(data_dir) as session:
        project, held = find_gate(session, gate)
        decision = decide_gate(
            session,
            gate_id=held.id,
            actor=actor_named(session, by, channel="cli"),
            verb=_verb(verb),
            option=option,
            comment=comment,
            at=now(session),
        )
        value = {
            "gate": gate_name(project, held),
            "verb": decision.verb.value,
            "outcome": held.outcome.value if held.outcome else None,
        }
    _emit(value, as_json, lambda: _facts(value))


def _verb(text: str) -> Any:
    from domain.errors import OptionNotAllowed
    from domain.gates import Verb

    if text not in set(Verb):
        raise OptionNotAllowed(option=text, allowed=" / ".join(Verb))
    return Verb(text)


@gates_app.command("code")
def gates_code(
    gate: str,
    verb: Annotated[str, typer.Argument(help="approve | return | reject | mend")],
    by: By,
    option: Annotated[str | None, typer.Option(help="方案 · option.")] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """签发一次性审批码，用于 Prefect 界面 · issue a one-time code for the Prefect UI."""
    from services.actors import actor_named
    from services.approval_codes import issue_code
    from services.queries import find_gate, gate_name

    with _session(data_dir) as session:
        project, held = find_gate(session, gate)
        code, row = issue_code(
            session,
            gate_id=held.id,
            actor=actor_named(session, by, channel="cli"),
            verb=_verb(verb),
            option=option,
        )
        value = {"gate": gate_name(project, held), "code": code, "expires_at": row.expires_at}
    _emit(value, as_json, lambda: _facts(value))


@bids_app.command("submit")
def bids_submit(
    code: str,
    file: Annotated[Path, typer.Argument(help="意向书 JSON · the letter of intent as JSON.")],
    by: By,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """提交意向书，取得回执 · submit a letter of intent and get its receipt."""
    from services.submit_letter import submit_letter

    find = _session(data_dir)
    with find:
        receipt = submit_letter(code=code, file=file, login=by)
    value = receipt._asdict()
    _emit(value, as_json, lambda: _facts(value))


@analytics_app.command("build")
def analytics_build(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """构建、检查并发布分析快照 · build, check and publish the snapshot."""
    from services.publish_snapshot import publish_snapshot

    with _session(data_dir):
        path = publish_snapshot(data_dir)
    _emit({"duckdb": str(path)}, as_json, lambda: console.print(str(path)))


@analytics_app.command("query")
def analytics_query(sql: str, data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """查询已发布的快照（只读）· query the published snapshot, read-only."""
    from analytics.query import query

    rows = query(data_dir, sql)
    _emit(
        rows, as_json, lambda: _table(rows, *((name, name) for name in (rows[0] if rows else {})))
    )


@reports_app.command("build")
def reports_build(
    code: str,
    form: Annotated[str, typer.Option("--format", help="html | pdf")] = "pdf",
    lang: Annotated[str, typer.Option(help="zh | en")] = "zh",
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """出具结项报告 · issue a project's closing report."""
    from services.issue_reports import issue_one

    with _session(data_dir) as session:
        path = issue_one(session, code=code, lang=lang, form=form, data_dir=data_dir)
    _emit({"report": str(path)}, as_json, lambda: console.print(str(path)))


@audit_app.command("verify")
def audit_verify(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """核验审计链 · recompute the audit chain from its rows."""
    from services.audit_chain import verify

    with _session(data_dir) as session:
        found = verify(session, data_dir.resolve())
    problems = [{"position": p, "zh": zh, "en": en} for p, zh, en in found.problems]
    value = {
        "ok": found.ok,
        "entries": found.entries,
        "head": found.head,
        "problems": problems,
    }

    def show() -> None:
        _facts(value)
        if found.problems:
            _table(problems, ("#", "position"), (_say("问题", "Problem"), _lang()))

    _emit(value, as_json, show)
    raise typer.Exit(0 if found.ok else 1)


@runs_app.command("reconcile")
def runs_reconcile(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """对照数据库修复 Prefect 中的流程 · bring Prefect back to what the database says."""
    from worker.prefect_api import PrefectApi
    from worker.reconciler import Reconciler

    with _session(data_dir):
        pass
    with PrefectApi() as api:
        taken = Reconciler(settings(), api).reconcile()
    _emit(taken, as_json, lambda: _facts(taken or {_say("无需修复", "nothing to mend"): "✓"}))


@runs_app.command("hold")
def runs_hold(
    code: str,
    release: Annotated[bool, typer.Option("--release", help="放行 · let it go on.")] = False,
    data_dir: DataDir = Path("var"),
) -> None:
    """暂缓或放行一个项目的流程 · hold a project's run back, or let it go on."""
    from services.projects import project_coded
    from services.runs import hold_run

    with _session(data_dir) as session:
        hold_run(session, project_id=project_coded(session, code).id, held=not release)
    console.print(_say("已放行。" if release else "已暂缓。", "Released." if release else "Held."))


def _fail(error: JiebangError) -> NoReturn:
    errors.print(f"[red]✗[/red] {error.say(_lang())}", highlight=False, soft_wrap=True)
    sys.exit(3 if isinstance(error, Unavailable) else 2)


def main() -> None:
    """Run the command line; an error of ours is one sentence and an exit code, not a traceback."""
    try:
        app()
    except JiebangError as error:
        _fail(error)
