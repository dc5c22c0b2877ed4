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

GRADES: Final[dict[str, Text]] = {
    "excellent": Text("优秀", "excellent"),
    "good": Text("良好", "good"),
    "pass": Text("合格", "pass"),
    "fail": Text("不合格", "fail"),
}


def words(lang: Lang) -> dict[str, str]:
    """Return every word in ``lang``."""
    return {name: text.zh if lang == "zh" else text.en for name, text in WORDS.items()}
