"""Builders: people, a project, and a walk along its lifecycle through the services, without Prefect."""

import copy
import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from demo.acting import act_at
from demo.story import Story
from domain.calendar import BEIJING
from domain.conduct.conduct_list import Colour, Ground
from domain.deliver.acceptance import AcceptanceVerdict
from domain.deliver.delivery import StatusColour
from domain.gates import GateKind, Verb
from domain.lifecycle import Stage
from domain.text import Text
from models import (
    Bid,
    BidMember,
    Community,
    ConductEntry,
    ConductList,
    CorrectiveAction,
    Gate,
    ImportBatch,
    Need,
    Project,
)
from models.needs import NeedStatus
from models.session import unit_of_work
from services.award import awards, ranking
from services.award.awards import present_agreement
from services.bid import openings
from services.clock import move_demo_clock, now
from services.conduct.conduct_list import DEFINITION as CONDUCT_LIST
from services.conduct.findings import VisitCreate, record_visit
from services.deliver import delivery
from services.deliver.acceptance import AcceptanceCreate, decide_milestone
from services.evaluate import evaluation
from services.events.catalogue import read_notification
from services.execution.effects import Step, once
from services.execution.runs import begin_process, settle_due_gate
from services.gates.check_stage import check_stage
from services.gates.decide_gate import decide_gate
from services.gates.open_gate import open_gate, pass_gate
from services.gates.process_kits import stage_kit
from services.gates.readers import Subject
from services.gates.settle_gate import settle_gate
from services.gates.subjects import find_subject
from services.identity.actors import Actor, actor_named
from services.leases import Lease, release_lease, take_lease
from services.ledgers import quota
from services.projects.forming import form_project
from services.publish import calls
from services.seal.seal_keys import DEMO_PASSPHRASE, unlock_key


def actor(login: str) -> Actor:
    """Return somebody as an actor."""
    with unit_of_work() as session:
        return actor_named(session, login, channel="test")


def key_of(session: Session, who: Actor) -> bytes:
    """Return somebody's own key, unlocked by the demo's passphrase."""
    private = unlock_key(session, who.person_id, DEMO_PASSPHRASE)
    assert isinstance(private, bytes)
    return private


def new_need(title: str = "楼院助老", index: int = 0) -> Need:
    """Register one need of a community."""
    with unit_of_work() as session:
        community = session.exec(select(Community).order_by(col(Community.code))).all()[index]
        batch = ImportBatch(
            filename="test",
            sha256=uuid4().hex,
            source="test",
            rows=1,
            imported=1,
            merged=0,
            quarantined=0,
            imported_at=now(session),
        )
        session.add(batch)
        session.flush()
        need = Need(
            code=f"N-{uuid4().hex[:8]}",
            title=title,
            description=title,
            category="elderly",
            street_code=community.street_code,
            community_code=community.code,
            place_text=community.name,
            supporters=5,
            reported_on=date(2026, 3, 5),
            status=NeedStatus.REGISTERED,
            fingerprint=uuid4().hex,
            batch_id=batch.id,
            source="test",
            source_ref=uuid4().hex,
            created_at=now(session),
        )
        session.add(need)
        return need


def new_project(title: str = "楼院助老", index: int = 0) -> Project:
    """Form a project from one need of a community."""
    need = new_need(title, index)
    with unit_of_work() as session:
        secretary = actor_named(session, f"secretary-{need.community_code}-1", channel="test")
        return form_project(session, need_ids=[need.id], title=title, actor=secretary)


def hold(project_id: UUID, generation: int = 1) -> Lease:
    """Take a project's lease for a minute."""
    with unit_of_work() as session:
        return take_lease(
            session, process_id=project_id, generation=generation, worker="test", ttl=3600
        )


def after(do: Callable[[Session, Any, Gate, datetime], None], gate: Gate) -> Step:
    """Return a step that does what follows from ``gate``."""

    def step(session: Session, subject: Subject, at: datetime) -> dict[str, object]:
        do(session, subject, gate, at)
        return {}

    return step


class Walk:
    """A project on its way; the demo's people act at each gate it is led to."""

    def __init__(self, project: Project, seed: int = 1) -> None:
        self.project_id = project.id
        self.story = Story(project.id, random.Random(seed))
        self.lease = hold(project.id)

    @property
    def project(self) -> Project:
        with unit_of_work() as session:
            return session.get_one(Project, self.project_id)

    def do(self, stage: Stage, step: str, work: Step) -> None:
        with unit_of_work() as session:
            once(session, self.lease, stage, step, work, round_=self.project.stage_round)

    def pause(self) -> None:
        """Give the lease back, so that the walk can go on in a copy of the database."""
        with unit_of_work() as session:
            release_lease(session, self.lease)

    def go_on(self) -> "Walk":
        """Return this walk with a lease of its own, in whatever database there is now."""
        walk = copy.deepcopy(self)
        walk.lease = hold(self.project_id)
        return walk

    def open(self, stage: str, kind: GateKind) -> Gate:
        kit = next(gate for gate in stage_kit(stage).gates if gate.kind is kind)
        with unit_of_work() as session:
            return open_gate(session, self.lease, kit)

    def read(self, gate: Gate) -> Gate:
        with unit_of_work() as session:
            return session.get_one(Gate, gate.id)

    def let_time_pass(self, gate: Gate) -> None:
        """Let a timer's date come."""
        if gate.due_at:
            with unit_of_work() as session:
                move_demo_clock(session, to=gate.due_at)
                timer = session.get_one(Gate, gate.id)
                settle_gate(session, session.get_one(Project, self.project_id), timer, now(session))

    def through(self, stage: str, kind: GateKind) -> Gate:
        """Open a gate, let its people act (or its time come), and pass it."""
        gate = self.open(stage, kind)
        act_at(gate, self.story)
        if kind is GateKind.TIMER:
            self.let_time_pass(gate)
        with unit_of_work() as session:
            passed = pass_gate(session, self.lease, gate.id)
        assert passed.passed_at is not None
        return passed

    def to_evaluation_approval(self) -> Gate:
        self.do(Stage.EVALUATE, "begin", evaluation.begin_evaluation)
        self.through(Stage.EVALUATE, GateKind.PREPARATION)
        self.through(Stage.EVALUATE, GateKind.EVENT)
        with unit_of_work() as session:
            assert check_stage(session, self.lease, Stage.EVALUATE)[0].passed
        return self.open(Stage.EVALUATE, GateKind.APPROVAL)

    def to_call_approval(self) -> Gate:
        self.to_evaluation_approval()
        gate = self.through(Stage.EVALUATE, GateKind.APPROVAL)
        self.do(
            Stage.EVALUATE,
            "conclude",
            after(evaluation.conclude_evaluation, gate),
        )
        self.through(Stage.PUBLISH, GateKind.PREPARATION)
        return self.open(Stage.PUBLISH, GateKind.APPROVAL)

    def to_bidding(self) -> Gate:
        self.to_call_approval()
        gate = self.through(Stage.PUBLISH, GateKind.APPROVAL)
        self.do(Stage.PUBLISH, "publish", after(calls.publish_call, gate))
        return self.open(Stage.BID, GateKind.TIMER)

    def to_opened(self) -> None:
        self.to_bidding()
        self.through(Stage.BID, GateKind.TIMER)
        self.through(Stage.BID, GateKind.EVENT)
        self.do(Stage.BID, "open", openings.open_bids)

    def to_scoring(self) -> Gate:
        self.to_opened()
        with unit_of_work() as session:
            assert check_stage(session, self.lease, Stage.BID)[0].passed
        self.do(Stage.BID, "close", openings.close_bidding)
        self.through(Stage.AWARD, GateKind.PREPARATION)
        return self.open(Stage.AWARD, GateKind.EVENT)

    def to_ranking(self) -> Gate:
        self.to_scoring()
        self.through(Stage.AWARD, GateKind.EVENT)
        self.do(Stage.AWARD, "rank", ranking.rank_bids)
        return self.open(Stage.AWARD, GateKind.APPROVAL)

    def to_agreement(self) -> Gate:
        self.to_ranking()
        gate = self.through(Stage.AWARD, GateKind.APPROVAL)
        self.do(Stage.AWARD, "confirm", after(awards.confirm_ranking, gate))
        self.through(Stage.NOTICE, GateKind.TIMER)
        self.do(Stage.NOTICE, "draft-agreement", awards.draft_agreement)
        return self.open(Stage.NOTICE, GateKind.EVENT)


class ProcessWalk(Walk):
    """A corrective action or a conduct list on its way, through the services, without Prefect."""

    def __init__(self, process_id: UUID, story: Story, generation: int = 1) -> None:
        self.process_id, self.story = process_id, story
        self.project_id = story.project_id
        self.lease = hold(process_id, generation)

    @property
    def subject(self) -> Any:
        with unit_of_work() as session:
            return find_subject(session, self.process_id)

    def do(self, stage: Stage, step: str, work: Step) -> None:
        with unit_of_work() as session:
            once(session, self.lease, stage, step, work, round_=self.subject.stage_round)

    def late(self, stage: Stage, kind: GateKind) -> Gate:
        """Let a gate's date pass while nobody does anything."""
        gate = self.open(stage, kind)
        assert gate.due_at is not None
        with unit_of_work() as session:
            move_demo_clock(session, to=gate.due_at)
            settle_due_gate(session, gate.id)
            return pass_gate(session, self.lease, gate.id)


def delivering(seed: int = 1, index: int = 0) -> Walk:
    """A project whose agreement is signed."""
    walk = Walk(new_project(index=index), seed)
    walk.to_agreement()
    walk.through(Stage.NOTICE, GateKind.EVENT)
    walk.do(Stage.NOTICE, "sign", awards.sign_agreement)
    return walk


def assessing() -> Walk:
    """A project whose assessment has begun."""
    walk = delivering()
    walk.open(Stage.DELIVER, GateKind.EVENT)
    street = f"street-{walk.project.street_code}-1"
    with unit_of_work() as session:
        for milestone in delivery.milestones_of(session, walk.project):
            reported = session.get_one(type(milestone), milestone.id)
            reported.reported_at, reported.report = milestone.due_on, "完成"  # type: ignore[assignment]
            accept_milestone(session, milestone.id, actor(street))
    walk.through(Stage.DELIVER, GateKind.EVENT)
    walk.do(Stage.DELIVER, "accept", delivery.accept_delivery)
    walk.open(Stage.ASSESS, GateKind.EVENT)
    return walk


def accept_milestone(session: Session, milestone_id: UUID, who: Actor) -> None:
    """Accept a reported milestone in full; its day is looked into."""
    verdict = AcceptanceCreate(verdict=AcceptanceVerdict.ACCEPTED, dates_checked=True)
    decide_milestone(session, milestone_id=milestone_id, actor=who, acceptance=verdict)


def find_on_visit(project: Project) -> CorrectiveAction:
    """Let the street find something on a visit that is to be corrected."""
    with unit_of_work() as session:
        visit = VisitCreate(
            visited_on=now(session).astimezone(BEIJING).date(),
            colour=StatusColour.RED,
            note="服务点没有开门。",
        )
        action = record_visit(
            session,
            project_id=project.id,
            actor=actor(f"street-{project.street_code}-1"),
            visit=visit,
        )
    assert action is not None
    return action


def share_with(project: Project, partner_id: UUID) -> Bid:
    """Let a partner deliver 40 percent of an awarded project, as if it had bid so."""
    with unit_of_work() as session:
        bid = session.get_one(Bid, present_agreement(session, project).bid_id)
        for bid_member in session.exec(select(BidMember).where(BidMember.bid_id == bid.id)):
            if bid_member.is_lead:
                bid_member.share, bid_member.work_package = Decimal(60), "统筹和日常服务"
            else:
                session.delete(bid_member)
        session.flush()
        at = now(session)
        session.add(
            BidMember(
                bid_id=bid.id,
                organisation_id=partner_id,
                is_lead=False,
                share=Decimal(40),
                work_package="居民骨干培训",
                confirmed_at=at,
            )
        )
        quota.release_all(session, project=project, at=at)
        for id_, amount in ((bid.lead_id, "0.6"), (partner_id, "0.5")):
            quota.reserve(
                session,
                organisation_id=id_,
                project=project,
                reference=f"{bid.id}:v{bid.version}:c",
                amount=Decimal(amount),
                at=at,
            )
    return bid


def put_on_list(organisation_id: UUID, colour: Colour, ground: Ground) -> None:
    """Put an organisation on a published conduct list for a year."""
    list_id = uuid4()
    with unit_of_work() as session:
        at = now(session)
        today = at.astimezone(BEIJING).date()
        begin_process(
            session, CONDUCT_LIST, process_id=list_id, code=f"HB-{list_id}", place=None, at=at
        )
        session.add(
            ConductList(
                id=list_id,
                code=f"HB-{list_id}",
                title="红黑榜",
                period_from=today,
                period_until=today,
                opened_at=at,
                reply_until=at,
                published_at=at,
            )
        )
        session.flush()
        session.add(
            ConductEntry(
                list_id=list_id,
                organisation_id=organisation_id,
                colour=colour,
                ground=ground,
                confirmed=True,
                reason="属实",
                listed_on=today,
                expires_on=today + timedelta(days=365),
            )
        )


def decide(gate: Gate, login: str, verb: Verb = Verb.APPROVE, comment: str = "") -> None:
    """Let somebody decide at a gate."""
    with unit_of_work() as session:
        decide_gate(
            session,
            gate_id=gate.id,
            actor=actor(login),
            verb=verb,
            comment=comment,
            at=now(session),
        )


def letter(topic: str, facts: Mapping[str, Any]) -> Text:
    """Return what a letter says of a message in the outbox."""
    notification, about = read_notification(topic, facts)
    return notification.letter(about).sentence
