"""Commands about gates."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import (
    AsJson,
    By,
    DataDir,
    emit,
    facts,
    language,
    opened,
    say,
    table,
)

gates_app = typer.Typer(no_args_is_help=True, help="环节 · gates")


@gates_app.command("list")
def gates_list(
    everything: Annotated[bool, typer.Option("--all", help="含已决 · decided ones too.")] = False,
    person: Annotated[
        str | None, typer.Option("--for", help="某人可决的 · what this login may decide.")
    ] = None,
    data_dir: DataDir = Path("var"),
    as_json: AsJson = False,
) -> None:
    """待决环节，先到期的在前 · gates that wait, those due first."""
    from services.queries import list_gates

    with opened(data_dir) as session:
        rows = list_gates(session, everything=everything, person=person)
    columns = (
        (say("环节", "Gate"), "gate"),
        (say("名称", "Name"), language()),
        (say("期限", "Due"), "due_at"),
        (say("结果", "Outcome"), say("outcome_zh", "outcome")),
    )
    emit(rows, as_json, lambda: table(rows, *columns))


@gates_app.command("show")
def gates_show(gate: str, data_dir: DataDir = Path("var"), as_json: AsJson = False) -> None:
    """一个环节的材料 · a gate's dossier, and its deciders. GATE is CODE or CODE/stage-kind-rN."""
    from services.queries import show_gate

    with opened(data_dir) as session:
        value = show_gate(session, gate)

    def show() -> None:
        facts(value)
        table(
            value["dossier"]["facts"],
            (say("事项", "Fact"), language()),
            (say("内容", "Value"), "value"),
        )
        if checks := value["dossier"]["checks"]:
            facts({say("数据检查", "Data checks"): "✓" if checks["passed"] else "✗"})
            for check in checks["failed"]:
                facts({check["rule"]: f"{check[language()]} {', '.join(map(str, check['rows']))}"})
        if value["decisions"]:
            table(
                value["decisions"],
                (say("决定", "Decision"), "verb"),
                (say("由", "By"), "by"),
                (say("意见", "Comment"), "comment"),
                (say("时间", "At"), "at"),
            )
        table(
            value["may_decide"],
            (say("席位", "Seat"), "seat"),
            (say("角色", "Role"), "role"),
            ("login", "login"),
        )

    emit(value, as_json, show)


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
    """决定一个环节 · decide a gate."""
    from services.clock import now
    from services.gates.decide_gate import decide_gate
    from services.identity.actors import actor_named
    from services.queries import find_gate, gate_name

    with opened(data_dir) as session:
        project, gate_row = find_gate(session, gate)
        decision = decide_gate(
            session,
            gate_id=gate_row.id,
            actor=actor_named(session, by, channel="cli"),
            verb=_verb(verb),
            option=option,
            comment=comment,
            at=now(session),
        )
        value = {
            "gate": gate_name(project, gate_row),
            "verb": decision.verb.value,
            "outcome": gate_row.outcome.value if gate_row.outcome else None,
        }
    emit(value, as_json, lambda: facts(value))


def _verb(text: str) -> Any:
    from domain.errors import OptionNotAllowed
    from domain.gates import Verb

    if text not in set(Verb):
        raise OptionNotAllowed(option=text, allowed=", ".join(Verb))
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
    from services.gates.approval_codes import issue_code
    from services.identity.actors import actor_named
    from services.queries import find_gate, gate_name

    with opened(data_dir) as session:
        project, gate_row = find_gate(session, gate)
        code, row = issue_code(
            session,
            gate_id=gate_row.id,
            actor=actor_named(session, by, channel="cli"),
            verb=_verb(verb),
            option=option,
        )
        value = {"gate": gate_name(project, gate_row), "code": code, "expires_at": row.expires_at}
    emit(value, as_json, lambda: facts(value))
