"""What programs ask about complaints, corrective actions and the conduct list."""

from typing import Any

from tests.web.register.register_requests import NOTHING
from tests.web.world import Trouble, World


def _action(trouble: Trouble, step: str, rest: str) -> str:
    return f"/corrective-actions/{trouble.actions[step]}/{rest}"


def oversight(world: World) -> list[tuple[str, str, str, Any]]:
    """Return what is written: method, path, name and body."""
    trouble, text = world.trouble, "增加值守人员，每周报送签到表。"
    delivering = world.projects["delivering"].code
    plan = {"text": text, "due_on": world.trouble.soon}
    troubled = trouble.complaint.rpartition("-")[0]
    return [
        ("POST", f"/projects/{troubled}/complaints", "complain", {"text": "连续两次没有送餐。"}),
        (
            "PUT",
            f"/complaints/{trouble.complaint}/answer",
            "answer a complaint",
            {"upheld": False, "answer": "送餐箱当天故障，已更换。"},
        ),
        (
            "POST",
            f"/projects/{delivering}/visits",
            "record a visit",
            {"visited_on": "2026-01-05", "colour": "red", "note": "服务点没有开门。"},
        ),
        ("PUT", _action(trouble, "correct", "step"), "submit a plan", plan),
        ("PUT", _action(trouble, "intervene", "guidance"), "give guidance", plan),
        (
            "PUT",
            _action(trouble, "exit", "hand-over"),
            "record a hand-over",
            {"text": text, "receiver": "社区党群服务中心", "people": 12},
        ),
        ("PUT", _action(trouble, "exit", "hand-over/confirmation"), "confirm it", None),
        (
            "PUT",
            f"/conduct/entries/{trouble.proposed}/reply",
            "reply to a black entry",
            {"reply": "我们已经配合完成交接。"},
        ),
        (
            "PUT",
            "/conduct/lists/HB-2025-02/decisions",
            "decide no entry of the list",
            {"decisions": [{"entry": NOTHING, "confirmed": True, "reason": "属实"}]},
        ),
        (
            "PUT",
            f"/conduct/entries/{trouble.listed}/repair",
            "repair a red entry",
            {"reason": "已修复"},
        ),
    ]
