"""Letters to people and channels: sent to real receivers on loopback, retried, never to strangers."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Exchange
from apprise.utils.parse import is_email
from sqlalchemy import update
from sqlmodel import Session, col, select

from domain.errors import BadInput
from domain.mail import check_address
from models import Contact, Incident, LetterDelivery, OutboxMessage
from models.session import unit_of_work
from models.settings import Settings
from services.clock import move_demo_clock, now
from services.desk.operations import read_operations
from services.events import audiences
from services.events.audiences import Audience
from services.events.record import tell
from services.gates.reminders import remind
from services.identity.contacts import EmailUpdate, set_email
from services.letters import give_up_old, read_post
from services.publish.events import QuestionAsked
from tests.builders import Walk, actor, new_project
from worker.addresses import free_port
from worker.outbox_sender import OutboxSender

pytestmark = pytest.mark.usefixtures("database")


class Mailbox:
    """A mail server that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], str, str]] = []
        self.refuses = False
        self.unknown: set[str] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Exchange, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        if address in self.unknown:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Exchange, envelope: Envelope) -> str:
        del server, session
        if self.refuses:
            return "451 try again later"
        assert isinstance(envelope.content, bytes)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        body = parsed.get_body(preferencelist=("plain", "html"))
        text = body.get_content() if body else ""
        self.letters.append((list(envelope.rcpt_tos), str(parsed["subject"]), text))
        return "250 kept"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    inbox, port = Mailbox(), free_port(0)
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox, f"mailto://127.0.0.1:{port}?from=jiebang@example.org&mode=insecure"
    controller.stop()


@pytest.fixture
def channel() -> Iterator[tuple[list[Any], str]]:
    heard: list[Any] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield heard, f"json://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def address(login: str, email: str) -> None:
    with unit_of_work() as session:
        set_email(session, actor=actor(login), address=EmailUpdate(email=email))


def post(mail: str = "", channels: str = "", link: str = "") -> int:
    """Send everything that waits; return how many letters were handled."""
    settings = Settings(mail_url=mail, webhook_urls=channels, public_url=link)
    sender, handled = OutboxSender(settings), 0
    while sender.send_one():
        handled += 1
    return handled


def waiting() -> int:
    with unit_of_work() as session:
        rows = select(OutboxMessage).where(col(OutboxMessage.sent_at).is_(None))
        return len(session.exec(rows).all())


def test_who_waits_is_reminded_by_mail_once_with_a_link(
    mailbox: tuple[Mailbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIEBANG_PUBLIC_URL", "https://bang.example.org")
    inbox, url = mailbox
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    street = f"street-{walk.project.street_code}-1"
    address(street, "li@example.org")
    assert gate.due_at is not None
    with unit_of_work() as session:
        move_demo_clock(session, to=gate.due_at - timedelta(hours=5))
        remind(session)
    post(url)
    assert waiting() == 0
    ((to, subject, body),) = inbox.letters
    assert to == ["li@example.org"]
    assert "待办即将到期" in subject
    assert "评榜审定" in body
    path = f"/desk/{walk.project.code}/evaluate-approval-r1"
    assert f"https://bang.example.org{path}" in body
    assert f"https://bang.example.org/en{path}" in body
    with unit_of_work() as session:
        remind(session)
    post(url)
    assert len(inbox.letters) == 1


def test_what_is_overdue_goes_to_the_administrators_and_the_channels(
    mailbox: tuple[Mailbox, str], channel: tuple[list[Any], str]
) -> None:
    inbox, url = mailbox
    heard, hook = channel
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    address("administrator-1", "office@example.org")
    assert gate.due_at is not None
    with unit_of_work() as session:
        move_demo_clock(session, to=gate.due_at)
        remind(session)
    post(url, hook)
    assert [to for to, _, _ in inbox.letters] == [["office@example.org"]]
    assert heard
    assert all("已逾期" in message["title"] for message in heard)


def ask(session: Session, to: Audience, at: datetime, once: str = "k") -> None:
    tell(session, QuestionAsked(), about="LC-2026-0001", at=at, to=to, once=once)


def test_a_letter_that_fails_is_kept_and_tried_again_later(mailbox: tuple[Mailbox, str]) -> None:
    inbox, url = mailbox
    address("expert-1", "wang@example.org")
    with unit_of_work() as session:
        person = actor("expert-1").person_id
        ask(session, audiences.person(person), now(session))
    inbox.refuses = True
    assert post(url) == 1
    assert (inbox.letters, waiting()) == ([], 1)
    inbox.refuses = False
    assert post(url) == 0
    with unit_of_work() as session:
        delivery = session.exec(select(LetterDelivery)).one()
        assert delivery.attempts == 1
        delivery.next_at = None
    post(url)
    assert len(inbox.letters) == 1
    assert waiting() == 0


def test_letters_that_never_go_out_open_an_incident(mailbox: tuple[Mailbox, str]) -> None:
    inbox, url = mailbox
    inbox.refuses = True
    address("expert-1", "wang@example.org")
    with unit_of_work() as session:
        person = actor("expert-1").person_id
        ask(session, audiences.person(person), now(session))
    for _ in range(8):
        with unit_of_work() as session:
            session.execute(update(LetterDelivery).values(next_at=None))
        post(url)
    with unit_of_work() as session:
        assert [incident.kind for incident in session.exec(select(Incident)).all()] == ["letters"]


def test_what_is_older_than_a_week_is_not_sent_any_more(mailbox: tuple[Mailbox, str]) -> None:
    inbox, url = mailbox
    address("expert-1", "wang@example.org")
    with unit_of_work() as session:
        person = actor("expert-1").person_id
        ask(session, audiences.person(person), now(session) - timedelta(days=8))
    assert post(url) == 0
    assert (inbox.letters, waiting()) == ([], 0)


def test_an_address_is_ones_own_to_remove() -> None:
    address("expert-1", "wang@example.org")
    address("expert-1", "")
    with unit_of_work() as session:
        assert session.exec(select(Contact)).all() == []


def tell_street(key: str, street: str) -> None:
    with unit_of_work() as session:
        ask(session, audiences.street(street), now(session), once=key)


def test_one_address_that_fails_gives_nobody_else_the_letter_twice(
    mailbox: tuple[Mailbox, str],
) -> None:
    inbox, url = mailbox
    street = new_project().street_code
    address(f"street-{street}-1", "gone@example.org")
    inbox.unknown = {"gone@example.org"}
    tell_street("first", street)
    for _ in range(10):
        with unit_of_work() as session:
            session.execute(update(LetterDelivery).values(next_at=None))
        post(url)
    assert (inbox.letters, waiting()) == ([], 1)
    # Once others have gone out meanwhile, the address is dead, and marked.
    address(f"street-{street}-2", "here@example.org")
    tell_street("second", street)
    for _ in range(10):
        with unit_of_work() as session:
            session.execute(update(LetterDelivery).values(next_at=None))
        post(url)
    assert [to for to, _, _ in inbox.letters] == [["here@example.org"]]
    with unit_of_work() as session:
        contact = session.get_one(Contact, actor(f"street-{street}-1").person_id)
        assert contact.dead_at
        assert session.exec(select(Incident).where(col(Incident.closed_at).is_(None))).all() == []
        post_now = read_post(session)
    assert post_now.dead == 1
    # Its owner mends it, and the next letter arrives.
    address(f"street-{street}-1", "mended@example.org")
    tell_street("third", street)
    post(url)
    assert ["mended@example.org"] in [to for to, _, _ in inbox.letters]


def test_without_a_mail_server_letters_wait_and_do_not_pile_up(
    channel: tuple[list[Any], str],
) -> None:
    heard, hook = channel
    street = new_project().street_code
    address(f"street-{street}-1", "li@example.org")
    tell_street("k", street)
    assert post(channels=hook) == 0
    assert (heard, waiting()) == ([], 1)
    with unit_of_work() as session:
        (line,) = [part for part in read_operations(session).parts if part.name.en == "Messages"]
        assert line.warns
        assert "JIEBANG_MAIL_URL" in line.says.zh
        session.execute(update(OutboxMessage).values(created_at=now(session) - timedelta(days=8)))
        give_up_old(session)
    assert waiting() == 0


REFUSED = [
    *("a..b@x.com", ".a@x.com", "a.@x.com", "王@x.com", "a@b.c", "a@-x.com", "a@x-.com"),
    *("a(b)@x.com", "a\\b@x.com", "a[b]@x.com", "a:b@x.com", "a@192.168.0.1", "a@x", "a b@x.com"),
    *("a@x.com,b@x.com", "<a@x.com>", "@x.com", "a@", "o'neil@x.com", "x" * 65 + "@x.com"),
]


@pytest.mark.parametrize("typed", REFUSED)
def test_what_mail_servers_refuse_is_refused_where_it_is_typed(typed: str) -> None:
    with pytest.raises(BadInput):
        check_address(typed)


@pytest.mark.parametrize(
    "typed",
    ["a@x.com", "li.ming+jb@mail.example.cn", "a@xn--fiq228c.com", " a@x.cn "],
)
def test_what_mail_servers_take_is_taken(typed: str) -> None:
    email = check_address(typed)
    match = is_email(email)  # type: ignore[no-untyped-call]
    assert match
    assert match["full_email"] == email
