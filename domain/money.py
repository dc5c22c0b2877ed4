"""Yuan and shares in exact decimals."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
HUNDRED = Decimal(100)


def yuan(value: object) -> Decimal:
    """Return ``value`` as yuan rounded half up to the fen."""
    return Decimal(str(value)).quantize(FEN, rounding=ROUND_HALF_UP)


def split(total: Decimal, shares: Sequence[Decimal]) -> list[Decimal]:
    """Split ``total`` yuan by ``shares`` (percent, summing to 100) so that the parts add up exactly.

    Each part is rounded down to the fen; the fen left over go to the first parts.
    """
    if sum(shares) != HUNDRED:
        raise ValueError(f"shares sum to {sum(shares)}, not 100")
    parts = [(total * share / HUNDRED).quantize(FEN, rounding="ROUND_DOWN") for share in shares]
    left = int((total - sum(parts)) / FEN)
    return [part + FEN if index < left else part for index, part in enumerate(parts)]


def show(value: Decimal) -> str:
    """Return yuan as people write them: thousands grouped, fen only where there are any."""
    text = f"{value:,.2f}"
    return text.removesuffix(".00")
