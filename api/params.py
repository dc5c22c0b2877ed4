"""What stands in an address's query, as forms send it: empty means nothing was asked."""

from datetime import date

from domain.errors import BadInput


def day(text: str) -> date | None:
    """Return the day that ``text`` names, None for an empty one; raise BadInput."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            zh=f"日期“{text[:20]}”无法识别，请写成 2026-03-05。",
            en=f"The date {text[:20]!r} is not understood; write it as 2026-03-05.",
        ) from None
