"""Award 承榜, first half: the panel, its scores and the ranking."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.errors import BadInput, NotFound, NotPermitted
from domain.gates import GateKind, Verb
from domain.lifecycle import Stage, Status
from domain.roles import Role
from domain.scoring import PANEL_PARTIES, TRIM_FROM, Entry, check_marks, rank, weighted_total
from models import Award, Bid, Opening, Panel, PanelMember, PanelScore, Person, Project, RoleGrant
from models.bids import BidStatus
from services.clock import now
from services.conduct.credit import credit_of
from services.gates.decide_gate import decide_gate
from services.gates.dossiers import current_call
from services.gates.policies import interested_people, preparers, settings_of
from services.gates.preparation import open_preparation
from services.gates.settle_gate import require_facts_wanted, settle_current
from services.identity.actors import Actor, grants_of
from services.records import audit, lock_project, one_or_new

PARTY_ROLES: Final[Mapping[str, frozenset[Role]]] = {
    "street_community": frozenset({Role.STREET_OFFICER, Role.COMMUNITY_SECRETARY}),
    "departments": frozenset({Role.DEPARTMENT_OFFICER}),
    "experts": frozenset({Role.EXPERT}),
}


def opened_bids(session: Session, project: Project) -> list[Bid]:
    """Return the bids before the panel."""
    return list(
        session.exec(
            select(Bid)
            .where(Bid.project_id == project.id, Bid.status == BidStatus.OPENED)
            .order_by(col(Bid.receipt_no))
        ).all()
    )


def bid_receipted(session: Session, project: Project, receipt: str) -> Bid:
    """Return a project's bid by the number of its receipt; raise NotFound."""
    bid = session.exec(
        select(Bid).where(Bid.project_id == project.id, Bid.receipt_no == receipt)
    ).one_or_none()
    if bid is None:
        raise NotFound(what="意向书 / bid", key=receipt)
    return bid


def form_panel(
    session: Session, *, project_id: UUID, actor: Actor, members: Mapping[UUID, str], chair_id: UUID
) -> None:
    """Form the panel and submit it; members with a known interest are recused at once.

    ``members`` maps a person to one of the three parties. Raises BadInput for a panel that is too
    small or lacks a party without those recused, for a member who does not come from the party
    named, and for a chair who is recused, no member, or the one who forms the panel.
    """
    project = lock_project(session, project_id)
    gate = open_preparation(session, project, Stage.AWARD)
    at = now(session)
    interested = interested_people(session, project)
    _check_members(session, project, members, interested)
    if chair_id not in members or chair_id in interested or chair_id == actor.person_id:
        raise BadInput(
            zh="组长须是没有利害关系的成员，且不是组建评审组的人，请另选。",
            en="The chair is a member without an interest, and not the one who forms the panel.",
        )
    round_ = project.stage_round
    session.add(
        Panel(
            project_id=project.id,
            round=round_,
            chair_id=chair_id,
            trim=len(set(members) - interested) >= TRIM_FROM,
            formed_at=at,
        )
    )
    for person_id, party in members.items():
        recused = person_id in interested
        session.add(
            PanelMember(
                project_id=project.id,
                round=round_,
                person_id=person_id,
                party=party,
                recused_at=at if recused else None,
                recusal="relation" if recused else None,
            )
        )
    session.flush()
    decide_gate(session, gate_id=gate.id, actor=actor, verb=Verb.SUBMIT, prepared=True, at=at)


Candidate = tuple[Person, bool, bool]


def candidates_for(
    session: Session, project: Project, person_id: UUID
) -> dict[str, list[Candidate]]:
    """Return by party who is of the project's place or the whole district.

    With each: whether they have an interest, and whether they prepared what the panel judges, as
    ``person_id``, who forms it, does.
    """
    codes = {project.street_code, project.community_code, "*"}
    rows = session.exec(
        select(Person, RoleGrant)
        .join(RoleGrant, col(RoleGrant.person_id) == Person.id)
        .where(col(RoleGrant.code).in_(codes))
        .order_by(col(Person.login))
    ).all()
    interested = interested_people(session, project)
    former = preparers(session, project, Stage.AWARD) | {person_id}
    return {
        party: [
            (one, one.id in interested, one.id in former)
            for one, grant in rows
            if grant.role in PARTY_ROLES[party]
        ]
        for party in PANEL_PARTIES
    }


def _check_members(
    session: Session, project: Project, members: Mapping[UUID, str], interested: set[UUID]
) -> None:
    size = int(settings_of(session, project)["panel_size"])
    left = {person: party for person, party in members.items() if person not in interested}
    if len(left) < size or set(left.values()) != set(PANEL_PARTIES):
        raise BadInput(
            zh=f"评审组须有至少 {size} 名没有利害关系的成员，"
            "街道社区、职能部门、专家三方各至少一人。",
            en=f"A panel has {size} members or more without an interest, "
            "and each of the three parties at least one.",
        )
    for person, party in members.items():
        if not PARTY_ROLES[party] & {grant.role for grant in grants_of(session, person)}:
            held = session.get(Person, person)
            login = held.login if held else str(person)
            raise BadInput(
                zh=f"{login} 不属于所列的一方，请核对。",
                en=f"{login} does not come from the party named; check the list.",
            )


def _member(session: Session, project: Project, actor: Actor) -> PanelMember:
    member = session.get(PanelMember, (project.id, project.stage_round, actor.person_id))
    if project.status is not Status.AWARDING or member is None:
        raise NotPermitted(zh="您不是本轮评审组成员。", en="you are not on this panel.")
    return member


def require_cleared(session: Session, project: Project, actor: Actor) -> PanelMember:
    """Return the actor's seat on the panel; raise NotPermitted undeclared, recused or outside."""
    member = _member(session, project, actor)
    if member.declared_at is None:
        raise NotPermitted(zh="请先申报利害关系。", en="declare your interest first.")
    if member.recused_at is not None:
        raise NotPermitted(zh="您已回避，不能评分。", en="you are recused and do not score.")
    return member


def declare_interest(session: Session, *, project_id: UUID, actor: Actor, interest: bool) -> None:
    """Declare whether one has an interest, before any bid is shown; an interest recuses.

    It may also become known later: the member's sheets are void then, and a chair's duty passes
    to another member. A panel that recusals leave too small is formed anew.
    """
    project = lock_project(session, project_id)
    member = _member(session, project, actor)
    require_facts_wanted(session, project)
    at = now(session)
    member.declared_at = at
    if interest and member.recused_at is None:
        member.recused_at, member.recusal = at, "declared"
        session.flush()
        _void_sheets(session, member, at)
        _pass_chair(session, project, member, at)
    audit(
        session,
        actor=actor.login,
        action="panel.declared",
        subject=project.code,
        at=at,
        interest=interest,
    )
    settle_current(session, project, GateKind.EVENT, at)


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
    left = session.exec(
        select(PanelMember, Person)
        .join(Person, col(Person.id) == PanelMember.person_id)
        .where(
            PanelMember.project_id == member.project_id,
            PanelMember.round == member.round,
            col(PanelMember.recused_at).is_(None),
        )
        .order_by(col(PanelMember.party) != member.party, col(Person.login))
    ).all()
    chair = next((one for one, _ in left if one.person_id not in former), None)
    if chair is not None:
        panel.chair_id = chair.person_id
        audit(session, actor="flow", action="panel.chair-passed", subject=project.code, at=at)


def score_bid(session: Session, *, bid_id: UUID, actor: Actor, marks: dict[str, Decimal]) -> None:
    """Record a panel member's marks of one bid by the call's rubric; again replaces theirs.

    Raises NotPermitted without a declaration, after a recusal, for an outsider, and once the
    scoring is over.
    """
    bid = session.get_one(Bid, bid_id)
    project = lock_project(session, bid.project_id)
    session.refresh(bid)
    _member(session, project, actor)
    if bid.status is not BidStatus.OPENED:
        raise NotPermitted(zh="这份意向书不在评审之列。", en="this bid is not before the panel.")
    require_cleared(session, project, actor)
    require_facts_wanted(session, project)
    call = current_call(session, project)
    assert call is not None
    check_marks({k: Decimal(v) for k, v in call.rubric.items()}, marks)
    at = now(session)
    sheet = one_or_new(
        session,
        PanelScore,
        project_id=project.id,
        round=project.stage_round,
        bid_id=bid.id,
        person_id=actor.person_id,
    )
    sheet.marks, sheet.scored_at = {k: str(v) for k, v in marks.items()}, at
    audit(session, actor=actor.login, action="bid.scored", subject=project.code, at=at)
    settle_current(session, project, GateKind.EVENT, at)


def rank_bids(session: Session, project: Project, at: datetime) -> dict[str, object]:
    """Rank the opened bids by the call's rubric and write the award it leads to."""
    call = current_call(session, project)
    panel = session.get_one(Panel, (project.id, project.stage_round))
    opening = session.exec(
        select(Opening).where(Opening.project_id == project.id).order_by(col(Opening.round).desc())
    ).first()
    assert call is not None
    assert opening is not None
    rubric = {k: Decimal(v) for k, v in call.rubric.items()}
    base = Decimal(settings_of(session, project)["credit_base"])
    today = at.astimezone(BEIJING).date()
    totals, entries = {}, []
    for bid in opened_bids(session, project):
        sheets = session.exec(
            select(PanelScore)
            .where(
                PanelScore.bid_id == bid.id,
                PanelScore.round == project.stage_round,
                col(PanelScore.voided_at).is_(None),
            )
            .order_by(col(PanelScore.scored_at))
        ).all()
        marks = [{k: Decimal(v) for k, v in sheet.marks.items()} for sheet in sheets]
        totals[bid.id] = weighted_total(rubric, marks, trim=panel.trim)
        assert bid.price is not None
        credit = credit_of(session, bid.lead_id, base=base, today=today)
        entries.append(Entry(bid.id, totals[bid.id].value, bid.price, credit))
    ranked = rank(entries, seed=opening.seed)
    receipts = {bid.id: bid.receipt_no for bid in opened_bids(session, project)}
    first = ranked[0].entry
    award = Award(
        project_id=project.id,
        round=project.stage_round,
        bid_id=first.bid,
        total=first.total,
        price=first.price,
        ranking=[
            {
                "place": one.place,
                "bid": str(one.entry.bid),
                "receipt": receipts[one.entry.bid],
                "total": str(one.entry.total),
                "price": str(one.entry.price),
                "credit": str(one.entry.credit),
                "tie_break": one.tie_break,
                "lines": [
                    [line.criterion, str(line.mean), str(line.weight), str(line.points)]
                    for line in totals[one.entry.bid].lines
                ],
            }
            for one in ranked
        ],
        assessment=settings_of(session, project)["assessment"],
        ranked_at=at,
    )
    session.add(award)
    session.flush()
    return {"bids": len(ranked)}
