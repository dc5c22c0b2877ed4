"""What a report says beside its figures: objections, complaints, corrections, changes, visits.

Each line says no more than the public pages, from the same read models.
"""

from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.award.objections import OBJECTOR_NAMES
from domain.calendar import BEIJING
from domain.conduct.conduct_list import RULE_NAMES
from domain.conduct.corrective import CAUSE_NAMES, CORRECTIVE_NAMES
from domain.deliver.amendments import WHAT_NAMES
from domain.deliver.delivery import STATUS_COLOUR_NAMES
from domain.text import Text
from models import Award, CreditEvent, Organisation, Project
from reports.context import RecordGroup, RecordLine
from services.conduct.oversight import Oversight, read_oversight
from services.deliver.amendments import AmendmentLine
from services.public.public_project import ProjectView

_UPHELD = {
    True: Text("属实", "upheld"),
    False: Text("不属实", "dismissed"),
    None: Text("未答复", "not answered"),
}
_OBJECTION = {
    True: Text("成立", "upheld"),
    False: Text("不成立", "dismissed"),
    None: Text("未答复", "not answered"),
}
_REPLACED = {
    True: Text("生效", "in force"),
    False: Text("未获同意", "dismissed"),
    None: Text("未决定", "not decided"),
}


def report_records(
    session: Session, project: Project, view: ProjectView
) -> tuple[RecordGroup, ...]:
    """Return the groups that have anything to say, in the order of the lifecycle."""
    oversight = read_oversight(session, project.code)
    groups = (
        RecordGroup(Text("异议与申诉", "Objections and appeals"), _objections(view)),
        RecordGroup(Text("撤回的承榜", "Awards that fell"), _fallen(session, project)),
        RecordGroup(Text("协议变更", "Amendments"), _amendments(view)),
        RecordGroup(Text("伙伴更换", "Partners replaced"), _replacements(view)),
        RecordGroup(Text("走访", "Visits"), _visits(oversight)),
        RecordGroup(Text("投诉", "Complaints"), _complaints(oversight)),
        RecordGroup(Text("整改", "Corrective actions"), _corrections(oversight)),
        RecordGroup(Text("信用记录", "Credit"), _credit(session, project, view)),
    )
    return tuple(group for group in groups if group.lines)


def _day(at: datetime | date | None) -> str:
    if at is None:
        return "—"
    return f"{at.astimezone(BEIJING) if isinstance(at, datetime) else at:%Y-%m-%d}"


def _plain(text: str | None) -> Text:
    return Text(text or "", text or "")


def _objections(view: ProjectView) -> tuple[RecordLine, ...]:
    lines = []
    for objection in view.objections:
        standing = OBJECTOR_NAMES[objection.standing]
        lines.append(
            RecordLine(
                _day(objection.filed_at),
                Text(f"{standing.zh}提出异议", f"An objection of {standing.en}"),
                _plain(objection.grounds),
                _outcome(objection.upheld, moot=objection.moot),
            )
        )
        if objection.appeal:
            lines.append(
                RecordLine(
                    _day(objection.appealed_at),
                    Text("申诉", "An appeal"),
                    _plain(objection.appeal),
                    _outcome(objection.appeal_upheld, moot=objection.moot),
                )
            )
    return tuple(lines)


def _outcome(upheld: bool | None, *, moot: bool) -> Text:
    if moot and upheld is None:
        return Text("承榜撤回，不再答复", "needs no answer: the award is withdrawn")
    return _OBJECTION[upheld]


def _fallen(session: Session, project: Project) -> tuple[RecordLine, ...]:
    rows = session.exec(
        select(Award)
        .where(Award.project_id == project.id, col(Award.withdrawn_at).is_not(None))
        .order_by(col(Award.round))
    )
    return tuple(
        RecordLine(
            _day(award.withdrawn_at),
            Text(f"第 {award.round} 轮拟承榜", f"The intended award of round {award.round}"),
            _plain(None),
            Text("撤回", "withdrawn"),
        )
        for award in rows
    )


def _amendments(view: ProjectView) -> tuple[RecordLine, ...]:
    return tuple(
        RecordLine(
            _day(amendment.decided_at),
            _changes(amendment),
            _plain(amendment.reason),
            Text("生效", "in force"),
        )
        for amendment in reversed(view.amendments)
    )


def _changes(amendment: AmendmentLine) -> Text:
    changes = [
        (WHAT_NAMES[change.what], f"{change.number}", f"{change.before} → {change.after}")
        for change in amendment.changes
    ]
    return Text(
        "；".join(f"{name.zh} {number}：{how}" for name, number, how in changes),
        "; ".join(f"{name.en} {number}: {how}" for name, number, how in changes),
    )


def _replacements(view: ProjectView) -> tuple[RecordLine, ...]:
    return tuple(
        RecordLine(
            _day(line.proposed_at),
            _plain(f"{line.leaving} → {line.joining}"),
            _plain(line.reason),
            _REPLACED[line.approved],
        )
        for line in view.replacements
    )


def _visits(oversight: Oversight) -> tuple[RecordLine, ...]:
    return tuple(
        RecordLine(
            _day(visit.visited_on),
            Text("走访", "A visit"),
            _plain(visit.note),
            STATUS_COLOUR_NAMES[visit.colour],
        )
        for visit in oversight.visits
    )


def _complaints(oversight: Oversight) -> tuple[RecordLine, ...]:
    return tuple(
        RecordLine(
            _day(complaint.filed_at),
            Text(f"投诉 {complaint.code}", f"Complaint {complaint.code}"),
            _plain(complaint.text),
            _UPHELD[complaint.upheld],
        )
        for complaint in oversight.complaints
    )


def _corrections(oversight: Oversight) -> tuple[RecordLine, ...]:
    return tuple(
        RecordLine(
            _day(action.opened_at),
            Text(f"整改 {action.code}", f"Corrective action {action.code}"),
            Text(
                "、".join(CAUSE_NAMES[cause].zh for cause in action.causes),
                ", ".join(CAUSE_NAMES[cause].en for cause in action.causes),
            ),
            CORRECTIVE_NAMES[action.status],
        )
        for action in reversed(oversight.actions)
    )


def _credit(session: Session, project: Project, view: ProjectView) -> tuple[RecordLine, ...]:
    """Name those whom the pages name; who lost, or withdrew before it signed, is named nowhere."""
    named = {winner.organisation for winner in view.award.members} if view.award else set()
    named |= {line.leaving for line in view.replacements}
    rows = session.exec(
        select(CreditEvent, Organisation.name)
        .join(Organisation, col(Organisation.id) == CreditEvent.organisation_id)
        .where(CreditEvent.project_id == project.id)
        .order_by(col(CreditEvent.happened_at), col(Organisation.name))
    ).all()
    return tuple(
        RecordLine(
            _day(event.happened_at),
            _plain(name) if name in named else Text("一家组织", "an organisation"),
            RULE_NAMES[event.rule],
            Text(f"{event.points:+.0f} 分", f"{event.points:+.0f} points"),
        )
        for event, name in rows
    )
