"""How the demo's organisations bid: in time, as consortia, or too late."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from demo.story import Story, actor_of, project_in
from domain.errors import CallClosed, NotEligible
from models import (
    Bid,
    BidContent,
    BudgetLine,
    Call,
    Gate,
    MilestonePlan,
    Organisation,
)
from models.session import unit_of_work
from services.bid import bids, consortia
from services.publish.present_call import current_call

_WAYS: Final = (
    "以楼院为单位组建互助小组，每周两次固定服务，每月一次回访。",
    "由专职社工带教志愿者，服务记录当日归档，季度向居民公开。",
    "先用两周入户摸底建档，按需求强弱分三类安排上门频次。",
    "在党群服务中心设固定窗口，工作日下午和周六上午接待。",
    "与社区卫生服务站、物业和派出所建立转介清单，急事当天处理。",
    "第三个月起由居民骨干接手日常组织，机构退到督导的位置。",
    "每次活动请参加者当场打分，低于八十分的下一周补做。",
    "用社区公告栏和微信群同步公布安排，改期提前两天通知。",
)


def letter_of(call: Call, story: Story, organisation: Organisation) -> BidContent:
    """Return a complete letter of intent of ``organisation`` for ``call``."""
    assert call.ceiling is not None
    price = (call.ceiling * story.rng.randint(82, 99) / 100).quantize(Decimal(100))
    staff = (price * Decimal("0.55")).quantize(Decimal(100))
    venue = (price * Decimal("0.15")).quantize(Decimal(100))
    dates = [call.delivery_from + timedelta(days=days) for days in (30, 90, 145)]
    shares = (Decimal(30), Decimal(40), Decimal(30))
    names = ("启动与入户摸底", "中期服务与满意度回访", "成果展示与移交")
    # Every organisation writes in its own way, and always in the same.
    own = random.Random(organisation.name)
    ways = own.sample(_WAYS, 3)
    return BidContent(
        plan=f"{organisation.name}拟定：" + "".join(ways),
        team=f"专职社工 {own.randint(2, 5)} 名，志愿者 {own.randint(6, 30)} 名，督导 1 名",
        track_record=f"近三年完成同类项目 {own.randint(1, 9)} 个。",
        budget=[
            BudgetLine(item="人员", amount=staff),
            BudgetLine(item="场地物料", amount=venue),
            BudgetLine(item="活动与回访", amount=price - staff - venue),
        ],
        milestones=[
            MilestonePlan(title=name, due_on=due, share=share)
            for name, due, share in zip(names, dates, shares, strict=True)
        ],
    )


def _begin_bid(story: Story, lead: Organisation, partner: Organisation | None) -> UUID:
    with unit_of_work() as session:
        partners = []
        if partner:
            partners.append(consortia.Member(partner.id, Decimal(40), "回访和居民骨干培训"))
        bid = consortia.draft_bid(
            session,
            project_id=story.project_id,
            actor=actor_of(session, lead),
            lead_id=lead.id,
            partners=partners,
            work_package="统筹和日常服务" if partner else "",
        )
        if partner:
            consortia.confirm_partner(
                session,
                bid_id=bid.id,
                actor=actor_of(session, partner),
                organisation_id=partner.id,
            )
        return bid.id


def _submit(story: Story, bid_id: UUID, lead: Organisation) -> bool:
    """Submit a bid; a refusal is kept in the audit log, as at every other edge."""
    with unit_of_work() as session:
        call = current_call(session, project_in(session, story))
        actor = actor_of(session, lead)
    assert call is not None
    content = letter_of(call, story, lead)
    try:
        with unit_of_work() as session:
            bids.submit_bid(session, bid_id=bid_id, actor=actor, content=content)
    except (CallClosed, NotEligible) as error:
        with unit_of_work() as session:
            bids.record_refusal(session, bid_id=bid_id, actor=actor, error=error)
        return False
    return True


def bid_while_open(_gate: Gate, story: Story) -> bool:
    """Organisations bid while the window is open; those that may not are told why."""
    if story.no_bids:
        return False
    with unit_of_work() as session:
        organisations = list(
            session.exec(select(Organisation).order_by(col(Organisation.uscc))).all()
        )
        done = session.exec(select(Bid).where(Bid.project_id == story.project_id)).first()
    if done:
        return False
    story.rng.shuffle(organisations)
    wanted, submitted = story.rng.randint(2, 4), 0
    for lead in organisations:
        partner = organisations[-1] if submitted == 0 and story.rng.random() < 0.5 else None
        bid_id = _begin_bid(story, lead, partner if partner is not lead else None)
        submitted += _submit(story, bid_id, lead)
        if submitted == wanted:
            break
    if story.late_bid:
        with unit_of_work() as session:
            seen = set(
                session.exec(select(Bid.lead_id).where(Bid.project_id == story.project_id)).all()
            )
        _begin_bid(
            story,
            next(organisation for organisation in organisations if organisation.id not in seen),
            None,
        )
    return True


def come_late(story: Story) -> None:
    """Submit, after the closing, the bid that was left a draft; it is refused."""
    story.late_bid = False
    with unit_of_work() as session:
        drafts = session.exec(
            select(Bid, Organisation)
            .join(Organisation, col(Organisation.id) == Bid.lead_id)
            .where(Bid.project_id == story.project_id, Bid.status == "draft")
            .order_by(col(Bid.created_at).desc())
        ).all()
    bid, lead = drafts[0]
    _submit(story, bid.id, lead)
