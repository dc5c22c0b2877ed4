"""What residents and readers have left: a question, a need, a subscription; and a template."""

from decimal import Decimal

from sqlmodel import Session, select

from models import (
    CallQuestion,
    Indicator,
    Project,
    Subscription,
)
from models.session import unit_of_work
from services.audit_chain import seal
from services.identity.credentials import invite
from services.publish.call_templates import CallTemplateCreate, keep_template
from services.publish.questions import QuestionCreate, ask_question
from services.subscriptions import SubscriptionCreate, subscribe
from tests.builders import actor, new_need
from tests.web.world import World


def _ask(project: Project, login: str) -> str:
    with unit_of_work() as session:
        text = QuestionCreate(text="每周几次？")
        ask_question(session, code=project.code, actor=actor(login), question=text)
        return str(session.exec(select(CallQuestion.id)).one())


def _template(session: Session) -> str:
    form = CallTemplateCreate(
        name="助餐服务",
        category="elderly",
        problem="高龄老人做饭困难，附近没有可以就餐的地方。",
        scope="在社区食堂提供午餐，行动不便的送餐上门。",
        outcomes=[Indicator(name="就餐人次", target=Decimal(600), unit="人次")],
        min_grade="2A",
    )
    return str(keep_template(session, actor=actor("administrator-1"), form=form))


def add_public(world: World) -> None:
    """Add a question, a need, somebody who follows, a template and an invitation."""
    place = world.projects["bidding"]
    world.question = _ask(place, world.people["other organisation"])
    world.need = new_need("希望周末也有阅览室").code
    with unit_of_work() as session:
        seal(session)
    with unit_of_work() as session:
        subscribe(
            session,
            wanted=SubscriptionCreate(email="zhou@example.com", street=place.street_code),
        )
        world.follows = str(session.exec(select(Subscription.id)).one())
        world.template = _template(session)
        world.invitation = invite(session, login="expert-6", actor="test")
