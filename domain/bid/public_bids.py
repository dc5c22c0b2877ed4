"""What everybody may read of a bid once its ranking is confirmed. Source: the district's rules, 承榜.

Of the bid that was awarded: everything. Of one that was not: its receipt, its place, its total and
how a tie was broken, so that the bidder finds itself and anybody can follow the ranking; never who
it was or what it asked. Analysts read prices of such bids without a name.
"""

from decimal import Decimal
from typing import NamedTuple


class PublicBid(NamedTuple):
    """A bid in a public ranking; ``bidder`` and ``price`` are empty where it was not awarded."""

    receipt: str
    place: int
    total: Decimal
    tie_break: str | None
    bidder: str | None
    members: tuple[tuple[str, Decimal], ...]
    price: Decimal | None


def public_bid(bid: PublicBid, *, awarded: bool) -> PublicBid:
    """Return a bid as everybody may read it."""
    return bid if awarded else bid._replace(bidder=None, members=(), price=None)
