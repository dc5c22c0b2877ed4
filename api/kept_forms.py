"""Values that a reader has typed in forms and not sent yet, or could not send.

A signed-in person has drafts, which wait for weeks. A browser without a session has its forms
parked for an hour; the same person finds them again after signing in.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple
from uuid import UUID

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from api.form_routes import is_open_to_all
from api.visitors import COOKIE
from services.drafts import (
    check_draft,
    draft_keys,
    drop_draft,
    form_draft,
    read_draft,
    save_draft,
    trim_drafts,
)
from services.identity.secrets import new_token
from services.identity.sessions import Visitor, last_person
from services.parked_forms import KEPT, has_parked, park, parked, unpark

PARKED: Final = "jiebang_form"
Values = Mapping[str, Sequence[str]]


class KeptForm(NamedTuple):
    """The kept values of a form, and when; ``found_again`` if its session had ended meanwhile."""

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
        """Return the kept values of the form sent to ``path``; parked ones go before a draft."""
        me = self._me()
        owners = dict.fromkeys((me, None) if self._is_open(path) else (me,))
        for whose in owners if self._parks else ():
            browser = self._request.cookies[PARKED]
            if content := parked(self._session, browser=browser, path=path, person_id=whose):
                return KeptForm(content, None, found_again=not self._is_open(path))
        wanted = drafts and me and form_draft(me, path) in self._drafted
        if wanted and (draft := read_draft(self._session, form_draft(me, path))):
            return KeptForm(draft.content, draft.saved_at, found_again=False)
        return None

    def keep(self, path: str, values: Values) -> None:
        """Keep a form as it stands: as a draft of the signed-in person, else for this browser.

        A form that everybody may send without a name is never kept under one.
        """
        visitor = self._visitor()
        if visitor is None or self._is_open(path):
            self.park(path, values)
            return
        check_draft(values)
        key = form_draft(visitor.actor.person_id, path)
        save_draft(self._session, key=key, values=values, actor=visitor.actor)
        trim_drafts(self._session, visitor.actor.person_id)
        self.forget(path, beside=True)

    def park(self, path: str, values: Values) -> None:
        """Keep a form for this browser; the person who is or had been signed in alone finds it."""
        park(
            self._session,
            browser=self._browser(),
            path=path,
            values=values,
            person_id=self._me() or self._was(path),
        )

    def _me(self) -> UUID | None:
        visitor = self._visitor()
        return visitor.actor.person_id if visitor else None

    def _was(self, path: str) -> UUID | None:
        """Return the person whose session has ended; None for a form that needs no session."""
        token = self._request.cookies.get(COOKIE)
        return last_person(self._session, token) if token and not self._is_open(path) else None

    def _is_open(self, path: str) -> bool:
        return is_open_to_all(self._request, path)

    @cached_property
    def _drafted(self) -> set[str]:
        """Return the keys of the visitor's drafts: a page has many forms, and few of them have a draft."""
        me = self._me()
        return draft_keys(self._session, me) if me else set()

    @cached_property
    def _parks(self) -> bool:
        browser = self._request.cookies.get(PARKED)
        return bool(browser) and has_parked(self._session, str(browser))

    def _browser(self) -> str:
        self._made = self._made or self._request.cookies.get(PARKED) or new_token()
        return self._made

    def carry(self, answer: Response) -> None:
        """Let the browser carry the key to its parked forms."""
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
        me = self._me()
        if me and not beside:
            drop_draft(self._session, form_draft(me, path))
        if browser := self._request.cookies.get(PARKED):
            for whose in dict.fromkeys((me, None)):
                unpark(self._session, browser=browser, path=path, person_id=whose)
