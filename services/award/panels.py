"""Award 承榜: the panel is formed, declares its interests, and fills its seats from the reserve."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.award.scoring import PANEL_PARTIES, TRIM_FROM, PanelParty
from domain.errors import BadInput
from domain.gates import GateKind, Verb, gate_key
from domain.identity.roles import Role
from domain.lifecycle import Stage
from models import Panel, PanelMember, PanelScore, Person, Project, RoleGrant
from models.shapes import Command
from services.award.events import ChairPassed, InterestDeclared, MemberRecused, ReserveSeated
from services.award.panel_scores import settle_scoring
from services.award.panel_seats import panel_members, people_sitting, seated_member, sitting
from services.bid.interests import related_people
from services.clock import now
from services.district.rounds import settings_of
from services.events import audiences
from services.events.record import record
from services.gates.decide_gate import decide_gate
from services.gates.policies import preparers
from services.gates.preparation import open_preparation
from services.gates.settle_gate import require_facts_wanted
from services.identity.actors import Actor, grants_of
from services.projects.moves import lock_project

PARTY_ROLES: Final[Mapping[str, frozenset[Role]]] = {
    "street_community": frozenset({Role.STREET_OFFICER, Role.COMMUNITY_SECRETARY}),
    "departments": frozenset({Role.DEPARTMENT_OFFICER}),
    "experts": frozenset({Role.EXPERT}),
}


class ReserveCreate(Command):
    """A person who takes the seat of a recused member; the party they come from."""

    id: UUID
    party: PanelParty


class PanelCreate(Command):
    """A panel: people by the party they come from, who waits in reserve in order, and its chair."""

    members: dict[UUID, PanelParty]
    reserve: list[ReserveCreate] = Field(default=[], max_length=50)
    chair: UUID


class InterestCreate(Command):
    """Whether one has an interest in any of the bidders."""

    interest: bool


def form_panel(session: Session, *, project_id: UUID, actor: Actor, panel: PanelCreate) -> None:
    """Form the panel and submit it; members with a known interest are recused at once.

    The reserve takes the seats of recused members in its order. Raises BadInput for a panel that is
    too small or lacks a party without those recused, for a member who does not come from the party
    named or is named twice, and for a chair who is recused, no member, or the one who forms the
    panel.
    """
    project = lock_project(session, project_id)
    gate = open_preparation(session, project, Stage.AWARD)
    at = now(session)
    interested = related_people(session, project)
    members, reserve = panel.members, {seat.id: seat.party for seat in panel.reserve}
    _check_members(session, project, members, reserve, interested)
    if panel.chair not in members or panel.chair in interested or panel.chair == actor.person_id:
        raise BadInput(
            zh="组长须是没有利害关系的成员，且不是组建评审组的人，请另选。",
            en="The chair is a member without an interest, and not the person who forms the panel.",
        )
    formed = Panel(
        project_id=project.id,
        round=project.stage_round,
        chair_id=panel.chair,
        trim=False,
        formed_at=at,
    )
    session.add(formed)
    for person_id, party in members.items():
        session.add(_seat(project, person_id, party, seated_at=at))
    for place, (person_id, party) in enumerate(reserve.items(), start=1):
        session.add(_seat(project, person_id, party, reserve=place))
    session.flush()
    for member in panel_members(session, project):
        if member.reserve is None and member.person_id in interested:
            _recuse(session, project, member, "relation", at)
    formed.trim = len(sitting(session, project)) >= TRIM_FROM
    session.flush()
    decide_gate(session, gate_id=gate.id, actor=actor, verb=Verb.SUBMIT, prepared=True, at=at)


def _seat(
    project: Project,
    person_id: UUID,
    party: str,
    *,
    seated_at: datetime | None = None,
    reserve: int | None = None,
) -> PanelMember:
    return PanelMember(
        project_id=project.id,
        round=project.stage_round,
        person_id=person_id,
        party=party,
        seated_at=seated_at,
        reserve=reserve,
    )


Candidate = tuple[Person, bool, bool]


def candidates_for(
    session: Session, project: Project, person_id: UUID
) -> dict[str, list[Candidate]]:
    """Return the people of the project's place and of the whole district, by party.

    With each: whether they have an interest, and whether they prepared the award in any round, as
    ``person_id``, who forms the panel, does.
    """
    codes = {project.street_code, project.community_code, "*"}
    rows = session.exec(
        select(Person, RoleGrant)
        .join(RoleGrant, col(RoleGrant.person_id) == Person.id)
        .where(col(RoleGrant.code).in_(codes))
        .order_by(col(Person.login))
    ).all()
    interested = related_people(session, project)
    former = preparers(session, project, Stage.AWARD) | {person_id}
    return {
        party: [
            (person, person.id in interested, person.id in former)
            for person, grant in rows
            if grant.role in PARTY_ROLES[party]
        ]
        for party in PANEL_PARTIES
    }


def _check_members(
    session: Session,
    project: Project,
    members: Mapping[UUID, str],
    reserve: Mapping[UUID, str],
    interested: set[UUID],
) -> None:
    size = settings_of(session, project).panel_size
    if set(members) & set(reserve):
        raise BadInput(
            zh="同一个人不能既是成员又是候补，请核对。",
            en="Nobody is both a member and on the reserve list; check the list.",
        )
    left = {person: party for person, party in members.items() if person not in interested}
    if len(left) < size or set(left.values()) != set(PANEL_PARTIES):
        raise BadInput(
            zh=f"评审组须有至少 {size} 名没有利害关系的成员，"
            "街道社区、职能部门、专家三方各至少一人。",
            en=f"A panel has {size} members or more without an interest, "
            "and each of the three parties at least one.",
        )
    for person, party in [*members.items(), *reserve.items()]:
        if not PARTY_ROLES[party] & {grant.role for grant in grants_of(session, person)}:
            candidate = session.get(Person, person)
            login = candidate.login if candidate else str(person)
            raise BadInput(
                zh=f"{login} 不属于所列的一方，请核对。",
                en=f"{login} does not come from the party named; check the list.",
            )


def declare_interest(
    session: Session, *, project_id: UUID, actor: Actor, declaration: InterestCreate
) -> None:
    """Declare whether one has an interest, before any bid is shown; an interest recuses.

    It may also become known later: the member's sheets are void then, a chair's duty passes to
    another member, and the first on the reserve list takes the seat. A panel that recusals leave
    too small, with nobody in reserve, is formed anew.
    """
    project = lock_project(session, project_id)
    member = seated_member(session, project, actor)
    require_facts_wanted(session, project)
    at = now(session)
    member.declared_at = at
    if declaration.interest and member.recused_at is None:
        _recuse(session, project, member, "declared", at)
    event = InterestDeclared(interest=declaration.interest)
    record(session, event, about=project.code, by=actor.login, at=at)
    settle_scoring(session, project, at)


def _recuse(
    session: Session, project: Project, member: PanelMember, reason: str, at: datetime
) -> None:
    member.recused_at, member.recusal = at, reason
    session.flush()
    record(session, MemberRecused(), about=project.code, by="flow", at=at)
    _void_sheets(session, member, at)
    _seat_reserve(session, project, member, at)
    _pass_chair(session, project, member, at)


def _seat_reserve(session: Session, project: Project, member: PanelMember, at: datetime) -> None:
    """Give a recused member's seat to the reserve: of the same party first, then in its order.

    Members of the reserve who have come to have an interest meanwhile are recused and passed over.
    """
    waiting = [
        member
        for member in panel_members(session, project)
        if member.reserve is not None and member.seated_at is None and member.recused_at is None
    ]
    interested = related_people(session, project)
    for substitute in sorted(
        waiting, key=lambda candidate: (candidate.party != member.party, candidate.reserve)
    ):
        if substitute.person_id in interested:
            substitute.recused_at, substitute.recusal = at, "relation"
            continue
        substitute.seated_at, substitute.replaces_id = at, member.person_id
        record(
            session,
            ReserveSeated(gate=gate_key(Stage.AWARD, GateKind.EVENT, project.stage_round)),
            about=project.code,
            by="flow",
            at=at,
            to=audiences.person(substitute.person_id),
            once=f"panel:{project.id}:{project.stage_round}:{substitute.person_id}",
        )
        break
    session.flush()


def _void_sheets(session: Session, member: PanelMember, at: datetime) -> None:
    for sheet in session.exec(
        select(PanelScore).where(
            PanelScore.project_id == member.project_id,
            PanelScore.round == member.round,
            PanelScore.person_id == member.person_id,
        )
    ).all():
        sheet.voided_at = at
    session.flush()


def _pass_chair(session: Session, project: Project, member: PanelMember, at: datetime) -> None:
    """Give a recused chair's duty to a member who is left: of the same party, then by login."""
    panel = session.get_one(Panel, (member.project_id, member.round))
    if panel.chair_id != member.person_id:
        return
    former = preparers(session, project, Stage.AWARD)
    logins = {person.id: person.login for person in people_sitting(session, project)}
    left = sorted(
        (
            panel_member
            for panel_member in sitting(session, project)
            if panel_member.person_id not in former
        ),
        key=lambda panel_member: (
            panel_member.party != member.party,
            logins[panel_member.person_id],
        ),
    )
    if left:
        panel.chair_id = left[0].person_id
        record(session, ChairPassed(), about=project.code, by="flow", at=at)
