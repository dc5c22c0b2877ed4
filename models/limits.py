"""How much people may type: more is a mistake, which the field says."""

from typing import Final

MOST_YUAN: Final = 1_000_000_000
MOST_PEOPLE: Final = 10_000_000
LONGEST_TEXT: Final = 20_000
LONGEST_COMMENT: Final = 2_000
LARGEST_FILE: Final = 12 * 1024 * 1024
LARGEST_FORM: Final = 64 * 1024 * 1024
