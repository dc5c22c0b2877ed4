"""Roles, the scopes they hold for, and seats at a gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.text import Text


class Role(StrEnum):
    """A role a person holds for a scope.

    Source: the district's rules, "People and what they may do".
    """

    RESIDENT = "resident"
    ORGANISATION_MEMBER = "organisation_member"
    COMMUNITY_SECRETARY = "community_secretary"
    STREET_OFFICER = "street_officer"
    DEPARTMENT_OFFICER = "department_officer"
    EXPERT = "expert"
    DISTRICT_ADMINISTRATOR = "district_administrator"
    OPERATOR = "operator"
    ANALYST = "analyst"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """What a role is held for."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    ORGANISATION = "organisation"


ROLE_NAMES: Final = {
    Role.RESIDENT: Text("居民", "resident"),
    Role.ORGANISATION_MEMBER: Text("社会组织成员", "organisation member"),
    Role.COMMUNITY_SECRETARY: Text("社区书记", "community secretary"),
    Role.STREET_OFFICER: Text("街道干部", "street officer"),
    Role.DEPARTMENT_OFFICER: Text("部门干部", "department officer"),
    Role.EXPERT: Text("专家", "expert"),
    Role.DISTRICT_ADMINISTRATOR: Text("区管理员", "district administrator"),
    Role.OPERATOR: Text("运维", "operator"),
    Role.ANALYST: Text("分析员", "analyst"),
    Role.AUDITOR: Text("审计员", "auditor"),
}


@dataclass(frozen=True)
class Grant:
    """One role that one person holds for one scope; ``code`` names the place or organisation."""

    role: Role
    scope: Scope
    code: str

    def holds(self, role: Role, scope: Scope, code: str) -> bool:
        """Tell whether this is ``role`` for ``code``; a district-wide grant is so for every place."""
        everywhere = self.scope is Scope.DISTRICT and scope is not Scope.ORGANISATION
        return self.role is role and (everywhere or (self.scope, self.code) == (scope, code))


@dataclass(frozen=True)
class Seat:
    """A place at a gate: ``count`` people with ``role`` for the scope ``code``.

    ``people`` names who alone may sit there (a chair, the openers); empty means anyone.
    """

    role: Role
    scope: Scope
    code: str
    count: int = 1
    people: tuple[UUID, ...] = ()

    def admits(self, person: UUID, grants: Iterable[Grant]) -> bool:
        """Tell whether ``person`` may sit here by one of their ``grants``."""
        if self.people and person not in self.people:
            return False
        return any(grant.holds(self.role, self.scope, self.code) for grant in grants)
