"""The published versions of a call, and what changed from one to the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from domain.bid.eligibility import STAGE_NAMES
from domain.deliver.indicators import ADDS_NAMES, Adds
from domain.money import show
from domain.privacy import mask
from domain.text import Text
from models import Call, Project
from reports.words import CRITERIA


@dataclass(frozen=True, slots=True)
class CallChange:
    """One field that differs: its name, and both texts."""

    name: Text
    before: Text
    after: Text


@dataclass(frozen=True, slots=True)
class CallVersion:
    """A published version; ``changes`` are those from the version published before it."""

    version: int
    published_at: datetime
    closes_at: datetime | None
    extended: bool
    changes: tuple[CallChange, ...]


def _same(value: object) -> Text:
    return Text(str(value), str(value))


def _outcomes(call: Call) -> Text:
    outcomes = [
        (
            f"{mask(outcome['name'])} {outcome['target']} {mask(outcome['unit'])}",
            ADDS_NAMES[Adds(outcome["adds"])],
        )
        for outcome in call.outcomes
    ]
    return Text(
        "；".join(f"{text}（{how.zh}）" for text, how in outcomes),
        "; ".join(f"{text} ({how.en})" for text, how in outcomes),
    )


_FIELDS: Final[tuple[tuple[Text, Callable[[Call], Text]], ...]] = (
    (Text("标题", "Title"), lambda call: _same(mask(call.title))),
    (Text("待解决的问题", "The problem"), lambda call: _same(mask(call.problem))),
    (Text("服务范围", "Scope"), lambda call: _same(mask(call.scope))),
    (Text("可衡量的成果", "Outcomes"), _outcomes),
    (
        Text("最高限价（元）", "Ceiling (yuan)"),
        lambda call: _same(show(call.ceiling) if call.ceiling is not None else "—"),
    ),
    (Text("登记状态不低于", "Least stage"), lambda call: STAGE_NAMES[call.criteria["org_stage"]]),
    (Text("等级不低于", "Least grade"), lambda call: _grade(call.criteria["grade"])),
    (Text("信用分不低于", "Least credit"), lambda call: _same(call.criteria["credit"])),
    (Text("评审标准", "Rubric"), lambda call: _rubric(call.rubric)),
    (
        Text("实施期", "Delivery"),
        lambda call: _same(f"{call.delivery_from} – {call.delivery_until}"),
    ),
    (
        Text("联合体", "Consortia"),
        lambda call: Text("可以", "welcome") if call.consortia else Text("不接受", "not taken"),
    ),
    (
        Text("首轮盲评", "Blind first reading"),
        lambda call: Text("是", "yes") if call.blind else Text("否", "no"),
    ),
)


def _grade(grade: str) -> Text:
    return Text("不限", "any") if grade == "none" else _same(grade)


def _rubric(rubric: dict[str, Any]) -> Text:
    names = [
        (CRITERIA.get(name, _same(mask(name))), weight) for name, weight in sorted(rubric.items())
    ]
    return Text(
        "；".join(f"{name.zh} {weight}" for name, weight in names),
        "; ".join(f"{name.en} {weight}" for name, weight in names),
    )


def masked_call(call: Call) -> Call:
    """Return a call as anybody may read it: what personal data its words hold is covered."""
    texts = {name: mask(getattr(call, name)) for name in ("title", "problem", "scope")}
    outcomes = [
        outcome | {"name": mask(outcome["name"]), "unit": mask(outcome["unit"])}
        for outcome in call.outcomes
    ]
    rubric = {name if name in CRITERIA else mask(name): call.rubric[name] for name in call.rubric}
    return Call(**call.model_dump() | texts | {"outcomes": outcomes, "rubric": rubric})


def published_calls(session: Session, project: Project) -> list[Call]:
    """Return the calls that a project has published, the oldest first."""
    return list(
        session.exec(
            select(Call)
            .where(Call.project_id == project.id, col(Call.published_at).is_not(None))
            .order_by(col(Call.version))
        ).all()
    )


def call_versions(calls: Sequence[Call]) -> tuple[CallVersion, ...]:
    """Return the published calls with what changed from each to the next, the newest first."""
    versions = []
    for before, call in zip([None, *calls], calls, strict=False):
        assert call.published_at is not None
        changes = _changes(before, call) if before else ()
        versions.append(
            CallVersion(call.version, call.published_at, call.closes_at, call.extended, changes)
        )
    return tuple(reversed(versions))


def _changes(before: Call, after: Call) -> tuple[CallChange, ...]:
    pairs = ((name, read(before), read(after)) for name, read in _FIELDS)
    return tuple(CallChange(name, old, new) for name, old, new in pairs if old != new)
