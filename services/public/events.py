"""What happens to what everybody reads."""

from collections.abc import Mapping
from typing import Final

from domain.text import Text
from services.events.event import Event, Facts


class ReportIssued(Event):
    """A project's report was issued: its file and its SHA-256."""

    tag = "report.issued"
    line = Text("签发项目报告（{form}）", "Report issued ({form})")
    path: str
    sha256: str

    def words(self) -> Mapping[str, Text]:
        """Return the report's language and form."""
        _, lang, form = self.path.rsplit(".", 2)
        zh, en = ("中文", "Chinese") if lang == "zh" else ("英文", "English")
        return {"form": Text(f"{zh} {form.upper()}", f"{en}, {form.upper()}")}


class ProfileChanged(Event):
    """An organisation changed what everybody reads about it; about its id."""

    tag = "organisation.profile"


EVENTS: Final[tuple[type[Facts], ...]] = (ReportIssued, ProfileChanged)
