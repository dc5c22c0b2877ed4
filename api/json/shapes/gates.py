"""Gates and what people do at them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from api.json.shapes.base import Marks, RequestModel, ResponseModel
from api.json.shapes.bids import BidSheetPublic
from api.json.shapes.conduct import FindingPublic, NotePublic, ProposedPublic
from api.json.shapes.questions import QuestionPublic
from domain.award.scoring import Party
from domain.deliver.acceptance import MilestoneState
from domain.gates import GateKind, Outcome, Verb
from domain.standings import Standing
from domain.text import Text
from models.shapes import Secret
from services.assess.assessments import LONGEST_NUMBER
from services.assess.resident_tokens import WORDS, SheetsCreate
from services.award.minutes import Arithmetic
from services.deliver.acceptance import AcceptanceLine
from services.deliver.amendments import AmendmentLine
from services.gates.approval_codes import ApprovalCodeCreate
from services.gates.decide_gate import DecisionCreate
from services.gates.gate_page import DecisionLine, GateLine, Returned, SeatLine
from services.gates.now_with import NowWith
from services.processes import PROCESSES

_GATES = [gate for kit in PROCESSES for stage in kit.stages for gate in stage.gates]
DutyCode = Annotated[str, Field(json_schema_extra={"enum": sorted({gate.duty for gate in _GATES})})]
StageCode = Annotated[
    str,
    Field(json_schema_extra={"enum": [stage.code for kit in PROCESSES for stage in kit.stages]}),
]
ProcessStatus = Annotated[
    str,
    Field(
        json_schema_extra={
            "enum": sorted({str(status) for kit in PROCESSES for status in kit.status_names})
        }
    ),
]


class TaskPublic(ResponseModel):
    """An open gate that concerns the caller, and how they stand to it."""

    code: str
    project: str
    key: str
    duty: DutyCode
    task: Text
    standing: Standing
    why: Text | None
    dossier_version: int
    opened_at: datetime
    due_at: datetime | None


class FactPublic(ResponseModel):
    """A fact of a dossier, as its gate shows it."""

    zh: str
    en: str
    value: str
    value_en: str | None = None


class ProgressPublic(ResponseModel):
    """Facts in, and facts needed."""

    done: int
    needed: int


class RankPublic(ResponseModel):
    """A bid's place in a ranking that is to be confirmed, with its arithmetic."""

    place: int
    receipt: str
    total: Decimal
    price: Decimal
    credit: Decimal
    tie_break: str | None
    lines: list[Arithmetic]


class EvidencePublic(ResponseModel):
    """A file by its digest, or something counted."""

    kind: str
    name: str
    quantity: Decimal | None
    sha256: str | None
    filed_at: datetime


class MilestoneHeldPublic(ResponseModel):
    """A milestone before those who deliver, accept or agree on it; amounts in yuan."""

    number: int
    title: str
    due_on: date
    share: Decimal
    amount: Decimal
    report: str | None
    reported_at: datetime | None
    accepted_at: datetime | None
    accepted_amount: Decimal
    released_at: datetime | None
    state: MilestoneState
    evidence: list[EvidencePublic]
    acceptances: list[AcceptanceLine]


class AgreementPublic(ResponseModel):
    """What both sides agree on; amounts in yuan."""

    amount: Decimal
    indicators: list[dict[str, Any]]
    drafted_at: datetime
    buyer_confirmed_at: datetime | None
    supplier_confirmed_at: datetime | None


class GatePublic(ResponseModel):
    """A gate as the caller may see it; ``whole`` is false where only public facts are shown.

    ``as_of`` is when the facts were put together for a decision; null where they are as now.

    The caller's task adds what it is about: ranking and bids of an award, agreement, milestones,
    what a corrective action holds, the entries of a list.
    """

    code: str
    project: str
    place: str
    status: ProcessStatus
    key: str
    title: Text
    stage: StageCode
    kind: GateKind
    round: int
    duty: DutyCode
    standing: Standing | None
    why: Text | None
    verbs: list[Verb]
    options: list[str]
    wants_password: bool
    dossier_version: int
    opened_at: datetime
    due_at: datetime | None
    outcome: Outcome | None
    whole: bool
    facts: list[FactPublic]
    as_of: datetime | None
    checks: dict[str, Any] | None
    said: list[DecisionLine]
    returned: Returned | None
    seats: list[SeatLine]
    progress: ProgressPublic | None
    now: NowWith | None
    claimed_by: str | None
    history: list[GateLine]
    ranking: list[RankPublic]
    bids: list[BidSheetPublic]
    agreement: AgreementPublic | None
    milestones: list[MilestoneHeldPublic]
    amendments: list[AmendmentLine]
    findings: list[FindingPublic]
    notes: list[NotePublic]
    words: list[str]
    entries: list[ProposedPublic]


class ProvedDecisionCreate(DecisionCreate):
    """A decision on the dossier that was read; an award also takes the caller's password."""

    password: Secret | None = Field(default=None, max_length=200)


class BulkLinePublic(ResponseModel):
    """What came of one of several decisions; ``error`` is its code where it was refused."""

    code: str
    project: str
    key: str
    taken: bool
    error: str | None
    why: Text | None


class ProvedCodeCreate(ApprovalCodeCreate):
    """For which decision a one-time code is wanted; an award also takes the password."""

    password: Secret | None = Field(default=None, max_length=200)


class ApprovalCodePublic(ResponseModel):
    """A one-time code for deciding in the Prefect UI; it is given only now."""

    code: str
    expires_at: datetime


class AttendanceCreate(RequestModel):
    """The caller's opening passphrase, which reveals their share of the call's key."""

    passphrase: Secret = Field(min_length=1, max_length=128)


class AssessmentCreate(Marks):
    """One party's answer; ``paper`` is the number of a resident's paper sheet."""

    party: Party
    paper: str | None = Field(default=None, max_length=LONGEST_NUMBER)


class SheetsAnywayCreate(SheetsCreate):
    """How many sheets to print; ``anyway`` also where their codes lead to this machine alone."""

    anyway: bool = False


class BallotCreate(Marks):
    """A resident's marks, and words of their own."""

    words: str = Field(default="", max_length=WORDS.longest)


class BallotPublic(ResponseModel):
    """What a printed code asks."""

    code: str
    title: str
    number: int
    criteria: list[str]
    questions: list[QuestionPublic]
