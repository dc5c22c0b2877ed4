"""Gates and what people do at them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from api.json.shapes.base import Given, Marks, Taken, TextPublic
from api.json.shapes.bids import BidSheetPublic
from api.json.shapes.conduct import FindingPublic, NotePublic, ProposedPublic
from api.json.shapes.projects import AmendmentPublic
from api.json.shapes.questions import QuestionPublic
from domain.award.scoring import Party
from domain.gates import GateKind, Outcome, Verb
from domain.standings import Standing
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


class TaskPublic(Given):
    """An open gate that concerns the caller, and how they stand to it."""

    code: str
    project: str
    key: str
    duty: DutyCode
    task: TextPublic
    standing: Standing
    why: TextPublic | None
    dossier_version: int
    opened_at: datetime
    due_at: datetime | None


class FactPublic(Given):
    """A fact of a dossier, as its gate shows it."""

    zh: str
    en: str
    value: str
    value_en: str | None = None


class DecisionPublic(Given):
    """What somebody said at a gate; ``counts`` is false for an earlier dossier."""

    name: str
    instead_of: str | None
    verb: Verb
    option: str | None
    comment: str
    channel: str
    at: datetime
    counts: bool


class SeatPublic(Given):
    """Who decides: a role, how many are wanted, and who they are where people are named."""

    role: TextPublic
    wanted: int
    people: list[str]


class ProgressPublic(Given):
    """Facts in, and facts needed."""

    done: int
    needed: int


class GateLinePublic(Given):
    """A gate of the project's history."""

    key: str
    title: TextPublic
    kind: GateKind
    round: int
    outcome: Outcome | None
    opened_at: datetime
    decided_at: datetime | None


class RankLine(Given):
    """A mean of the panel for one criterion, its weight in percent, and the points it makes."""

    criterion: str
    mean: Decimal
    weight: Decimal
    points: Decimal


class RankPublic(Given):
    """A bid's place in a ranking that is to be confirmed, with its arithmetic."""

    place: int
    receipt: str
    total: Decimal
    price: Decimal
    credit: Decimal
    tie_break: str | None
    lines: list[RankLine]


class EvidencePublic(Given):
    """A file by its digest, or something counted."""

    kind: str
    name: str
    quantity: Decimal | None
    sha256: str | None
    filed_at: datetime


class MilestoneHeldPublic(Given):
    """A milestone before those who deliver, accept or agree on it."""

    number: int
    title: str
    due_on: date
    share: Decimal
    amount: Decimal
    report: str | None
    reported_at: datetime | None
    accepted_at: datetime | None
    released_at: datetime | None
    evidence: list[EvidencePublic]


class AgreementPublic(Given):
    """What both sides agree on; amounts in yuan."""

    amount: Decimal
    indicators: list[dict[str, Any]]
    drafted_at: datetime
    buyer_confirmed_at: datetime | None
    supplier_confirmed_at: datetime | None


class FilePublic(Given):
    """A kept file: photos were drawn anew, as JPEG."""

    name: str
    sha256: str
    media_type: str


class GatePublic(Given):
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
    title: TextPublic
    stage: StageCode
    kind: GateKind
    round: int
    duty: DutyCode
    standing: Standing | None
    why: TextPublic | None
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
    said: list[DecisionPublic]
    seats: list[SeatPublic]
    progress: ProgressPublic | None
    claimed_by: str | None
    history: list[GateLinePublic]
    ranking: list[RankPublic]
    bids: list[BidSheetPublic]
    agreement: AgreementPublic | None
    milestones: list[MilestoneHeldPublic]
    amendments: list[AmendmentPublic]
    findings: list[FindingPublic]
    notes: list[NotePublic]
    words: list[str]
    entries: list[ProposedPublic]


class DecidedPublic(Given):
    """One of the caller's own decisions, and what came of its gate."""

    code: str
    project: str
    key: str
    title: TextPublic
    kind: GateKind
    verb: Verb
    comment: str
    at: datetime
    outcome: Outcome | None


class DecisionCreate(Taken):
    """A decision on the dossier that was read; an award also takes the caller's password."""

    verb: Verb = Field(examples=[Verb.APPROVE])
    option: str | None = Field(default=None, max_length=40)
    comment: str = Field(default="", max_length=4000)
    dossier_version: int = Field(ge=1, le=1_000_000)
    password: str | None = Field(default=None, max_length=200)


class GateChoice(Taken):
    """One of several gates to be decided alike."""

    code: str = Field(max_length=40)
    key: str = Field(max_length=80)
    dossier_version: int = Field(ge=1, le=1_000_000)


class DecisionsCreate(Taken):
    """The same decision at several gates; each is taken or refused by itself."""

    verb: Verb
    comment: str = Field(default="", max_length=4000)
    gates: list[GateChoice] = Field(min_length=1, max_length=200)


class BulkLinePublic(Given):
    """What came of one of several decisions; ``error`` is its code where it was refused."""

    code: str
    project: str
    key: str
    taken: bool
    error: str | None
    why: TextPublic | None


class ApprovalCodeCreate(Taken):
    """For which decision a one-time code is wanted; an award also takes the password."""

    verb: Verb
    option: str | None = Field(default=None, max_length=40)
    password: str | None = Field(default=None, max_length=200)


class ApprovalCodePublic(Given):
    """A one-time code for deciding in the Prefect UI; it is given only now."""

    code: str
    expires_at: datetime


class AttendanceCreate(Taken):
    """One's opening passphrase, which reveals one's share of the call's key."""

    passphrase: str = Field(min_length=1, max_length=128)


class AssessmentCreate(Marks):
    """One party's answer; ``paper`` is the number of a resident's paper sheet."""

    party: Party
    paper: str | None = Field(default=None, max_length=40)


class SheetsCreate(Taken):
    """How many sheets to print; ``anyway`` also where their codes lead to this machine alone."""

    count: int = Field(ge=1, le=200)
    anyway: bool = False


class BallotCreate(Marks):
    """A resident's marks, and words of their own."""

    words: str = Field(default="", max_length=300)


class BallotPublic(Given):
    """What a printed code asks."""

    code: str
    title: str
    number: int
    criteria: list[str]
    questions: list[QuestionPublic]
