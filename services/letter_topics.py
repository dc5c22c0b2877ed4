"""What each topic of the outbox says in a letter, in both languages, and the page its link opens."""

from collections.abc import Mapping
from typing import Final

from domain.lifecycle import STATUS_NAMES, Status
from domain.text import Text
from services.letter_words import (
    Words,
    bid_page,
    complaints_page,
    consortium_page,
    corrective_page,
    date_moved,
    dates_changed,
    desk_page,
    due,
    followed,
    gate_page,
    gate_title,
    material_page,
    of,
    owed,
    project_page,
    standing,
    until,
    with_way_out,
)

TOPICS: Final[Mapping[str, Words]] = {
    "gate.remind": Words(
        Text("待办即将到期", "Something waits for you"),
        lambda facts: Text(
            f"项目 {facts['project']} 的“{gate_title(facts).zh}”将于 {due(facts).zh}到期，请办理。",
            f"{gate_title(facts).en} of {facts['project']} is due by {due(facts).en}.",
        ),
        gate_page,
    ),
    "gate.escalate": Words(
        Text("事项已逾期", "Something is overdue"),
        lambda facts: Text(
            f"项目 {facts['project']} 的“{gate_title(facts).zh}”已于 {due(facts).zh}逾期。",
            f"{gate_title(facts).en} of {facts['project']} was due by {due(facts).en}.",
        ),
        gate_page,
    ),
    "call.published": Words(
        Text("新榜单发布", "A new call"),
        of("榜单 {project} 已发布，欢迎揭榜。", "The call {project} is open for bids."),
        project_page,
    ),
    "audit.head": Words(
        Text("审计链首", "Head of the audit chain"),
        of(
            "请留存：审计链第 {position} 条的链值为 {hash}。将来核验时与它比较。",
            "Please keep this: the audit chain's link {position} is {hash}. Compare it when you verify.",
        ),
        lambda _: "/",
    ),
    "session.refused": Words(
        Text("有人反复尝试登录您的账号", "Somebody keeps trying to sign in as you"),
        of(
            "今天有人多次用错误的密码尝试登录您的账号，都没有成功。若不是您本人，请检查密码并开启动态验证码。",
            "Today somebody tried several times to sign in as you with a wrong password and failed. If "
            "it was not you, look at your password and turn on one-time codes.",
        ),
        lambda _: "/account",
    ),
    "call.dates": Words(
        Text("揭榜时间有变", "A call's dates have changed"),
        dates_changed,
        bid_page,
    ),
    "date.moved": Words(Text("期限顺延", "A date has moved"), date_moved, desk_page),
    "call.dates_followed": Words(
        Text("您关注的榜单时间有变", "The dates of a call you follow have changed"),
        lambda facts: with_way_out(dates_changed(facts), facts),
        project_page,
    ),
    "bid.unsent": Words(
        Text("意向书还没有提交", "Your bid is not submitted"),
        lambda facts: Text(
            f"榜单 {facts['project']} 的意向书还是草稿，没有提交；{due(facts).zh}截止（北京时间）。",
            f"Your bid on {facts['project']} is a draft and not submitted; the call closes on "
            f"{due(facts).en} (Beijing time).",
        ),
        bid_page,
    ),
    "bid.edited": Words(
        Text("修改后的意向书没有提交", "Your edited bid is not submitted"),
        lambda facts: Text(
            f"榜单 {facts['project']} 的意向书提交后又有修改，尚未重新提交，以第 {facts['version']} 版为准；"
            f"{due(facts).zh}截止（北京时间）。",
            f"Your bid on {facts['project']} was edited after version {facts['version']} was "
            f"submitted; only that version counts. The call closes on {due(facts).en} (Beijing time).",
        ),
        bid_page,
    ),
    "subscription.asked": Words(
        Text("确认订阅", "Confirm that you follow"),
        of(
            "有人用这个邮箱订阅揭榜榜单。打开下面的页面确认；不是您本人就不必理会。",
            "Somebody asked to follow the board with this address. Open the page below to confirm; "
            "if it was not you, do nothing.",
        ),
        lambda facts: f"/follow/{facts['subscription']}",
    ),
    "call.followed": Words(
        Text("您关注的新榜单", "A new call you follow"),
        followed,
        project_page,
    ),
    "question.asked": Words(
        Text("榜单收到提问", "A question about a call"),
        of("榜单 {project} 收到提问，请公开答复。", "{project} was asked about; please answer."),
        project_page,
    ),
    "bid.partner-left": Words(
        Text("伙伴退出了联合体", "A partner has left"),
        of(
            "榜单 {project} 的一家伙伴退出了联合体，意向书已退回草稿，请在截止前重新提交。",
            "A partner has left your bid on {project}, which is a draft again; submit it anew before"
            " the closing.",
        ),
        bid_page,
    ),
    "bid.void": Words(
        Text("意向书作废", "A bid is void"),
        of(
            "榜单 {project} 有新版本，原意向书作废，请重新提交。",
            "{project} has a new version, which voids your bid; please bid again.",
        ),
        project_page,
    ),
    "bid.unsuccessful": Words(
        Text("揭榜结果", "The outcome of your bid"),
        of(
            "项目 {project} 已由其他组织承接，感谢参与。评审反馈见意向书页面。",
            "{project} went to another bidder. What the panel thought is on the page of your bid.",
        ),
        bid_page,
    ),
    "panel.seated": Words(
        Text("您递补进入评审组", "You join a panel from its reserve"),
        of(
            "您已递补进入项目 {project} 的评审组，请先申报利害关系，再评分。",
            "A seat on the panel of {project} is yours now; declare your interests, then score.",
        ),
        gate_page,
    ),
    "award.public_notice": Words(
        Text("承榜公示", "An award in public notice"),
        of("项目 {project} 的承榜结果正在公示。", "The award of {project} is in public notice."),
        project_page,
    ),
    "amendment.proposed": Words(
        Text("协议变更待决定", "An amendment waits for you"),
        of(
            "项目 {project} 的对方提出变更协议，请决定。",
            "The other side of {project} asks to amend the agreement; please decide.",
        ),
        desk_page,
    ),
    "amendment.decided": Words(
        Text("协议变更已决定", "An amendment is decided"),
        of(
            "项目 {project} 的协议变更已由对方决定，请查看。",
            "The other side has decided the amendment of {project}.",
        ),
        project_page,
    ),
    "replacement.hearing": Words(
        Text("拟更换伙伴，请陈述", "A partner is to be replaced"),
        lambda facts: Text(
            f"项目 {facts['project']} 的牵头方拟由其他组织接替贵组织，可于 {until(facts).zh}前陈述。",
            f"The lead of {facts['project']} asks that another takes your place; you are heard "
            f"until {until(facts).en}.",
        ),
        consortium_page,
    ),
    "replacement.asked": Words(
        Text("邀请接替伙伴", "A place in a consortium"),
        of(
            "邀请贵组织接替项目 {project} 的一家伙伴，请确认或谢绝。",
            "You are asked to take a partner's place in {project}; please confirm or decline.",
        ),
        consortium_page,
    ),
    "replacement.decide": Words(
        Text("更换伙伴待决定", "A replacement waits for you"),
        of(
            "项目 {project} 拟更换一家伙伴，接替的组织已确认，请决定。",
            "A partner of {project} is to be replaced; who joins has confirmed, please decide.",
        ),
        consortium_page,
    ),
    "replacement.decided": Words(
        Text("更换伙伴已有结果", "A replacement is decided"),
        of(
            "项目 {project} 更换伙伴的申请已有结果，请查看。",
            "The replacement of a partner in {project} has come to its end; please look.",
        ),
        consortium_page,
    ),
    "material.opened": Words(
        Text("材料核查", "Material is reviewed"),
        lambda facts: Text(
            f"项目 {facts['project']} 中的材料被提出核查，有关组织可于 {until(facts).zh}前申辩。",
            f"Material in {facts['project']} is said to be false; the organisation may reply "
            f"until {until(facts).en}.",
        ),
        material_page,
    ),
    "material.replied": Words(
        Text("材料核查已有申辩", "A reply in a review"),
        of(
            "项目 {project} 的材料核查已有申辩，请决定。",
            "The organisation has replied in a review of {project}; please decide.",
        ),
        material_page,
    ),
    "material.decided": Words(
        Text("材料核查已决定", "A review is decided"),
        of(
            "项目 {project} 中贵组织材料的核查已有决定，请查看。",
            "The review of your material in {project} is decided; please look.",
        ),
        material_page,
    ),
    "assessment.shortfall": Words(
        Text("居民评价不足，已有决定", "Too few residents answered: a decision"),
        of(
            "项目 {project} 的居民评价不足，区里已作决定，请查看并继续邀请居民评价。",
            "Too few residents have assessed {project}; the district has decided what now. Please "
            "look, and go on inviting residents.",
        ),
        desk_page,
    ),
    "instalment.released": Words(
        Text("可以付款", "An instalment is due"),
        of(
            "项目 {project} 第 {milestone} 个里程碑已验收，可付款 {amount} 元。",
            "Milestone {milestone} of {project} is accepted: {amount} yuan are due.",
        ),
        project_page,
    ),
    "need.answered": Words(
        Text("需求已有回应", "A need is answered"),
        of("需求 {need} 已由项目 {project} 回应。", "The need {need} was answered by {project}."),
        lambda facts: f"/needs/{facts['need']}",
    ),
    "need.reopened": Words(
        Text("需求重新等待立项", "A need waits again"),
        lambda facts: Text(
            f"项目 {facts['project']} 已结束（{STATUS_NAMES[Status(facts['status'])].zh}），"
            f"需求 {facts['need']} 重新等待立项，请安排。",
            f"{facts['project']} has ended ({STATUS_NAMES[Status(facts['status'])].en}); the need "
            f"{facts['need']} waits for a project again.",
        ),
        lambda facts: f"/needs/{facts['need']}",
    ),
    "objection.filed": Words(
        Text("收到异议", "An objection"),
        lambda facts: Text(
            f"项目 {facts['project']} 的承榜收到异议，请于 {due(facts).zh}前答复。",
            f"The award of {facts['project']} is objected to; please answer by {due(facts).en}.",
        ),
        desk_page,
    ),
    "objection.answered": Words(
        Text("异议已答复", "Your objection is answered"),
        of(
            "您对项目 {project} 提出的异议已有答复，不服可以在期限内申诉。",
            "Your objection to {project} is answered; if it is dismissed you may appeal in time.",
        ),
        project_page,
    ),
    "objection.appealed": Words(
        Text("异议申诉", "An appeal"),
        lambda facts: Text(
            f"项目 {facts['project']} 的异议有人申诉，请于 {due(facts).zh}前审理。",
            f"An appeal about {facts['project']} is yours to decide by {due(facts).en}.",
        ),
        desk_page,
    ),
    "objection.moot": Words(
        Text("异议不再答复", "Your objection needs no answer"),
        of(
            "项目 {project} 原定的承榜已撤回，您的异议无须再答复；重新公示后可以再次提出。",
            "The award of {project} that you objected to is withdrawn, so it is not answered; you "
            "may object again to the next one.",
        ),
        project_page,
    ),
    "appeal.remind": Words(
        Text("申诉决定即将到期", "An appeal waits for you"),
        owed("异议申诉", "An appeal about the award of"),
        desk_page,
    ),
    "appeal.escalate": Words(
        Text("申诉决定已逾期", "A decision on an appeal is overdue"),
        owed("异议申诉", "An appeal about the award of"),
        desk_page,
    ),
    "appeal.decided": Words(
        Text("申诉已决定", "Your appeal is decided"),
        of("您对项目 {project} 的申诉已有决定。", "Your appeal about {project} is decided."),
        project_page,
    ),
    "complaint.filed": Words(
        Text("收到投诉", "A complaint"),
        lambda facts: Text(
            f"项目 {facts['project']} 收到投诉，请于 {due(facts).zh}前公开答复。",
            f"{facts['project']} is complained of; please answer by {due(facts).en}.",
        ),
        complaints_page,
    ),
    "complaint.remind": Words(
        Text("投诉答复即将到期", "A complaint waits for an answer"),
        owed("投诉", "A complaint about"),
        complaints_page,
    ),
    "complaint.escalate": Words(
        Text("投诉答复已逾期", "An answer to a complaint is overdue"),
        owed("投诉", "A complaint about"),
        complaints_page,
    ),
    "objection.remind": Words(
        Text("异议答复即将到期", "An objection waits for an answer"),
        owed("异议", "An objection to the award of"),
        desk_page,
    ),
    "objection.escalate": Words(
        Text("异议答复已逾期", "An answer to an objection is overdue"),
        owed("异议", "An objection to the award of"),
        desk_page,
    ),
    "milestone.remind": Words(
        Text("里程碑即将到期", "A milestone is due soon"),
        of(
            "项目 {project} 第 {milestone} 个里程碑应于 {day} 完成，请按期报告；需要延期的，请提出变更。",
            "Milestone {milestone} of {project} is due on {day}; report it in time, or ask for "
            "another date.",
        ),
        desk_page,
    ),
    "milestone.escalate": Words(
        Text("里程碑已逾期", "A milestone is overdue"),
        of(
            "项目 {project} 第 {milestone} 个里程碑应于 {day} 完成，尚未报告。",
            "Milestone {milestone} of {project} was due on {day} and is not reported.",
        ),
        desk_page,
    ),
    "corrective.found": Words(
        Text("需要整改", "Something is to be corrected"),
        of(
            "项目 {project} 发现需要整改的问题（{corrective}），请按期办理。",
            "Something in {project} is to be corrected ({corrective}); please act in time.",
        ),
        corrective_page,
    ),
    "corrective.moved": Words(
        Text("整改有进展", "A corrective action has moved on"),
        lambda facts: Text(
            f"整改 {facts['corrective']} 现为“{standing(facts).zh}”。",
            f"The corrective action {facts['corrective']} is now: {standing(facts).en}.",
        ),
        corrective_page,
    ),
    "conduct.proposed": Words(
        Text("拟列入黑榜", "A black entry is proposed"),
        lambda facts: Text(
            f"贵组织拟列入 {facts['list']} 黑榜，可于 {until(facts).zh}前申辩。",
            f"Your organisation is proposed for the black list {facts['list']}; reply by "
            f"{until(facts).en}.",
        ),
        lambda facts: f"/desk/{facts['list']}",
    ),
    "conduct.decided": Words(
        Text("红黑榜已发布", "The conduct list is published"),
        of(
            "红黑榜 {list} 已发布，涉及贵组织，请查看。",
            "The conduct list {list} is published and concerns your organisation.",
        ),
        lambda _: "/conduct",
    ),
    "conduct.dropped": Words(
        Text("不列入黑榜", "Not on the black list"),
        of(
            "{list} 红黑榜已发布，拟列入贵组织的黑榜条目经审定未列入。",
            "The conduct list {list} is published without the black entry proposed for you.",
        ),
        lambda _: "/conduct",
    ),
    "conduct.repaired": Words(
        Text("黑榜条目已修复", "A black entry is repaired"),
        of(
            "贵组织在 {list} 的黑榜条目已修复，可以重新揭榜。",
            "Your black entry of {list} is repaired; you may bid again.",
        ),
        lambda _: "/conduct",
    ),
}
LOUD: Final = frozenset(
    {
        "gate.escalate",
        "complaint.escalate",
        "objection.escalate",
        "appeal.escalate",
        "call.published",
        "award.public_notice",
    }
)
