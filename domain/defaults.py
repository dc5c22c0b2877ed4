"""The defaults of domain.md. They seed a round's settings; from then on the stored row counts."""

from typing import Any, Final

DEFAULTS: Final[dict[str, Any]] = {
    "appraisal_rubric": {
        "urgency": "30",
        "reach": "25",
        "public_value": "20",
        "feasibility": "15",
        "cost_effectiveness": "10",
    },
    "appraisal_quorum": 3,
    "award_rubric": {
        "understanding": "20",
        "plan": "30",
        "team": "20",
        "price": "15",
        "track_record": "15",
    },
    "bid_window_days": 10,
    "extension_days": 5,
    "openers": 2,
    "panel_size": 5,
    "dispersion_limit": "30",
    "second_approval_above": "100000",
    "public_notice_days": 5,
    "objection_days": 5,
    "appeal_days": 3,
    "assessment": {
        "party_organisations": {
            "weight": "30",
            "minimum": 2,
            "rubric": {"organisation": "40", "results": "40", "compliance": "20"},
        },
        "residents": {
            "weight": "30",
            "minimum": 5,
            "rubric": {"satisfaction": "60", "usefulness": "40"},
        },
        "departments": {
            "weight": "20",
            "minimum": 1,
            "rubric": {"compliance": "50", "results": "50"},
        },
        "experts": {
            "weight": "20",
            "minimum": 2,
            "rubric": {"professional_quality": "60", "sustainability": "40"},
        },
    },
    "grades": {"excellent": "90", "good": "75", "pass": "60"},
    "spread_limit": "30",
    "quota_by_grade": {"none": "1", "1A": "1", "2A": "2", "3A": "3", "4A": "4", "5A": "6"},
    "credit_base": "100",
    "credit_points": {
        "excellent": "8",
        "good": "4",
        "fail": "-15",
        "terminated": "-30",
        "complaint": "-5",
        "false_material": "-40",
        "withdrawn": "-20",
    },
    "credit_months": 24,
    "qualified_credit": "80",
    "complaint_days": 10,
    "hearing_days": 3,
    "late_days": 3,
    "recheck_days": 10,
    "conduct_reply_days": 5,
    "conduct_months": 12,
    "repair_months": 6,
}
