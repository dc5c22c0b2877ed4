"""What a closing report says is right: sums, indicators, and nothing that pages hide."""

import io
from collections import Counter
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import Session, SQLModel, col, func, select

from domain.deliver.indicators import Adds
from domain.lifecycle import STOPPED, TERMINAL, Status
from models import (
    Agreement,
    Amendment,
    Award,
    Bid,
    BidMember,
    Complaint,
    CorrectiveAction,
    CreditEvent,
    Evidence,
    Milestone,
    Objection,
    Organisation,
    Project,
    Visit,
)
from models.session import unit_of_work
from reports.render import LANGS, render_html, render_pdf
from services.award.awards import present_agreement
from services.clock import now
from services.deliver.indicators import progress_of
from services.public.closing_report import REPORT_NAMES, build_report
from services.public.public_project import read_public_project

pytestmark = pytest.mark.usefixtures("finished")


def closed(session: Session) -> list[Project]:
    return list(
        session.exec(
            select(Project).where(Project.status == Status.CLOSED).order_by(col(Project.code))
        ).all()
    )


def ended(session: Session) -> list[Project]:
    query = select(Project).where(col(Project.status).in_(sorted(TERMINAL)))
    return list(session.exec(query.order_by(col(Project.code))).all())


def test_every_project_that_ended_has_a_report_that_says_how() -> None:
    with unit_of_work() as session:
        projects = ended(session)
        assert {project.status for project in projects} > {Status.CLOSED}
        for project in projects:
            report = build_report(session, project, now(session))
            assert report.name == REPORT_NAMES[project.status]
            assert len(read_public_project(session, project.code).reports) == 4
            for lang in LANGS:
                html = render_html(report, lang).decode()
                assert report.name.say(lang) in html
                if project.status is Status.CLOSED:
                    assert report.result is not None
                    continue
                assert report.result is None
                if project.status in STOPPED:
                    assert report.ended_because
                    assert report.ended_because in unescape(html)
            pages = PdfReader(io.BytesIO(render_pdf(report, "zh"))).pages
            assert report.name.zh in pages[0].extract_text()


def test_what_happened_beside_the_ordinary_course_is_in_the_report() -> None:
    told: Counter[str] = Counter()
    with unit_of_work() as session:
        for project in ended(session):
            report = build_report(session, project, now(session))
            lines = {group.name.en: len(group.lines) for group in report.records}

            def count(table: type[SQLModel], *which: Any, about: Project = project) -> int:
                mine = table.project_id == about.id  # type: ignore[attr-defined]
                query = select(func.count()).select_from(table).where(mine, *which)
                return session.exec(query).one()

            appeals = count(Objection, col(Objection.appeal).is_not(None))
            wanted = {
                "Objections and appeals": count(Objection) + appeals,
                "Awards that fell": count(Award, col(Award.withdrawn_at).is_not(None)),
                "Amendments": count(Amendment, col(Amendment.approved).is_(True)),
                "Visits": count(Visit),
                "Complaints": count(Complaint),
                "Corrective actions": count(CorrectiveAction),
                "Credit": count(CreditEvent),
            }
            assert {name: number for name, number in wanted.items() if number} == {
                name: number for name, number in lines.items() if name in wanted
            }
            told.update(lines)
    assert told.keys() >= {"Objections and appeals", "Complaints", "Corrective actions", "Credit"}


def test_every_report_s_lines_add_up_to_its_totals() -> None:
    with unit_of_work() as session:
        for project in closed(session):
            report = build_report(session, project, now(session))
            assert sum(line.points for line in report.award_lines) == report.award_total
            assert sum(party.points for party in report.parties) == report.result
            assert sum(milestone.amount for milestone in report.milestones) == report.amount


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
    assert [indicator.reached for indicator in report.indicators] == [78, 62, 7]
    assert [line.met for line in lines] == [False, True, True]
    html = render_html(report, "zh").decode()
    assert "取最后一次" in html
    pdf = PdfReader(io.BytesIO(render_pdf(report, "zh"))).pages
    assert "累计数" in "".join(page.extract_text() for page in pdf)


def test_a_losing_bidder_and_its_price_are_in_no_report_and_on_no_page() -> None:
    """Not even where an award fell, or where its credit is told."""
    hidden: Counter[Status] = Counter()
    with unit_of_work() as session:
        for project in ended(session):
            report = build_report(session, project, now(session))
            view = read_public_project(session, project.code)
            report_text = render_html(report, "zh").decode() + str(report)
            named = {member.organisation for member in view.award.members} if view.award else set()
            named |= {line.leaving for line in view.replacements}
            for name in _concerned(session, project) - named:
                hidden[project.status] += 1
                assert name not in report_text, (project.code, name)
                assert name not in str(view.award), (project.code, name)
            assert view.award or project.status is not Status.CLOSED
            if view.award is None:
                assert (report.bids, report.award_lines, report.award_total) == ((), (), None)
            else:
                assert sum(bid.price is not None for bid in report.bids) == 1
    assert hidden[Status.CLOSED] > 5
    assert hidden.keys() >= {Status.CLOSED, Status.TERMINATED}


def _concerned(session: Session, project: Project) -> set[str]:
    """Return the names of all who bid, in whatever part, or have credit from the project."""
    bidders = (
        select(Organisation.name)
        .join(BidMember, col(BidMember.organisation_id) == Organisation.id)
        .join(Bid, col(Bid.id) == BidMember.bid_id)
        .where(Bid.project_id == project.id)
    )
    credited = (
        select(Organisation.name)
        .join(CreditEvent, col(CreditEvent.organisation_id) == Organisation.id)
        .where(CreditEvent.project_id == project.id)
    )
    return {*session.exec(bidders), *session.exec(credited)}


def test_an_award_that_fell_leaves_no_arithmetic_in_the_report() -> None:
    with unit_of_work() as session:
        fallen = session.exec(
            select(Award, Project)
            .join(Project, col(Project.id) == Award.project_id)
            .where(col(Award.withdrawn_at).is_not(None), col(Project.status).in_(sorted(TERMINAL)))
        ).all()
        assert fallen
        for award, project in fallen:
            report = build_report(session, project, now(session))
            (fell,) = [group for group in report.records if group.name.en == "Awards that fell"]
            assert f"第 {award.round} 轮拟承榜" in [line.what.zh for line in fell.lines]
            confirmed = session.exec(
                select(Award).where(
                    Award.project_id == project.id,
                    col(Award.withdrawn_at).is_(None),
                    col(Award.confirmed_at).is_not(None),
                )
            ).all()
            assert report.award_total == (confirmed[-1].total if confirmed else None)


def test_what_pages_mask_is_masked_in_the_report() -> None:
    with unit_of_work() as session:
        project = closed(session)[0]
        planted = "王大妈 138 1234 5678"
        project.title = project.root_cause = project.target_group = planted
        agreement = present_agreement(session, project)
        assert isinstance(agreement, Agreement)
        for milestone in session.exec(
            select(Milestone).where(Milestone.agreement_id == agreement.id)
        ).all():
            milestone.title = planted
        session.flush()
        report = build_report(session, project, now(session))
        page = read_public_project(session, project.code)
    for rendered in (render_html(report, "zh").decode(), str(report), str(page.milestones)):
        assert "1234 5678" not in rendered
        assert "王大妈" not in rendered
