"""How the demo looks at the command line."""

from pathlib import Path
from types import TracebackType
from typing import Any, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import (
    Progress as Bars,
)
from rich.table import Table

from demo.run import DemoProgress
from domain.lifecycle import STATUS_NAMES, Status
from domain.text import Lang, Text

_STEPS: Final = {
    "stack": Text("启动服务", "Starting the stack"),
    "import": Text("导入需求", "Importing needs"),
    "round": Text("完成一轮", "Running the round"),
    "snapshot": Text("发布分析快照", "Publishing the snapshot"),
    "audit": Text("核验审计链", "Verifying the audit chain"),
}
_TOTALS: Final = {
    "gates_decided": Text("环节已决", "gates decided"),
    "suspensions": Text("流程挂起", "suspensions"),
    "checks_run": Text("数据检查", "checks run"),
    "checks_failed": Text("检查未通过", "checks failed"),
    "repairs": Text("数据修正", "repairs"),
    "bids": Text("意向书", "bids"),
    "consortia": Text("其中联合体", "by consortia"),
    "late_bids_refused": Text("迟交被拒", "late bids refused"),
    "quarantined_rows": Text("待修正行", "quarantined rows"),
    "complaints": Text("投诉", "complaints"),
    "healed": Text("整改完成", "corrected"),
    "exits": Text("终止退出", "terminated and left"),
    "red_entries": Text("红榜", "on the red list"),
    "black_entries": Text("黑榜", "on the black list"),
    "reports": Text("报告", "reports"),
}


class RichProgress(DemoProgress):
    """Draws a bar for each step."""

    def __init__(self, console: Console, lang: Lang) -> None:
        """Draw to ``console``."""
        self._lang = lang
        self._task: TaskID | None = None
        self._bars = Bars(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )

    def __enter__(self) -> "RichProgress":
        """Begin to draw."""
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        self._bars.stop()

    def begin(self, step: str, total: int | None = None) -> None:
        """Add a bar."""
        self._task = self._bars.add_task(_STEPS[step].say(self._lang), total=total)

    def reach(self, done: int) -> None:
        """Move the present bar."""
        if self._task is not None:
            self._bars.update(self._task, completed=done)

    def end(self) -> None:
        """Fill the present bar."""
        if self._task is not None:
            total = self._bars.tasks[self._task].total or 1
            self._bars.update(self._task, total=total, completed=total)


def print_summary(console: Console, summary: dict[str, Any], data_dir: Path, lang: Lang) -> None:
    """Print the projects, the totals and where everything is."""
    say = Text("编号|名称|结果|报告", "Code|Title|Outcome|Reports").say(lang).split("|")
    table = Table(*say)
    for project in summary["table"]:
        name = STATUS_NAMES[Status(project["status"])].say(lang)
        table.add_row(project["code"], project["title"], name, str(len(project["reports"])))
    console.print(table)
    console.print(
        " · ".join(f"{text.say(lang)} {summary[key]}" for key, text in _TOTALS.items()),
        highlight=False,
    )
    audit = (
        Text("审计链完整", "audit chain whole")
        if summary["audit_ok"]
        else Text("审计链有误", "audit chain broken")
    )
    seconds = sum(summary["seconds"].values())
    console.print(f"{audit.say(lang)} · {seconds:.0f} s", highlight=False)
    places = (
        (Text("分析快照", "snapshot"), data_dir / summary["duckdb"]),
        (Text("报告", "reports"), summary["reports_in"]),
        (Text("摘要", "summary"), data_dir / "demo/summary.json"),
    )
    for text, path in places:
        console.print(f"{text.say(lang)}: {path}", highlight=False, soft_wrap=True)
