"""The words of a closing report."""

from typing import Final

from domain.text import Lang, Text

WORDS: Final[dict[str, Text]] = {
    "demo": Text("演示数据，不具效力", "Demo data, without effect"),
    "place": Text("地点", "Place"),
    "category": Text("类别", "Category"),
    "supplier": Text("承榜组织", "Supplier"),
    "amount": Text("协议金额", "Amount"),
    "period": Text("起止", "Period"),
    "result": Text("考榜结果", "Result"),
    "needs": Text("来自居民的需求", "Needs of residents"),
    "supporters": Text("来源", "Origin"),
    "needs_line": Text(
        "{needs} 条需求，{supporters} 人支持", "needs: {needs}, supporters: {supporters}"
    ),
    "root_cause": Text("问题根源", "Root cause"),
    "target_group": Text("目标人群", "Target group"),
    "beneficiaries": Text("受益人数", "Beneficiaries"),
    "budget": Text("预算", "Budget"),
    "ceiling": Text("最高限价", "Ceiling"),
    "yuan": Text("元", "yuan"),
    "history": Text("历程", "History"),
    "when": Text("时间", "When"),
    "what": Text("事项", "What"),
    "outcome": Text("结果", "Outcome"),
    "competition": Text("揭榜与承榜", "Bids and award"),
    "rank": Text("名次", "Rank"),
    "bidder": Text("揭榜组织", "Bidder"),
    "price": Text("报价（元）", "Price (yuan)"),
    "total": Text("总分", "Total"),
    "arithmetic": Text("承榜者得分计算", "Arithmetic of the award"),
    "criterion": Text("评分项", "Criterion"),
    "mean": Text("均值", "Mean"),
    "weight": Text("权重 %", "Weight %"),
    "points": Text("得分", "Points"),
    "delivery": Text("实施与付款", "Delivery and payment"),
    "milestone": Text("里程碑", "Milestone"),
    "due": Text("应完成", "Due"),
    "accepted": Text("验收", "Accepted"),
    "instalment": Text("付款（元）", "Instalment (yuan)"),
    "evidence": Text("佐证", "Evidence"),
    "indicators": Text("成果指标", "Indicators"),
    "indicator": Text("指标", "Indicator"),
    "target": Text("目标", "Target"),
    "reached": Text("完成", "Reached"),
    "assessment": Text("四方考评", "Four-party assessment"),
    "party": Text("评价方", "Party"),
    "answers": Text("份数", "Answers"),
    "spread": Text("各方最大差距", "Largest difference between parties"),
    "flagged": Text("差距超过限值，须复核", "beyond the limit, to be reviewed"),
    "chart": Text("各方评分与各阶段用时", "Scores by party and days by stage"),
    "stages": Text("各阶段用时", "Days by stage"),
    "score": Text("评分", "Score"),
    "days": Text("天数", "Days"),
    "earned": Text("已验收应付", "Accepted and due"),
    "reason": Text("结束原因", "Why it ended"),
    "detail": Text("内容", "In words"),
    "audit": Text("审计链", "Audit chain"),
    "audit_line": Text("截至第 {position} 条记录，链首哈希", "Head at entry {position}"),
    "issued": Text("出具日期", "Issued"),
    "tie": Text("同分排序依据", "tie broken by"),
}

CRITERIA: Final[dict[str, Text]] = {
    "understanding": Text("需求理解", "Understanding"),
    "plan": Text("实施方案", "Plan"),
    "team": Text("团队能力", "Team"),
    "price": Text("价格", "Price"),
    "track_record": Text("过往业绩", "Track record"),
    "urgency": Text("紧迫程度", "Urgency"),
    "reach": Text("受益面", "Reach"),
    "public_value": Text("公共价值", "Public value"),
    "feasibility": Text("可行性", "Feasibility"),
    "cost_effectiveness": Text("成本效益", "Cost-effectiveness"),
    "organisation": Text("组织实施", "Organisation"),
    "results": Text("服务成效", "Results"),
    "compliance": Text("规范性", "Compliance"),
    "satisfaction": Text("满意程度", "Satisfaction"),
    "usefulness": Text("实际帮助", "Usefulness"),
    "professional_quality": Text("专业水平", "Professional quality"),
    "sustainability": Text("可持续性", "Sustainability"),
}


def _levels(*levels: Text) -> Text:
    """Return in a sentence what the marks 90, 75 and 60 mean."""
    marks = list(zip((90, 75, 60), levels, strict=True))
    return Text(
        "；".join(f"{mark} 分：{level.zh}" for mark, level in marks) + "。",
        "; ".join(f"{mark}: {level.en}" for mark, level in marks) + ".",
    )


# What a mark of 90, of 75 and of 60 means by each criterion.
LEVELS: Final[dict[str, Text]] = {
    "understanding": _levels(
        Text(
            "说清问题根源、对象和难点，与需求分析一致",
            "causes, people and difficulties are named and fit the analysis",
        ),
        Text("主要问题和对象清楚", "the main problem and the people are clear"),
        Text("基本重复榜单内容", "little more than the call repeated"),
    ),
    "plan": _levels(
        Text(
            "步骤、人员、时间和风险都具体，可以核查",
            "steps, people, dates and risks are concrete and can be checked",
        ),
        Text(
            "步骤和时间清楚，个别部分需要补充", "steps and dates are clear, a few parts want detail"
        ),
        Text("方向正确，步骤难以核查", "the direction is right, the steps cannot be checked"),
    ),
    "team": _levels(
        Text(
            "全部服务都有合格人员，并有替补", "qualified people for every service, with stand-ins"
        ),
        Text("主要岗位有合格人员", "the main posts have qualified people"),
        Text("人员勉强够用，资质有待补齐", "barely enough people, qualifications outstanding"),
    ),
    "price": _levels(
        Text("每项测算都有依据，明显节约", "every line has its basis, and money is clearly saved"),
        Text("测算基本合理", "reasonable on the whole"),
        Text("不超过限价，部分测算缺少依据", "within the ceiling, some lines without a basis"),
    ),
    "track_record": _levels(
        Text("同类项目的成效可以核实", "results in projects of this kind can be verified"),
        Text("做过同类项目", "has done projects of this kind"),
        Text("做过相近的项目", "has done something near to it"),
    ),
    "urgency": _levels(
        Text(
            "不马上解决会影响安全或基本生活", "safety or daily life suffers unless it is solved now"
        ),
        Text("应当在半年内解决", "should be solved within half a year"),
        Text("可以放到下一轮", "may wait for the next round"),
    ),
    "reach": _levels(
        Text(
            "惠及目标人群的大多数，人数有依据",
            "reaches most of the target group, with a basis for the number",
        ),
        Text("惠及约一半", "reaches about half"),
        Text("惠及少数人", "reaches a few"),
    ),
    "public_value": _levels(
        Text(
            "补上公共服务的明显短板，居民普遍认同", "closes a clear gap, and residents widely agree"
        ),
        Text("面向公众，带动邻里参与", "serves the public and brings neighbours in"),
        Text("主要是个别人受益", "mostly individuals gain"),
    ),
    "feasibility": _levels(
        Text("场地、人员、经费都已落实", "place, people and money are in place"),
        Text("主要条件具备", "the main conditions are met"),
        Text("关键条件有待落实", "a key condition is still open"),
    ),
    "cost_effectiveness": _levels(
        Text(
            "人均成本低于同类项目，成效可以衡量",
            "costs a head are below like projects, and results can be measured",
        ),
        Text("与同类项目相当", "as in like projects"),
        Text("高于同类项目，有一定理由", "above like projects, with some reason"),
    ),
    "organisation": _levels(
        Text(
            "按期完成，记录完整，问题及时处理",
            "on time, records complete, problems handled at once",
        ),
        Text("基本按期，记录齐全", "mostly on time, records complete"),
        Text("有延误，记录有缺失", "late in parts, records with gaps"),
    ),
    "results": _levels(
        Text("指标全部达到，部分明显超出", "every target is reached, some clearly exceeded"),
        Text("指标全部达到", "every target is reached"),
        Text("主要指标达到", "the main targets are reached"),
    ),
    "compliance": _levels(
        Text("经费、档案、安全都没有问题", "money, files and safety without a fault"),
        Text("有小问题，已经改正", "small faults, corrected"),
        Text("有问题，正在改正", "faults that are being corrected"),
    ),
    "satisfaction": _levels(
        Text(
            "服务对象普遍满意，没有属实的投诉", "those served are content, no complaint was upheld"
        ),
        Text("多数服务对象满意", "most of those served are content"),
        Text("过半服务对象满意", "more than half of those served are content"),
    ),
    "usefulness": _levels(
        Text("困难明显缓解", "the difficulty is clearly eased"),
        Text("有较大帮助", "a good deal of help"),
        Text("有一些帮助", "some help"),
    ),
    "professional_quality": _levels(
        Text("方法规范，有督导，有评估", "sound methods, supervised and evaluated"),
        Text("方法得当", "proper methods"),
        Text("能够完成基本服务", "the basic service is done"),
    ),
    "sustainability": _levels(
        Text("项目结束后有人、有经费继续做", "people and money are there to go on afterwards"),
        Text("有接续安排", "there are arrangements to go on"),
        Text("只有继续的意向", "there is an intention to go on"),
    ),
}

GRADES: Final[dict[str, Text]] = {
    "excellent": Text("优秀", "excellent"),
    "good": Text("良好", "good"),
    "pass": Text("合格", "pass"),
    "fail": Text("不合格", "fail"),
}


def words(lang: Lang) -> dict[str, str]:
    """Return every word in ``lang``."""
    return {name: text.zh if lang == "zh" else text.en for name, text in WORDS.items()}
