"""Printed codes by which residents assess a project: one sheet each, single use, no account."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import func
from sqlmodel import Field, Session, select

from domain.award.scoring import Party
from domain.errors import NotPermitted, SheetRefused
from domain.identity.permissions import Act
from domain.lifecycle import Status
from domain.privacy import mask
from domain.questionnaires import Questionnaire
from domain.questions import Kept, WordsQuestion
from domain.text import Lang, Text
from models import Community, Project, ResidentToken
from models.keyring import keyed_digest
from models.shapes import Command
from reports.paper import PaperHead, render_questionnaire
from reports.sheets import PrintedSheet, render_sheets
from services.assess.assessment_rules import assessment_rules
from services.assess.assessments import AssessmentAnswer, record_answer
from services.assess.events import SheetsIssued
from services.clock import now
from services.events.record import record
from services.gates.settle_gate import require_facts_wanted
from services.identity.actors import Actor, authorise, place_of
from services.identity.secrets import new_token, token_digest
from services.projects.forming import project_coded
from services.projects.moves import lock_project
from services.rubrics import rubric_marks

# Five answers a child could tell apart, and the marks they stand for.
SCALE: Final = (
    (100, Text("很好", "very good")),
    (80, Text("好", "good")),
    (60, Text("一般", "so-so")),
    (40, Text("不好", "poor")),
    (20, Text("很不好", "very poor")),
)
WORDS: Final = WordsQuestion(
    code="words",
    text=Text("还想说点什么", "Anything you want to add"),
    help=Text("请不要写姓名和电话", "Please no names or telephone numbers"),
    required=False,
)
_PLEASE: Final = Text("请您评一评", "Tell us how it was")
_NO_NAME: Final = Text(
    "在方框里打勾。不记姓名；请不要写姓名和电话。",
    "Tick a box. No name is asked; please write neither names nor telephone numbers.",
)
_TAKEN: Final = frozenset({Status.DELIVERING, Status.ASSESSING})


class TokenSheet(NamedTuple):
    """One printed sheet: its number and the secret of its code."""

    number: int
    token: str


class SheetsCreate(Command):
    """How many sheets to print."""

    count: int = Field(ge=1, le=200)


def issue_sheets(
    session: Session, *, code: str, actor: Actor, wanted: SheetsCreate
) -> list[TokenSheet]:
    """Return new sheets for a project that is delivered or assessed; their secrets are not kept.

    Raises NotPermitted for other people and times.
    """
    project = lock_project(session, project_coded(session, code).id)
    authorise(session, actor, Act.ENTER_PAPER_ANSWERS, place_of(project))
    if project.status not in _TAKEN:
        raise NotPermitted(
            zh="项目实施或考榜时才能印发答卷。",
            en="sheets are printed while the project is delivered or assessed.",
        )
    at = now(session)
    issued = session.exec(
        select(func.count())
        .select_from(ResidentToken)
        .where(ResidentToken.project_id == project.id)
    ).one()
    sheets = [TokenSheet(issued + ordinal, new_token()) for ordinal in range(1, wanted.count + 1)]
    for sheet in sheets:
        session.add(
            ResidentToken(
                project_id=project.id,
                digest=token_digest(sheet.token),
                number=sheet.number,
                issued_by=actor.person_id,
                issued_at=at,
            )
        )
    record(session, SheetsIssued(sheets=wanted.count), about=project.code, by=actor.login, at=at)
    session.flush()
    return sheets


def printed_sheets(
    session: Session, code: str, sheets: Sequence[TokenSheet], base: str, lang: Lang
) -> bytes:
    """Return the sheets as PDF; ``base`` is the address of the site, in the sheets' language."""
    project = project_coded(session, code)
    place = session.get_one(Community, project.community_code).name
    printed = [PrintedSheet(sheet.number, f"{base}/r/{sheet.token}") for sheet in sheets]
    return render_sheets(mask(project.title), place, printed, lang)


def paper_sheet(session: Session, code: str, actor: Actor, lang: Lang) -> bytes:
    """Return what residents are asked as PDF, to be answered with a pen and entered by its number.

    Raises NotPermitted for others than those who enter paper answers.
    """
    project = project_coded(session, code)
    authorise(session, actor, Act.ENTER_PAPER_ANSWERS, place_of(project))
    place = session.get_one(Community, project.community_code).name
    head = PaperHead(_PLEASE, mask(project.title), place, _NO_NAME)
    return render_questionnaire(ballot_sheet(session, project), head, lang)


class Ballot(NamedTuple):
    """The ballot of a resident with a sheet: the project and the questions."""

    code: str
    title: str
    number: int
    sheet: Questionnaire

    @property
    def criteria(self) -> tuple[str, ...]:
        """Return the criteria of which one is asked."""
        return tuple(question.code for question in self.sheet.questions if question != WORDS)


def read_ballot(session: Session, token: str) -> Ballot:
    """Return what a code is for; raise SheetRefused, with what to do, when it can't be used."""
    resident_token = _token(session, token)
    project = session.get_one(Project, resident_token.project_id)
    _require_open(session, project)
    sheet = ballot_sheet(session, project)
    return Ballot(project.code, mask(project.title), resident_token.number, sheet)


def ballot_sheet(session: Session, project: Project) -> Questionnaire:
    """Return what a resident is asked: five answers to each criterion, and words of their own."""
    rubric = assessment_rules(session, project)[Party.RESIDENTS].rubric
    return Questionnaire("ballot", project.settings_version, (*rubric_marks(rubric, SCALE), WORDS))


def answer_ballot(
    session: Session, *, token: str, given: Mapping[str, Kept], device: str
) -> Project:
    """Record a resident's answer, once; raise SheetRefused, or FieldsWrong.

    ``device`` is whatever tells one device from another; only a digest of it is kept, which is
    another for every project.
    """
    resident_token = _token(session, token)
    project = lock_project(session, resident_token.project_id)
    session.refresh(resident_token, with_for_update=True)
    if resident_token.used_at is not None:
        raise _used()
    _require_open(session, project)
    resident_token.used_at = now(session)
    answers = ballot_sheet(session, project).read(given)
    record_answer(
        session,
        project,
        AssessmentAnswer(
            Party.RESIDENTS,
            answers.marks(),
            words=answers[WORDS] or "",
            device=keyed_digest("device", token_digest(f"{project.id}:{device}")),
        ),
        respondent=f"token:{resident_token.id}",
        actor="resident",
    )
    return project


def _token(session: Session, token: str) -> ResidentToken:
    resident_token = session.exec(
        select(ResidentToken).where(ResidentToken.digest == token_digest(token))
    ).one_or_none()
    if resident_token is None:
        raise SheetRefused(
            zh="这个二维码无法识别，请向社区索取新的答卷。",
            en="This code is not known; ask your community for another sheet.",
        )
    if resident_token.used_at is not None:
        raise _used()
    return resident_token


def _used() -> SheetRefused:
    return SheetRefused(
        zh="这份答卷已经提交过，谢谢您。", en="This sheet was answered already, thank you."
    )


def _require_open(session: Session, project: Project) -> None:
    if project.status in _TAKEN - {Status.ASSESSING}:
        raise SheetRefused(
            zh="评价还没有开始，服务结束后请再扫一次。",
            en="The assessment has not begun; scan it again once the service has ended.",
        )
    if project.status is not Status.ASSESSING:
        raise SheetRefused(zh="评价已经结束，谢谢您。", en="The assessment has ended, thank you.")
    require_facts_wanted(session, project)
