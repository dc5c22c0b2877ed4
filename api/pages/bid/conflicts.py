"""Two people at one draft: the values that the other has kept meanwhile, beside those just sent."""

from collections.abc import Mapping, Sequence
from typing import Final

from api.forms import FormData
from api.view import View
from domain.errors import DraftChanged
from domain.text import Text

LABELS: Final[Mapping[str, Text]] = {
    "plan": Text("方案", "Plan"),
    "team": Text("团队", "Team"),
    "track_record": Text("业绩", "Track record"),
    "budget.item": Text("预算科目", "Budget"),
    "budget.amount": Text("预算金额（元）", "Amounts (yuan)"),
    "milestones.title": Text("里程碑", "Milestones"),
    "milestones.due_on": Text("完成日期", "Done by"),
    "milestones.share": Text("付款 %", "Payment %"),
    "conflicts": Text("申报利害关系", "Interests declared"),
    "files.name": Text("附件", "Files"),
}


def has_conflict(v: View) -> bool:
    """Tell whether the form was refused as somebody else had changed the draft meanwhile."""
    return v.refusal is not None and isinstance(v.refusal.error, DraftChanged)


def differing(v: View, theirs: FormData) -> dict[str, list[str]]:
    """Return the values that somebody else has kept meanwhile and that differ from those sent."""
    if v.refusal is None or not has_conflict(v):
        return {}
    mine = v.refusal.sent.typed
    return {
        name: _filled(theirs.all(name))
        for name in LABELS
        if _filled(theirs.all(name)) != _filled(mine.all(name))
    }


def _filled(values: Sequence[str]) -> list[str]:
    return [value for value in values if value]
