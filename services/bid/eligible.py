"""Whether the members of a bidder may bid, each by the facts known of it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from domain.bid.eligibility import Candidate, Criteria, EligibilityFinding, explain
from domain.calendar import BEIJING
from domain.district.round_rules import RoundRules
from domain.errors import NotEligible
from domain.text import Text
from models import Bid, Call, Organisation, Project
from services.bid.consortia import members_of
from services.district.rounds import settings_of
from services.ledgers import credit, quota
from services.ledgers.standing import debarred_until, under_intervention


def eligibility(
    session: Session, project: Project, call: Call, bid: Bid, at: datetime
) -> list[EligibilityFinding]:
    """Return every criterion for every member, met or not; the organisations are locked."""
    members = members_of(session, bid.id)
    shares = {member.organisation_id: member.share for member in members}
    organisations = {
        organisation.id: organisation
        for organisation in quota.lock_organisations(session, list(shares))
    }
    pairs = [(organisations[member.organisation_id], member.share) for member in members]
    return explained(session, project, call, pairs, at, alone=len(members) == 1)


def explained(
    session: Session,
    project: Project,
    call: Call,
    members: Sequence[tuple[Organisation, Decimal]],
    at: datetime,
    *,
    alone: bool,
) -> list[EligibilityFinding]:
    """Return every criterion of a call for these organisations with their shares, met or not."""
    rules, criteria = settings_of(session, project), criteria_of(project, call)
    today = at.astimezone(BEIJING).date()
    return [
        finding
        for organisation, share in members
        for finding in explain(
            candidate_of(session, organisation, share, rules, today),
            criteria,
            today=today,
            alone=alone,
        )
    ]


def require_met(findings: Sequence[EligibilityFinding]) -> None:
    """Raise NotEligible with every criterion that is not met, and why."""
    if unmet := [finding for finding in findings if not finding.met]:
        zh = "；".join(f"{finding.member}：{finding.reason.zh}" for finding in unmet)
        en = "; ".join(f"{finding.member}: {finding.reason.en}" for finding in unmet)
        raise NotEligible(reasons=Text(zh, en))


def as_json(finding: EligibilityFinding) -> dict[str, Any]:
    """Return a finding as a bid's row keeps it."""
    zh, en = finding.reason.both()
    return {"member": finding.member, "rule": finding.rule, "met": finding.met, "zh": zh, "en": en}


def criteria_of(project: Project, call: Call) -> Criteria:
    """Return what a call demands of everybody who bids."""
    return Criteria(
        call.criteria["org_stage"],
        call.criteria["grade"],
        Decimal(call.criteria["credit"]),
        project.community_code,
        project.street_code,
    )


def candidate_of(
    session: Session, organisation: Organisation, share: Decimal, rules: RoundRules, today: date
) -> Candidate:
    """Return an organisation as the criteria see it; ``rules`` are the round's settings."""
    return Candidate(
        organisation.name,
        organisation.org_stage,
        organisation.grade,
        credit.credit_of(
            session,
            organisation.id,
            base=rules.credit_base,
            today=today,
        ),
        organisation.suspended_until,
        under_intervention(session, organisation.id),
        debarred_until(session, organisation.id),
        frozenset(organisation.serves),
        quota.load_of(session, organisation.id),
        rules.quota_by_grade[organisation.grade],
        share,
    )
