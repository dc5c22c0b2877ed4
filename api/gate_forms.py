"""What people send at a gate: a route a form, each reads, calls one use case and says that it is done."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel
from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormDataDep
from services.drafts import drop_from_draft, gate_draft
from services.gates.gate_page import find_gate_keyed
from services.identity.actors import Actor
from services.projects.forming import project_coded

GATE: Final = "/desk/{code}/{key}"
Shape = TypeVar("Shape", bound=BaseModel)


class GateForm:
    """A form that somebody has sent at the gate ``key`` of the project, action or list ``code``."""

    def __init__(
        self, session: SessionDep, v: SignedIn, typed: FormDataDep, code: str, key: str
    ) -> None:
        """Hold the request."""
        self.session, self.v, self.typed = session, v, typed
        self.code, self.key = code, key

    @property
    def actor(self) -> Actor:
        """Return the sender."""
        return self.v.actor

    @property
    def project_id(self) -> UUID:
        """Return the project's id; raise NotFound."""
        return project_coded(self.session, self.code).id

    def read(
        self,
        shape: type[Shape],
        names: Mapping[str, str] = MappingProxyType({}),
        **rows: Sequence[str],
    ) -> Shape:
        """Return the typed values as ``shape``; raise FieldsWrong as ``FormData.read``."""
        return self.typed.read(shape, names, **rows)

    def done(self, notice: str) -> Response:
        """Forget the kept values of the form, and show its gate."""
        gate = find_gate_keyed(self.session, self.code, self.key)[1]
        drop_from_draft(self.session, gate_draft(gate.id, self.actor.person_id), self.typed.values)
        return self.v.go(f"/desk/{self.code}/{self.key}", done=notice)


AtGate = Annotated[GateForm, Depends()]


def gate_router(path: str = "") -> FormRouter:
    """Return a router of forms at gates; each stands on the gate's page."""
    return FormRouter(prefix=GATE + path, shown=GATE)
