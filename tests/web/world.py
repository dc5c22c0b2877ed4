"""A district with a project at every stage, and one of everybody who may come to its pages."""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import httpx
from sqlmodel import Session, col, select

from api.visitors import COOKIE, csrf_token
from demo.bidding import letter_of
from demo.story import Story
from domain.access import TokenScope
from domain.errors import NotEligible
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import (
    AuditEntry,
    Bid,
    BidFile,
    BidMember,
    Community,
    Indicator,
    Objection,
    Organisation,
    Person,
    Project,
    Question,
    Subscription,
)
from models.session import unit_of_work
from services.audit_chain import seal
from services.award import awards, objections
from services.award.objections import ObjectionCreate
from services.bid.bid_files import attach_files
from services.bid.bids import submit_bid
from services.bid.consortia import draft_bid
from services.bid.opened_bids import opened_bids
from services.bid.sealed_bids import save_bid_draft
from services.conduct.material_reviews import MaterialReviewCreate, open_review
from services.deliver.replacements import ReplacementCreate, propose_replacement
from services.evaluate import evaluation
from services.gates.check_stage import check_stage
from services.identity.access_tokens import AccessTokenCreate, make_token
from services.identity.credentials import invite
from services.identity.sessions import begin_session
from services.publish.call_templates import CallTemplateCreate, keep_template
from services.publish.present_call import current_call
from services.publish.questions import QuestionCreate, ask_question
from services.seal.seal_keys import DEMO_PASSPHRASE
from services.subscriptions import Wanted, subscribe
from services.uploads import Upload, cleaned
from tests.builders import Walk, actor, after, new_need, new_project, share_with
from tests.web.troubled import Trouble, bring

PLACE = 0
ORGANISATIONS = [f"organisation-{number:02d}" for number in range(1, 20)]
SEALED = "雪松计划：每周两次上门，全程留痕，按月小结。"
ITEM = "云杉牌折叠轮椅"
DRAFTED = "银杏草案：还没有提交的想法。"


@dataclass
class World:
    """Projects by the stage they wait at, people by what they are to them."""

    projects: dict[str, Project] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    bid: Bid | None = None
    file: str = ""
    review: str = ""
    objection: str = ""
    opened: str = ""
    need: str = ""
    question: str = ""
    invitation: str = ""
    follows: str = ""
    organisation: str = ""
    template: str = ""
    trouble: Trouble = field(default_factory=Trouble)
    cookies: dict[str, str] = field(default_factory=dict)

    def client(self, base: str, who: str) -> httpx.Client:
        """Return somebody's browser; ``anonymous`` has a cookie but no session."""
        if who not in self.cookies:
            self.cookies[who] = self._cookie(who)
        return httpx.Client(base_url=base, cookies={COOKIE: self.cookies[who]}, timeout=30)

    def _cookie(self, who: str) -> str:
        if who == "anonymous":
            return "a-guest"
        with unit_of_work() as session:
            person = session.exec(select(Person).where(Person.login == self.people[who])).one()
            return begin_session(session, person, client="test")

    def program(self, base: str, who: str, *scopes: TokenScope) -> httpx.Client:
        """Return somebody's program, its token good for all or some; ``anonymous`` has none.

        It sends the passphrase of its organisation's seal.
        """
        headers = {"Jiebang-Passphrase": DEMO_PASSPHRASE}
        if who != "anonymous":
            with unit_of_work() as session:
                wanted = AccessTokenCreate(name="test", days=9, scopes=list(scopes or TokenScope))
                person = actor(self.people[who])
                headers["Authorization"] = (
                    f"Bearer {make_token(session, actor=person, token=wanted)}"
                )
        return httpx.Client(base_url=f"{base}/api/v1", headers=headers, timeout=30)

    def proof(self) -> str:
        """Return the address of the proof of one public entry."""
        code = self.projects["bidding"].code
        with unit_of_work() as session:
            entry = session.exec(
                select(AuditEntry.position).where(
                    AuditEntry.subject == code, AuditEntry.action == "project.formed"
                )
            ).one()
        return f"/projects/{code}/proof/{entry}"

    def form(self, who: str, **values: str) -> dict[str, str]:
        """Return a form as this visitor's page would send it."""
        return {"csrf": csrf_token(self.cookies[who])} | values


def _agreed(title: str) -> Walk:
    walk = Walk(new_project(title, PLACE))
    walk.to_agreement()
    return walk


def _delivering(title: str) -> Walk:
    walk = _agreed(title)
    walk.through(Stage.NOTICE, GateKind.EVENT)
    walk.do(Stage.NOTICE, "sign", awards.sign_agreement)
    walk.open(Stage.DELIVER, GateKind.EVENT)
    return walk


def _noticed(title: str) -> Walk:
    walk = Walk(new_project(title, PLACE))
    walk.to_ranking()
    gate = walk.through(Stage.AWARD, GateKind.APPROVAL)
    walk.do(Stage.AWARD, "confirm", after(awards.confirm_ranking, gate))
    walk.open(Stage.NOTICE, GateKind.TIMER)
    return walk


def _repairing(title: str) -> Walk:
    """A call without a ceiling, which its data check has sent to be mended."""
    walk = Walk(new_project(title, PLACE))
    walk.to_evaluation_approval()
    gate = walk.through(Stage.EVALUATE, GateKind.APPROVAL)
    walk.do(Stage.EVALUATE, "conclude", after(evaluation.conclude_evaluation, gate))
    walk.story.ceiling_forgotten = True
    walk.through(Stage.PUBLISH, GateKind.PREPARATION)
    with unit_of_work() as session:
        assert not check_stage(session, walk.lease, Stage.PUBLISH)[0].passed
    walk.open(Stage.PUBLISH, GateKind.REPAIR)
    return walk


def _bidding(title: str) -> Walk:
    walk = Walk(new_project(title, PLACE))
    walk.to_bidding()
    return walk


def _lead_login(project: Project) -> str:
    with unit_of_work() as session:
        bid = session.get_one(Bid, awards.present_agreement(session, project).bid_id)
        lead = session.exec(select(Person).where(Person.organisation_id == bid.lead_id)).one()
        return lead.login


def build() -> World:
    """Build the district in the database that the environment names."""
    world = World()
    walks = {"delivering": _delivering("银发助餐"), "troubled": _delivering("轮椅借用与康复")}
    walks["agreeing"] = _agreed("课后托管")
    walks["scoring"] = Walk(new_project("邻里调解", PLACE))
    walks["scoring"].to_scoring()
    walks["notice"] = _noticed("垃圾分类进楼院")
    walks["preparing"] = Walk(new_project("楼道照明", PLACE))
    walks["preparing"].do(Stage.EVALUATE, "begin", evaluation.begin_evaluation)
    walks["preparing"].open(Stage.EVALUATE, GateKind.PREPARATION)
    walks["approving"] = Walk(new_project("独居老人巡访", PLACE))
    walks["approving"].to_evaluation_approval()
    walks["repairing"] = _repairing("消防安全进家庭")
    walks["bidding"] = _bidding("健康讲座与义诊")
    world.projects = {name: walk.project for name, walk in walks.items()}
    place = world.projects["bidding"]
    supplier = _lead_login(world.projects["delivering"])
    signer = _lead_login(world.projects["agreeing"])
    left = [one for one in ORGANISATIONS if one not in (supplier, signer)]
    world.bid, bidder = _seal(place, left)
    world.file = _file_of(world.bid)
    world.people = {
        "secretary": f"secretary-{place.community_code}-1",
        "secretary elsewhere": f"secretary-{_elsewhere(place)}-1",
        "street": f"street-{place.street_code}-1",
        "street elsewhere": f"street-{_elsewhere(place)[:9]}-1",
        "department": "department-3",
        "expert": "expert-1",
        "panel member": "expert-5",
        "bidder": bidder,
        "signing organisation": signer,
        "supplier": supplier,
        "other organisation": next(one for one in left if one != bidder),
        "administrator": "administrator-1",
        "operator": "operator-1",
        "analyst": "analyst-1",
        "auditor": "auditor-1",
    }
    world.organisation = str(_own(supplier))
    _replace(world.projects["delivering"], _own(world.people["other organisation"]), bidder)
    others = [world.projects[name] for name in ("agreeing", "notice", "scoring", "bidding")]
    world.trouble = bring(world.projects["troubled"], others, _own(supplier), _own(left[-1]))
    _draft(place, world.people["other organisation"])
    world.question = _ask(place, world.people["other organisation"])
    _object(world)
    world.review = _review(world)
    world.opened = _a_receipt(world.projects["scoring"])
    world.need = new_need("希望周末也有阅览室", PLACE).code
    with unit_of_work() as session:
        seal(session)
    with unit_of_work() as session:
        subscribe(session, email="zhou@example.com", wanted=Wanted(street=place.street_code))
        world.follows = str(session.exec(select(Subscription.id)).one())
        world.template = _template(session)
        world.invitation = invite(session, login="expert-6", actor="test")
    return world


def _own(login: str) -> UUID:
    """Return the organisation somebody acts for."""
    with unit_of_work() as session:
        person = session.exec(select(Person).where(Person.login == login)).one()
        assert person.organisation_id is not None
        return person.organisation_id


def _replace(project: Project, leaving: UUID, joining: str) -> None:
    """Let a partner's replacement wait: the newcomer is asked, the partner may be heard."""
    bid = share_with(project, leaving)
    with unit_of_work() as session:
        lead = session.exec(select(Person.login).where(Person.organisation_id == bid.lead_id)).one()
        propose_replacement(
            session,
            project_id=project.id,
            actor=actor(lead),
            proposal=ReplacementCreate(
                leaving=leaving,
                joining=session.get_one(Organisation, _own(joining)).name,
                work_package="居民骨干培训和回访",
                reason="原伙伴负责人病假，无法派出社工。",
            ),
        )


def _elsewhere(project: Project) -> str:
    """Return a community of another street."""
    with unit_of_work() as session:
        return (
            session.exec(
                select(Community.code).where(Community.street_code != project.street_code)
            ).first()
            or ""
        )


def _seal(project: Project, logins: list[str]) -> tuple[Bid, str]:
    """Submit a bid of the first organisation that is eligible."""
    for login in logins:
        try:
            return _submit(project, login), login
        except NotEligible:
            continue
    raise AssertionError("nobody may bid")


def _submit(project: Project, login: str) -> Bid:
    who = actor(login)
    with unit_of_work() as session:
        person = session.get_one(Person, who.person_id)
        own = session.get_one(Organisation, person.organisation_id)
        call = current_call(session, project)
        assert call is not None
        bid = draft_bid(session, project_id=project.id, actor=who, lead_id=own.id, partners=[])
        letter = letter_of(call, Story(project.id, random.Random(3)), own)
        letter.plan = SEALED
        letter.budget[0].item = ITEM
        plan = Upload(f"{ITEM}.pdf", b"%PDF-1.7 " + SEALED.encode())
        letter.files = attach_files(session, bid_id=bid.id, actor=who, files=[cleaned(plan)])
        submit_bid(session, bid_id=bid.id, actor=who, content=letter)
    return bid


def _file_of(bid: Bid) -> str:
    with unit_of_work() as session:
        return str(session.exec(select(BidFile.id).where(BidFile.bid_id == bid.id)).one())


def _draft(project: Project, login: str) -> None:
    who = actor(login)
    with unit_of_work() as session:
        own = session.get_one(Person, who.person_id).organisation_id
        assert own is not None
        bid = draft_bid(session, project_id=project.id, actor=who, lead_id=own, partners=[])
        save_bid_draft(session, bid, {"plan": [DRAFTED]}, who)


def _ask(project: Project, login: str) -> str:
    with unit_of_work() as session:
        text = QuestionCreate(text="每周几次？")
        ask_question(session, code=project.code, actor=actor(login), question=text)
        return str(session.exec(select(Question.id)).one())


def _a_receipt(project: Project) -> str:
    with unit_of_work() as session:
        return str(opened_bids(session, project)[0].receipt_no)


def _object(world: World) -> None:
    with unit_of_work() as session:
        held: Objection = objections.file_objection(
            session,
            project_id=world.projects["notice"].id,
            actor=actor(_not_winning(session, world.projects["notice"])),
            objection=ObjectionCreate(grounds="请核实团队人数。"),
        )
        world.objection = str(held.id)


def _review(world: World) -> str:
    """Let the street say that the supplier's material is false."""
    project = world.projects["delivering"]
    with unit_of_work() as session:
        made = open_review(
            session,
            project_id=project.id,
            actor=actor(world.people["street"]),
            review=MaterialReviewCreate(
                organisation=UUID(world.organisation),
                claim="意向书称有专职社工 5 名。",
                proof="社保缴费记录显示只有 2 名，已到现场核对。",
            ),
        )
        return made.code


def _not_winning(session: Session, project: Project) -> str:
    award = awards.latest_award(session, project)
    winners = select(BidMember.organisation_id).where(BidMember.bid_id == award.bid_id)
    found = session.exec(
        select(Person.login)
        .where(col(Person.organisation_id).is_not(None))
        .where(col(Person.organisation_id).not_in(winners))
        .order_by(col(Person.login))
    ).first()
    assert found is not None
    return found


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
