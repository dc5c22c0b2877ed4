"""Every kind of process and every event, each in one list.

A kind of process is added by its entry here and its migration, an event by its entry in the list
of its capability.
"""

from collections.abc import Collection, Sequence
from importlib import import_module
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from domain.lifecycle import (
    STAGE_OF,
    STATUS_NAMES,
    STOPPED,
    TERMINAL,
    TRANSITIONS,
    UNOPENED,
)
from domain.text import Text
from models import Project
from models.settings import settings
from services import dates, registers
from services.assess import events as assess
from services.assess.gates import ASSESS
from services.award import events as award
from services.award.gates import AWARD
from services.award.notice_gates import NOTICE
from services.bid import events as bid
from services.bid.gates import BID
from services.bid.interests import bid_projects, interested_people
from services.calendar import events as calendar
from services.conduct.corrective_process import CORRECTIVE
from services.conduct.events import OVERSIGHT
from services.conduct.list_gates import CONDUCT_LIST
from services.conduct.reminder_events import REMINDERS
from services.deliver import events as deliver
from services.deliver.gates import DELIVER
from services.district import events as district
from services.evaluate import events as evaluate
from services.evaluate.gates import EVALUATE
from services.events import platform
from services.events.catalogue import install_events
from services.events.event import Facts
from services.execution import events as execution
from services.gates import events as gates
from services.gates.kits import Fact
from services.gates.process_kits import ProcessKit, install
from services.identity import events as identity
from services.identity.erasures import install_forgetting
from services.ledgers import events as ledgers
from services.needs import events as needs
from services.projects import events as projects
from services.projects.forming import LIFECYCLE, project_facts, project_tags
from services.public import events as public
from services.publish import events as publish
from services.publish.gates import PUBLISH
from services.register import events as register
from services.register.forget import forget_person


class ProjectLifecycle(ProcessKit[Project]):
    """A project, from the needs it answers to its assessment."""

    definition = LIFECYCLE
    entrypoint = "flows.project_lifecycle.project_lifecycle"
    table = Project
    name = Text("项目", "project")
    stages = (EVALUATE, PUBLISH, BID, AWARD, NOTICE, DELIVER, ASSESS)
    goes_on = True
    stage_of = STAGE_OF
    status_names = STATUS_NAMES
    moves = TRANSITIONS
    over = TERMINAL
    stopped = STOPPED
    events = (
        *projects.EVENTS,
        *evaluate.EVENTS,
        *publish.EVENTS,
        *bid.EVENTS,
        *award.EVENTS,
        *deliver.EVENTS,
        *assess.EVENTS,
    )

    def page(self, subject: Project) -> str:
        """Return the project's page."""
        return f"/projects/{subject.code}"

    def interested(self, session: Session, subject: Project) -> set[UUID]:
        """Return everybody who acts for a bidder."""
        return interested_people(session, subject)

    def concerning(
        self, session: Session, organisations: Collection[UUID], subjects: Sequence[Project]
    ) -> set[UUID]:
        """Return the projects on which one of these organisations bids."""
        return bid_projects(session, organisations, {project.id for project in subjects})

    def is_guarded(self, session: Session, subject: Project) -> bool:
        """Guard it until its bids are opened."""
        del session
        return subject.status in UNOPENED

    def facts(self, session: Session, subject: Project) -> list[Fact]:
        """Return the project's place and needs."""
        return project_facts(session, subject)

    def tags(self, session: Session, subject: Project) -> tuple[str, ...]:
        """Return the project's street and category."""
        return project_tags(session, subject)


PROJECT_LIFECYCLE: Final = ProjectLifecycle()


def _further() -> tuple[ProcessKit[Any], ...]:
    """Return the kinds of process that the settings name, for tests and pilots."""
    names = (name.rpartition(".") for name in settings().processes.split())
    return tuple(getattr(import_module(module), name) for module, _, name in names)


PROCESSES: Final[tuple[ProcessKit[Any], ...]] = (
    PROJECT_LIFECYCLE,
    CORRECTIVE,
    CONDUCT_LIST,
    *_further(),
)


EVENTS: Final[tuple[type[Facts], ...]] = (
    *platform.EVENTS,
    *register.EVENTS,
    *identity.EVENTS,
    *district.EVENTS,
    *calendar.EVENTS,
    *gates.EVENTS,
    *execution.EVENTS,
    *ledgers.EVENTS,
    *needs.EVENTS,
    *OVERSIGHT,
    *REMINDERS,
    *public.EVENTS,
    *dates.EVENTS,
)


def install_processes(*further: ProcessKit[Any]) -> None:
    """Install every kind of process, event and register: what every process begins with."""
    kits = (*PROCESSES, *further)
    install(kits)
    registers.install()
    install_forgetting(forget_person)
    install_events([*EVENTS, *(event for kit in kits for event in kit.events)])
