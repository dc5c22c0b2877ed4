"""Sends what waits in the outbox, by mail and through the district's channels (WeCom, DingTalk…).

Every worker may run one: a letter to one recipient is locked while it is sent, and one address that
fails keeps nothing from the others. A worker that dies between sending
and recording it sends it again, so a letter may come twice but is never lost.
"""

import logging
import threading
from typing import Final
from urllib.parse import quote

from models.session import unit_of_work
from models.settings import Settings
from services.letters import Letter, letter_failed, letter_sent, next_letter

log = logging.getLogger("jiebang.outbox")
_PAUSE: Final = 5.0


class OutboxSender(threading.Thread):
    """Sends letters one after the other until stopped."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; ``start()`` begins."""
        super().__init__(name="outbox-sender", daemon=True)
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
                log.exception("sending a letter failed; retrying in %.0f s", _PAUSE)
                busy = False
            if not busy:
                self._stopping.wait(_PAUSE)

    def send_one(self) -> bool:
        """Send the oldest letter to one recipient; tell whether there was one."""
        channels = self._settings.webhook_urls.split()
        with unit_of_work() as session:
            letter = next_letter(session, mails=bool(self._settings.mail_url), channels=channels)
            if letter is None:
                return False
            if self._sent(letter):
                letter_sent(session, letter)
            else:
                letter_failed(session, letter)
        return True

    def _sent(self, letter: Letter) -> bool:
        from apprise import Apprise, NotifyFormat  # not before there is something to send

        sender = Apprise()
        if not sender.add(letter.channel or self._mail_to(letter.to)):
            log.error("an address or channel is not understood")
            return False
        done = sender.notify(letter.body, title=letter.title, body_format=NotifyFormat.TEXT)
        return bool(done)

    def _mail_to(self, address: str) -> str:
        mail = self._settings.mail_url
        joint = "&" if "?" in mail else "?"
        return f"{mail}{joint}to={quote(address)}"
