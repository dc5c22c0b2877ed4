"""How pages are shown: templates, both languages, and the ways values are written."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from email.utils import format_datetime
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from api.form_routes import Refusal, limits_of_form, page_of
from api.forms import FormData, Sent
from api.kept_forms import KeptForms
from api.language import path_in
from api.notices import NOTICES
from api.site import is_only_here, site_of
from api.status import status_of
from api.visitors import COOKIE, csrf_token, set_cookie
from domain import moments
from domain.assess.shortfall import REMEDY_NAMES
from domain.award.objections import OBJECTOR_NAMES
from domain.award.scoring import PANEL_PARTY_NAMES, PARTY_NAMES, TIE_NAMES, Party, shown_points
from domain.bid.eligibility import GRADES
from domain.bid.eligibility import STAGE_NAMES as ORG_STAGES
from domain.calendar import BEIJING
from domain.conduct.conduct_list import COLOUR_NAMES, GROUND_NAMES, RULE_NAMES
from domain.conduct.corrective import CAUSE_NAMES, CORRECTIVE_NAMES, NOTE_NAMES
from domain.deliver.acceptance import DOUBTS, MILESTONE_STATES
from domain.deliver.amendments import ENDING_NAMES, WHAT_NAMES
from domain.deliver.delivery import STATUS_COLOUR_NAMES
from domain.deliver.indicators import ADDS_NAMES
from domain.errors import JiebangError, SignInNeeded
from domain.gates import (
    KIND_NAMES,
    OPTION_NAMES,
    VERB_NAMES,
    outcome_name,
    overdue,
)
from domain.identity.roles import ROLE_NAMES
from domain.lifecycle import STAGE_NAMES, STATUS_NAMES
from domain.money import show
from domain.needs.categories import CATEGORY_NAMES, category_name
from domain.public.board import HEADING_NAMES
from domain.text import Lang, Text
from models.needs import NeedStatus
from models.settings import prefect_ui_url
from reports.words import CRITERIA
from reports.words import GRADES as RESULT_GRADES
from services.bid.unsent import Unsent
from services.desk.workspace import BID_STATUS_NAMES
from services.district.places import short_street
from services.identity.actors import Actor
from services.identity.secrets import new_token
from services.identity.sessions import Visitor
from services.needs.needs_register import NEED_STATUS_NAMES
from services.register.catalogue import registers
from services.register.declaration import Register
from services.register.sight import may_see
from services.uploads import ACCEPTED, LIMITS, is_photo

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
_OF_THE_PAGE: Final = frozenset(
    {"seen", "list", "version", "dossier_version", "share", "next", "verb", "option"}
)
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@cache
def environment() -> Environment:
    """Return the templates' environment; everything is escaped, and an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "heading_names": HEADING_NAMES,
        "status_names": STATUS_NAMES,
        "stage_names": STAGE_NAMES,
        "categories": CATEGORY_NAMES,
        "category_name": category_name,
        "static": static,
        "verb_names": VERB_NAMES,
        "option_names": OPTION_NAMES,
        "outcome_name": outcome_name,
        "kind_names": KIND_NAMES,
        "role_names": ROLE_NAMES,
        "overdue": overdue,
        "org_grades": GRADES,
        "org_stages": ORG_STAGES,
        "panel_parties": PANEL_PARTY_NAMES,
        "bid_status_names": BID_STATUS_NAMES,
        "status_colour_names": STATUS_COLOUR_NAMES,
        "what_names": WHAT_NAMES,
        "ending_names": ENDING_NAMES,
        "objector_names": OBJECTOR_NAMES,
        "remedy_names": REMEDY_NAMES,
        "colour_names": COLOUR_NAMES,
        "ground_names": GROUND_NAMES,
        "credit_rules": RULE_NAMES,
        "corrective_names": CORRECTIVE_NAMES,
        "cause_names": CAUSE_NAMES,
        "note_names": NOTE_NAMES,
        "prefect_ui": prefect_ui_url,
        "file_limits": LIMITS,
        "adds_names": ADDS_NAMES,
        "shown_points": shown_points,
        "tie_names": TIE_NAMES,
        "file_kinds": ACCEPTED,
        "is_photo": is_photo,
        "milestone_states": MILESTONE_STATES,
        "doubt_names": DOUBTS,
        "rfc822": format_datetime,
    }
    made.filters["yuan"] = _yuan
    made.filters["number"] = _number
    made.filters["short"] = short_street
    return made


@cache
def static(name: str) -> str:
    """Return the address of a static file; it changes with the file's content."""
    mark = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


def _time(value: datetime, shown: str) -> Markup:
    at = value.astimezone(BEIJING).isoformat(timespec="minutes")
    return Markup('<time datetime="{}">{}</time>').format(at, shown)


def _words(name: str, values: Sequence[str]) -> list[str]:
    """Return what a person typed of a field, none of what the page had put in."""
    if name.startswith("files.") or name in _OF_THE_PAGE:
        return []
    return [value for value in values if value.strip() and not _ID.fullmatch(value)]


def _yuan(value: Decimal | None) -> str:
    return "—" if value is None else show(value)


def _number(value: Decimal | int) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value.normalize():f}"


class View:
    """One request's way of showing: its language, its time, and who asks."""

    def __init__(
        self,
        request: Request,
        at: Callable[[], datetime],
        visitor: Callable[[], Visitor | None] = lambda: None,
        unsent: Callable[["View"], Sequence[Unsent]] = lambda _: (),
        kept: KeptForms | None = None,
    ) -> None:
        """Show for ``request``; the present and who asks are read once, when they are needed."""
        self._request, self._at, self._visitor, self._unsent = request, at, visitor, unsent
        self._kept = kept
        self._shown: set[str] = set()
        self.lang: Lang = request.state.lang
        self._guest: str | None = None
        self._with_token = False
        self._proved = False

    @cached_property
    def at(self) -> datetime:
        """Return the present."""
        return self._at()

    @cached_property
    def unsent(self) -> Sequence[Unsent]:
        """Return the bids of the actor's organisation that are not sent as they stand."""
        return self._unsent(self)

    @cached_property
    def visitor(self) -> Visitor | None:
        """Return the person who is signed in, None for nobody."""
        return self._visitor()

    @property
    def actor(self) -> Actor:
        """Return the signed-in actor, for routes that demand one; raise SignInNeeded for nobody."""
        if self.visitor is None:
            raise SignInNeeded
        return replace(self.visitor.actor, proved=True) if self._proved else self.visitor.actor

    @cached_property
    def registers(self) -> Sequence[Register[Any]]:
        """Return the registers of which one sees something."""
        grants = self.visitor.grants if self.visitor else ()
        return [register for register in registers() if may_see(register, grants)]

    @property
    def path(self) -> str:
        """Return this very path, without its language."""
        return self._request.url.path

    @property
    def refusal(self) -> Refusal | None:
        """Return the form that was just refused, if this is its page."""
        refusal: Refusal | None = getattr(self._request.state, "refusal", None)
        return refusal

    @property
    def page_of_form(self) -> str:
        """Return the path of the page on which the form stands that was sent."""
        return page_of(self._request, self._request.state.sent)

    def refuse(self, error: JiebangError) -> None:
        """Let this request's own page say why the form was refused; nothing is undone."""
        self._request.state.refusal = Refusal(self._request.state.sent, error)

    def show_again(self) -> None:
        """Let this request's own page show the form as it was sent: it asks something more."""
        self._request.state.refusal = Refusal(self._request.state.sent, None)

    def sent_as(self, typed: FormData) -> FormData:
        """Let the form that was sent be ``typed``, with what the server has made of it."""
        self._request.state.sent = self._request.state.sent._replace(typed=typed)
        return typed

    def sent_values(self, typed: FormData) -> dict[str, list[str]]:
        """Return what a page in between carries on of a form that was sent."""
        return Sent(self.path, typed).open()

    @property
    def has_forms(self) -> bool:
        """Tell whether a form was shown on the page so far."""
        return bool(self._shown)

    @property
    def left_over(self) -> dict[str, list[str]]:
        """Return the values typed in a form that was refused and is not on this page any more."""
        sent: Sent | None = getattr(self._request.state, "sent", None)
        if sent is None or sent.path in self._shown:
            return {}
        return {
            name: kept for name, values in sent.open().items() if (kept := _words(name, values))
        }

    def opens(self, path: str) -> bool:
        """Tell whether something was typed in a form that is folded away otherwise."""
        refused = self.refusal is not None and self.refusal.sent.path == path
        return refused or bool(self._kept and self._kept.find(path, drafts=True))

    def form(self, path: str, stored: FormData | None = None, *, drafts: bool = False) -> FormData:
        """Return the form that is sent to ``path``: as typed, else as kept, else as ``stored``."""
        self._shown.add(path)
        form = self._form(path, stored or FormData(), drafts=drafts)
        form.limits = limits_of_form(self._request, path)
        return form

    def _form(self, path: str, stored: FormData, *, drafts: bool) -> FormData:
        if self.refusal and self.refusal.sent.path == path:
            return self.refusal.sent.typed.refused(self.refusal.error).at(path)
        if self._kept and (kept := self._kept.find(path, drafts=drafts)):
            return FormData(kept.values).at(path, kept.kept_at, found_again=kept.found_again)
        return stored.at(path)

    def prove(self) -> None:
        """Take down that the signed-in person has proved again who they are."""
        self._proved = True

    def roles(self) -> list[str]:
        """Return the names of the visitor's roles, each once."""
        grants = self.visitor.grants if self.visitor else ()
        return list(dict.fromkeys(self.say(ROLE_NAMES[grant.role]) for grant in grants))

    def csrf(self) -> str:
        """Return the token for a form; a browser without a cookie gets one with this page."""
        self._with_token = True
        token = self._request.cookies.get(COOKIE)
        if not token:
            token = self._guest = self._guest or new_token()
        return csrf_token(token)

    def go(self, path: str, done: str = "", **query: object) -> RedirectResponse:
        """Go on to another page after something was done; ``done`` names the notice there.

        Raises KeyError for a notice that nobody has worded.
        """
        if done:
            NOTICES[done]
        return RedirectResponse(self.url(path, done=done, **query), 303)

    def notice(self) -> str | None:
        """Return the notice of the action just done, for the top of the page; None for none."""
        text = NOTICES.get(self._request.query_params.get("done", ""))
        return text.say(self.lang) if text else None

    def t(self, zh: str, en: str, /, **values: object) -> str:
        """Return the sentence of the two that the reader's language wants."""
        return Text(zh, en).say(self.lang, **values)

    def say(self, text: Text) -> str:
        """Return a text of the domain in the reader's language."""
        return text.say(self.lang)

    def url(self, path: str, **query: object) -> str:
        """Return a link within the reader's language; empty values are left out of the query."""
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        return path_in(self.lang, path) + (f"?{urlencode(asked)}" if asked else "")

    def here(self) -> str:
        """Return this very address, to which a form goes back."""
        return path_in(self.lang, self._request.url.path)

    def other(self) -> str:
        """Return this very page in the other language."""
        query = self._request.url.query
        if self._request.method != "GET":
            return path_in("zh" if self.lang == "en" else "en", "/desk" if self.visitor else "/")
        path = path_in("zh" if self.lang == "en" else "en", self._request.url.path)
        return f"{path}?{query}" if query else path

    def day(self, value: date | datetime) -> str:
        """Return a day as people write it."""
        return moments.day(value).say(self.lang)

    def today(self) -> date:
        """Return today in Beijing, by the platform's clock."""
        return self.at.astimezone(BEIJING).date()

    def when(self, value: datetime) -> Markup:
        """Return a time as people write it, machine-readable too; always Beijing time."""
        return _time(value, moments.when(value).say(self.lang))

    def until(self, value: datetime) -> Markup:
        """Return a deadline as people write it; at the end of a day, that day's."""
        return _time(value, moments.until(value).say(self.lang))

    def left(self, until: datetime) -> str:
        """Return how much time is left, in the two largest units that matter."""
        minutes = max(0, int((until - self.at).total_seconds() // 60))
        days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
        if days:
            return self.t("还剩 {d} 天 {h} 小时", "{d} d {h} h left", d=days, h=hours)
        if hours:
            return self.t("还剩 {h} 小时 {m} 分", "{h} h {m} min left", h=hours, m=rest)
        return self.t("还剩 {m} 分钟", "{m} min left", m=rest)

    def absolute(self, path: str) -> str:
        """Return a link with scheme and host, for feeds and paper."""
        return site_of(self._request) + path_in(self.lang, path)

    @property
    def only_here(self) -> bool:
        """Tell whether links with a host lead to this machine alone."""
        return is_only_here(self._request)

    def criterion(self, name: str) -> str:
        """Return a criterion's name; one that a call invented is called as it stands there."""
        return CRITERIA[name].say(self.lang) if name in CRITERIA else name

    def grade(self, name: str) -> str:
        """Return the name of an assessment's grade."""
        return RESULT_GRADES[name].say(self.lang)

    def party(self, name: str) -> str:
        """Return the name of one of the four parties."""
        return PARTY_NAMES[Party(name)].say(self.lang)

    def need_status(self, status: NeedStatus) -> str:
        """Return what became of a need."""
        return NEED_STATUS_NAMES[status].say(self.lang)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a template as a page."""
        context: Mapping[str, Any] = {"v": self, "t": self.t, "at": self.at, **values}
        if self.refusal and self.refusal.error and status == 200:
            status = status_of(self.refusal.error)
        answer = HTMLResponse(environment().get_template(template).render(context), status)
        if self._guest:
            set_cookie(self._request, answer, self._guest)
        if self.visitor or self._with_token:
            answer.headers["Cache-Control"] = "private, no-store"
        return answer
