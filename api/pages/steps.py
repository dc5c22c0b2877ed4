"""What people submit at the gates of a corrective action and of a month's conduct list."""

from collections.abc import Callable
from uuid import UUID

from sqlmodel import Session
from starlette.responses import Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import Typed, TypedDep
from api.pages.gates import act
from api.view import View
from domain.errors import FieldsWrong
from domain.text import Text
from services.conduct import conduct_list, corrective

router = FormRouter(prefix="/desk/{code}/{key}")


def _action(session: Session, code: str) -> UUID:
    return corrective.action_coded(session, code).id


def _at_action(
    session: Session,
    v: View,
    typed: Typed,
    where: tuple[str, str],
    do: Callable[[UUID], object],
) -> Response:
    return act(session, v, typed, where, lambda: do(_action(session, where[0])), "submitted")


@router.form("/step", shown="/desk/{code}/{key}", takes=corrective.StepCreate)
def step(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Submit the plan, the report or the reply that is due from the organisation."""

    def do(action_id: UUID) -> None:
        corrective.write_step(
            session, action_id=action_id, actor=v.actor, step=typed.read(corrective.StepCreate)
        )

    return _at_action(session, v, typed, (code, key), do)


@router.form("/guidance", shown="/desk/{code}/{key}", takes=corrective.StepCreate)
def guide(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Give the guidance of an intervention."""

    def do(action_id: UUID) -> None:
        corrective.write_guidance(
            session, action_id=action_id, actor=v.actor, step=typed.read(corrective.StepCreate)
        )

    return _at_action(session, v, typed, (code, key), do)


@router.form("/hand-over", shown="/desk/{code}/{key}", takes=corrective.HandOverCreate)
def hand_over(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Record who takes the beneficiaries over."""

    def do(action_id: UUID) -> None:
        sent = typed.read(corrective.HandOverCreate)
        corrective.record_hand_over(session, action_id=action_id, actor=v.actor, sent=sent)

    return _at_action(session, v, typed, (code, key), do)


@router.form("/hand-over/confirm", shown="/desk/{code}/{key}")
def confirm(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Confirm the hand-over for the organisation that leaves."""

    def do(action_id: UUID) -> None:
        corrective.confirm_hand_over(session, action_id=action_id, actor=v.actor)

    return _at_action(session, v, typed, (code, key), do)


@router.form(
    "/entries/{entry_id}/reply", shown="/desk/{code}/{key}", takes=conduct_list.ReplyCreate
)
def reply(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str, entry_id: UUID
) -> Response:
    """Reply to a black entry that is proposed of one's organisation."""

    def do() -> None:
        conduct_list.reply_to_entry(
            session,
            entry_id=entry_id,
            actor=v.actor,
            reply=typed.read(conduct_list.ReplyCreate, {"reply": f"reply-{entry_id}"}),
        )

    return act(session, v, typed, (code, key), do, "submitted")


@router.form("/review", shown="/desk/{code}/{key}")
def review(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Submit the decision on every entry of a list."""

    def do() -> None:
        held = conduct_list.list_coded(session, code)
        entries = [one.id for one, _ in conduct_list.entries_of(session, held)]
        verdicts = {entry: _verdict(typed, entry) for entry in entries}
        if wrong := {
            f"reason-{one}": said for one, said in verdicts.items() if isinstance(said, Text)
        }:
            raise FieldsWrong(wrong)
        conduct_list.review_list(
            session,
            list_id=held.id,
            actor=v.actor,
            verdicts={k: said for k, said in verdicts.items() if not isinstance(said, Text)},
        )

    return act(session, v, typed, (code, key), do, "submitted")


def _verdict(typed: Typed, entry_id: UUID) -> conduct_list.Verdict | Text:
    listed = {"yes": True, "no": False}.get(typed.text(f"listed-{entry_id}"))
    reason = typed.text(f"reason-{entry_id}").strip()
    if listed is None or not reason:
        return Text("请选择是否列入，并写明理由。", "Choose whether it is listed, and say why.")
    return conduct_list.Verdict(listed, reason)
