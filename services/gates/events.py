"""What happens at gates: opened, taken, decided, ended, and reminded of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.gates import Outcome, Verb
from domain.text import Text
from services.events.event import Event, Facts, Notification, Tone
from services.gates.process_kits import stage_kit, title_of

_VERBS: Final[Mapping[Verb, Text]] = {
    Verb.SUBMIT: Text("已提交", "submitted"),
    Verb.APPROVE: Text("同意", "approved"),
    Verb.RETURN: Text("退回", "returned"),
    Verb.REJECT: Text("否决", "rejected"),
    Verb.MEND: Text("已修正", "mended"),
}


class GateOpened(Event):
    """A gate was opened; ``due`` is until when it is to be decided."""

    tag = "gate.opened"
    gate: str
    due: datetime | None


class GateClaimed(Event):
    """Somebody took a task, so that colleagues see that they are at it."""

    tag = "gate.claimed"
    gate: str


class GateUnclaimed(Event):
    """Somebody gave a task back."""

    tag = "gate.unclaimed"
    gate: str


class GateEnded(Event):
    """A gate ended with an outcome, by decisions, facts or time."""

    tag = "gate.{outcome}"
    outcome: Outcome
    gate: str
    option: str | None


class DecisionTaken(Event):
    """Somebody decided at a gate; ``channel`` is where, ``instead`` whether for another."""

    tag = "decision.{verb}"
    line = Text("{gate_title}：{what}", "{gate_title}: {what}")
    verb: Verb
    gate: str
    option: str | None = None
    channel: str = ""
    dossier_version: int = 1
    instead: bool = False

    def words(self) -> Mapping[str, Text]:
        """Return the gate's title and the decision."""
        return {"gate_title": title_of(self.gate), "what": _VERBS[self.verb]}

    def shade(self) -> Tone:
        """Return whether it holds the process up."""
        return "warn" if self.verb in (Verb.RETURN, Verb.REJECT) else "step"


class DecisionRefused(Event):
    """A decision that came from Prefect was refused; ``why`` is the error's code."""

    tag = "decision.refused"
    gate: str
    why: str


class _Checked(Event):
    """The data checks of a stage ran; ``rules`` are those that failed."""

    suite: str
    rules: list[str]

    def words(self) -> Mapping[str, Text]:
        """Return what the stage is called."""
        return {"stage": stage_kit(self.suite).name}


class CheckPassed(_Checked):
    """The data checks of a stage passed."""

    tag = "check.passed"
    line = Text("{stage}数据检查通过", "Data checks of {stage} passed")
    tone = "check"


class CheckFailed(_Checked):
    """The data checks of a stage failed."""

    tag = "check.failed"
    line = Text("{stage}数据检查未通过", "Data checks of {stage} failed")
    tone = "warn"


class _GateReminder(Notification):
    """A gate waits for the reader."""

    page = "/desk/{about}/{gate}"
    gate: str
    due: datetime

    def words(self) -> Mapping[str, Text]:
        """Return the gate's title."""
        return {"gate_title": title_of(self.gate)}


class GateDueSoon(_GateReminder):
    """A gate is due soon."""

    topic = "gate.remind"
    title = Text("待办即将到期", "Something waits for you")
    sentence = Text(
        "项目 {about} 的“{gate_title}”将于 {due}到期，请办理。",
        "{gate_title} of {about} is due by {due}.",
    )


class GateOverdue(_GateReminder):
    """A gate is overdue."""

    topic = "gate.escalate"
    title = Text("事项已逾期", "Something is overdue")
    sentence = Text(
        "项目 {about} 的“{gate_title}”已于 {due}逾期。", "{gate_title} of {about} was due by {due}."
    )
    loud = True


EVENTS: Final[tuple[type[Facts], ...]] = (
    GateOpened,
    GateClaimed,
    GateUnclaimed,
    GateEnded,
    DecisionTaken,
    DecisionRefused,
    CheckPassed,
    CheckFailed,
    GateDueSoon,
    GateOverdue,
)
