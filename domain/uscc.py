"""The unified social credit code: 18 characters, the last a check character (GB 32100-2015)."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = tuple(pow(3, position, 31) for position in range(17))


def check_character(body: str) -> str:
    """Return the check character of the first 17 characters."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def is_valid(code: str) -> bool:
    """Tell whether ``code`` has 18 characters of the alphabet and the right check character."""
    return (
        len(code) == 18
        and all(char in ALPHABET for char in code)
        and check_character(code[:17]) == code[17]
    )
