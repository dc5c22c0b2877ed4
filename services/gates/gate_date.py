"""The due date of a gate, where it is counted in working days."""

from typing import Final

from domain.gates import OnDeadline
from domain.text import Text
from models import Gate
from services.calendar.counted_dates import CountedDate
from services.gates.process_kits import kit_at

GATE: Final = CountedDate(
    Gate,
    "due_at",
    Text("办理期限", "due date"),
    lambda gate, _: gate.outcome is None,
    named=lambda gate: kit_at(gate).rule.title,
    earlier=lambda gate: kit_at(gate).rule.on_deadline is OnDeadline.WAIT,
)
