"""The command ``jiebang``. Each command parses, calls one use case and prints what came of it."""

import sys
from typing import NoReturn

import typer

from cli.console import errors, language
from cli.gates import gates_app
from cli.needs import bids_app, needs_app
from cli.outputs import analytics_app, audit_app, reports_app
from cli.projects import projects_app, runs_app
from cli.stack import demo, doctor, up
from domain.errors import JiebangError, Unavailable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="揭榜 Jiebang: open calls for community service.",
)
for one in (up, doctor, demo):
    app.command()(one)
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


def _fail(error: JiebangError) -> NoReturn:
    errors.print(f"[red]✗[/red] {error.say(language())}", highlight=False, soft_wrap=True)
    sys.exit(3 if isinstance(error, Unavailable) else 2)


def main() -> None:
    """Run the command line; an error of ours is one sentence and an exit code, not a traceback."""
    try:
        app()
    except JiebangError as error:
        _fail(error)
