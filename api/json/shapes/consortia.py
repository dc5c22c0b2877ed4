"""The consortium that delivers a project, before those concerned."""

from api.json.shapes.base import ResponseModel
from domain.bid.eligibility import EligibilityFinding
from services.deliver.consortium_page import ConsortiumLine, ReplacementLine


class ConsortiumPublic(ResponseModel):
    """A consortium: its members, the replacements, and how the caller stands to the one that waits.

    ``findings`` are the criteria of the call for the caller, who is asked to join.
    """

    code: str
    title: str
    members: list[ConsortiumLine]
    replacements: list[ReplacementLine]
    under_way: bool
    heard: bool
    leads: bool
    leaves: bool
    joins: bool
    decides: bool
    findings: list[EligibilityFinding]
