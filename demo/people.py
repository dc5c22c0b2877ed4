"""The people and organisations of the demo district. Every name is invented."""

import random
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from domain.bid.eligibility import ALLIANCE_NAMES
from domain.identity.permissions import PERMITS, Act
from domain.identity.roles import Role, Scope
from domain.uscc import check_character
from models import Community, Credential, Organisation, Person, RoleGrant, SealKey, Street
from services.clock import now
from services.identity.demo_people import PASSWORD
from services.identity.secrets import hash_password
from services.seal.seal_keys import DEMO_PASSPHRASE
from services.seal.sealing import DEMO_COST, lock, new_pair

ORGANISATIONS: Final = 20
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = tuple(
    "晓敏 建国 丽华 志强 海燕 文静 国庆 春梅 立新 雪莲 明辉 佳怡 永刚 秀英 思远 雨桐".split()  # noqa: SIM905
)
# Who heads an organisation bears nobody else's name: it would cost them their seat on a panel.
_HEADS: Final = tuple(
    "学军 桂兰 振华 凤英 德胜 淑珍 长河 玉梅 培基 素琴 宝山 月娥 继东 慧芳 守义 彩霞".split()  # noqa: SIM905
)
_FIELDS: Final = (
    ("暖阳", "为老服务中心"),
    ("童心", "儿童成长中心"),
    ("同心", "社会工作服务社"),
    ("绿岸", "环境公益中心"),
    ("和风", "法律服务中心"),
    ("邻里", "社区发展中心"),
    ("康馨", "健康促进会"),
    ("匠心", "志愿维修队"),
    ("书香", "文化促进会"),
    ("平安", "应急服务队"),
)
_GRADES: Final = ("none", "1A", "2A", "3A", "4A", "5A")
_ALLIANCES: Final = tuple(ALLIANCE_NAMES)


def seed_people(session: Session, rng: random.Random) -> None:
    """Fill the district with people and 20 organisations, once."""
    if session.exec(select(Person)).first() is not None:
        return
    for street in session.exec(select(Street)).all():
        for number in (1, 2):
            login = f"street-{street.code}-{number}"
            _person(session, rng, login, Role.STREET_OFFICER, Scope.STREET, street.code)
    for community in session.exec(select(Community)).all():
        for number in (1, 2):
            login = f"secretary-{community.code}-{number}"
            _person(session, rng, login, Role.COMMUNITY_SECRETARY, Scope.COMMUNITY, community.code)
    district = (
        (Role.DEPARTMENT_OFFICER, "department", 3),
        (Role.EXPERT, "expert", 6),
        (Role.DISTRICT_ADMINISTRATOR, "administrator", 2),
        (Role.OPERATOR, "operator", 1),
        (Role.ANALYST, "analyst", 1),
        (Role.AUDITOR, "auditor", 1),
    )
    for role, name, count in district:
        for number in range(1, count + 1):
            _person(session, rng, f"{name}-{number}", role, Scope.DISTRICT, "*")
    streets = [street.code for street in session.exec(select(Street)).all()]
    for number in range(1, ORGANISATIONS + 1):
        _organisation(session, rng, number, streets)
    session.flush()
    _let_everybody_in(session)
    _give_keys(session)


def _give_keys(session: Session) -> None:
    """Give every organisation and every opener a key pair under the demo's one passphrase."""
    openers = select(RoleGrant.person_id).where(
        col(RoleGrant.role).in_([role for role, _ in PERMITS[Act.OPEN_BIDS]])
    )
    owners = [*session.exec(openers), *session.exec(select(Organisation.id))]
    at = now(session)
    for owner in owners:
        made = lock(new_pair()[0], DEMO_PASSPHRASE, cost=DEMO_COST)
        session.add(SealKey(owner=owner, set_at=at, **made._asdict()))
    session.flush()


def _let_everybody_in(session: Session) -> None:
    """Give everybody the demo's one password, hashed once."""
    hashed, at = hash_password(PASSWORD), now(session)
    for person in session.exec(select(Person)).all():
        session.add(Credential(person_id=person.id, password=hashed, changed_at=at))
    session.flush()


def _name(rng: random.Random) -> str:
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN)


def _person(
    session: Session, rng: random.Random, login: str, role: Role, scope: Scope, code: str
) -> Person:
    person = Person(login=login, name=_name(rng), created_at=now(session))
    session.add(person)
    session.flush()
    session.add(RoleGrant(person_id=person.id, role=role, scope=scope, code=code))
    return person


def _credit_code(number: int) -> str:
    body = f"52370213MJD{number:06d}"
    return body + check_character(body)


def _organisation(session: Session, rng: random.Random, number: int, streets: list[str]) -> UUID:
    word, kind = _FIELDS[(number - 1) % len(_FIELDS)]
    suffix = "" if number <= len(_FIELDS) else "二部"
    grade = _GRADES[min(len(_GRADES) - 1, 2 + number % 4)]
    serves = ["*"] if number % 5 else sorted(rng.sample(streets, 3))
    organisation = Organisation(
        name=f"李沧区{word}{kind}{suffix}（演示）",
        uscc=_credit_code(number),
        org_stage="registered" if number % 7 else "filed",
        grade=grade,
        alliance=_ALLIANCES[number % len(_ALLIANCES)],
        legal_representative=rng.choice(_SURNAMES) + rng.choice(_HEADS),
        serves=serves,
        suspended_until=date(2030, 1, 1) if number == ORGANISATIONS else None,
        created_at=now(session),
    )
    session.add(organisation)
    session.flush()
    login = f"organisation-{number:02d}"
    person = _person(
        session,
        rng,
        login,
        Role.ORGANISATION_MEMBER,
        Scope.ORGANISATION,
        str(organisation.id),
    )
    person.organisation_id = organisation.id
    return organisation.id
