"""Sends what waits in the outbox, by mail and through the district's channels (WeCom, DingTalk…).

Every worker may run one: a message is locked while it is sent. A worker that dies between sending
and recording it sends it again, so a letter may come twice but is never lost.
"""

import logging
import threading
from typing import Final
from urllib.parse import quote

from models.session import unit_of_work
from models.settings import Settings
from services.clock import now
from services.execution.incidents import open_incident
from services.letters import Letter, is_hopeless, letter_failed, letter_sent, next_letter

log = logging.getLogger("jiebang.postman")
_PAUSE: Final = 5.0


class Postman(threading.Thread):
    """Sends letters one after the other until stopped."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; ``start()`` begins."""
        super().__init__(name="postman", daemon=True)
        self._settings = settings
        self._stopping = threading.Event()

    @staticmethod
    def wanted(settings: Settings) -> bool:
        """Tell whether there is any way to send something."""
        return bool(settings.mail_url or settings.webhook_urls)

    def stop(self) -> None:
        """Stop after the present letter."""
        self._stopping.set()
        self.join(timeout=20)

    def run(self) -> None:
        """Send until stopped; whatever is away is tried again."""
        while not self._stopping.is_set():
            try:
                busy = self.send_one()
            except Exception:
                log.exception("the postman stumbled and goes on")
                busy = False
            if not busy:
                self._stopping.wait(_PAUSE)

    def send_one(self) -> bool:
        """Send the oldest letter; tell whether there was one."""
        with unit_of_work() as session:
            letter = next_letter(session)
            if letter is None:
                return False
            if self._sent(letter):
                letter_sent(session, letter.message_id)
            elif is_hopeless(letter_failed(session, letter.message_id)):
                open_incident(
                    session,
                    process_id=None,
                    kind="letters",
                    zh="通知多次发送失败，请检查 JIEBANG_MAIL_URL 和 JIEBANG_WEBHOOK_URLS。",
                    en="Letters fail again and again; check JIEBANG_MAIL_URL and JIEBANG_WEBHOOK_URLS.",
                    at=now(session),
                )
        return True

    def _sent(self, letter: Letter) -> bool:
        targets = self._targets(letter)
        if not targets:
            return True
        from apprise import Apprise, NotifyFormat  # not before there is something to send

        sender = Apprise()
        for target in targets:
            if not sender.add(target):
                log.error("an address or channel is not understood")
                return False
        done = sender.notify(letter.body, title=letter.title, body_format=NotifyFormat.TEXT)
        return bool(done)

    def _targets(self, letter: Letter) -> list[str]:
        found = list(self._settings.webhook_urls.split()) if letter.to_channels else []
        if mail := self._settings.mail_url:
            joint = "&" if "?" in mail else "?"
            found += [f"{mail}{joint}to={quote(address)}" for address in letter.to]
        return found
