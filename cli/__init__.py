"""The command ``jiebang``. Each command parses, calls one use case and prints what came of it."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from cli.analytics import analytics_app
from cli.backups import backup, restore
from cli.console import away_part, errors, language
from cli.gates import gates_app
from cli.needs import bids_app, needs_app
from cli.outputs import audit_app, reports_app
from cli.people import people_app
from cli.projects import projects_app, runs_app
from cli.seal import seal_app
from cli.stack import demo, doctor, up
from domain.errors import JiebangError, StackUnavailable, Unavailable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="揭榜 Jiebang: open calls for community service.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from cli.version import release

        typer.echo(f"jiebang {release()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="版本 · version and commit."
        ),
    ] = False,
) -> None:
    """揭榜 Jiebang: open calls for community service."""
    del version


for command in (up, doctor, demo, backup, restore):
    app.command()(command)
for name, group in {
    "needs": needs_app,
    "projects": projects_app,
    "gates": gates_app,
    "bids": bids_app,
    "analytics": analytics_app,
    "reports": reports_app,
    "audit": audit_app,
    "runs": runs_app,
    "people": people_app,
    "seal": seal_app,
}.items():
    app.add_typer(group, name=name)


def _fail(error: JiebangError) -> NoReturn:
    errors.print(f"[red]✗[/red] {error.say(language())}", highlight=False, soft_wrap=True)
    sys.exit(3 if isinstance(error, Unavailable) else 2)


def main() -> None:
    """Run the command line; what people can mend is one sentence and an exit code, no traceback."""
    # What a command writes is for nobody but who runs it.
    os.umask(0o077)
    try:
        app()
    except JiebangError as error:
        _fail(error)
    except Exception as error:
        if away := away_part(error):
            _fail(StackUnavailable(part=away, why=" ".join(str(error).split())[:200]))
        raise
