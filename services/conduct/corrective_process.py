"""Corrective action as a kind of process: its stages, statuses and what it concerns."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from domain.conduct.corrective import CORRECTIVE_NAMES, STAGE_OF, TRANSITIONS, CorrectiveStatus
from domain.lifecycle import STAGE_NAMES, UNOPENED, Stage
from domain.text import Text
from models import CorrectiveAction
from services.bid.interests import bid_projects, interested_people
from services.conduct.corrective_gates import (
    CORRECTION,
    GUIDANCE,
    HAND_OVER,
    PLAN,
    PLAN_DECISION,
    RECHECK_DECISION,
    RECOVERY,
    RECOVERY_DECISION,
    REPLY,
    TERMINATION,
    facts,
    project_of,
)
from services.conduct.events import CORRECTIVE_EVENTS
from services.conduct.findings import DEFINITION
from services.gates.kits import Fact, GateKit, StageKit
from services.gates.process_kits import ProcessKit
from services.projects.forming import project_facts, project_tags


def _stage(stage: Stage, *gates: GateKit[Any]) -> StageKit[CorrectiveAction]:
    return StageKit(stage, STAGE_NAMES[stage], gates, facts)


class CorrectiveProcess(ProcessKit[CorrectiveAction]):
    """A corrective action on a project."""

    definition = DEFINITION
    entrypoint = "flows.corrective_action.corrective_action"
    table = CorrectiveAction
    name = Text("整改", "corrective action")
    events = CORRECTIVE_EVENTS
    stages = (
        _stage(Stage.CORRECT, PLAN, PLAN_DECISION),
        _stage(Stage.RECHECK, CORRECTION, RECHECK_DECISION),
        _stage(Stage.INTERVENE, GUIDANCE, RECOVERY, RECOVERY_DECISION),
        _stage(Stage.TERMINATE, REPLY, TERMINATION),
        _stage(Stage.EXIT, HAND_OVER),
    )
    stage_of = STAGE_OF
    status_names = CORRECTIVE_NAMES
    moves = TRANSITIONS
    over = frozenset({CorrectiveStatus.HEALED, CorrectiveStatus.EXITED})

    def page(self, subject: CorrectiveAction) -> str:
        """Return the page of the project's complaints, where its corrective actions are."""
        return f"/projects/{subject.code.rpartition('-')[0]}/complaints"

    def interested(self, session: Session, subject: CorrectiveAction) -> set[UUID]:
        """Return everybody who acts for a bidder of the project."""
        return interested_people(session, project_of(session, subject))

    def concerning(
        self,
        session: Session,
        organisations: Collection[UUID],
        subjects: Sequence[CorrectiveAction],
    ) -> set[UUID]:
        """Return the actions on projects on which one of these organisations bids."""
        projects = {action.project_id for action in subjects}
        bid_on = bid_projects(session, organisations, projects)
        return {action.id for action in subjects if action.project_id in bid_on}

    def is_guarded(self, session: Session, subject: CorrectiveAction) -> bool:
        """Guard it as its project is guarded."""
        return project_of(session, subject).status in UNOPENED

    def facts(self, session: Session, subject: CorrectiveAction) -> list[Fact]:
        """Return the project's place and needs."""
        return project_facts(session, project_of(session, subject))

    def tags(self, session: Session, subject: CorrectiveAction) -> tuple[str, ...]:
        """Return the project's street and category."""
        return project_tags(session, project_of(session, subject))


CORRECTIVE: Final = CorrectiveProcess()
