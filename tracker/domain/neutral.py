"""Texts that a spreadsheet would run as a formula, made harmless in CSV in a way that can be undone."""

import re
from typing import Final

DANGEROUS: Final = "=+-@\t\r\n＝＋－＠"
"""First characters that make a spreadsheet read a text as a formula, or hide that it is one."""
_NEUTRALISED: Final = re.compile(f"'+[{re.escape(DANGEROUS)}]")


def neutralised(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe is put before it.

    >>> neutralised("=1+1"), neutralised("'=1"), neutralised("plain"), neutralised("'quoted'")
    ("'=1+1", "''=1", 'plain', "'quoted'")
    """
    return f"'{text}" if text.lstrip("'").startswith(tuple(DANGEROUS)) else text


def unneutralised(text: str) -> str:
    """The text as it was before `neutralised`.

    >>> unneutralised("'=1+1"), unneutralised("''=1"), unneutralised("'quoted'")
    ('=1+1', "'=1", "'quoted'")
    """
    return text[1:] if _NEUTRALISED.match(text) else text
