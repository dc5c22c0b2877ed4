"""What a closing report says is right: sums, indicators, and nothing that pages hide."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlmodel import Session, col, select

from domain.indicators import Adds
from domain.lifecycle import Status
from models import Agreement, Award, Bid, Evidence, Milestone, Organisation, Project
from models.session import unit_of_work
from reports.render import render_html, render_pdf
from services.assess.closing_report import build_report
from services.award.awards import present_agreement
from services.clock import now
from services.deliver.indicators import progress_of
from services.public.public_project import read_public_project

pytestmark = pytest.mark.usefixtures("finished")


def closed(session: Session) -> list[Project]:
    return list(
        session.exec(
            select(Project).where(Project.status == Status.CLOSED).order_by(col(Project.code))
        ).all()
    )


def test_every_report_s_lines_add_up_to_its_totals() -> None:
    with unit_of_work() as session:
        for project in closed(session):
            report = build_report(session, project, now(session))
            assert sum(one.points for one in report.award_lines) == report.award_total
            assert sum(one.points for one in report.parties) == report.result
            assert sum(one.amount for one in report.milestones) == report.amount


def test_an_indicator_adds_up_as_the_call_says() -> None:
    with unit_of_work() as session:
        project = closed(session)[0]
        agreement = present_agreement(session, project)
        agreement.indicators = [
            {"name": "满意度", "target": "90", "unit": "%", "adds": Adds.LAST.value},
            {"name": "累计服务", "target": "60", "unit": "人", "adds": Adds.CUMULATIVE.value},
            {"name": "每期活动", "target": "5", "unit": "场", "adds": Adds.PERIOD.value},
        ]
        milestones = session.exec(
            select(Milestone)
            .where(Milestone.agreement_id == agreement.id)
            .order_by(col(Milestone.number))
        ).all()
        for milestone, values in zip(milestones, ((75, 32, 3), (78, 62, 4)), strict=False):
            for name, quantity in zip(("满意度", "累计服务", "每期活动"), values, strict=True):
                session.add(
                    Evidence(
                        milestone_id=milestone.id,
                        kind="count",
                        name=name,
                        quantity=Decimal(quantity),
                        filed_at=now(session),
                    )
                )
        session.flush()
        report = build_report(session, project, now(session))
        lines = progress_of(session, [agreement])[agreement.id]
    assert [one.reached for one in report.indicators] == [78, 62, 7]
    assert [one.met for one in lines] == [False, True, True]
    html = render_html(report, "zh").decode()
    assert "取最后一次" in html
    pdf = PdfReader(io.BytesIO(render_pdf(report, "zh"))).pages
    assert "累计数" in "".join(page.extract_text() for page in pdf)


def test_a_losing_bidder_and_its_price_are_in_no_report_and_on_no_page() -> None:
    with unit_of_work() as session:
        seen = 0
        for project in closed(session):
            award = session.exec(select(Award).where(Award.project_id == project.id)).first()
            assert award
            report = build_report(session, project, now(session))
            said = render_html(report, "zh").decode() + str(report)
            page = str(read_public_project(session, project.code).award)
            winners = {one.bidder for one in report.bids if one.price is not None}
            for bid in session.exec(select(Bid).where(Bid.project_id == project.id)).all():
                name = session.get_one(Organisation, bid.lead_id).name
                if bid.id == award.bid_id or name in winners:
                    continue
                seen += 1
                assert name not in said
                assert name not in page
            assert sum(one.price is not None for one in report.bids) == 1
    assert seen > 5


def test_what_pages_mask_is_masked_in_the_report() -> None:
    with unit_of_work() as session:
        project = closed(session)[0]
        planted = "王大妈 138 1234 5678"
        project.title = project.root_cause = project.target_group = planted
        agreement = present_agreement(session, project)
        assert isinstance(agreement, Agreement)
        for one in session.exec(
            select(Milestone).where(Milestone.agreement_id == agreement.id)
        ).all():
            one.title = planted
        session.flush()
        report = build_report(session, project, now(session))
        page = read_public_project(session, project.code)
    for said in (render_html(report, "zh").decode(), str(report), str(page.milestones)):
        assert "1234 5678" not in said
        assert "王大妈" not in said
