"""Award 承榜: the panel was complete, unconflicted and its arithmetic holds."""

from checks.suite import Severity, Suite, at_least, between, contains, present, unique
from domain.text import Text

SUITE = Suite(
    name="award",
    sql="""
SELECT b.receipt_no || ' / ' || left(s.person_id::text, 8) AS row_key, b.receipt_no,
       s.person_id::text AS person, m.party, m.declared_at, s.scored_at,
       (m.recused_at IS NOT NULL)::int AS recused, b.price, c.ceiling,
       (SELECT count(*) FROM panel x JOIN panel_member y
         ON (y.project_id, y.round, y.person_id) = (x.project_id, x.round, x.chair_id)
         WHERE x.project_id = :process AND x.round = :round AND y.recused_at IS NULL) AS chairs,
       (SELECT min(v.value::numeric) FROM jsonb_each_text(s.marks) v) AS lowest_mark,
       (SELECT max(v.value::numeric) FROM jsonb_each_text(s.marks) v) AS highest_mark,
       (SELECT count(*) FROM jsonb_each_text(s.marks) v)
         - (SELECT count(*) FROM jsonb_each_text(c.rubric) v) AS criteria_difference,
       (SELECT count(*) FROM panel_score x WHERE x.bid_id = b.id AND x.round = :round
         AND x.voided_at IS NULL) AS sheets,
       (SELECT count(*) FROM panel_member x
         WHERE x.project_id = :process AND x.round = :round AND x.recused_at IS NULL
         AND x.seated_at IS NOT NULL) AS members,
       (SELECT (r ->> 'total')::numeric
               - round((SELECT sum((l ->> 3)::numeric) FROM jsonb_array_elements(r -> 'lines') l), 2)
        FROM award a, jsonb_array_elements(a.ranking) r
        WHERE a.project_id = :process AND a.round = :round AND r ->> 'bid' = b.id::text)
         AS total_difference,
       (SELECT max((r ->> 'total')::numeric) - a.total FROM award a, jsonb_array_elements(a.ranking) r
        WHERE a.project_id = :process AND a.round = :round GROUP BY a.total) AS lead_difference
FROM panel_score s
JOIN bid b ON b.id = s.bid_id
JOIN call c ON c.id = b.call_id
LEFT JOIN panel_member m
  ON m.project_id = s.project_id AND m.round = s.round AND m.person_id = s.person_id
WHERE s.project_id = :process AND s.round = :round AND s.voided_at IS NULL
""",
    checks=(
        between(
            "award.recused",
            Text("有回避成员的评分", "a recused member has scored"),
            "recused",
            0,
            0,
        ),
        present(
            "award.declared",
            Text("有成员未申报利害关系", "a member has not declared interests"),
            "declared_at",
        ),
        contains(
            "award.parties",
            Text("评审组缺少一方", "a party of the panel is missing"),
            "party",
            ["street_community", "departments", "experts"],
        ),
        unique(
            "award.once",
            Text("同一成员对同一意向书评了两次", "a member scored a bid twice"),
            "receipt_no",
            "person",
        ),
        between(
            "award.lowest-mark", Text("有低于 0 的评分", "a mark is below 0"), "lowest_mark", 0
        ),
        between(
            "award.highest-mark",
            Text("有高于 100 的评分", "a mark is above 100"),
            "highest_mark",
            None,
            100,
        ),
        between(
            "award.criteria",
            Text("评分项与标准不一致", "the sheet does not follow the rubric"),
            "criteria_difference",
            0,
            0,
        ),
        at_least("award.complete", Text("评分未齐", "a sheet is missing"), "sheets", "members"),
        between(
            "award.arithmetic",
            Text("总分与各项得分不符", "a total does not equal its lines"),
            "total_difference",
            -0.011,
            0.011,
        ),
        between(
            "award.first",
            Text("拟承榜者不是最高分", "the award does not go to the highest total"),
            "lead_difference",
            0,
            0,
        ),
        at_least(
            "award.ceiling",
            Text("有意向书报价超过最高限价", "a bid's price exceeds the ceiling"),
            "ceiling",
            "price",
        ),
        between(
            "award.chair",
            Text("组长不在评审组或已回避", "the chair is not on the panel, or is recused"),
            "chairs",
            1,
            1,
        ),
        between(
            "award.panel-size",
            Text("未回避成员少于 3 人，请核实", "fewer than three members are left"),
            "members",
            3,
            severity=Severity.WARNING,
        ),
    ),
)
