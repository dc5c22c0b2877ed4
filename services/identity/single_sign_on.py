"""Sign in by the district's OpenID Connect provider: authorization code, PKCE, nonce.

Who comes back is found by the issuer's subject, which somebody has linked to their account, or by
a claim that the issuer is trusted to fill in with the login.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.sync_app import BaseApp, OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from requests import RequestException
from sqlalchemy import delete
from sqlmodel import Session, col, select

from domain.errors import NotPermitted, StackUnavailable
from domain.text import Text
from models import Identity, Person, SsoAttempt
from models.settings import settings
from services.clock import now, real_now
from services.events.record import record
from services.identity.actors import Actor
from services.identity.events import IdentityLinked, IdentityUnlinked
from services.identity.secrets import token_digest
from services.identity.sessions import begin_session, prove_session

_PATIENCE: Final = 10
_VALID: Final = timedelta(minutes=10)
_LEEWAY: Final = timedelta(minutes=1)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
DEFAULT_NAME: Final = Text("统一身份", "single sign-on")


class Purpose(StrEnum):
    """Why somebody is sent to the provider."""

    SIGN_IN = "sign_in"
    LINK = "link"
    PROVE = "prove"


class Came(NamedTuple):
    """What came of a way there and back: where to go on, and the token of a new session."""

    next: str
    token: str | None = None


class _Provider(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]
    client_cls = OAuth2Session


@lru_cache(maxsize=4)
def _provider(issuer: str, client_id: str, secret: str) -> Any:
    return _Provider(
        None,
        name="jiebang",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "default_timeout": _PATIENCE,
        },
    )


def sso_name() -> Text | None:
    """Return what the single sign-on is called, None where there is none."""
    sso_settings = settings()
    if not (sso_settings.oidc_issuer and sso_settings.oidc_client_id):
        return None
    return (
        Text(sso_settings.oidc_name, sso_settings.oidc_name)
        if sso_settings.oidc_name
        else DEFAULT_NAME
    )


def _configured() -> Any:
    sso_settings = settings()
    where = urlsplit(sso_settings.oidc_issuer)
    if sso_name() is None or (where.scheme != "https" and where.hostname not in _LOOPBACK):
        raise NotPermitted(zh="本平台没有开启统一登录。", en="there is no single sign-on here.")
    return _provider(
        sso_settings.oidc_issuer, sso_settings.oidc_client_id, sso_settings.oidc_client_secret
    )


def begin_sso(
    session: Session,
    *,
    purpose: Purpose,
    browser: str,
    redirect_uri: str,
    next: str,
    person_id: UUID | None = None,
) -> str:
    """Return the address of the provider where somebody proves who they are.

    ``browser`` is its cookie: the way back counts only there, once, for ten minutes.
    Raises NotPermitted where no provider is set, StackUnavailable where it does not answer.
    """
    asked = {"prompt": "login", "max_age": 0} if purpose is Purpose.PROVE else {}
    try:
        made = _configured().create_authorization_url(redirect_uri, **asked)
    except (RequestException, AuthlibBaseError, ValueError) as error:
        raise _away(error) from None
    at = real_now(session)
    session.execute(delete(SsoAttempt).where(col(SsoAttempt.expires_at) < at))
    session.add(
        SsoAttempt(
            digest=token_digest(made["state"]),
            purpose=purpose,
            browser=token_digest(browser),
            nonce=made["nonce"],
            verifier=made["code_verifier"],
            redirect_uri=redirect_uri,
            next=next,
            person_id=person_id,
            expires_at=at + _VALID,
        )
    )
    session.flush()
    url: str = made["url"]
    return url


def _away(error: Exception) -> StackUnavailable:
    return StackUnavailable(part=DEFAULT_NAME.zh, why=type(error).__name__)


def take_attempt(session: Session, *, state: str, browser: str) -> SsoAttempt:
    """Use up the way back that ``state`` names, in a transaction of its own.

    Raises NotPermitted for one that is unknown, used, too late or another browser's.
    """
    attempt = session.get(SsoAttempt, token_digest(state), with_for_update=True)
    known = attempt and attempt.browser == token_digest(browser)
    if attempt is None or not known or attempt.expires_at <= real_now(session):
        raise NotPermitted(
            zh="登录已过期或不是在这个浏览器开始的，请重新登录。",
            en="the sign-in has expired, or began in another browser; begin again.",
        )
    session.delete(attempt)
    session.flush()
    return attempt


def finish_sso(
    session: Session, *, attempt: SsoAttempt, code: str, client: str, session_id: UUID | None
) -> Came:
    """Take somebody who comes back from the provider, for the purpose of the attempt.

    The provider is asked before the database, so that no connection waits for it.
    Raises NotPermitted for a token that does not hold, for somebody who is not known here, and
    for a proof that is not fresh.
    """
    claims = _claims(attempt, code)
    purpose, proved = Purpose(attempt.purpose), _proved_at(claims)
    if purpose is Purpose.LINK:
        _link(session, attempt.person_id, claims)
        return Came(attempt.next)
    person = _person(session, claims)
    if purpose is Purpose.PROVE:
        if person.id != attempt.person_id or session_id is None:
            raise NotPermitted(zh="这不是您本人的身份。", en="that is somebody else.")
        if proved is None or proved < attempt.expires_at - _VALID - _LEEWAY:
            raise NotPermitted(
                zh="身份提供方没有重新核验您的身份，请用密码确认。",
                en="the provider did not ask you again who you are; use your password.",
            )
        prove_session(session, session_id)
        return Came(attempt.next)
    token = begin_session(session, person, client=client, proved_at=proved or _LONG_AGO)
    return Came(attempt.next, token)


def _proved_at(claims: Mapping[str, Any]) -> datetime | None:
    """Return when the provider last saw the person prove who they are; it may not say."""
    auth_time = claims.get("auth_time")
    return datetime.fromtimestamp(auth_time, UTC) if isinstance(auth_time, int | float) else None


def _claims(attempt: SsoAttempt, code: str) -> Mapping[str, Any]:
    provider = _configured()
    try:
        token = provider.fetch_access_token(
            attempt.redirect_uri, code=code, code_verifier=attempt.verifier
        )
        claims = provider.parse_id_token(token, nonce=attempt.nonce)
    except RequestException as error:
        raise _away(error) from None
    except (AuthlibBaseError, JoseError, ValueError):
        claims = None
    if not claims:
        raise NotPermitted(
            zh="身份提供方的答复无效，请重新登录。",
            en="the provider's answer does not hold; begin again.",
        )
    valid_claims: Mapping[str, Any] = claims
    return valid_claims


def _person(session: Session, claims: Mapping[str, Any]) -> Person:
    """Return whom an issuer's subject is; where the issuer says the login, it is linked now."""
    identity = session.get(Identity, (str(claims["iss"]), str(claims["sub"])))
    if identity is not None:
        return session.get_one(Person, identity.person_id)
    claim = settings().oidc_claim
    login = str(claims.get(claim, "")) if claim else ""
    person = session.exec(select(Person).where(Person.login == login)).one_or_none()
    if not login or person is None:
        raise NotPermitted(
            zh="这个身份还没有关联到平台账号：请先用密码登录，在“我的账号”中关联，或联系区管理员。",
            en="this identity is linked to no account here: sign in by password and link it under "
            "My account, or ask the district administrator.",
        )
    _link(session, person.id, claims)
    return person


def _link(session: Session, person_id: UUID | None, claims: Mapping[str, Any]) -> None:
    key = (str(claims["iss"]), str(claims["sub"]))
    identity = session.get(Identity, key, with_for_update=True)
    if identity is not None and identity.person_id != person_id:
        raise NotPermitted(
            zh="这个身份已关联到另一个账号。", en="this identity is linked to another account."
        )
    if identity is None and person_id is not None:
        session.add(
            Identity(
                issuer=key[0], subject=key[1], person_id=person_id, linked_at=real_now(session)
            )
        )
        login = session.get_one(Person, person_id).login
        record(session, IdentityLinked(), about=login, by=login, at=now(session))
        session.flush()


def linked(session: Session, person_id: UUID) -> bool:
    """Tell whether somebody has linked an identity."""
    return session.exec(select(Identity).where(Identity.person_id == person_id)).first() is not None


def unlink(session: Session, actor: Actor) -> None:
    """Forget the person's identities; signing in takes the password again."""
    session.execute(delete(Identity).where(col(Identity.person_id) == actor.person_id))
    record(session, IdentityUnlinked(), about=actor.login, by=actor.login, at=now(session))
    session.flush()
