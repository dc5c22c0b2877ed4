"""Commands that keep everything elsewhere, and bring it back."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.console import AsJson, DataDir, console, emit, facts, say
from domain.errors import BadInput


def backup(
    folder: Annotated[Path, typer.Argument(help="新目录 · a new folder for the backup.")],
    keys: Annotated[
        Path | None,
        typer.Option(help="密钥另存的目录 · another folder, kept apart, for the keys."),
    ] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """备份：数据库、附件、报告、链首 · back up the running platform, while people work on."""
    from cli.version import release
    from worker.addresses import use_stack
    from worker.backup import back_up

    use_stack(data_dir)
    made = back_up(folder, data_dir, keys=keys, release=release())
    value = {
        "folder": str(made.folder),
        "files": made.files,
        "bytes": made.bytes,
        "audit_entries": made.position,
        "keys": made.with_keys,
        "absent": list(made.absent),
    }

    def show() -> None:
        facts(value)
        if made.absent:
            console.print(
                say(
                    f"登记的文件不见了或已变，备份里没有：{'、'.join(made.absent)}",
                    f"Not in the backup, as gone or changed: files of {', '.join(made.absent)}",
                )
            )
        if not made.with_keys:
            console.print(
                say(
                    "没有备份密钥：用 --keys 另存到别处，没有密钥无法恢复。",
                    "The keys are not in it: keep them elsewhere with --keys; nothing is restored without.",
                )
            )

    emit(value, as_json, show)
    raise typer.Exit(1 if made.absent else 0)


def restore(
    folder: Annotated[Path, typer.Argument(help="备份目录 · the backup's folder.")],
    keys: Annotated[Path, typer.Option(help="另存的密钥 · the keys that were kept apart.")],
    journal: Annotated[
        list[Path] | None,
        typer.Option(
            help="此后的注销记录，可重复 · erasures since then: a journal kept elsewhere; repeat."
        ),
    ] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """恢复到新的数据目录；之后用 jiebang up 启动 · restore into a new data folder."""
    from models.settings import settings
    from services.identity.erasure_journal import NAME
    from services.processes import install_processes
    from worker.restore import restore as bring_back

    set_here = [
        name for name in ("JIEBANG_DATABASE_URL", "JIEBANG_KEYS_DIR") if os.environ.get(name)
    ]
    if set_here:
        names = ", ".join(set_here)
        raise BadInput(
            zh=f"请先取消 {names}：恢复使用新目录里自带的 PostgreSQL 和密钥目录。",
            en=f"Unset {names} first: a restore uses the PostgreSQL and the keys of its new folder.",
        )
    install_processes()
    journals = list(journal or [])
    copies = settings().audit_copy_dir
    if copies and not copies.is_dir():
        raise BadInput(
            zh=f"没有目录 {copies}（JIEBANG_AUDIT_COPY_DIR），其中可能有此后的注销记录。",
            en=f"There is no folder {copies} (JIEBANG_AUDIT_COPY_DIR); it may hold later erasures.",
        )
    if copies and (copies / NAME).exists():
        journals.append(copies / NAME)
    done = bring_back(folder, data_dir, keys=keys, journals=tuple(journals))
    value = {
        "data_dir": str(done.data_dir),
        "taken_at": done.taken_at,
        "audit_entries": done.entries,
        "files": done.files,
        "erased_again": done.erased_again,
        "problems": list(done.problems),
    }

    def show() -> None:
        facts(value)
        console.print(
            say(
                "已恢复，所有人须重新登录。备份之后收回的令牌和角色请再收回一次，然后运行 jiebang up。",
                "Restored; everybody signs in anew. Take back again the tokens and roles that were taken "
                "back since, then run jiebang up.",
            )
        )

    emit(value, as_json, show)
    raise typer.Exit(1 if done.problems else 0)
