"""What each role may do, and for which place or organisation: one table.

Deciding at a gate is not here: the gate's policy seats people. Scoring bids is not either: a panel
names its members. Source: the district's rules, "People and what they may do".
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.identity.roles import Role, Scope


class Act(StrEnum):
    """Something a person may do to a project, for an organisation or in the district."""

    FORM_PROJECT = "form_project"
    CANCEL_PROJECT = "cancel_project"
    READ_DOSSIER = "read_dossier"
    APPRAISE = "appraise"
    MEND_CALL = "mend_call"
    BID = "bid"
    KEEP_PROFILE = "keep_profile"
    OPEN_BIDS = "open_bids"
    ANSWER_QUESTION = "answer_question"
    ANSWER_OBJECTION = "answer_objection"
    DECIDE_APPEAL = "decide_appeal"
    CONFIRM_AS_BUYER = "confirm_as_buyer"
    CONFIRM_AS_SUPPLIER = "confirm_as_supplier"
    REPORT_DELIVERY = "report_delivery"
    ACCEPT_DELIVERY = "accept_delivery"
    ANSWER_COMPLAINT = "answer_complaint"
    VISIT = "visit"
    HAND_OVER = "hand_over"
    REPLY_TO_LISTING = "reply_to_listing"
    REVIEW_MATERIAL = "review_material"
    DECIDE_MATERIAL = "decide_material"
    ASSESS_AS_PARTY_ORGANISATION = "assess_as_party_organisation"
    ENTER_PAPER_ANSWERS = "enter_paper_answers"
    ASSESS_AS_DEPARTMENT = "assess_as_department"
    ASSESS_AS_EXPERT = "assess_as_expert"
    DECIDE_SHORTFALL = "decide_shortfall"
    AUDIT = "audit"
    OPERATE = "operate"
    ADMINISTER = "administer"


_SECRETARY: Final = (Role.COMMUNITY_SECRETARY, Scope.COMMUNITY)
_STREET: Final = (Role.STREET_OFFICER, Scope.STREET)
_ADMINISTRATOR: Final = (Role.DISTRICT_ADMINISTRATOR, Scope.DISTRICT)
_DEPARTMENT: Final = (Role.DEPARTMENT_OFFICER, Scope.DISTRICT)
_EXPERT: Final = (Role.EXPERT, Scope.DISTRICT)
_MEMBER: Final = (Role.ORGANISATION_MEMBER, Scope.ORGANISATION)

PERMITS: Final[Mapping[Act, tuple[tuple[Role, Scope], ...]]] = {
    Act.FORM_PROJECT: (_SECRETARY, _STREET),
    Act.CANCEL_PROJECT: (_ADMINISTRATOR,),
    Act.READ_DOSSIER: (_SECRETARY, _STREET, _ADMINISTRATOR),
    Act.APPRAISE: (_EXPERT, _DEPARTMENT),
    Act.MEND_CALL: (_SECRETARY,),
    Act.BID: (_MEMBER,),
    Act.KEEP_PROFILE: (_MEMBER,),
    Act.OPEN_BIDS: (_STREET, _SECRETARY),
    Act.ANSWER_QUESTION: (_SECRETARY, _STREET),
    Act.ANSWER_OBJECTION: (_ADMINISTRATOR,),
    Act.DECIDE_APPEAL: ((Role.AUDITOR, Scope.DISTRICT),),
    Act.CONFIRM_AS_BUYER: (_STREET,),
    Act.CONFIRM_AS_SUPPLIER: (_MEMBER,),
    Act.REPORT_DELIVERY: (_MEMBER,),
    Act.ACCEPT_DELIVERY: (_STREET,),
    Act.ANSWER_COMPLAINT: (_STREET,),
    Act.VISIT: (_STREET, _SECRETARY),
    Act.HAND_OVER: (_STREET,),
    Act.REPLY_TO_LISTING: (_MEMBER,),
    Act.REVIEW_MATERIAL: (_STREET, _ADMINISTRATOR),
    Act.DECIDE_MATERIAL: (_ADMINISTRATOR,),
    Act.ASSESS_AS_PARTY_ORGANISATION: (_STREET, _SECRETARY),
    Act.ENTER_PAPER_ANSWERS: (_SECRETARY,),
    Act.ASSESS_AS_DEPARTMENT: (_DEPARTMENT,),
    Act.ASSESS_AS_EXPERT: (_EXPERT,),
    Act.DECIDE_SHORTFALL: (_ADMINISTRATOR,),
    Act.AUDIT: ((Role.AUDITOR, Scope.DISTRICT),),
    Act.ADMINISTER: (_ADMINISTRATOR,),
    Act.OPERATE: ((Role.OPERATOR, Scope.DISTRICT), _ADMINISTRATOR),
}
