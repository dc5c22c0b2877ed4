"""Sealed lengths tell nothing worth knowing: contents are padded to steps before they are sealed.

The steps are those of Padmé (Nikitin and others, "Reducing Metadata Leakage from Encrypted Files
and Communication with PURBs", 2019): at most 12 % more, and the length of n bytes tells no more
than O(log log n) bits. Nothing is shorter than one least step.
"""

from typing import Final

_MARK: Final = b"\x00JB-PAD1"
_LENGTH: Final = 8
LEAST: Final = 16 * 1024


def padded_length(length: int) -> int:
    """Return the step in which ``length`` bytes lie."""
    length = max(length, LEAST)
    exponent = length.bit_length() - 1
    kept = exponent.bit_length()
    mask = (1 << (exponent - kept)) - 1
    return (length + mask) & ~mask


def pad(content: bytes) -> bytes:
    """Return ``content`` with its length before it and nothing after it, up to the next step."""
    padded = _MARK + len(content).to_bytes(_LENGTH, "big") + content
    return padded.ljust(padded_length(len(padded)), b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the content without padding; content sealed before there was any stays as it is."""
    if not padded.startswith(_MARK):
        return padded
    begins = len(_MARK) + _LENGTH
    length = int.from_bytes(padded[len(_MARK) : begins], "big")
    return padded[begins : begins + length]
