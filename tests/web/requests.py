"""What is asked of the web by everybody: each route, and more than one object."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.district.round_rules import DEFAULTS
from domain.lifecycle import STAGE_OF
from tests.web.register.register_requests import NOTHING, read_pages, sent_forms
from tests.web.world import World

# Who is refused comes first: what somebody may do changes the district.
VISITORS = (
    "anonymous",
    "analyst",
    "auditor",
    "operator",
    "secretary elsewhere",
    "street elsewhere",
    "other organisation",
    "department",
    "expert",
    "panel member",
    "signing organisation",
    "supplier",
    "bidder",
    "administrator",
    "secretary",
    "street",
)


class Asked(NamedTuple):
    """One request: what is sent is right, so that only who sends it decides what comes of it."""

    method: str
    path: str
    name: str
    data: dict[str, str] = {}  # noqa: RUF012


def _marks(prefix: str, criteria: Iterable[str]) -> dict[str, str]:
    return {f"{prefix}.{name}": "80" for name in criteria}


def requests(world: World) -> list[Asked]:
    """Return what is asked: every route, and more than one object."""

    def at(name: str, kind: str, rest: str = "") -> str:
        project = world.projects[name]
        stage = STAGE_OF[project.status]
        return f"/desk/{project.code}/{stage}-{kind}-r1{rest}"

    codes = {name: project.code for name, project in world.projects.items()}
    troubled = world.trouble.complaint.rpartition("-")[0]
    bid = f"/desk/calls/{codes['bidding']}/bid"
    material = f"/desk/material/{codes['delivering']}"
    consortium = f"/desk/consortium/{codes['delivering']}"
    reading = [
        ("/", "board"),
        ("/feed.atom", "feed"),
        ("/feed.rss", "RSS feed"),
        ("/follow", "ways to follow"),
        (f"/follow/{world.follows}", "a subscription, by its letter"),
        ("/projects.csv", "board as CSV"),
        ("/needs.xlsx", "needs as a workbook"),
        ("/help", "help"),
        ("/healthz", "health"),
        ("/needs", "register of needs"),
        ("/needs/N-0", "a need that is not"),
        (f"/needs/{world.need}", "a need"),
        (f"/projects/{codes['bidding']}", "a project"),
        (f"/projects/{codes['bidding']}/proof/1", "a proof that is not of this project"),
        (f"/projects/{codes['bidding']}/report.html", "a report that is not"),
        ("/report", "report page"),
        ("/r/made-up", "a code nobody printed"),
        ("/open311/v2/services.json", "Open311 services"),
        ("/open311/v2/requests.xml", "Open311 requests"),
        (f"/open311/v2/requests/{world.need}.json", "an Open311 request"),
        ("/sign-in", "sign-in page"),
        (f"/welcome/{world.invitation}", "an invitation"),
        ("/sign-in/sso", "single sign-on, not set up"),
        ("/sign-in/sso/back", "back from it, empty"),
        ("/account", "account"),
        ("/account/totp", "one-time codes that nobody proposed"),
        ("/account/tokens", "tokens"),
        ("/help/api", "interface for programs"),
        ("/desk", "inbox"),
        ("/desk/decided", "decided"),
        ("/desk/projects", "projects of one's places"),
        ("/desk/projects?ended=true", "ended projects of one's places"),
        ("/desk/calls/credit", "credit and quota"),
        ("/desk/calls", "open calls"),
        (bid, "the sealed bid's page"),
        (f"{bid}/files/{world.file}", "a file of the sealed bid, no passphrase"),
        (at("bidding", "timer", f"/files/{world.file}"), "a file of a sealed bid at its gate"),
        (f"/desk/calls/{codes['scoring']}/bid", "a bid after the closing"),
        (consortium, "a consortium"),
        (material, "reviews of material"),
        (f"{material}/files/" + "0" * 64, "a proof's file that is not"),
        (f"/desk/consortium/{codes['bidding']}", "a consortium before the award"),
        ("/desk/needs", "needs to gather"),
        (f"/desk/needs/{codes['preparing']}", "a project just formed"),
        (f"/desk/{codes['preparing']}", "where a project waits"),
        (at("preparing", "preparation"), "gate: analysis"),
        (at("approving", "event"), "gate: appraisal, over"),
        (at("approving", "approval"), "gate: confirm the appraisal"),
        (at("repairing", "repair"), "gate: mend the call"),
        (at("bidding", "timer"), "gate: bid window"),
        (at("scoring", "preparation"), "gate: panel formed, over"),
        (at("scoring", "event"), "gate: panel scores"),
        (f"/desk/{codes['notice']}/minutes/1", "minutes of a panel"),
        (at("notice", "timer"), "gate: public notice"),
        (at("agreeing", "event"), "gate: agreement"),
        (at("delivering", "event"), "gate: milestones"),
        (at("delivering", "event", "/evidence/" + "0" * 64), "a file that is not"),
        (at("delivering", "event", "/paper-sheet"), "the questions for residents, on paper"),
        ("/operations", "operations"),
        ("/prefect", "into the Prefect UI, where no server is known"),
        ("/openings", "opening records"),
        (f"/projects/{codes['scoring']}/opening/1", "an opening record"),
        (f"/projects/{codes['scoring']}/opening/1.json", "an opening record as a file"),
        (f"{bid}/receipt.json", "the sealed bid's receipt"),
        ("/organisations", "organisations"),
        (f"/organisations/{world.organisation}", "an organisation"),
        ("/desk/organisation", "one's own organisation"),
        ("/admin", "administration"),
        ("/admin/people", "people"),
        (f"/admin/people/{world.people['street']}", "a person"),
        ("/admin/delegations", "delegations"),
        ("/admin/rounds", "rounds"),
        ("/admin/rounds/R1", "a round's settings"),
        ("/admin/organisations", "register of organisations"),
        ("/admin/organisations/new", "register an organisation"),
        (f"/admin/organisations/{world.organisation}", "an organisation as registered"),
        ("/admin/places", "places"),
        ("/admin/calendar", "calendar"),
        ("/admin/openings", "openings that wait"),
        ("/admin/templates", "templates"),
        ("/admin/templates/new", "a new template"),
        (f"/admin/templates/{world.template}", "a template"),
        ("/conduct", "conduct list"),
        (f"/projects/{codes['delivering']}/complaints", "complaints"),
        *((path, f"trouble: {name}") for name, path in world.trouble.gates.items()),
        *read_pages(world),
    ]
    person = "/admin/people/expert-2"
    writing = [
        ("/admin/people", "add somebody, empty"),
        (f"{person}/roles", "give a role, empty"),
        (f"{person}/roles/{NOTHING}/take", "take no role"),
        (f"{person}/invite", "invite an expert"),
        (f"{person}/unlock", "unlock an expert"),
        (f"{person}/end", "end the access of an expert"),
        (f"{person}/erase", "erase an expert, unconfirmed"),
        (f"/admin/delegations/{NOTHING}/revoke", "revoke nobody's delegation"),
        ("/admin/rounds", "begin a round, empty"),
        ("/admin/rounds/R1", "change settings, empty"),
        ("/admin/organisations/new", "register an organisation, empty"),
        (f"/admin/organisations/{world.organisation}", "change a registration, empty"),
        ("/admin/places", "add a community, empty"),
        ("/admin/places/000000000000/end", "end no community"),
        (
            f"/admin/organisations/{world.organisation}/demonstration",
            "name a demonstration, not red",
        ),
        (f"/admin/organisations/{world.organisation}/demonstration/end", "end no demonstration"),
        ("/admin/calendar", "set a day, empty"),
        ("/admin/calendar/2000-01-01/remove", "remove no day"),
        ("/admin/calendar/plan", "plan a year without a list"),
        ("/admin/calendar/publish", "publish a year without a list"),
        ("/admin/templates/new", "add a template, empty"),
        (f"/admin/templates/{world.template}", "change a template, empty"),
        (f"/admin/templates/{NOTHING}/remove", "remove no template"),
        (at("preparing", "preparation", "/template"), "fill in a template, none chosen"),
        ("/report", "report a need"),
        (f"/needs/{world.need}/support", "support a need"),
        ("/open311/v2/requests.json", "report by Open311, empty"),
        ("/follow", "follow without an address"),
        (f"/follow/{NOTHING}", "confirm nothing"),
        (f"/follow/{NOTHING}/end", "end nothing"),
        ("/r/made-up", "answer by a code nobody printed"),
        (at("delivering", "event", "/sheets"), "print sheets"),
        ("/sign-in", "sign in, empty"),
        (f"/welcome/{world.invitation}", "accept an invitation, empty"),
        ("/account/password", "change the password, empty"),
        ("/account/sso/link", "link an identity, without the password"),
        ("/account/sso/unlink", "unlink what is not linked"),
        ("/account/tokens", "make a token, empty"),
        (f"/account/tokens/{NOTHING}/revoke", "revoke no token"),
        ("/account/totp", "propose one-time codes"),
        ("/account/totp/on", "turn codes on, empty"),
        ("/account/totp/off", "turn codes off, empty"),
        (f"/account/sessions/{NOTHING}/end", "end no session"),
        ("/account/email", "remove one's address"),
        ("/account/delegations", "delegate, empty"),
        (f"/account/delegations/{NOTHING}/revoke", "revoke nothing"),
        ("/desk/decide", "decide several, none ticked"),
        ("/desk/needs", "form a project, empty"),
        (at("preparing", "preparation", "/claim"), "claim the analysis"),
        (at("preparing", "preparation", "/release"), "release the analysis"),
        ("/drafts", "keep a draft of the analysis"),
        (at("preparing", "preparation", "/analysis"), "submit an analysis"),
        (at("approving", "event", "/appraisal"), "appraise once it is over"),
        (at("approving", "approval", "/code"), "a code for Prefect"),
        (at("approving", "approval", "/decide"), "approve the appraisal"),
        (at("preparing", "preparation", "/call"), "draft a call, empty"),
        (at("preparing", "preparation", "/ceiling"), "mend a ceiling that is not missing"),
        (at("bidding", "timer", "/opening"), "open the bids before the closing"),
        (bid + "/unlock", "unseal, empty"),
        (bid + "/key", "set the seal's passphrase, empty"),
        ("/account/opening-key", "set an opening passphrase, empty"),
        (f"/admin/openings/{codes['bidding']}/ask", "ask for the escrow share too early"),
        (f"/admin/openings/{codes['bidding']}/confirm", "use the escrow share too early"),
        (bid + "/draft", "keep a draft, empty"),
        (bid + "/members", "change the members of a bid"),
        (bid + "/submit", "submit a bid, empty"),
        (bid + "/confirm", "confirm as a partner"),
        (bid + "/leave", "leave no consortium"),
        (bid + "/withdraw", "withdraw the sealed bid"),
        (at("scoring", "preparation", "/panel"), "form a panel, empty"),
        (at("scoring", "event", "/interest"), "declare no interest"),
        (at("scoring", "event", f"/score/{world.opened}"), "score a bid"),
        (at("scoring", "event", f"/score/{world.opened}/change"), "change a mark, not met yet"),
        (at("scoring", "event", "/reread"), "end a reading that is not blind"),
        (at("scoring", "event", "/meeting"), "record a meeting, not wanted"),
        (at("notice", "timer", f"/objections/{world.objection}"), "dismiss an objection"),
        ("/desk/organisation", "change one's own organisation"),
        (f"/projects/{codes['bidding']}/questions", "ask about a call"),
        (f"/projects/{codes['bidding']}/questions/{world.question}", "answer a question"),
        (f"/projects/{codes['notice']}/objection", "object without grounds"),
        (f"/projects/{codes['notice']}/objection/{world.objection}/appeal", "appeal, no grounds"),
        (at("notice", "timer", f"/appeals/{world.objection}"), "decide no appeal"),
        (at("agreeing", "event", "/agreement"), "confirm the agreement"),
        (at("delivering", "event", "/amendments"), "propose an amendment"),
        (at("delivering", "event", "/amendments/1"), "agree to it"),
        (at("delivering", "event", "/amendments/1/withdraw"), "take it back"),
        (material, "open a review of nobody's material"),
        (f"{material}/{world.review}/reply", "reply in a review"),
        (f"{material}/{world.review}/decide", "decide a review"),
        (consortium, "propose another partner"),
        (consortium + "/1/confirm", "confirm the place"),
        (consortium + "/1/statement", "be heard"),
        (consortium + "/1/decide", "decide a replacement"),
        (consortium + "/2/withdraw", "take back no replacement"),
        (at("delivering", "event", "/milestones/1/report"), "report a milestone"),
        (at("delivering", "event", "/milestones/1/accept"), "accept the milestone"),
        (at("delivering", "event", "/assessment/experts"), "assess too early"),
        (at("delivering", "event", "/shortfall"), "decide what is not short"),
        (at("preparing", "preparation", "/cancel"), "cancel"),
        (at("bidding", "event", "/pass-time"), "move the demo's clock at no gate"),
        (f"/projects/{troubled}/complaints", "complain"),
        (f"/projects/{troubled}/complaints/{world.trouble.complaint}", "answer a complaint"),
        (f"/projects/{codes['delivering']}/visits", "record a visit"),
        (world.trouble.gates["correct"] + "/step", "submit a plan"),
        (world.trouble.gates["intervene"] + "/guidance", "give guidance"),
        (world.trouble.gates["exit"] + "/hand-over", "record a hand-over"),
        (world.trouble.gates["exit"] + "/hand-over/confirm", "confirm a hand-over"),
        (
            world.trouble.gates["HB-2025-01"] + f"/entries/{world.trouble.proposed}/reply",
            "reply to a black entry",
        ),
        (world.trouble.gates["HB-2025-02"] + "/review", "decide a list"),
        (f"/conduct/{world.trouble.listed}/repair", "repair a red entry"),
        *sent_forms(world),
        ("/sign-out", "sign out"),
    ]
    plan = {"text": "增加值守人员，每周报送签到表。", "due_on": world.trouble.soon}
    appraisal = _marks("marks", DEFAULTS["appraisal_rubric"])
    award = _marks(f"marks-{world.opened}", DEFAULTS["award_rubric"])
    experts = _marks("marks-experts", DEFAULTS["assessment"]["experts"]["rubric"])
    sent: dict[str, dict[str, str]] = {
        "keep a draft of the analysis": {
            "form": at("preparing", "preparation", "/analysis"),
            "root_cause": "还在了解",
        },
        "report a need": {
            "title": "楼道的灯坏了",
            "description": "老人晚上不敢出门",
            "category": "property",
            "community": world.projects["bidding"].community_code,
            "new": "1",
        },
        "change one's own organisation": {"about": "从事居家养老服务", "contact": "0532-1"},
        "print sheets": {"count": "1", "anyway": "yes"},
        "submit an analysis": {
            "root_cause": "服务时段不符",
            "target_group": "老人",
            "beneficiaries": "80",
            "budget": "60000",
        },
        "appraise once it is over": appraisal,
        "a code for Prefect": {"verb": "approve"},
        "approve the appraisal": {"verb": "approve", "dossier_version": "1"},
        "mend a ceiling that is not missing": {"ceiling": "5000"},
        "declare no interest": {"interest": "no"},
        "use the escrow share too early": {"key": "00"},
        "propose an amendment": {"due-1": world.trouble.soon, "reason": "场地正在维修。"},
        "agree to it": {"approved": "yes", "answer": "情况属实。"},
        "open a review of nobody's material": {
            "organisation": NOTHING,
            "claim": "证书是假的。",
            "proof": "已向发证机关核实，没有这张证书。",
        },
        "reply in a review": {"reply": "其余三名为劳务派遣。"},
        "decide a review": {"upheld": "no", "reason": "劳务派遣合同属实。"},
        "propose another partner": {
            "leaving": world.organisation,
            "joining": "没有这个组织",
            "work_package": "培训",
            "reason": "伙伴无法派出社工。",
        },
        "be heard": {"statement": "愿意移交名册。"},
        "decide a replacement": {"approved": "no", "answer": "理由不充分。"},
        "score a bid": award,
        "change a mark, not met yet": {
            "criterion": "plan",
            "mark": "70",
            "reason": "再次核对了方案",
        },
        "record a meeting, not wanted": {
            "held_on": "2026-01-05",
            "present": world.organisation,
            "discussion": "逐项讨论了方案的可行性。",
        },
        "dismiss an objection": {
            f"upheld-{world.objection}": "no",
            f"answer-{world.objection}": "经核对一致。",
        },
        "report a milestone": {
            "report-1": "已按计划完成。",
            "counts-1.name": "人次",
            "counts-1.quantity": "100",
            "dates_checked": "yes",
        },
        "accept the milestone": {"verdict": "accepted", "dates_checked": "yes"},
        "assess too early": experts,
        "cancel": {"reason": "重复立项"},
        "complain": {"text": "连续两次没有送餐。"},
        "answer a complaint": {
            f"upheld-{world.trouble.complaint}": "no",
            f"answer-{world.trouble.complaint}": "已核实，送餐箱当天故障，已更换。",
        },
        "submit a plan": plan,
        "give guidance": plan,
        "record a hand-over": {"text": plan["text"], "receiver": "党群服务中心", "people": "12"},
        "decide a list": {
            f"listed-{world.trouble.to_decide}": "no",
            f"reason-{world.trouble.to_decide}": "系误报，不列入。",
        },
        "record a visit": {
            "visited_on": "2026-01-05",
            "colour": "red",
            "note": "服务点没有开门。",
        },
        "reply to a black entry": {
            f"reply-{world.trouble.proposed}": "我们已经配合完成交接，请从轻处理。"
        },
        "ask about a call": {"text": "场地由谁提供？"},
        "answer a question": {"answer": "由社区提供。"},
    }
    asked = [Asked("GET", *page) for page in reading]
    asked += [Asked("POST", *form, sent.pop(form[1], {})) for form in writing]
    assert sent == {}
    return asked
