"""The seats that rules name: role, scope, how many people."""

from typing import Final

from domain.gates import Verb
from domain.identity.roles import Role, Scope

SECRETARY: Final = (Role.COMMUNITY_SECRETARY, Scope.COMMUNITY, 1)
STREET: Final = (Role.STREET_OFFICER, Scope.STREET, 1)
EXPERT: Final = (Role.EXPERT, Scope.DISTRICT, 1)
ADMINISTRATOR: Final = (Role.DISTRICT_ADMINISTRATOR, Scope.DISTRICT, 1)
DEPARTMENT: Final = (Role.DEPARTMENT_OFFICER, Scope.DISTRICT, 1)
PREPARE: Final = (Verb.SUBMIT,)
DECIDE: Final = (Verb.APPROVE, Verb.RETURN, Verb.REJECT)
