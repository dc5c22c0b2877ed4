"""The unified social credit code: 18 characters, the last a check character (GB 32100-2015)."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = tuple(pow(3, position, 31) for position in range(17))


def check_character(body: str) -> str:
    """Return the check character of the first 17 characters."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def is_formed(code: str) -> bool:
    """Tell whether ``code`` has 18 characters of the alphabet, whatever the last one is."""
    return len(code) == 18 and all(char in ALPHABET for char in code)


def is_valid(code: str) -> bool:
    """Tell whether ``code`` is formed well and has the right check character.

    Genuine codes of the first years, before 2016, may fail: an administrator confirms those.
    """
    return is_formed(code) and check_character(code[:17]) == code[17]
