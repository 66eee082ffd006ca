"""The transactions of an IATI file as texts, and what our own namespace says beside them (docs/importing.md).

2.0x and 1.0x alike; namespaces other than ours are not seen. Nothing is judged here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, NamedTuple

from lxml import etree

from tracker.domain.naming import said_ref
from tracker.domain.rows import MAX_KEY
from tracker.importing.donor_kinds import kind_of
from tracker.importing.flows import Party
from tracker.importing.iati_xml import children

OURS: Final = "{urn:multi-donor-programme:tracker:1}"
TYPES: Final[dict[str, str]] = {
    "1": "Incoming Funds",
    "2": "Outgoing Commitment",
    "3": "Disbursement",
    "4": "Expenditure",
    "5": "Interest Payment",
    "6": "Loan Repayment",
    "7": "Reimbursement",
    "8": "Purchase of Equity",
    "9": "Sale of Equity",
    "10": "Credit Guarantee",
    "11": "Incoming Commitment",
    "12": "Outgoing Pledge",
    "13": "Incoming Pledge",
}
"""IATI's codelist TransactionType, version 2.03."""
LETTERS: Final[dict[str, str]] = {
    **{"IF": "1", "C": "2", "D": "3", "E": "4", "IR": "5", "LR": "6", "R": "7", "QP": "8", "QS": "9"},
    "CG": "10",
}
"""What the types were called up to version 1.05."""
MAX_REF: Final = 100
MAX_NOTES: Final = 300
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_DECIMAL: Final = re.compile(r"([+-]?)([0-9]{0,40})(\.([0-9]{0,40}))?", re.ASCII)


class Own(NamedTuple):
    """An element of our own: columns as in our CSV files, and those of its children."""

    name: str
    cells: dict[str, str]
    parts: tuple[dict[str, str], ...]


@dataclass(slots=True)
class Activity:
    """What an activity says for all of its transactions."""

    identifier: str = ""
    currency: str = ""
    aid: str = ""


@dataclass(slots=True)
class Transaction:
    """One transaction; `row` is its place among all of the file, from 1. '' is what is not given.

    `kind` is the code of its type, 1.0x' letters as numbers; `value` a plain decimal where it is one.
    """

    row: int
    activity: Activity
    kind: str = ""
    reference: str = ""
    day: str = ""
    value: str = ""
    currency: str = ""
    name: str = ""
    ref: str = ""
    donor_kind: str = ""
    aid: str = ""
    notes: str = ""
    own: list[Own] = field(default_factory=list)

    @property
    def type_name(self) -> str:
        """What IATI calls its type; the code itself where IATI has no such type."""
        return TYPES.get(self.kind) or f"type “{self.kind}”"


@dataclass(slots=True)
class Contents:
    """All of a file that matters here."""

    transactions: list[Transaction] = field(default_factory=list)
    own: list[Own] = field(default_factory=list)
    activities: int = 0


def read_contents(content: bytes) -> Contents:
    """The transactions of a file. Raises `Refused` where it is no file of IATI activities."""
    found, activity = Contents(), Activity()
    for number, element in children(content):
        if number > found.activities:
            found.activities = number
            activity = Activity(currency=_code(element.get("default-currency")))
        elif element.tag == "iati-identifier":
            activity.identifier = line(_text(element))
        elif element.tag == "default-aid-type" and element.get("vocabulary") == "2":
            activity.aid = _code(element.get("code"))
        elif element.tag == "transaction":
            found.transactions.append(_transaction(element, len(found.transactions) + 1, activity))
        elif isinstance(element.tag, str) and element.tag.startswith(OURS):
            found.own.append(_own(element))
    return found


def _transaction(element: etree._Element, row: int, activity: Activity) -> Transaction:
    one = Transaction(row, activity, reference=_reference(element.get("ref")))
    value_day = ""
    for child in element:
        code = _code(child.get("code"))
        match child.tag:
            case "transaction-type":
                one.kind = LETTERS.get(code.upper(), code)
            case "transaction-date":
                one.day = day_text(child.get("iso-date") or _text(child))
            case "value":
                one.value = plain(_text(child))
                one.currency = _code(child.get("currency"))
                value_day = day_text(child.get("value-date") or "")
            case "provider-org":
                one.name, one.ref = _narrative(child), _code(child.get("ref"))
                one.donor_kind = kind_of(_code(child.get("type")))
            case "description":
                one.notes = _narrative(child)[:MAX_NOTES].rstrip()
            case "aid-type" if child.get("vocabulary") == "2":
                one.aid = one.aid or code
            case str() as tag if tag.startswith(OURS):
                one.own.append(_own(child))
            case _:
                pass
    one.day = one.day or value_day
    one.currency, one.aid = one.currency or activity.currency, one.aid or activity.aid
    one.ref = said_ref(one.ref) if len(one.ref) <= MAX_REF else ""
    return one


def _own(element: etree._Element) -> Own:
    parts = tuple(_cells(child) for child in element if isinstance(child.tag, str) and OURS in child.tag)
    return Own(str(element.tag).removeprefix(OURS), _cells(element), parts)


def _cells(element: etree._Element) -> dict[str, str]:
    return {name.replace("-", "_"): str(value) for name, value in element.attrib.items() if "{" not in name}


def parties(transactions: Iterable[Transaction]) -> Iterator[Party]:
    """The donor of each transaction: one with the same name, or the same reference, is the same one."""
    found = list(transactions)
    refs: dict[str, dict[str, None]] = {}
    kinds: dict[str, str] = {}
    names: dict[str, str] = {}
    for one in found:
        if one.name and one.ref:
            refs.setdefault(one.name, {})[one.ref] = None
            names.setdefault(one.ref, one.name)
        if one.donor_kind and (one.name or one.ref):
            kinds.setdefault(one.name or one.ref, one.donor_kind)
    for one in found:
        name = one.name or names.get(one.ref, one.ref)
        known = list(refs.get(name, ())) or [one.ref]
        yield Party(name, known[0], kinds.get(name, ""))


# Texts


def _text(element: etree._Element) -> str:
    """All text of an element; kept apart where there are elements in between."""
    return (" " if len(element) else "").join(str(text) for text in element.itertext())


def line(text: str) -> str:
    """A text on one line, without what cannot be seen.

    >>> line("  France,\\n  Government of ")
    'France, Government of'
    """
    shown = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return unicodedata.normalize("NFC", " ".join(shown.split()))


def _code(text: str | None) -> str:
    return line(text or "")


def _reference(text: str | None) -> str:
    """A reference; one that is too long for us is cut, and told from others by its sum."""
    found = _code(text)
    if len(found) <= MAX_KEY:
        return found
    return f"{found[: MAX_KEY - 11].rstrip()}-{sha256(found.encode()).hexdigest()[:10]}"


def _narrative(element: etree._Element) -> str:
    """The English narrative, else the first, else (1.0x) the text."""
    said: list[tuple[str, str]] = [
        (str(child.get(_LANGUAGE, "")).lower(), text)
        for child in element
        if child.tag == "narrative" and (text := line(_text(child)))
    ]
    english = [text for language, text in said if language.startswith("en")]
    return (english or [text for _, text in said] or [line(element.text or "")])[0]


def day_text(text: str) -> str:
    """A date without the time zone that XML allows it.

    >>> day_text(" 2009-10-01Z "), day_text("1 October 2009")
    ('2009-10-01', '1 October 2009')
    """
    found = _DAY.fullmatch(text.strip())
    return found[1] if found else line(text)


def plain(text: str) -> str:
    """An amount as XML may write it, as a plain decimal; any other text as it is.

    >>> plain(" +5. "), plain("-.50"), plain("1,234"), plain("1e3")
    ('5', '-0.50', '1,234', '1e3')
    """
    found = _DECIMAL.fullmatch(text.strip())
    if not found or not (found[2] or found[4]):
        return line(text)
    sign: Literal["", "-"] = "-" if found[1] == "-" else ""
    return f"{sign}{found[2].lstrip('0') or '0'}{'.' + found[4] if found[4] else ''}"


def shortest(amount: str) -> str:
    """An amount without zeros at its end, so that equal ones are written alike."""
    return amount.rstrip("0").rstrip(".") if "." in amount else amount
