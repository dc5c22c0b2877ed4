"""A district with a project at every stage, and one of everybody who may come to its pages."""

from dataclasses import dataclass, field
from uuid import UUID

import httpx
from sqlmodel import select

from api.visitors import COOKIE, csrf_token
from domain.identity.access import TokenScope
from models import (
    AuditEntry,
    Bid,
    Person,
    Project,
)
from models.session import unit_of_work
from services.identity.access_tokens import AccessTokenCreate, make_token
from services.identity.sessions import begin_session
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.builders import actor
from tests.clients import http_client
from tests.patience import PATIENCE


@dataclass
class Trouble:
    """Codes of what was put into the district; ``gates`` are paths on the desk, by step."""

    complaint: str = ""
    soon: str = ""
    gates: dict[str, str] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)
    proposed: str = ""
    to_decide: str = ""
    listed: str = ""


@dataclass
class World:
    """Projects by the stage they wait at, people by what they are to them.

    ``entries`` are those of registers by their codes, ``needed`` the columns that their own rules
    want beside. ``without_part`` are the logins of organisations that no project was awarded to.
    """

    projects: dict[str, Project] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    bid: Bid | None = None
    file: str = ""
    review: str = ""
    objection: str = ""
    opened: str = ""
    need: str = ""
    question: str = ""
    invitation: str = ""
    follows: str = ""
    organisation: str = ""
    template: str = ""
    trouble: Trouble = field(default_factory=Trouble)
    entries: dict[str, str] = field(default_factory=dict)
    needed: dict[str, set[str]] = field(default_factory=dict)
    without_part: list[str] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def client(self, base: str, who: str) -> httpx.Client:
        """Return somebody's browser; ``anonymous`` has a cookie but no session."""
        if who not in self.cookies:
            self.cookies[who] = self._cookie(who)
        return http_client(base_url=base, cookies={COOKIE: self.cookies[who]}, timeout=PATIENCE)

    def _cookie(self, who: str) -> str:
        if who == "anonymous":
            return "a-guest"
        with unit_of_work() as session:
            person = session.exec(select(Person).where(Person.login == self.people[who])).one()
            return begin_session(session, person, client="test")

    def program(self, base: str, who: str, *scopes: TokenScope) -> httpx.Client:
        """Return somebody's program, its token good for all or some; ``anonymous`` has none.

        It sends the passphrase of its organisation's seal.
        """
        headers = {"Jiebang-Passphrase": DEMO_PASSPHRASE}
        if who != "anonymous":
            with unit_of_work() as session:
                wanted = AccessTokenCreate(name="test", days=9, scopes=list(scopes or TokenScope))
                person = actor(self.people[who])
                headers["Authorization"] = (
                    f"Bearer {make_token(session, actor=person, token=wanted)}"
                )
        return http_client(base_url=f"{base}/api/v1", headers=headers, timeout=PATIENCE)

    def proof(self) -> str:
        """Return the address of the proof of one public entry."""
        code = self.projects["bidding"].code
        with unit_of_work() as session:
            entry = session.exec(
                select(AuditEntry.position).where(
                    AuditEntry.subject == code, AuditEntry.action == "project.formed"
                )
            ).one()
        return f"/projects/{code}/proof/{entry}"

    def form(self, who: str, **values: str) -> dict[str, str]:
        """Return a form as this visitor's page would send it."""
        return {"csrf": csrf_token(self.cookies[who])} | values


def own_of(login: str) -> UUID:
    """Return the organisation somebody acts for."""
    with unit_of_work() as session:
        person = session.exec(select(Person).where(Person.login == login)).one()
        assert person.organisation_id is not None
        return person.organisation_id
