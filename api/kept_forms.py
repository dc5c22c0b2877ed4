"""What a reader has typed in forms and not sent yet, or could not send.

Who is signed in has drafts, which wait for weeks. A browser without a session has its forms parked
for an hour; whoever had typed them finds them again after signing in.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from api.visitors import COOKIE
from services.drafts import check_draft, drop_draft, form_draft, read_draft, save_draft
from services.identity.secrets import new_token
from services.identity.sessions import Visitor, last_person
from services.parked_forms import KEPT, park, parked, unpark

PARKED: Final = "jiebang_form"
Values = Mapping[str, Sequence[str]]


class KeptForm(NamedTuple):
    """What was kept of a form, and when; ``found_again`` if its session had ended meanwhile."""

    values: dict[str, list[str]]
    kept_at: datetime | None
    found_again: bool


class KeptForms:
    """The forms of one reader."""

    def __init__(
        self, request: Request, session: Session, visitor: Callable[[], Visitor | None]
    ) -> None:
        """Read who asks once it is needed."""
        self._request, self._session, self._visitor = request, session, visitor
        self._made = ""

    def find(self, path: str, *, drafts: bool) -> KeptForm | None:
        """Return what was kept of the form that is sent to ``path``; parked goes before a draft."""
        visitor = self._visitor()
        me = visitor.actor.person_id if visitor else None
        if browser := self._request.cookies.get(PARKED):
            held = parked(self._session, browser=browser, path=path)
            if held and held.person_id in (None, me):
                return KeptForm(held.values, None, found_again=True)
        if me and drafts and (draft := read_draft(self._session, form_draft(me, path))):
            return KeptForm(draft.content, draft.saved_at, found_again=False)
        return None

    def keep(self, path: str, values: Values) -> None:
        """Keep a form as it stands, as a draft of who is signed in or for this browser."""
        if visitor := self._visitor():
            check_draft(values)
            key = form_draft(visitor.actor.person_id, path)
            save_draft(self._session, key=key, values=values, actor=visitor.actor)
            self.forget(path, beside=True)
            return
        self.park(path, values)

    def park(self, path: str, values: Values) -> None:
        """Keep a form for this browser; who had been signed in alone finds it again."""
        token = self._request.cookies.get(COOKIE)
        park(
            self._session,
            browser=self._browser(),
            path=path,
            values=values,
            person_id=last_person(self._session, token) if token else None,
        )

    def _browser(self) -> str:
        self._made = self._made or self._request.cookies.get(PARKED) or new_token()
        return self._made

    def carry(self, answer: Response) -> None:
        """Let the browser carry the key to what was parked."""
        if self._made:
            answer.set_cookie(
                PARKED,
                self._made,
                max_age=int(KEPT.total_seconds()),
                httponly=True,
                samesite="lax",
                secure=self._request.url.scheme == "https",
            )

    def forget(self, path: str, beside: bool = False) -> None:
        """Forget a form: it was submitted, or, by a button ``beside``, kept in another way."""
        visitor = self._visitor()
        if visitor and not beside:
            drop_draft(self._session, form_draft(visitor.actor.person_id, path))
        if browser := self._request.cookies.get(PARKED):
            unpark(self._session, browser=browser, path=path)
