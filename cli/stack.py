"""Commands that run the whole platform."""

import shutil
import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import (
    AsJson,
    DataDir,
    Row,
    console,
    emit,
    errors,
    language,
    say,
    table,
)
from domain.errors import BadInput


def up(
    data_dir: DataDir = Path("var"),
    workers: Annotated[int, typer.Option(min=1, max=8, help="工作进程数 · warm workers.")] = 1,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="新目录用演示区填充 · fill a new folder with the demo district."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """启动全部服务和网页，Ctrl-C 停止 · run everything, the web too, until Ctrl-C."""
    from demo.run import furnish
    from worker.stack import running_stack

    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Who starts it with nohup wants it to outlive the terminal.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: done.set())
    errors.print(say("正在启动……", "Starting…"))
    with running_stack(data_dir, demo=demo, workers=workers, web=True) as stack:
        if demo:
            furnish()
        value = {
            "web": stack.addresses.web_url,
            "prefect_ui": stack.addresses.ui_url,
            "data_dir": str(stack.data_dir),
        }

        def show() -> None:
            console.print(say("已就绪。", "Ready."))
            console.print(say("榜单", "Board"), value["web"])
            console.print("Prefect UI", value["prefect_ui"])
            console.print(
                say(
                    "Prefect 界面需要口令：在网页“运行”里点开，或用 jiebang runs ui 取得链接。",
                    "The Prefect UI asks for a password: open it from Operations on the web, or by "
                    "the link that jiebang runs ui prints.",
                )
            )

        emit(value, as_json, show)
        errors.print(say("按 Ctrl-C 停止。", "Press Ctrl-C to stop."))
        done.wait()
        errors.print(say("正在停止……", "Stopping…"))


def doctor(data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """检查运行所需的一切，并说明如何修复 · check all that running needs and say how to mend it."""
    from worker.doctor import examine

    findings = examine(data_dir)
    rows = [
        {
            "ok": "✓" if finding.ok else "✗",
            "what": finding.what.say(language()),
            "how": finding.mend.say(language()) if not finding.ok else "",
        }
        for finding in findings
    ]
    value = [
        {"name": finding.name, "ok": finding.ok, **_texts(finding.what, finding.mend)}
        for finding in findings
    ]
    emit(
        value,
        as_json,
        lambda: table(
            rows,
            ("", "ok"),
            (say("项目", "What"), "what"),
            (say("如何修复", "How to mend"), "how"),
        ),
    )
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def _texts(what: Any, mend: Any) -> Row:
    return {"zh": what.zh, "en": what.en, "mend_zh": mend.zh, "mend_en": mend.en}


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
    with RichProgress(errors, language()) as progress:
        summary = run_demo(options, progress)
    emit(summary, as_json, lambda: print_summary(console, summary, data_dir, language()))
    raise typer.Exit(0 if summary["audit_ok"] else 1)


def _clear_demo(data_dir: Path) -> None:
    """Remove what an earlier demo left; only a folder that holds a demo, and where nothing runs."""
    from worker.stack import claim

    if not data_dir.exists():
        return
    if not (data_dir / "demo").is_dir():
        raise BadInput(
            zh=f"{data_dir} 不是演示目录，不会清空。",
            en=f"{data_dir} holds no demo; it is left alone.",
        )
    with claim(data_dir):
        shutil.rmtree(data_dir)
