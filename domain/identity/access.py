"""What a personal access token lets a program do in its owner's name: never more than the owner."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.text import Text


class TokenScope(StrEnum):
    """One thing a token is good for."""

    READ = "read"
    WORK = "work"
    BID = "bid"
    DECIDE = "decide"
    ADMINISTER = "administer"


TOKEN_SCOPE_NAMES: Final[Mapping[TokenScope, Text]] = {
    TokenScope.READ: Text("读取我的工作", "read my work"),
    TokenScope.WORK: Text("办理和提交", "do and submit what is mine to do"),
    TokenScope.BID: Text("读写本组织的意向书", "read and write my organisation's bids"),
    TokenScope.DECIDE: Text("审批", "decide at gates"),
    TokenScope.ADMINISTER: Text("区级管理", "administer the district"),
}
