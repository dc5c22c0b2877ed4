"""The categories of needs, by their names in a survey workbook."""

import re
from typing import Final

from domain.text import Text

CATEGORY_NAMES: Final = {
    "elderly": Text("为老服务", "services for the elderly"),
    "children": Text("儿童青少年", "children and youth"),
    "disabled": Text("助残服务", "services for the disabled"),
    "environment": Text("环境卫生", "environment"),
    "property": Text("物业管理", "property management"),
    "culture": Text("文体活动", "culture and sport"),
    "health": Text("健康卫生", "health"),
    "mediation": Text("法律调解", "legal aid and mediation"),
    "safety": Text("安全应急", "safety and emergencies"),
    "employment": Text("就业帮扶", "employment"),
    "convenience": Text("便民服务", "everyday services"),
}
_BY_NAME: Final = {name.zh: code for code, name in CATEGORY_NAMES.items()} | {
    "养老": "elderly",
    "老年": "elderly",
    "儿童": "children",
    "青少年": "children",
    "助残": "disabled",
    "环境": "environment",
    "物业": "property",
    "文体": "culture",
    "文化": "culture",
    "健康": "health",
    "法律": "mediation",
    "调解": "mediation",
    "安全": "safety",
    "就业": "employment",
    "便民": "convenience",
}


def category_of(text: str) -> str | None:
    """Return the code for a category's name, code or usual short name; None if unknown."""
    text = text.strip()
    return text if text in CATEGORY_NAMES else _BY_NAME.get(text)


def slug(text: str) -> str:
    """Return a foreign category (an Open311 service) as a code of letters of any script, digits
    and hyphens; a Chinese service keeps its name.
    """
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")[:60] or "other"


def category_name(code: str) -> Text:
    """Return a category's name; a foreign one is called by its code."""
    return CATEGORY_NAMES.get(code, Text(code, code))
