"""A browser without a screen: it keeps cookies and sends forms with their token."""

import httpx
from sqlmodel import select

from api.visitors import COOKIE, csrf_token
from models import Person
from models.session import unit_of_work
from services.identity.sessions import begin_session
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.clients import http_client
from tests.patience import PATIENCE

OPEN: list[httpx.Client] = []


class Visitor:
    """Somebody at the web; with a login, signed in. They leave when the test ends."""

    def __init__(self, base: str, login: str = "") -> None:
        self.client = http_client(base_url=base, timeout=PATIENCE, headers={"Origin": base})
        OPEN.append(self.client)
        if login:
            with unit_of_work() as session:
                person = session.exec(select(Person).where(Person.login == login)).one()
                token = begin_session(session, person, client="test")
            self.client.cookies.set(COOKIE, token)
        else:
            self.client.get("/sign-in")

    def read(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return str(answer.text)

    def unseal(self, code: str) -> str:
        """Give one's organisation's passphrase at a bid and return its page."""
        path = f"/desk/calls/{code}/bid"
        self.post(f"{path}/unlock", passphrase=DEMO_PASSPHRASE)
        return self.read(path)

    def post(self, path: str, **values: str | list[str]) -> httpx.Response:
        """Send a form; two words of a name are joined by a dot where a parameter can't hold one."""
        token = csrf_token(self.client.cookies[COOKIE])
        data = {name.replace("__", "."): value for name, value in values.items()}
        return self.client.post(path, data={"csrf": token} | data)
