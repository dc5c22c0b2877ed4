"""docs/glossary.md: each term in Chinese and English with its identifier in the code.

Nouns are listed here, beside the class that each names, so that none is named twice; the words of
every closed list come from the lists themselves.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final, NamedTuple

import domain
import models
from domain.text import Text
from tests.shell import ROOT

PAGE: Final = ROOT / "docs" / "glossary.md"
_HEAD: Final = """# Glossary

Each term in Chinese and English with its identifier. One name means one thing in the whole tree. `make documents` writes
this page; a test compares it, and looks for each identifier in the code.
"""


class Term(NamedTuple):
    """A noun: what people call it, and the class of ``models`` that is it."""

    zh: str
    en: str
    name: str


TERMS: Final = (
    Term("需求", "need", "Need"),
    Term("支持", "support of a need", "NeedSupport"),
    Term("项目", "project", "Project"),
    Term("批次", "round of open calls", "Round"),
    Term("批次规则", "settings of a round, in versions", "RoundSettings"),
    Term("评榜评分表", "appraisal score sheet", "AppraisalScore"),
    Term("榜单", "call", "Call"),
    Term("榜单模板", "template of calls", "CallTemplate"),
    Term("提问", "question about a call", "CallQuestion"),
    Term("意向书", "bid (letter of intent)", "Bid"),
    Term("联合体成员", "member of a consortium", "BidMember"),
    Term("密封版本", "sealed version of a bid", "BidPayload"),
    Term("开标记录", "opening record", "Opening"),
    Term("开标到场", "presence at an opening", "OpeningPresence"),
    Term("评审组", "panel", "Panel"),
    Term("评审组成员", "member of a panel", "PanelMember"),
    Term("承榜", "award", "Award"),
    Term("异议", "objection", "Objection"),
    Term("协议", "agreement", "Agreement"),
    Term("协议变更", "amendment", "Amendment"),
    Term("更换伙伴", "replacement of a partner", "Replacement"),
    Term("里程碑", "milestone", "Milestone"),
    Term("佐证", "evidence for a milestone", "Evidence"),
    Term("走访", "visit", "Visit"),
    Term("投诉", "complaint", "Complaint"),
    Term("考榜答卷", "answer to an assessment", "AssessmentResponse"),
    Term("考榜结果", "assessment result", "AssessmentResult"),
    Term("居民评价码", "resident's printed code", "ResidentToken"),
    Term("评价不足的决定", "shortfall of answers, and what was decided", "Shortfall"),
    Term("结项报告", "closing report", "Report"),
    Term("纠偏整改", "corrective action", "CorrectiveAction"),
    Term("整改问题", "finding", "Finding"),
    Term("材料核查", "review of material", "MaterialReview"),
    Term("红黑榜", "conduct list", "ConductList"),
    Term("红黑榜条目", "entry of a conduct list", "ConductEntry"),
    Term("信用记录", "credit event", "CreditEvent"),
    Term("名额台账", "quota ledger", "QuotaEntry"),
    Term("社会组织", "social organisation", "Organisation"),
    Term("人员", "person", "Person"),
    Term("角色", "grant of a role", "RoleGrant"),
    Term("关系登记", "tie of a person to an organisation", "Tie"),
    Term("登记版本", "version of an entry of a register, as it was recorded", "RegisterVersion"),
    Term("导入文件", "file whose rows go into a register", "RegisterImport"),
    Term("代理", "delegation", "Delegation"),
    Term("街道", "street", "Street"),
    Term("社区", "community", "Community"),
    Term("流程", "process", "Process"),
    Term("环节", "gate", "Gate"),
    Term("决定", "decision", "Decision"),
    Term("审批码", "one-time code for the Prefect UI", "ApprovalCode"),
    Term("效果", "effect: what a stage did, once", "Effect"),
    Term("数据检查", "check run", "CheckRun"),
    Term("审计记录", "audit entry", "AuditEntry"),
    Term("链首", "published head of the audit chain", "AuditHead"),
    Term("通知", "message in the outbox", "OutboxMessage"),
    Term("告警", "incident", "Incident"),
)


def lists() -> Iterator[tuple[str, str, Mapping[Enum, Text]]]:
    """Give every closed list of ``domain`` that has names: its module, its class, its names."""
    for package in pkgutil.walk_packages(domain.__path__, "domain."):
        module = importlib.import_module(package.name)
        for name, value in sorted(vars(module).items()):
            if not name.endswith("_NAMES") or not isinstance(value, Mapping) or not value:
                continue
            key, text = next(iter(value.items()))
            # Where the list is, not where it is used.
            here = type(key).__module__ == module.__name__
            if here and isinstance(text, Text) and isinstance(key, Enum):
                yield package.name.replace(".", "/"), type(key).__name__, value


def page() -> str:
    """Return the page as the code has it now."""
    lines = [_HEAD, "## Nouns", "", "| 中文 | English | identifier |", "|---|---|---|"]
    for term in TERMS:
        table = getattr(models, term.name).__tablename__
        lines.append(f"| {term.zh} | {term.en} | `{term.name}`, `{table}` |")
    for module, kind, names in lists():
        lines += ["", f"## `{kind}` (`{module}.py`)", ""]
        lines += ["| 中文 | English | identifier |", "|---|---|---|"]
        lines += [f"| {text.zh} | {text.en} | `{key.value}` |" for key, text in names.items()]
    return "\n".join(lines) + "\n"
