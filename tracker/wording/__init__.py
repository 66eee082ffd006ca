"""Problems in words: what is wrong, then what would be right. One sentence or two for every code.

For pages, files and the command line alike. In the reader's language where there is one, in English
where there is no application at all. Columns are called as in the CSV files.
"""

import unicodedata
from typing import Final

from flask import current_app, has_app_context
from flask_babel import gettext

from tracker.domain.problems import Problem
from tracker.wording import imports, records

SHOWN_CHARACTERS: Final = 60
LISTS: Final = frozenset({"columns", "names", "outcomes", "words"})
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

SENTENCES: Final = records.SENTENCES | imports.SENTENCES


def problem_text(problem: Problem) -> str:
    """A problem as a sentence, in the reader's language.

    >>> problem_text(Problem("not_a_decimal", "amount", {"text": "1,234.56"}))
    '“1,234.56” is not a plain number. Write it with a dot and no grouping: 1234.56.'
    """
    facts = _Facts({name: _fact(name, value) for name, value in problem.facts.items()})
    if problem.code == "not_a_decimal":
        facts["right"] = plain_number(str(problem.facts.get("text", "")))
    sentence = SENTENCES.get(problem.code)
    if sentence is None:  # a code nobody wrote a sentence for: a test sees to it that there is none
        return f"{problem.code}: {', '.join(facts.values())}"
    return _translated(sentence) % facts


class _Facts(dict[str, str]):
    """A fact that is not there leaves a dash, never an error in the middle of a message."""

    def __missing__(self, name: str) -> str:
        return "–"


def _fact(name: str, value: object) -> str:
    """Lists of what would be right are ours, and stand there whole."""
    return shown_name(str(value)) if name in LISTS else shown(value)


def _translated(sentence: str) -> str:
    if has_app_context() and "babel" in current_app.extensions:
        return str(gettext(sentence))
    return sentence


def shown(value: object) -> str:
    """A fact as it may stand in a message: short, and without characters that hide or turn text.

    >>> shown("a\\u202eb\\x00"), shown("x" * 100) == "x" * 59 + "…"
    ('a\ufffdb\ufffd', True)
    """
    text = str(value)
    short = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
    return "".join("\ufffd" if unicodedata.category(c) in _HIDDEN else c for c in short)


def plain_number(text: str) -> str:
    """What somebody probably meant, as a plain number; an example where that cannot be told.

    >>> plain_number("1,234.56"), plain_number("1.234,56"), plain_number("12'000"), plain_number("ten")
    ('1234.56', '1234.56', '12000', '1234.56')
    """
    kept = "".join(c for c in text if not c.isspace() and c not in "'’_")
    if len(kept) > SHOWN_CHARACTERS or not kept.isascii() or not any(c.isdigit() for c in kept):
        return "1234.56"
    point = max(kept.rfind("."), kept.rfind(","))
    whole, decimals = (kept, "") if point < 0 else (kept[:point], kept[point + 1 :])
    if len(decimals) == 3 and kept.count(kept[point]) >= 1 and ("." in kept) != ("," in kept):
        whole, decimals = whole + decimals, ""  # one sign before three digits groups them
    whole = whole.replace(".", "").replace(",", "")
    meant = f"{whole}.{decimals}" if decimals else whole
    return meant if meant.replace(".", "", 1).isdigit() else "1234.56"


def located(file: str, row: int, problem: Problem) -> str:
    """A problem with its place, as a command says it.

    >>> located("donors.csv", 3, Problem("missing", "name"))
    'donors.csv, row 3, name: Nothing is given. This is required.'
    """
    place = [
        shown_name(file),
        *([f"row {row}"] if row else []),
        *([shown(problem.column)] if problem.column else []),
    ]
    return f"{', '.join(place)}: {problem_text(problem)}"


def shown_name(name: str) -> str:
    """A file's name for a message: whole, without characters that hide or turn text."""
    return "".join("\ufffd" if unicodedata.category(c) in _HIDDEN else c for c in name)
