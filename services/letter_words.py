"""What letters are made of: how a gate, a date and an answer owed are said, and which page a link opens."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from domain import moments
from domain.corrective import CORRECTIVE_NAMES, CorrectiveStatus
from domain.text import Text
from models.settings import settings
from services.dates import DATES
from services.gates.process_kits import title_of

Facts = Mapping[str, Any]


def gate_title(facts: Facts) -> Text:
    """Return what a gate is called."""
    return title_of(facts["gate"])


def due(facts: Facts) -> Text:
    """Return until when it is due."""
    return moments.until(datetime.fromisoformat(facts["due"]))


def gate_page(facts: Facts) -> str:
    """Return the page of a gate."""
    return f"/desk/{facts['project']}/{facts['gate']}"


def project_page(facts: Facts) -> str:
    """Return a project's page."""
    return f"/projects/{facts['project']}"


def desk_page(facts: Facts) -> str:
    """Return where a project's work is done."""
    return f"/desk/{facts['project']}"


def followed(facts: Facts) -> Text:
    """Return what is said of a call that somebody follows."""
    project = facts["project"]
    said = Text(f"榜单 {project} 已发布。", f"The call {project} is open.")
    return with_way_out(said, facts)


def with_way_out(said: Text, facts: Facts) -> Text:
    """Return what is said to a subscriber, with the link by which they hear no more."""
    base, end = settings().public_url.rstrip("/"), f"/follow/{facts['subscription']}"
    return Text(f"{said.zh}不再接收：{base}{end}", f"{said.en} To hear no more: {base}/en{end}")


def dates_changed(facts: Facts) -> Text:
    """Return what is said of a call that closes at another time."""
    now = due(facts)
    was = due({"due": facts["before"]}) if facts.get("before") else None
    return Text(
        f"榜单 {facts['project']} 的揭榜截止改为 {now.zh}"
        + (f"，原为 {was.zh}" if was else "")
        + "（北京时间）。",
        f"Bids on {facts['project']} now close on {now.en}"
        + (f", not on {was.en}" if was else "")
        + " (Beijing time).",
    )


def date_moved(facts: Facts) -> Text:
    """Return what is said of a date that was counted anew."""
    name = DATES[str(facts["date"])].name
    now, was = due({"due": facts["after"]}), due({"due": facts["before"]})
    return Text(
        f"{facts['project']} 的{name.zh}原为 {was.zh}（暂定）；放假安排公布后，顺延至 {now.zh}。",
        f"The {name.en} of {facts['project']} was {was.en}, provisionally. Now that the year's "
        f"holidays are published, it is {now.en}.",
    )


def bid_page(facts: Facts) -> str:
    """Return the page of one's bid."""
    return f"/desk/calls/{facts['project']}/bid"


def consortium_page(facts: Facts) -> str:
    """Return the page of a project's consortium."""
    return f"/desk/consortium/{facts['project']}"


def material_page(facts: Facts) -> str:
    """Return the page of a project's reviews."""
    return f"/desk/material/{facts['project']}"


def complaints_page(facts: Facts) -> str:
    """Return the page of a project's complaints."""
    return f"/projects/{facts['project']}/complaints"


def corrective_page(facts: Facts) -> str:
    """Return the page of a corrective action."""
    return f"/desk/{facts['corrective']}"


def standing(facts: Facts) -> Text:
    """Return what has become of a corrective action."""
    return CORRECTIVE_NAMES[CorrectiveStatus(facts["to"])]


def until(facts: Facts) -> Text:
    """Return until when one is heard."""
    return due({"due": facts["until"]})


class Words(NamedTuple):
    """How a topic is said: its title, its sentence, and the page its link opens."""

    title: Text
    say: Callable[[Facts], Text]
    path: Callable[[Facts], str]


def of(zh: str, en: str) -> Callable[[Facts], Text]:
    """Return what says two sentences with the facts in them."""
    return lambda facts: Text(zh.format(**facts), en.format(**facts))


def owed(zh: str, en: str) -> Callable[[Facts], Text]:
    """Return what says that an answer is owed and by when."""
    return lambda facts: Text(
        f"项目 {facts['project']} 的{zh}应于 {due(facts).zh}前答复，尚未答复。",
        f"{en} {facts['project']} is to be answered by {due(facts).en} and is not yet.",
    )
