"""Erasing a person: nothing names them any more, and the audit chain stays whole."""

import json

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from domain.errors import BadInput, NotFound, NotPermitted
from domain.identity.access import TokenScope
from domain.identity.roles import Role, Scope
from models import AuditEntry, Credential, Decision, Need, Person, RoleGrant
from models.session import unit_of_work
from services.audit_chain import seal, verify
from services.events.record import entry_digest, record
from services.identity.access_tokens import AccessTokenCreate, find_bearer, make_token
from services.identity.contacts import EmailUpdate, set_email
from services.identity.erasures import GONE, erase_need, erase_person
from services.identity.events import PersonErased
from services.identity.people import add_person
from services.identity.sessions import begin_session, find_visitor
from services.identity.sign_in import sign_in
from services.identity.tries import refused_name
from services.public.timeline import prove
from services.subscriptions import SubscriptionCreate, subscribe
from tests.builders import Walk, actor, new_need, new_project

pytestmark = pytest.mark.usefixtures("database")


def everything(session: Session) -> str:
    """Return every row of every table as text."""
    tables = session.execute(
        text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    ).scalars()
    return " ".join(
        session.execute(text(f"SELECT string_agg(t::text, ' ') FROM \"{table}\" t")).scalar_one()
        or ""
        for table in tables
    )


def whole() -> bool:
    with unit_of_work() as session:
        while seal(session):
            pass
    with unit_of_work() as session:
        return verify(session).ok


def decided() -> tuple[Walk, str, str]:
    """A project on which a street officer has decided, and their login and name."""
    walk = Walk(new_project("独居老人巡访", 0))
    walk.to_call_approval()
    with unit_of_work() as session:
        person = session.exec(
            select(Person)
            .join(Decision, col(Decision.person_id) == Person.id)
            .where(col(Person.login).startswith("street-"))
        ).first()
        assert person is not None
        person.name = "独一无二的名字"
        return walk, person.login, person.name


def test_nothing_names_them_any_more_and_the_chain_is_whole() -> None:
    walk, login, name = decided()
    with unit_of_work() as session:
        who = actor(login)
        set_email(session, actor=who, address=EmailUpdate(email="only.one@example.com"))
        cookie = begin_session(session, session.get_one(Person, who.person_id), client="test")
        wanted = AccessTokenCreate(name="x", scopes=[TokenScope.READ])
        secret = make_token(session, actor=who, token=wanted)
    assert whole()
    with unit_of_work() as session:
        sign_in(session, login=login, password="wrong")
        subscribe(session, wanted=SubscriptionCreate(email="only.one@example.com"))
    with unit_of_work() as session:
        assert login in everything(session)
        assert refused_name(login) in everything(session)
        pseudonym = erase_person(session, login=login, actor="administrator-1")
    assert whole()
    with unit_of_work() as session:
        stored = everything(session)
        for trace in (login, name, "only.one@example.com", refused_name(login)):
            assert trace not in stored
        assert find_visitor(session, cookie) is None
        assert find_bearer(session, secret) is None
        assert sign_in(session, login=pseudonym, password="open-calls-demo").token is None
        person = session.exec(select(Person).where(Person.login == pseudonym)).one()
        assert session.get(Credential, person.id) is None
        # What was decided stays decided.
        assert session.exec(select(Decision).where(Decision.person_id == person.id)).all()
        entries = session.exec(select(AuditEntry).where(AuditEntry.actor == pseudonym)).all()
        assert entries
        assert all(entry.erased_by for entry in entries)
        public = session.exec(
            select(AuditEntry.position).where(
                AuditEntry.subject == walk.project.code, AuditEntry.action == "project.formed"
            )
        ).one()
        assert prove(session, walk.project.code, int(public or 0)).digest_holds


@pytest.mark.parametrize("column", ["actor", "facts"])
def test_an_erased_entry_that_is_changed_is_found(column: str) -> None:
    _, login, _ = decided()
    with unit_of_work() as session:
        pseudonym = erase_person(session, login=login, actor="administrator-1")
    assert whole()
    value = "'somebody'" if column == "actor" else """'{"amount": "1"}'::jsonb"""
    with unit_of_work() as session:
        session.execute(
            text(
                f"UPDATE audit_entry SET {column} = {value} WHERE id = "
                "(SELECT min(id) FROM audit_entry WHERE actor = :actor)"
            ),
            {"actor": pseudonym},
        )
    assert not whole()


def test_no_entry_is_changed_under_the_pretext_of_an_erasure() -> None:
    _, login, _ = decided()
    with unit_of_work() as session:
        erase_person(session, login=login, actor="administrator-1")
    assert whole()
    with unit_of_work() as session:
        erasure = session.exec(select(AuditEntry).where(AuditEntry.action == "person.erased")).one()
        other = session.exec(
            select(AuditEntry).where(col(AuditEntry.erased_by).is_(None)).limit(1)
        ).one()
        other.facts, other.erased_by = {"amount": "1"}, erasure.id
    assert not whole()


def test_an_erasure_made_up_afterwards_covers_no_entry() -> None:
    decided()
    assert whole()
    with unit_of_work() as session:
        victim = session.exec(
            select(AuditEntry).where(AuditEntry.action == "project.formed").limit(1)
        ).one()
        victim.facts = {"needs": 999}
        forged = record(
            session,
            PersonErased(entries={str(victim.id): entry_digest(victim)}),
            about="erased-000000000000",
            by="cli",
            at=victim.happened_at,
        )
        session.flush()
        victim.erased_by = forged.id
    assert not whole()


def test_who_erased_somebody_may_be_erased_too() -> None:
    _, login, _ = decided()
    with unit_of_work() as session:
        for number in (8, 9):
            add_person(
                session,
                login=f"administrator-{number}",
                name="新管理员",
                role=Role.DISTRICT_ADMINISTRATOR,
                where="",
                actor="cli",
            )
        erase_person(session, login=login, actor="administrator-8")
        erase_person(session, login="administrator-8", actor="administrator-9")
        erase_person(session, login="administrator-9", actor="administrator-1")
    assert whole()


def test_who_is_needed_is_not_erased_yet() -> None:
    walk = Walk(new_project("助浴", 0))
    walk.to_scoring()
    with unit_of_work() as session:
        with pytest.raises(NotFound):
            erase_person(session, login="nobody", actor="cli")
        panel = session.execute(
            text("SELECT p.login FROM panel_member m JOIN person p ON p.id = m.person_id LIMIT 1")
        ).scalar_one()
        with pytest.raises(BadInput, match=walk.project.code):
            erase_person(session, login=panel, actor="cli")
        for grant in session.exec(
            select(RoleGrant)
            .join(Person, col(Person.id) == RoleGrant.person_id)
            .where(
                RoleGrant.role == Role.DISTRICT_ADMINISTRATOR,
                RoleGrant.scope == Scope.DISTRICT,
                Person.login != "administrator-1",
            )
        ):
            session.delete(grant)
        session.flush()
        with pytest.raises(BadInput, match="last district administrator"):
            erase_person(session, login="administrator-1", actor="cli")


def test_a_needs_words_are_taken_out_once_nothing_goes_on() -> None:
    need = new_need("我是张三，电话 13812345678", 0)
    busy = new_project("还在进行", 0)
    with unit_of_work() as session:
        taken = session.execute(
            text(
                "SELECT n.code FROM need n JOIN project_need k ON k.need_id = n.id "
                "WHERE k.project_id = :id"
            ),
            {"id": busy.id},
        ).scalar_one()
        with pytest.raises(NotPermitted):
            erase_need(session, code=taken, actor="cli")
        erase_need(session, code=need.code, actor="cli")
    with unit_of_work() as session:
        erased_need = session.exec(select(Need).where(Need.code == need.code)).one()
        assert (erased_need.title, erased_need.description) == (GONE, GONE)
        assert "张三" not in json.dumps(everything(session), ensure_ascii=False)
    assert whole()
