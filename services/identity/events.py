"""What happens to people, their roles and the ways they sign in."""

from datetime import date
from typing import Final, Literal

from domain.identity.access import TokenScope
from domain.identity.roles import Role
from domain.text import Text
from services.events.event import Event, Facts, Notification


class SessionBegan(Event):
    """Somebody signed in."""

    tag = "session.began"


class SessionEnded(Event):
    """Somebody ended one of their sessions."""

    tag = "session.ended"


class TryRefused(Event):
    """A wrong password or passphrase was typed; about the digest of the name."""

    tag = "{door}.refused"
    door: Literal["session", "seal"]
    locked: bool


class SessionUnlocked(Event):
    """The wrong tries under a login were forgotten."""

    tag = "session.unlocked"


class SignInTried(Notification):
    """Somebody keeps trying to sign in as the reader."""

    topic = "session.refused"
    title = Text("有人反复尝试登录您的账号", "Somebody keeps trying to sign in as you")
    sentence = Text(
        "今天有人多次用错误的密码尝试登录您的账号，都没有成功。若不是您本人，请检查密码并开启动态验证码。",
        "Today somebody tried several times to sign in as you with a wrong password and failed. If "
        "it was not you, look at your password and turn on one-time codes.",
    )
    page = "/account"
    subject = ""


class IdentityLinked(Event):
    """Somebody linked the identity of an outside provider."""

    tag = "identity.linked"


class IdentityUnlinked(Event):
    """Somebody signs in by an outside provider no more."""

    tag = "identity.unlinked"


class PersonAdded(Event):
    """A person was added, with a first role."""

    tag = "person.added"
    role: Role
    code: str


class PersonInvited(Event):
    """A link to set a password was made for somebody."""

    tag = "person.invited"


class PersonErased(Event):
    """A person was erased; about their pseudonym, with the digests of the entries changed by it."""

    tag = "person.erased"
    entries: dict[str, str]


class NeedErased(Event):
    """The words of a need were erased."""

    tag = "need.erased"


class RoleGiven(Event):
    """Somebody was given a role."""

    tag = "role.given"
    role: Role
    code: str


class RoleTaken(Event):
    """A role was taken from somebody."""

    tag = "role.taken"
    role: Role
    code: str


class AccessEnded(Event):
    """Every session and token of somebody was ended."""

    tag = "access.ended"


class ContactSet(Event):
    """Somebody changed where letters reach them."""

    tag = "contact.set"


class PasswordSet(Event):
    """Somebody set a password."""

    tag = "password.set"


class CodesTurnedOn(Event):
    """Somebody signs in with one-time codes."""

    tag = "totp.on"


class CodesTurnedOff(Event):
    """Somebody signs in without one-time codes again."""

    tag = "totp.off"


class DelegationMade(Event):
    """Somebody lets another decide in their place; about the other."""

    tag = "delegation.made"
    starts: date
    ends: date


class DelegationRevoked(Event):
    """Somebody took a delegation back; about the other."""

    tag = "delegation.revoked"


class TokenMade(Event):
    """Somebody made a token for a program."""

    tag = "token.made"
    scopes: list[TokenScope]
    days: int


class TokenRevoked(Event):
    """Somebody revoked a token."""

    tag = "token.revoked"


EVENTS: Final[tuple[type[Facts], ...]] = (
    SessionBegan,
    SessionEnded,
    TryRefused,
    SessionUnlocked,
    SignInTried,
    IdentityLinked,
    IdentityUnlinked,
    PersonAdded,
    PersonInvited,
    PersonErased,
    NeedErased,
    RoleGiven,
    RoleTaken,
    AccessEnded,
    ContactSet,
    PasswordSet,
    CodesTurnedOn,
    CodesTurnedOff,
    DelegationMade,
    DelegationRevoked,
    TokenMade,
    TokenRevoked,
)
