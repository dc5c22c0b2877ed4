"""Commands about what a round leaves: reports and the audit chain."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import (
    AsJson,
    DataDir,
    Row,
    console,
    emit,
    facts,
    language,
    opened,
    say,
    table,
)

reports_app = typer.Typer(no_args_is_help=True, help="报告 · reports")
audit_app = typer.Typer(no_args_is_help=True, help="审计 · audit")


@reports_app.command("build")
def reports_build(
    code: str,
    form: Annotated[str, typer.Option("--format", help="html | pdf")] = "pdf",
    lang: Annotated[str, typer.Option(help="zh | en")] = "zh",
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """出具项目报告（结项、终止等）· issue the report of a project that has ended."""
    from services.public.issue_reports import issue_one

    with opened(data_dir) as session:
        path = issue_one(session, code=code, lang=lang, form=form)
    emit({"report": path}, as_json, lambda: console.print(path))


@audit_app.command("verify")
def audit_verify(
    anchor: Annotated[
        Path | None, typer.Option(help="另存的链首文件 · heads that were kept elsewhere.")
    ] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """核验审计链 · recompute the audit chain from its rows."""
    from services.audit_chain import verify
    from services.file_store import file_store
    from services.named_files import named_files

    with opened(data_dir) as session:
        verification = verify(session, file_store(), anchor=anchor)
        files = list(named_files(session))
    problems: list[Row] = [
        {"position": p, "zh": zh, "en": en} for p, zh, en in verification.problems
    ]
    problems += [
        {
            "position": None,
            "zh": f"{file.owner} 的文件不见了或已变",
            "en": f"a file of {file.owner} is gone or changed",
        }
        for file in files
        if not file.is_whole(file_store())
    ]
    value = {
        "ok": not problems,
        "entries": verification.entries,
        "files": len(files),
        "unsealed": verification.unsealed,
        "head": verification.head,
        "problems": problems,
    }

    def show() -> None:
        facts(value)
        if problems:
            table(problems, ("#", "position"), (say("问题", "Problem"), language()))

    emit(value, as_json, show)
    raise typer.Exit(1 if problems else 0)


@audit_app.command("replay")
def audit_replay(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """重算核对 · rebuild scores, lists and ledgers from their rows and compare them."""
    from services.file_store import file_store
    from services.replay import replay

    with opened(data_dir) as session:
        replayed = replay(session, file_store())
    rows = [
        {
            "zh": kind.what.zh,
            "en": kind.what.en,
            "rebuilt": kind.rebuilt,
            "differing": list(kind.differing),
        }
        for kind in replayed
    ]
    same = not any(kind.differing for kind in replayed)

    def show() -> None:
        table(
            rows,
            (say("内容", "What"), language()),
            (say("重算", "Rebuilt"), "rebuilt"),
            (say("不一致", "Differing"), "differing"),
        )

    emit({"ok": same, "parts": rows}, as_json, show)
    raise typer.Exit(0 if same else 1)
