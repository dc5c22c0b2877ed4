"""Drive a round: act where a run is suspended, and move the clock when only dates are awaited."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy import make_url
from sqlmodel import Session, col, select

from demo.acting import act_at, next_milestone
from demo.consequences import begin_lists
from demo.story import Story
from domain.calendar import BEIJING, add_months
from domain.errors import StackUnavailable
from domain.gates import GateKind
from domain.lifecycle import Stage
from domain.text import Text
from models import Gate, Process, ProcessRun
from models.session import GATE_CHANNEL, notify, unit_of_work
from models.settings import settings
from services.clock import move_demo_clock, now
from services.execution.runs import next_due

_PATIENCE = 120
_LISTEN = 0.5
# Stages whose facts may be left out until their date passes.
_LAPSING: Final = frozenset({Stage.CORRECT, Stage.RECHECK, Stage.INTERVENE, Stage.TERMINATE})


def open_gates(session: Session, project_ids: Sequence[UUID]) -> list[Gate]:
    """Return the undecided gates of these projects whose runs are suspended in Prefect."""
    return list(
        session.exec(
            select(Gate)
            .where(
                col(Gate.process_id).in_(project_ids),
                col(Gate.outcome).is_(None),
                col(Gate.nudged).is_(False),
                Gate.wake > 0,
                col(Gate.parked_wake) == col(Gate.wake),
            )
            .order_by(col(Gate.opened_at))
        ).all()
    )


class RoundDriver:
    """Carries the stories' projects to their ends."""

    def __init__(
        self,
        stories: Sequence[Story],
        *,
        step: Callable[[int], None] = lambda _: None,
        patience: float = _PATIENCE,
        until: tuple[Stage, GateKind] | None = None,
    ) -> None:
        """``step`` is told how many runs have finished; ``patience`` is in seconds without news.

        With ``until``, the driving ends as soon as a run waits at such a gate.
        """
        self._until = until
        self._patience = patience
        self._stories = {story.project_id: story for story in stories}
        self._about: dict[UUID, UUID | None] = {}
        # Whose gates concern no project.
        self._nobody = Story(UUID(int=0), random.Random(0))
        self._step = step

    def drive(self) -> None:
        """Return when every run has finished (or one is where it should be led to).

        Raises StackUnavailable when nothing moves.
        """
        url = make_url(settings().database_url).set(drivername="postgresql")
        quiet = 0.0
        with psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True
        ) as listening:
            listening.execute(f"LISTEN {GATE_CHANNEL}".encode())
            while unfinished := self._unfinished():
                going = {project_id for project_id in self._about.values() if project_id}
                self._step(len(self._stories) - len(going))
                with unit_of_work() as session:
                    gates = open_gates(session, unfinished)
                if self._until in {(gate.stage, gate.kind) for gate in gates}:
                    return
                moved = self._act(gates) or self._let_time_pass(gates, unfinished)
                heard = any(listening.notifies(timeout=0 if moved else _LISTEN, stop_after=1))
                quiet = 0.0 if moved or heard else quiet + _LISTEN
                if quiet > self._patience:
                    raise StackUnavailable(
                        part="worker",
                        why=Text(
                            f"{self._patience:.0f} 秒没有任何流程前进，请看日志目录",
                            f"no run has moved for {self._patience:.0f} s; see the log folder",
                        ),
                    )
        self._step(len(self._stories))

    def _unfinished(self) -> list[UUID]:
        """Return the stories' processes, and the district's, whose runs go on."""
        with unit_of_work() as session:
            rows = session.exec(
                select(Process)
                .join(ProcessRun, col(ProcessRun.process_id) == Process.id)
                .where(
                    col(Process.project_id).in_(list(self._stories))
                    | col(Process.project_id).is_(None),
                    col(ProcessRun.finished_at).is_(None),
                )
            ).all()
        self._about = {row.id: row.project_id for row in rows}
        return list(self._about)

    def _act(self, gates: Sequence[Gate]) -> bool:
        acted = False
        for gate in gates:
            acted |= act_at(gate, self._story(gate))
        return acted

    def _story(self, gate: Gate) -> Story:
        about = self._about[gate.process_id]
        return self._stories[about] if about else self._nobody

    def _let_time_pass(self, gates: Sequence[Gate], unfinished: Sequence[UUID]) -> bool:
        """Move the demo's clock to the next date when every run waits for one.

        ``gates`` are those at which everybody has just done what they wanted to do.
        """
        if {gate.process_id for gate in gates} != set(unfinished):
            return False
        with unit_of_work() as session:
            dates = [
                next_milestone(session, self._story(gate))
                for gate in gates
                if gate.stage == Stage.DELIVER
            ]
            if any(gate.kind is GateKind.TIMER for gate in gates):
                dates.append(next_due(session, unfinished))
            # What nobody does, the date does.
            dates += [gate.due_at for gate in gates if gate.stage in _LAPSING]
            known = [date for date in dates if date is not None]
            if not known:
                return False
            move_demo_clock(session, to=min(known))
            # With the clock, so that nobody goes on before it waits for its replies.
            begin_lists(session)
            notify(session, GATE_CHANNEL)
        return True

    def end_month(self) -> None:
        """Go on to the next month, and carry its list, if there is one, to its publication."""
        with unit_of_work() as session:
            today = now(session).astimezone(BEIJING).date()
            first = add_months(today.replace(day=1), 1)
            move_demo_clock(session, to=datetime.combine(first, time(9), BEIJING))
            begin_lists(session)
        self.drive()
