"""What people submit at the gates of a corrective action and of a month's conduct list."""

from uuid import UUID

from starlette.responses import Response

from api.gate_forms import AtGate, GateForm, gate_router
from domain.errors import FieldsWrong
from domain.text import Text
from services.conduct import conduct_list, corrective
from services.conduct.conduct_list import EntryVerdict

router = gate_router()


def _action_id(at: GateForm) -> UUID:
    return corrective.action_coded(at.session, at.code).id


@router.form("/step", takes=corrective.StepCreate)
def step(at: AtGate) -> Response:
    """Submit the plan, the report or the reply that is due from the organisation."""
    sent = at.read(corrective.StepCreate)
    corrective.write_step(at.session, action_id=_action_id(at), actor=at.actor, step=sent)
    return at.done("submitted")


@router.form("/guidance", takes=corrective.StepCreate)
def guide(at: AtGate) -> Response:
    """Give the guidance of an intervention."""
    sent = at.read(corrective.StepCreate)
    corrective.write_guidance(at.session, action_id=_action_id(at), actor=at.actor, step=sent)
    return at.done("submitted")


@router.form("/hand-over", takes=corrective.HandOverCreate)
def hand_over(at: AtGate) -> Response:
    """Record who takes the beneficiaries over."""
    sent = at.read(corrective.HandOverCreate)
    corrective.record_hand_over(at.session, action_id=_action_id(at), actor=at.actor, sent=sent)
    return at.done("submitted")


@router.form("/hand-over/confirm")
def confirm(at: AtGate) -> Response:
    """Confirm the hand-over for the organisation that leaves."""
    corrective.confirm_hand_over(at.session, action_id=_action_id(at), actor=at.actor)
    return at.done("submitted")


@router.form("/entries/{entry_id}/reply", takes=conduct_list.ReplyCreate)
def reply(at: AtGate, entry_id: UUID) -> Response:
    """Reply to a black entry that is proposed of the visitor's organisation."""
    sent = at.read(conduct_list.ReplyCreate, {"reply": f"reply-{entry_id}"})
    conduct_list.reply_to_entry(at.session, entry_id=entry_id, actor=at.actor, reply=sent)
    return at.done("submitted")


@router.form("/review", takes=EntryVerdict)
def review(at: AtGate) -> Response:
    """Submit the decision on every entry of a list."""
    listed = conduct_list.list_coded(at.session, at.code)
    verdicts: dict[UUID, EntryVerdict] = {}
    wrong: dict[str, Text] = {}
    for entry, _ in conduct_list.entries_of(at.session, listed):
        names = {"confirmed": f"listed-{entry.id}", "reason": f"reason-{entry.id}"}
        try:
            verdicts[entry.id] = at.read(EntryVerdict, names)
        except FieldsWrong as error:
            wrong |= error.fields
    if wrong:
        raise FieldsWrong(wrong)
    conduct_list.review_list(at.session, list_id=listed.id, actor=at.actor, verdicts=verdicts)
    return at.done("submitted")
