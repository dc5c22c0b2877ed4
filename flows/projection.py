"""The operator's projection: all that Prefect may know of a project.

Codes, counts, dates and public amounts; no names of people, no bid's content, no single score,
no failing value. Text that people typed is escaped.
"""

import html
import re
from collections.abc import Sequence
from typing import Any, Final

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
)
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.events import emit_event

from domain import moments
from domain.gates import KIND_NAMES, OUTCOME_NAMES, gate_key
from flows.run import Run
from models import Gate
from models.settings import web_url
from services.gates.process_kits import is_over, kit_at, kit_of, stage_kit, stage_of, status_name
from tasks.guards import CheckLine

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_NOTICES: Final = {
    "locked": "审批码错误次数过多，此环节已不能在这里决定，请使用收件箱。 "
    "Too many wrong codes: decide this gate in the inbox.",
}


def escape(text: object) -> str:
    """Return text that markdown and HTML show as it was typed, on one line."""
    return _SPECIAL.sub(r"\\\1", html.escape(" ".join(str(text).split()), quote=False))


def artifact_key(kind: str, code: str) -> str:
    """Return an artifact's key: lower case, digits and hyphens."""
    return f"{kind}-{code.lower()}"


def describe_gate(code: str, gate: Gate) -> str:
    """Return the public part of a gate's dossier as markdown, Chinese before English."""
    kit = kit_at(gate)
    title, stage = kit.rule.title, kit.stage.name
    kind = KIND_NAMES[gate.kind]
    lines = [
        f"## {code} {escape(gate.dossier['title'])}",
        "",
        f"**{title.zh}** {title.en}",
        "",
        f"{stage.zh} {stage.en} · {kind.zh} {kind.en} · "
        f"第 {gate.round} 轮 round {gate.round} · 材料 dossier v{gate.dossier_version}",
        "",
    ]
    if gate.ui_notice:
        notice = _NOTICES.get(gate.ui_notice) or escape(gate.ui_notice)
        lines += [f"> ⚠️ {notice}", ""]
    if gate.due_at:
        lines += [
            f"期限 due: {' · '.join(moments.until(gate.due_at).both())} 北京时间 Beijing",
            "",
        ]
    if base := web_url():
        key = gate_key(gate.stage, gate.kind, gate.round)
        lines += [
            f"[收件箱中的完整材料 the whole dossier, in the inbox]({base}/desk/{code}/{key})",
            "",
        ]
    lines += [
        f"截至 as of: {' · '.join(moments.when(gate.dossier_at).both())} 北京时间 Beijing",
        "",
    ]
    lines += _facts(gate.dossier["facts"]) + _checks(gate.dossier.get("checks"))
    lines += ["", f"[项目全貌 the project](/artifacts/key/{artifact_key('project', code)})"]
    return "\n".join(lines)


def _facts(facts: Sequence[dict[str, Any]]) -> list[str]:
    rows = [
        f"| {escape(fact['zh'])} {escape(fact['en'])} | {_value(fact)} |"
        for fact in facts
        if fact["public"]
    ]
    return ["| 事项 Fact | 内容 Value |", "|---|---|", *rows]


def _value(fact: dict[str, Any]) -> str:
    other = fact.get("value_en", fact["value"])
    return " · ".join(escape(text) for text in dict.fromkeys((fact["value"], other)))


def _checks(checks: dict[str, Any] | None) -> list[str]:
    if checks is None:
        return []
    mark = "✅" if checks["passed"] else "❌"
    total, failed = checks["expectations"], checks["failed"]
    lines = ["", f"{mark} 数据检查 data checks: {total - len(failed)}/{total}"]
    for failure in failed:
        rows = ", ".join(escape(row) for row in failure["rows"])
        lines.append(
            f"- `{failure['rule']}` {failure['zh']} {failure['en']}{f' ({rows})' if rows else ''}"
        )
    return lines


def show_project(run: Run, gate: Gate) -> None:
    """Keep the project's markdown artifact current, and its progress when a stage begins."""
    create_markdown_artifact(
        describe_gate(run.code, gate),
        key=artifact_key("project", run.code),
        description=escape(run.title),
    )
    emit(run.code, gate.stage, f"{gate.kind.value}-waiting", round=gate.round, wake=gate.wake)


def show_stage(run: Run) -> None:
    """Show over the stages how far the run has come, and tag it with the stage."""
    subject = run.subject()
    stage = stage_of(subject)
    stages = [kit.code for kit in kit_of(subject).stages]
    at = stages.index(stage) / len(stages) if stage else float(is_over(subject))
    name = status_name(subject)
    _tag_stage(stage if stage else "ended")
    create_progress_artifact(
        round(at * 100, 1),
        key=artifact_key("progress", run.code),
        description=f"{run.code} {name.zh} {name.en}",
    )


def _tag_stage(stage: str) -> None:
    context = FlowRunContext.get()
    assert context is not None
    assert context.flow_run is not None
    run = context.flow_run
    kept = [tag for tag in run.tags if not tag.startswith("stage:")]
    run.tags = [*kept, f"stage:{stage}"]
    get_client(sync_client=True).request(
        "PATCH", "/flow_runs/{id}", path_params={"id": run.id}, json={"tags": run.tags}
    )


def show_end(run: Run) -> None:
    """Write the last version of the run's artifacts."""
    name = status_name(run.subject())
    create_markdown_artifact(
        f"## {run.code} {escape(run.title)}\n\n**{name.zh}** {name.en}",
        key=artifact_key("project", run.code),
        description=escape(run.title),
    )
    show_stage(run)


def show_checks(run: Run, stage: str, lines: Sequence[CheckLine]) -> None:
    """Publish one run of a stage's checks as a table."""
    create_table_artifact(
        [
            {
                "rule": line.rule,
                "severity": line.severity,
                "passed": "✅" if line.passed else "❌",
                "zh": line.zh,
                "en": line.en,
                "rows": ", ".join(line.rows),
            }
            for line in lines
        ],
        key=artifact_key(f"checks-{stage}", run.code),
        description=f"{run.code} {stage_kit(stage).name.zh} {stage_kit(stage).name.en}",
    )
    failed = sum(not line.passed for line in lines)
    emit(run.code, stage, "checked", expectations=len(lines), failed=failed)


def show_outcome(run: Run, gate: Gate) -> None:
    """Tell Prefect's event stream how a gate ended."""
    if gate.outcome:
        name = OUTCOME_NAMES[gate.outcome].en
        emit(run.code, gate.stage, f"{gate.kind.value}-{name}", round=gate.round)


def emit(code: str, stage: str, what: str, **facts: object) -> None:
    """Emit ``jiebang.project.<stage>.<what>``."""
    emit_event(
        event=f"jiebang.project.{stage}.{what}",
        resource={
            "prefect.resource.id": f"jiebang.project.{code.lower()}",
            "prefect.resource.name": code,
        },
        payload={name: str(value) for name, value in facts.items()},
    )
