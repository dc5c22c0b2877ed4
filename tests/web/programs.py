"""What is asked of the JSON API by everybody: each route, and more than one object."""

from typing import Any, NamedTuple

from domain.district.round_rules import DEFAULTS
from domain.lifecycle import STAGE_OF
from tests.web.programs_oversight import oversight
from tests.web.register.register_requests import NOTHING, read_operations, sent_operations
from tests.web.world import World


class Called(NamedTuple):
    """One request: what is sent is right, so that only who sends it decides what comes of it."""

    method: str
    path: str
    name: str
    body: Any = None


def _marks(criteria: Any) -> dict[str, Any]:
    return {"marks": dict.fromkeys(criteria, "80")}


def calls(world: World) -> list[Called]:
    """Return what is asked, reading first."""
    codes = {name: project.code for name, project in world.projects.items()}

    def at(name: str, rest: str = "") -> str:
        return f"/projects/{codes[name]}{rest}"

    def gate(name: str, kind: str, rest: str = "") -> str:
        stage = STAGE_OF[world.projects[name].status]
        return f"/gates/{codes[name]}/{stage}-{kind}-r1{rest}"

    need = {
        "title": "楼道的灯又坏了",
        "description": "老人晚上不敢出门",
        "category": "property",
        "community": world.projects["bidding"].community_code,
    }
    analysis = {
        "root_cause": "服务时段不符",
        "target_group": "老人",
        "beneficiaries": 80,
        "budget": "60000",
    }
    experts = _marks(DEFAULTS["assessment"]["experts"]["rubric"]) | {"party": "experts"}
    approve = {"verb": "approve", "dossier_version": 1}
    alike = {"verb": "approve", "gates": [{"code": "X", "key": "y", "dossier_version": 1}]}
    absence = {"to": NOTHING, "starts_on": "2026-01-01", "ends_on": "2026-01-02", "reason": "外出"}
    panel = {"members": {NOTHING: "experts"}, "chair": NOTHING}
    letter = {"plan": "只有计划没有预算的意向书", "team": "三人", "budget": [], "milestones": []}
    report = {
        "report": "已按计划完成。",
        "counts": [{"name": "人次", "quantity": "100"}],
        "dates_checked": True,
    }
    call = {"title": "没有写完的榜单"}
    reading = [
        ("/projects", "board"),
        (at("bidding"), "a project"),
        (at("bidding", "/proofs/1"), "a proof that is not of this project"),
        (at("bidding", "/report"), "a report that is not"),
        ("/needs", "register of needs"),
        (f"/needs/{world.need}", "a need"),
        ("/openings", "opening records"),
        (at("scoring", "/openings/1"), "an opening record"),
        ("/me/email", "one's address"),
        ("/escrow", "openings that wait"),
        ("/organisations", "organisations"),
        (f"/organisations/{world.organisation}", "an organisation"),
        ("/places", "places"),
        ("/categories", "categories"),
        ("/ballots/made-up", "a code nobody printed"),
        ("/me", "whose token"),
        ("/me/tasks", "tasks"),
        ("/me/decisions", "decisions"),
        ("/me/projects", "projects of one's places"),
        ("/me/needs", "needs to gather"),
        ("/me/calls", "open calls"),
        ("/me/bids", "bids of one's organisation"),
        ("/me/credit", "credit"),
        ("/me/delegations", "delegations"),
        ("/me/colleagues", "colleagues"),
        ("/me/tokens", "tokens"),
        ("/me/sessions", "sessions"),
        ("/operations", "operations"),
        ("/people", "people"),
        ("/people/expert-2", "a person"),
        ("/delegations", "all delegations"),
        ("/rounds", "rounds"),
        ("/rounds/R1", "a round"),
        (f"/organisations/{world.organisation}/registration", "a registration"),
        ("/calendar", "calendar"),
        ("/calendar/years", "years of the calendar"),
        ("/templates", "templates"),
        (f"/templates/{world.template}", "a template"),
        (at("bidding", "/bid"), "the sealed bid"),
        (at("scoring", "/bid"), "a bid after the closing"),
        (at("bidding", f"/bid/files/{world.file}"), "a file of the sealed bid"),
        (gate("bidding", "timer", f"/files/{world.file}"), "a file of a sealed bid at its gate"),
        (at("bidding", "/bids"), "sealed bids before a panel"),
        (at("scoring", "/bids"), "opened bids before a panel"),
        (at("scoring", "/panel/candidates"), "candidates, over"),
        (at("scoring", "/panel/apart"), "marks apart, none yet"),
        (at("notice", "/panel/1/minutes"), "minutes of a panel"),
        (at("notice", "/objections"), "objections"),
        (at("delivering", "/consortium"), "a consortium"),
        (at("delivering", "/material-reviews"), "reviews of material"),
        (at("delivering", "/material-reviews/files/" + "0" * 64), "a proof's file that is not"),
        (gate("preparing", "preparation"), "gate: analysis"),
        (gate("approving", "approval"), "gate: confirm the appraisal"),
        (gate("bidding", "timer"), "gate: bid window"),
        (gate("scoring", "event"), "gate: panel scores"),
        (gate("delivering", "event"), "gate: milestones"),
        (gate("agreeing", "event"), "gate: agreement"),
        (gate("delivering", "event", "/evidence/" + "0" * 64), "a file that is not"),
        ("/conduct", "conduct list"),
        (at("delivering", "/complaints"), "complaints"),
        (at("delivering", "/corrective-actions"), "corrective actions"),
        (at("delivering", "/delivery"), "how delivery stands"),
        *(
            (path.replace("/desk/", "/gates/"), f"trouble: {name}")
            for name, path in world.trouble.gates.items()
        ),
        *read_operations(world),
    ]
    template = {
        "name": "助餐",
        "problem": "高龄老人做饭困难，附近没有食堂。",
        "scope": "每天中午提供午餐。",
        "outcomes": [{"name": "人次", "target": "100", "unit": "人次"}],
    }
    registration = {
        "name": "启明星",
        "org_stage": "grassroots",
        "legal_representative": "周启明",
        "serves": ["*"],
    }
    settings = {"settings": {"openers": "1"}, "reason": "试行一年"}
    community = {"code": "000000000000", "name": "新苑社区", "valid_from": "2026-12-01"}
    newcomer = {"login": "zhou.min", "name": "周敏", "role": "street_officer", "where": "没有"}
    writing: list[tuple[str, str, str, Any]] = [
        ("POST", "/subscriptions", "follow without an address", {"email": ""}),
        ("PUT", f"/subscriptions/{NOTHING}/confirmation", "confirm nothing", None),
        ("DELETE", f"/subscriptions/{NOTHING}", "end nothing", None),
        ("PUT", "/me/email", "remove one's address", {"email": ""}),
        ("POST", f"/escrow/{codes['bidding']}/requests", "ask too early", {"reason": "遗失"}),
        ("POST", f"/escrow/{codes['bidding']}/confirmations", "use too early", {"key": "00"}),
        ("POST", "/people", "add somebody for no place", newcomer),
        ("DELETE", "/people/nobody", "erase nobody", None),
        ("POST", "/people/nobody/roles", "give nobody a role", {"role": "expert"}),
        ("DELETE", f"/people/expert-2/roles/{NOTHING}", "take no role", None),
        ("POST", "/people/expert-2/invitations", "invite an expert", None),
        ("DELETE", "/people/expert-2/lock", "unlock an expert", None),
        ("DELETE", "/people/expert-2/access", "end an expert's access", None),
        ("DELETE", f"/delegations/{NOTHING}", "end nobody's delegation", None),
        ("POST", "/rounds", "begin a round that is there", {"code": "R1", "name": "第一轮"}),
        ("PUT", "/rounds/R1/settings", "change settings unread", settings),
        ("POST", "/organisations", "register nowhere", registration | {"serves": ["x"]}),
        (
            "PUT",
            f"/organisations/{world.organisation}/registration",
            "change a registration unread",
            registration,
        ),
        ("POST", "/communities", "add a community of no street", community),
        ("DELETE", "/communities/000000000000", "end no community", None),
        ("PUT", "/calendar/2027-02-06", "free a Saturday", {"kind": "holiday", "reason": "春节"}),
        ("DELETE", "/calendar/2000-01-01", "remove no day", None),
        (
            "PUT",
            "/calendar/years/2027",
            "publish a year of no days",
            {"source": "通知", "days": [], "preview": True},
        ),
        *sent_operations(world),
        (
            "PUT",
            f"/organisations/{world.organisation}/demonstration",
            "name a demonstration, not red",
            None,
        ),
        (
            "DELETE",
            f"/organisations/{world.organisation}/demonstration",
            "end no demonstration",
            None,
        ),
        ("POST", "/templates", "add a template", template),
        ("PUT", f"/templates/{world.template}", "change a template unread", template),
        ("DELETE", f"/templates/{NOTHING}", "remove no template", None),
        ("POST", "/needs/similar", "needs like this", need),
        ("POST", "/needs", "report a need", need),
        ("PUT", f"/needs/{world.need}/support", "support a need", None),
        (
            "POST",
            "/ballots/made-up",
            "answer by a code nobody printed",
            {"marks": {"quality": "80"}},
        ),
        ("POST", at("delivering", "/sheets"), "print sheets", {"count": 1, "anyway": True}),
        ("POST", at("delivering", "/milestones/1/files"), "add no file to a milestone", None),
        ("POST", at("bidding", "/bid/files"), "add no file to a bid", None),
        ("DELETE", at("bidding", f"/bid/files/{NOTHING}"), "take out a file that is not", None),
        ("DELETE", f"/me/tokens/{NOTHING}", "revoke no token", None),
        ("DELETE", f"/me/sessions/{NOTHING}", "end no session", None),
        ("POST", "/me/delegations", "delegate to nobody", absence),
        ("DELETE", f"/me/delegations/{NOTHING}", "revoke no delegation", None),
        ("POST", "/decisions", "decide a gate that is not", alike),
        ("POST", "/projects", "form a project of no need", {"title": "新项目", "needs": ["N-0"]}),
        ("PUT", gate("preparing", "preparation", "/claim"), "claim the analysis", None),
        ("DELETE", gate("preparing", "preparation", "/claim"), "release the analysis", None),
        ("PUT", at("preparing", "/analysis"), "submit an analysis", analysis),
        (
            "PUT",
            at("approving", "/appraisal"),
            "appraise once it is over",
            _marks(DEFAULTS["appraisal_rubric"]),
        ),
        (
            "POST",
            gate("approving", "approval", "/approval-codes"),
            "a code for Prefect",
            {"verb": "approve"},
        ),
        ("POST", gate("approving", "approval", "/decisions"), "approve the appraisal", approve),
        ("POST", at("preparing", "/calls"), "draft a call, unfinished", call),
        (
            "PATCH",
            at("preparing", "/call"),
            "mend a ceiling that is not missing",
            {"ceiling": "5000"},
        ),
        (
            "PUT",
            "/me/organisation/seal",
            "replace a passphrase unproved",
            {"passphrase": "open-calls-seal"},
        ),
        ("PATCH", "/me/organisation", "change one's organisation unread", {"about": "养老服务"}),
        (
            "POST",
            at("bidding", "/opening"),
            "open the bids before the closing",
            {"passphrase": "x"},
        ),
        ("PUT", at("bidding", "/bid/draft"), "keep a draft unread", {"plan": "草稿"}),
        ("PUT", at("bidding", "/bid/members"), "change the members unread", {"partners": []}),
        ("POST", at("bidding", "/bid/submissions"), "submit a bid, unfinished", letter),
        ("POST", at("bidding", "/bid/confirmations"), "confirm as a partner", {"share": "30"}),
        ("DELETE", at("bidding", "/bid/membership"), "leave no consortium", None),
        ("DELETE", at("bidding", "/bid"), "withdraw the sealed bid", None),
        ("PUT", at("scoring", "/panel"), "form a panel that is formed", panel),
        ("PUT", at("scoring", "/panel/interest"), "declare no interest", {"interest": False}),
        (
            "PUT",
            at("scoring", f"/bids/{world.opened}/score"),
            "score a bid",
            _marks(DEFAULTS["award_rubric"]),
        ),
        (
            "PUT",
            at("scoring", f"/bids/{world.opened}/score/plan"),
            "change a mark, not met yet",
            {"mark": "70", "reason": "再次核对了方案"},
        ),
        ("PUT", at("scoring", "/panel/reading"), "end a reading that is not blind", None),
        (
            "PUT",
            at("scoring", "/panel/meeting"),
            "record a meeting, not wanted",
            {
                "held_on": "2026-01-05",
                "present": [NOTHING],
                "discussion": "逐项讨论了方案的可行性。",
            },
        ),
        (
            "PATCH",
            at("notice", f"/objections/{world.objection}"),
            "dismiss an objection",
            {"upheld": False, "answer": "经核对一致。"},
        ),
        (
            "POST",
            at("notice", f"/objections/{world.objection}/appeal"),
            "appeal",
            {"grounds": "答复没有说明依据。"},
        ),
        (
            "PATCH",
            at("notice", f"/objections/{world.objection}/appeal"),
            "decide the appeal",
            {"upheld": False, "answer": "原答复有据。"},
        ),
        ("POST", at("bidding", "/questions"), "ask about a call", {"text": "场地由谁提供？"}),
        (
            "PATCH",
            at("bidding", f"/questions/{world.question}"),
            "answer a question",
            {"answer": "由社区提供。"},
        ),
        ("POST", at("delivering", "/objections"), "object too late", {"grounds": "请核实"}),
        ("POST", at("agreeing", "/agreement/confirmations"), "confirm the agreement", None),
        (
            "POST",
            at("delivering", "/amendments"),
            "propose an amendment",
            {
                "milestones": [{"number": 1, "due_on": world.trouble.soon}],
                "reason": "场地正在维修。",
            },
        ),
        (
            "PATCH",
            at("delivering", "/amendments/1"),
            "agree to it",
            {"approved": True, "answer": "情况属实。"},
        ),
        ("DELETE", at("delivering", "/amendments/1"), "take it back", None),
        (
            "POST",
            at("delivering", "/material-reviews"),
            "open a review of nobody's material",
            {
                "organisation": NOTHING,
                "claim": "证书是假的。",
                "proof": "已向发证机关核实，没有这张证书。",
            },
        ),
        (
            "PUT",
            f"/material-reviews/{world.review}/reply",
            "reply in a review",
            {"reply": "其余三名为劳务派遣。"},
        ),
        (
            "PUT",
            f"/material-reviews/{world.review}/decision",
            "decide a review",
            {"upheld": False, "reason": "劳务派遣合同属实。"},
        ),
        (
            "POST",
            at("delivering", "/replacements"),
            "propose another partner",
            {
                "leaving": world.organisation,
                "joining": "没有这个组织",
                "work_package": "培训",
                "reason": "伙伴无法派出社工。",
            },
        ),
        (
            "PUT",
            at("delivering", "/replacements/1/statement"),
            "be heard",
            {"statement": "愿意移交名册。"},
        ),
        ("POST", at("delivering", "/replacements/1/confirmation"), "confirm the place", None),
        (
            "PATCH",
            at("delivering", "/replacements/1"),
            "decide a replacement",
            {"approved": False, "answer": "理由不充分。"},
        ),
        ("DELETE", at("delivering", "/replacements/2"), "take back no replacement", None),
        ("PUT", at("delivering", "/milestones/1/report"), "report a milestone", report),
        (
            "PUT",
            at("delivering", "/milestones/1/acceptance"),
            "accept the milestone",
            {"verdict": "accepted"},
        ),
        ("POST", at("delivering", "/assessments"), "assess too early", experts),
        (
            "POST",
            at("delivering", "/assessments/shortfalls"),
            "decide what is not short",
            {"remedy": "widen", "days": 5, "reason": "暑期居民外出，邀请邻近社区。"},
        ),
        ("POST", at("preparing", "/cancellation"), "cancel", {"reason": "重复立项"}),
    ]
    writing += oversight(world)
    called = [Called("GET", path, name) for path, name in reading]
    return called + [Called(*write) for write in writing]
