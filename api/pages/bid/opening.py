"""The opening of bids by those who hold its shares, and the files of opened bids."""

from uuid import UUID

from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.files import send_unsealed
from api.gate_forms import AtGate, gate_router
from api.pages.identity.proving import unlocked
from services.bid import openings
from services.bid.read_bid_file import file_at_gate
from services.projects.forming import project_coded

router = gate_router()


@router.form("/opening")
def attend(at: AtGate) -> Response:
    """Be present at the opening with the visitor's share, which their passphrase reveals."""
    openings.require_opener(at.session, project_coded(at.session, at.code), at.actor)
    private = unlocked(at.session, at.actor.person_id, at.typed.text("passphrase"))
    openings.attend_opening(at.session, project_id=at.project_id, actor=at.actor, private=private)
    return at.done("present")


@router.get("/files/{file_id}")
def bid_file(session: SessionDep, v: SignedIn, code: str, key: str, file_id: UUID) -> Response:
    """Send a file of an opened bid to those before whom it lies."""
    assert v.visitor is not None
    grants = v.visitor.grants
    return send_unsealed(
        file_at_gate(session, v.actor.person_id, grants, code=code, key=key, file_id=file_id)
    )
