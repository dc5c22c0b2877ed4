"""Drive a round: act where a run is suspended, and move the clock when only dates are awaited."""

from collections.abc import Callable, Sequence
from uuid import UUID

import psycopg
from sqlalchemy import make_url
from sqlmodel import Session, col, select

from demo.acting import act_at, next_milestone
from demo.story import Story
from domain.errors import StackUnavailable
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import Gate, ProjectRun
from models.session import GATE_CHANNEL, notify, unit_of_work
from models.settings import settings
from services.clock import move_demo_clock
from services.execution.runs import next_due

_PATIENCE = 120
_LISTEN = 0.5


def open_gates(session: Session, project_ids: Sequence[UUID]) -> list[Gate]:
    """Return the undecided gates of these projects whose runs are suspended in Prefect."""
    return list(
        session.exec(
            select(Gate)
            .where(
                col(Gate.project_id).in_(project_ids),
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
                self._step(len(self._stories) - len(unfinished))
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
                        why=f"no run has moved for {self._patience:.0f} s; see the log folder",
                    )
        self._step(len(self._stories))

    def _unfinished(self) -> list[UUID]:
        with unit_of_work() as session:
            return list(
                session.exec(
                    select(ProjectRun.project_id).where(
                        col(ProjectRun.project_id).in_(list(self._stories)),
                        col(ProjectRun.finished_at).is_(None),
                    )
                ).all()
            )

    def _act(self, gates: Sequence[Gate]) -> bool:
        acted = False
        for gate in gates:
            acted |= act_at(gate, self._stories[gate.project_id])
        return acted

    def _let_time_pass(self, gates: Sequence[Gate], unfinished: Sequence[UUID]) -> bool:
        """Move the demo's clock to the next date when every run waits for one.

        ``gates`` are those at which everybody has just done what they wanted to do.
        """
        if {gate.project_id for gate in gates} != set(unfinished):
            return False
        with unit_of_work() as session:
            dates = [
                next_milestone(session, self._stories[gate.project_id])
                for gate in gates
                if gate.stage is Stage.DELIVER
            ]
            if any(gate.kind is GateKind.TIMER for gate in gates):
                dates.append(next_due(session, unfinished))
            known = [one for one in dates if one is not None]
            if not known:
                return False
            move_demo_clock(session, to=min(known))
            notify(session, GATE_CHANNEL)
        return True
