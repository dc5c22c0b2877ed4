"""The tables, and the only way to a transaction.

Importing this package registers every table with ``SQLModel.metadata``.
"""

from models.api import AccessToken, KeptAnswer
from models.assessments import AssessmentResponse, AssessmentResult, Report
from models.awards import (
    Agreement,
    Award,
    Evidence,
    Milestone,
    Objection,
    Opening,
    OpeningPresence,
    Panel,
    PanelMember,
    PanelScore,
)
from models.bids import (
    Bid,
    BidContent,
    BidMember,
    BidPayload,
    BudgetLine,
    CallKey,
    CallShare,
    EscrowKey,
    EscrowRequest,
    Plan,
    QuotaEntry,
    SealKey,
)
from models.calls import Call, CallCreate, CallTemplate, Indicator, Question
from models.checks import CheckResult, CheckRun
from models.conduct import (
    Complaint,
    ConductEntry,
    ConductList,
    CorrectiveAction,
    CorrectiveNote,
    CreditEvent,
    Finding,
)
from models.drafts import Draft
from models.gates import Decision, Effect, Gate, Incident, Process, ProcessRun, RunLease
from models.identity import (
    Claim,
    Contact,
    Credential,
    Delegation,
    Identity,
    Invitation,
    SignInFailure,
    SsoAttempt,
    WebSession,
)
from models.needs import ImportBatch, Need, QuarantinedRow
from models.parties import ApprovalCode, Organisation, Person, RoleGrant
from models.places import Community, Street
from models.platform import CalendarDay, Platform, Round, RoundSettings
from models.projects import AppraisalScore, Project, ProjectNeed, StatusChange
from models.records import AuditEntry, AuditHead, OutboxMessage
from models.residents import NeedSupport, ResidentToken, Subscription

__all__ = [
    "AccessToken",
    "Agreement",
    "AppraisalScore",
    "ApprovalCode",
    "AssessmentResponse",
    "AssessmentResult",
    "AuditEntry",
    "AuditHead",
    "Award",
    "Bid",
    "BidContent",
    "BidMember",
    "BidPayload",
    "BudgetLine",
    "CalendarDay",
    "Call",
    "CallCreate",
    "CallKey",
    "CallShare",
    "CallTemplate",
    "CheckResult",
    "CheckRun",
    "Claim",
    "Community",
    "Complaint",
    "ConductEntry",
    "ConductList",
    "Contact",
    "CorrectiveAction",
    "CorrectiveNote",
    "Credential",
    "CreditEvent",
    "Decision",
    "Delegation",
    "Draft",
    "Effect",
    "EscrowKey",
    "EscrowRequest",
    "Evidence",
    "Finding",
    "Gate",
    "Identity",
    "ImportBatch",
    "Incident",
    "Indicator",
    "Invitation",
    "KeptAnswer",
    "Milestone",
    "Need",
    "NeedSupport",
    "Objection",
    "Opening",
    "OpeningPresence",
    "Organisation",
    "OutboxMessage",
    "Panel",
    "PanelMember",
    "PanelScore",
    "Person",
    "Plan",
    "Platform",
    "Process",
    "ProcessRun",
    "Project",
    "ProjectNeed",
    "QuarantinedRow",
    "Question",
    "QuotaEntry",
    "Report",
    "ResidentToken",
    "RoleGrant",
    "Round",
    "RoundSettings",
    "RunLease",
    "SealKey",
    "SignInFailure",
    "SsoAttempt",
    "StatusChange",
    "Street",
    "Subscription",
    "WebSession",
]
