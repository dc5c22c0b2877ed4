"""What happens to a project as a whole, and to the needs it answers."""

from collections.abc import Mapping
from typing import Final

from domain.lifecycle import STATUS_NAMES, Action, Status
from domain.text import Text, many
from services.events.event import Event, Facts, Notification, Tone

_ENDINGS: Final = frozenset(
    {Action.REJECT, Action.CLOSE_WITHOUT_AWARD, Action.CLOSE, Action.CANCEL, Action.TERMINATE}
)


class ProjectFormed(Event):
    """Needs were gathered into a project."""

    tag = "project.formed"
    line = Text("汇集 {needs} 条居民需求，形成项目", "Formed from {counted}")
    tone = "start"
    needs: int

    def words(self) -> Mapping[str, Text]:
        """Return the number of needs with its noun."""
        counted = many(self.needs, "resident’s need", "residents’ needs")
        return {"counted": Text(counted, counted)}


class ProjectMoved(Event):
    """A project moved from one status to another."""

    tag = "project.{move}"
    line = Text("进入“{status}”", "Moved on to {status}")
    move: Action
    before: Status
    after: Status

    def words(self) -> Mapping[str, Text]:
        """Return what the status is called."""
        return {"status": STATUS_NAMES[self.after]}

    def shade(self) -> Tone:
        """Return whether the project has ended by it."""
        return "end" if self.move in _ENDINGS else "move"


class NeedsReopened(Event):
    """A project ended without answering its needs, which wait for another."""

    tag = "needs.reopened"
    line = Text("{number} 条需求重新等待立项", "{counted} again")
    tone = "warn"
    needs: list[str]

    def words(self) -> Mapping[str, Text]:
        """Return the number of needs with its noun."""
        number = len(self.needs)
        counted = many(number, "need waits", "needs wait")
        return {"number": Text(f"{number}", f"{number}"), "counted": Text(counted, counted)}


class NeedReopened(Notification):
    """A need waits for a project again: the place is told."""

    topic = "need.reopened"
    title = Text("需求重新等待立项", "A need waits again")
    sentence = Text(
        "项目 {about} 已结束（{ending}），需求 {need} 重新等待立项，请安排。",
        "{about} has ended ({ending}); the need {need} waits for a project again.",
    )
    page = "/needs/{need}"
    need: str
    status: Status

    def words(self) -> Mapping[str, Text]:
        """Return how the project ended."""
        return {"ending": STATUS_NAMES[self.status]}


EVENTS: Final[tuple[type[Facts], ...]] = (ProjectFormed, ProjectMoved, NeedsReopened, NeedReopened)
