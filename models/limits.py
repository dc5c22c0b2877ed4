"""How much people may type: what is beyond is a mistake, and is said so at the field."""

from typing import Final

MOST_YUAN: Final = 1_000_000_000
MOST_PEOPLE: Final = 10_000_000
LONGEST_TEXT: Final = 20_000
LARGEST_FILE: Final = 12 * 1024 * 1024
LARGEST_FORM: Final = 64 * 1024 * 1024
