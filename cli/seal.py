"""Commands about the seal of bids."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import AsJson, DataDir, emit, facts, opened, say

seal_app = typer.Typer(no_args_is_help=True, help="密封 · seal")


@seal_app.callback()
def _seal() -> None:
    """密封与托管 · the seal of bids, and its escrow."""


@seal_app.command("escrow")
def seal_escrow(
    replace: Annotated[
        bool, typer.Option("--replace", help="更换遗失或泄露的 · in place of a lost one.")
    ] = False,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """生成离线保管的托管密钥，只显示一次 · make the escrow key, shown once and kept offline."""
    from services.bid.escrow import make_escrow_key

    with opened(data_dir) as session:
        value = {"key": make_escrow_key(session, actor="cli", replaces=replace)}
    emit(value, as_json, lambda: facts({say("托管密钥", "Escrow key"): value["key"]}))
