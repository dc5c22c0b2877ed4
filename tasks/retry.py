"""When a task is tried again: the database or Prefect did not answer, and nothing else."""

from typing import Any, Final

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun
from sqlalchemy.exc import OperationalError

from domain.errors import LeaseLost, Unavailable

PAUSES: Final = [0.5, 2.0, 5.0]


def can_help(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Tell whether trying again can help."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, Unavailable | OperationalError) and not isinstance(error, LeaseLost)
