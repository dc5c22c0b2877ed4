"""The gates of 考榜: four parties answer, and the street confirms the result."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from domain.assess.answer_signals import AnswerSeen, signals
from domain.assess.shortfall import falls_short
from domain.award.scoring import PARTY_NAMES, Party, PartyRule
from domain.district.round_rules import read_parties
from domain.errors import NotPermitted
from domain.gates import Rule, Verb
from domain.identity.permissions import Act
from domain.identity.roles import Grant
from domain.lifecycle import STAGE_NAMES, Stage
from domain.questionnaires import Questionnaire
from domain.text import Text
from models import AssessmentResponse, AssessmentResult, Award, Gate, Project, Shortfall
from reports.words import GRADES
from services.assess.assessment_rules import assessment_rules, responses_by_party
from services.assess.assessments import MAY_ANSWER, party_sheet, residents_words
from services.assess.delivered import Delivered, delivered_of
from services.assess.shortfalls import Shortage, ShortfallLine, public_shortfalls, shortage_of
from services.clock import now
from services.gates.kits import (
    INTERESTED,
    Approval,
    EventGate,
    Fact,
    Progress,
    StageKit,
    fact,
)
from services.gates.readers import At, Here, Reader, TaskState, done_or_open
from services.gates.seats import STREET
from services.identity.actors import may, place_of
from services.ledgers.standing import open_corrections
from services.mending import Mending


class AssessmentPage(NamedTuple):
    """What was delivered, the reader's parties with rules, sheets and answers, and the shortage."""

    delivered: Delivered
    parties: list[Party]
    rules: dict[Party, PartyRule]
    sheets: dict[Party, Questionnaire]
    own: dict[Party, Any]
    paper: list[str]
    short: Shortage | None
    shortfalls: Sequence[ShortfallLine]


def _parties_of(grants: Sequence[Grant], project: Project) -> list[Party]:
    """Return the parties of the assessment for which somebody may answer."""
    place = place_of(project)
    return [party for party in Party if may(tuple(grants), MAY_ANSWER[party], place)]


class _Answers(NamedTuple):
    """The answers at some gates: how many of each party, the reader's own, how many residents' it takes."""

    given: Counter[tuple[Here, Party]]
    own: frozenset[tuple[Here, Party]]
    wanted: dict[UUID, int]


class FourParties(EventGate[Project]):
    """Party organisations, residents, departments and experts answer."""

    rule = Rule(Text("四方评价", "Four-party assessment"), due_days=20)
    duty = "assess"
    task = Text("考榜评价", "Assess")
    template = "assess/assess.html"
    beside = True
    judged = "assess/delivered.html"
    acts = (
        Act.ASSESS_AS_PARTY_ORGANISATION,
        Act.ENTER_PAPER_ANSWERS,
        Act.ASSESS_AS_DEPARTMENT,
        Act.ASSESS_AS_EXPERT,
        Act.DECIDE_SHORTFALL,
    )
    excludes_interested = True

    def progress(self, session: Session, subject: Project) -> Progress:
        """Count answers up to each party's minimum; not complete while a correction is open."""
        rules = assessment_rules(session, subject)
        counts = responses_by_party(session, subject)
        minimum = {party: rules[party].minimum for party in Party}
        enough = sum(min(counts[party], minimum[party]) for party in Party)
        waits = open_corrections(session, subject.id)
        return Progress(enough, sum(minimum.values())).plus(0, waits)

    def with_whom(self, session: Session, subject: Project, gate: Gate) -> tuple[Text, ...]:
        """Return the parties of which answers are missing; a correction that is open comes last."""
        del gate
        rules = assessment_rules(session, subject)
        counts = responses_by_party(session, subject)
        missing = [PARTY_NAMES[party] for party in Party if counts[party] < rules[party].minimum]
        if not missing and open_corrections(session, subject.id):
            return (Text("整改中的承接组织", "the organisation, which has a fault to correct"),)
        return tuple(missing)

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Project]]
    ) -> Sequence[TaskState | None]:
        """Ask each missing party, residents' paper sheets, and the decider of a shortage."""
        answers, at_now = self._answers(session, me, gates), now(session)

        def waits(at: At[Project], party: Party) -> bool:
            if party is Party.RESIDENTS:
                return answers.given[at.here, party] < answers.wanted.get(at.subject.id, 0)
            return (at.here, party) not in answers.own

        def short(at: At[Project]) -> bool:
            wanted = answers.wanted.get(at.subject.id)
            given = answers.given[at.here, Party.RESIDENTS]
            return wanted is not None and falls_short(given, wanted, at.gate.due_at, at_now)

        def stand(at: At[Project]) -> TaskState | None:
            parties = _parties_of(me.grants, at.subject)
            decides = short(at) and bool(may(me.grants, Act.DECIDE_SHORTFALL, place_of(at.subject)))
            if not (parties or decides):
                return None
            if at.gate.id in me.interested:
                return INTERESTED
            return done_or_open(not (decides or any(waits(at, party) for party in parties)))

        return [stand(at) for at in gates]

    def _answers(self, session: Session, me: Reader, gates: Sequence[At[Project]]) -> _Answers:
        here = [at.here for at in gates]
        rows = session.exec(
            select(
                AssessmentResponse.project_id,
                AssessmentResponse.round,
                AssessmentResponse.party,
                AssessmentResponse.respondent,
            ).where(
                tuple_(col(AssessmentResponse.project_id), col(AssessmentResponse.round)).in_(here)
            )
        ).all()
        given = Counter(
            ((project_id, round_), Party(party)) for project_id, round_, party, _ in rows
        )
        own = frozenset(
            ((project_id, round_), Party(party))
            for project_id, round_, party, respondent in rows
            if respondent == str(me.id)
        )
        return _Answers(given, own, self._wanted(session, here))

    def _wanted(self, session: Session, here: Sequence[Here]) -> dict[UUID, int]:
        """Return how many residents' answers each project needs."""
        awards = session.exec(
            select(Award)
            .where(col(Award.project_id).in_({project_id for project_id, _ in here}))
            .order_by(col(Award.round))
        )
        wanted = {
            row.project_id: read_parties(row.assessment)[Party.RESIDENTS].minimum for row in awards
        }
        lowered = session.exec(
            select(Shortfall)
            .where(tuple_(col(Shortfall.project_id), col(Shortfall.round)).in_(here))
            .order_by(col(Shortfall.number))
        )
        return wanted | {row.project_id: row.minimum for row in lowered}

    def page(
        self, session: Session, me: Reader, at: At[Project], state: TaskState
    ) -> AssessmentPage:
        """Return what is judged, the parties' sheets, own answers, and the shortage to decide on."""
        del state
        project = at.subject
        answers = session.exec(
            select(AssessmentResponse).where(
                AssessmentResponse.project_id == project.id,
                AssessmentResponse.round == project.stage_round,
            )
        ).all()
        decides = may(me.grants, Act.DECIDE_SHORTFALL, place_of(project)) is not None
        return AssessmentPage(
            delivered_of(session, project),
            _parties_of(me.grants, project),
            assessment_rules(session, project),
            {party: party_sheet(session, project, party) for party in Party},
            {row.party: row.marks for row in answers if row.respondent == str(me.id)},
            sorted(row.respondent.removeprefix("paper:") for row in answers if row.on_paper),
            shortage_of(session, project, at.gate, now(session)) if decides else None,
            public_shortfalls(session, project),
        )


class ResultPage(NamedTuple):
    """What was delivered, the result, residents' words, and the decisions on too few answers."""

    delivered: Delivered
    result: AssessmentResult | None
    words: tuple[str, ...]
    shortfalls: Sequence[ShortfallLine]


class Result(Approval[Project]):
    """The street confirms the result and closes the project."""

    in_bulk = True
    rule = Rule(
        Text("确认考榜结果", "Confirm the assessment"),
        (STREET,),
        (Verb.APPROVE, Verb.RETURN),
        due_days=5,
    )
    judged = "assess/result.html"
    excludes_interested = True

    def require(self, session: Session, subject: Project, verb: Verb) -> None:
        """Close no project while a corrective action is open."""
        if verb is Verb.APPROVE and open_corrections(session, subject.id):
            raise NotPermitted(
                zh="项目还有未结束的整改，整改结束后才能结项。",
                en="a corrective action is open; the project closes once it is over.",
            )

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> ResultPage:
        """Return what was delivered, and the result of this round."""
        del me, state
        project = at.subject
        return ResultPage(
            delivered_of(session, project),
            session.get(AssessmentResult, (project.id, project.stage_round)),
            residents_words(session, project),
            public_shortfalls(session, project),
        )


def facts(session: Session, project: Project) -> list[Fact]:
    """Return the result, and the signals in residents' answers."""
    result = session.get(AssessmentResult, (project.id, project.stage_round))
    if result is None:
        return []
    lines = [
        fact("综合得分", "Result", result.value),
        fact("等次", "Grade", GRADES[result.grade]),
        fact("各方差距", "Spread", f"{result.spread}{' ⚑' if result.flagged else ''}"),
    ]
    answers = session.exec(
        select(AssessmentResponse).where(
            AssessmentResponse.project_id == project.id,
            AssessmentResponse.round == project.stage_round,
            AssessmentResponse.party == Party.RESIDENTS,
            col(AssessmentResponse.on_paper).is_(False),
        )
    ).all()
    seen = [AnswerSeen(row.device, row.words, row.answered_at) for row in answers]
    return lines + [
        fact("风险提示", "Red flag", signal.text, public=False, kind="red_flag")
        for signal in signals(seen)
    ]


FOUR_PARTIES: Final = FourParties()
RESULT: Final = Result()
REPAIR: Final = Mending(sent_back=True, excludes_interested=True)
ASSESS: Final = StageKit(
    Stage.ASSESS, STAGE_NAMES[Stage.ASSESS], (FOUR_PARTIES, REPAIR, RESULT), facts
)
