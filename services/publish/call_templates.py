"""Texts that calls begin with: an administrator keeps them, the drafter of a call takes one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlmodel import Field, Session, col, or_, select

from domain.errors import FieldsWrong, NotFound
from domain.needs.categories import CATEGORY_NAMES
from domain.text import Text
from models import CallTemplate, Indicator
from models.shapes import Command
from services.clock import now, real_now
from services.events.record import record
from services.identity.actors import Actor, require_administrator
from services.publish.events import TemplateKept, TemplateRemoved


class CallTemplateCreate(Command):
    """A template: what a call for such a service usually says; no category means any."""

    name: str = Field(min_length=2, max_length=60)
    category: str = ""
    problem: str = Field(min_length=10, max_length=4000)
    scope: str = Field(min_length=5, max_length=4000)
    outcomes: list[Indicator] = Field(min_length=1)
    min_org_stage: Literal["grassroots", "filed", "registered"] = "filed"
    min_grade: Literal["none", "1A", "2A", "3A", "4A", "5A"] = "none"
    min_credit: Decimal = Field(default=Decimal(60), ge=0, le=1000)


def list_templates(session: Session, *, category: str | None = None) -> Sequence[CallTemplate]:
    """Return all templates by name, or those that fit a category."""
    query = select(CallTemplate).order_by(col(CallTemplate.name))
    if category is not None:
        query = query.where(
            or_(col(CallTemplate.category).is_(None), CallTemplate.category == category)
        )
    return session.exec(query).all()


def find_template(session: Session, template_id: UUID, *, lock: bool = False) -> CallTemplate:
    """Return a template; raise NotFound."""
    call_template = session.get(
        CallTemplate, template_id, with_for_update=lock, populate_existing=lock
    )
    if call_template is None:
        raise NotFound(what=Text("模板", "template"), key=str(template_id)[:8])
    return call_template


def keep_template(
    session: Session, *, actor: Actor, form: CallTemplateCreate, template_id: UUID | None = None
) -> UUID:
    """Add a template or change one; calls drafted from it before stay as they are."""
    require_administrator(session, actor)
    if form.category and form.category not in CATEGORY_NAMES:
        raise FieldsWrong({"category": Text("没有这个类别。", "There is no such category.")})
    template = find_template(session, template_id) if template_id else CallTemplate(name=form.name)
    content = form.model_dump(mode="json", exclude={"name", "category"})
    template.name, template.category, template.content = form.name, form.category or None, content
    template.changed_at = real_now(session)
    session.add(template)
    session.flush()
    record(session, TemplateKept(), about=str(template.id), by=actor.login, at=now(session))
    session.flush()
    return template.id


def remove_template(session: Session, *, actor: Actor, template_id: UUID) -> None:
    """Remove a template; calls drafted from it stay as they are."""
    require_administrator(session, actor)
    session.delete(find_template(session, template_id))
    record(session, TemplateRemoved(), about=str(template_id), by=actor.login, at=now(session))
    session.flush()


def filled_in(
    call_template: CallTemplate, typed: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return a form of a call with what a template says where nothing was typed.

    A choice that is still as the form offers it counts as not made.
    """
    values = {name: list(texts) for name, texts in typed.items()}
    blank = CallTemplateCreate.model_fields
    for name, preset in call_template.content.items():
        if name == "outcomes":
            if not any(
                text.strip() for part in preset[0] for text in typed.get(f"{name}.{part}", ())
            ):
                values |= {
                    f"{name}.{part}": [outcome[part] or "" for outcome in preset]
                    for part in preset[0]
                }
        elif "".join(typed.get(name, ())).strip() in ("", str(blank[name].default)):
            values[name] = [preset]
    return values
