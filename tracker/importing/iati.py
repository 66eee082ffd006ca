"""An IATI file → flows: what comes in of types 1, 11 and 13; all else is counted (docs/importing.md).

Incoming funds are receipts, incoming commitments signed pledges, incoming pledges pledges. Rows are numbered
by the place of the transaction in the file, from 1. What an export of ours says in our own namespace is read
from there, exactly (`iati_own`).
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Final

from tracker.domain.money import parse_decimal
from tracker.domain.problems import Refused
from tracker.importing.findings import finding
from tracker.importing.flows import Flow, FlowTable, Foreign, LeftOut, Party, Total
from tracker.importing.iati_own import read_own
from tracker.importing.iati_transactions import (
    TYPES,
    Contents,
    Transaction,
    parties,
    read_contents,
    shortest,
)
from tracker.importing.iati_xml import xml_bytes

PREFIX: Final = "IATI"
FUNDS: Final = "1"
COMMITMENT: Final = "11"
PLEDGE: Final = "13"
INCOMING: Final = (PLEDGE, COMMITMENT, FUNDS)
LOOK_BACK: Final = 200
"""How many earlier receipts of a donor a negative amount is held against: the nearest."""
_EARMARKING: Final = {"2": "softly earmarked", "3": "earmarked", "4": "tightly earmarked"}
"""IATI's codelist EarmarkingCategory, without 1, unearmarked."""


def read_iati(path: Path, *, file: str, earmark: str = "") -> Foreign:
    """What comes in by an IATI file called `file`. `earmark` is for rows that do not have their own.

    Raises `Refused`: not XML, hostile, not IATI activities, nothing incoming.
    """
    found = read_contents(xml_bytes(path))
    incoming = [one for one in found.transactions if one.kind in INCOMING]
    if not incoming:
        raise _nothing(found)
    foreign = Foreign(totals=list(_totals(incoming)))
    foreign.left_out = [
        LeftOut(one.row, "iati_type", one.type_name) for one in found.transactions if one.kind not in INCOMING
    ]
    if found.own or any(one.own for one in incoming):
        read_own([one for one in incoming if one.own], found.own, file, foreign)
    _Reader(file, earmark, foreign).read([one for one in incoming if not one.own])
    foreign.left_out.sort()
    return foreign


def _nothing(found: Contents) -> Refused:
    if not found.transactions:
        return Refused.of("iati_no_transactions", activities=found.activities)
    counts = Counter(one.type_name for one in found.transactions)
    words = ", ".join(f"{count} × {name}" for name, count in counts.most_common(len(TYPES)))
    return Refused.of("iati_nothing_incoming", words=words)


def _totals(incoming: Iterable[Transaction]) -> Iterator[Total]:
    """What the file says in sum: by type, then currency."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for one in incoming:
        if (value := decimal_of(one)) is not None:
            sums.setdefault((one.kind, one.currency), []).append(value)
    for kind, currency in sorted(sums, key=lambda key: (INCOMING.index(key[0]), key[1])):
        values = sums[kind, currency]
        yield Total(TYPES[kind], currency, len(values), f"{sum(values):f}")


def decimal_of(one: Transaction) -> Decimal | None:
    """A transaction's value; None where it is not a plain decimal."""
    try:
        return parse_decimal(one.value)
    except Refused:
        return None


class _Reader:
    """Transactions of others, becoming flows."""

    def __init__(self, file: str, earmark: str, foreign: Foreign) -> None:
        self._file, self._earmark, self._foreign = file, earmark, foreign
        self._parties: dict[int, Party] = {}

    def read(self, incoming: Sequence[Transaction]) -> None:
        self._parties = {one.row: party for one, party in zip(incoming, parties(incoming), strict=True)}
        signatures = self._signatures(incoming)
        signs = {pledge: one for one, pledge in signatures.items()}
        by_row = {one.row: one for one in incoming}
        receipts: list[tuple[int, Transaction]] = []
        negative: list[Transaction] = []
        for one in incoming:
            if one.row in signatures or not self._counts(one, negative):
                continue
            if one.kind == FUNDS:
                receipts.append((len(self._foreign.flows), one))
                self._add(one, "receipts", {"received_on": one.day})
            else:
                self._add_pledge(one, by_row.get(signs.get(one.row, 0)))
        self._refund(negative, receipts)
        self._ask(incoming)

    def _counts(self, one: Transaction, negative: list[Transaction]) -> bool:
        """Whether a transaction is an amount of its own; what is not is noted here."""
        value = decimal_of(one)
        if value is None:
            code = "not_a_decimal" if one.value else "missing"
            self._foreign.problems.append(finding(self._file, one.row, code, "amount", text=one.value))
        elif value == 0:
            self._foreign.left_out.append(LeftOut(one.row, "iati_zero"))
        elif value < 0 and one.kind == FUNDS:
            negative.append(one)
        elif value < 0:
            self._foreign.left_out.append(LeftOut(one.row, "iati_negative", one.type_name))
        return value is not None and value > 0

    # Pledges and receipts

    def _signatures(self, incoming: Iterable[Transaction]) -> dict[int, int]:
        """Rows of commitments that sign a pledge of the same file → the pledge's row.

        The same reference, donor, currency and amount; each pledge is signed once.
        """
        waiting: dict[tuple[object, ...], list[int]] = {}
        found: dict[int, int] = {}
        for kind in (PLEDGE, COMMITMENT):
            for one in incoming:
                value = decimal_of(one)
                if one.kind != kind or not one.reference or value is None or value <= 0:
                    continue
                key = (one.reference, self._parties[one.row], one.currency, value)
                if kind == PLEDGE:
                    waiting.setdefault(key, []).append(one.row)
                elif rows := waiting.get(key):
                    found[one.row] = rows.pop(0)
        return found

    def _add_pledge(self, one: Transaction, signature: Transaction | None) -> None:
        """A pledge with its signature; one signed before it was announced was a pledge from then on."""
        if one.kind == COMMITMENT:
            self._add(one, "pledges", {"pledged_on": one.day, "signed_on": one.day})
        elif signature is None:
            self._add(one, "pledges", {"pledged_on": one.day})
        else:
            pledged = min(one.day, signature.day)
            self._add(one, "pledges", {"pledged_on": pledged, "signed_on": signature.day})

    def _add(
        self, one: Transaction, table: FlowTable, cells: dict[str, str], parent: int | None = None
    ) -> None:
        cells["amount"] = one.value.removeprefix("-")
        if table != "refunds":
            cells["currency"] = one.currency
            if self._earmark:
                cells["earmark"] = self._earmark
        party = self._parties[one.row]
        identity = (one.kind, party.name, one.day, one.currency, shortest(one.value), one.activity.identifier)
        hints = {"notes": one.notes} if one.notes else {}
        self._foreign.flows.append(Flow(one.row, table, party, cells, one.reference, identity, parent, hints))

    # Negative funds

    def _refund(self, negative: Iterable[Transaction], receipts: Iterable[tuple[int, Transaction]]) -> None:
        """Negative incoming funds are a refund of the donor's nearest earlier receipt with enough left.

        One of the same activity comes first. Where there is none they are left out.
        """
        left = _Left()
        for place, one in sorted(receipts, key=lambda pair: _order(pair[1])):
            left.add(self._parties[one.row], one, place)
        for one in sorted(negative, key=_order):
            taken = left.take(self._parties[one.row], one)
            if taken is None:
                self._foreign.left_out.append(LeftOut(one.row, "iati_no_receipt", one.type_name))
                continue
            self._add(one, "refunds", {"refunded_on": one.day}, taken)
            facts = {"text": one.value, "currency": one.currency, "other": self._foreign.flows[taken].row}
            self._foreign.questions.append(
                finding(self._file, one.row, "iati_negative_refund", "amount", **facts)
            )

    # Questions about the whole

    def _ask(self, incoming: Sequence[Transaction]) -> None:
        unnamed = sum(not self._parties[one.row].name for one in incoming)
        if unnamed:
            self._foreign.questions.append(finding(self._file, 0, "iati_no_donor", "donor", rows=unnamed))
        earmarked = Counter(one.aid for one in incoming if one.aid in _EARMARKING)
        if earmarked and not self._earmark:
            words = ", ".join(f"{earmarked[code]} {_EARMARKING[code]}" for code in sorted(earmarked))
            self._foreign.questions.append(finding(self._file, 0, "iati_earmarked", "earmark", words=words))


def _order(one: Transaction) -> tuple[str, str, str, int]:
    """By day; within it by what stays however a file is sorted."""
    return one.day, one.reference, shortest(one.value), one.row


class _Left:
    """What is left of each receipt, by donor and currency, in order of their days."""

    def __init__(self) -> None:
        self._receipts: dict[tuple[Party, str], list[tuple[str, int]]] = {}
        self._left: dict[int, Decimal] = {}
        self._activity: dict[int, int] = {}

    def add(self, party: Party, one: Transaction, place: int) -> None:
        """A receipt, not before those that were added."""
        self._receipts.setdefault((party, one.currency), []).append((one.day, place))
        self._left[place] = decimal_of(one) or Decimal(0)
        self._activity[place] = id(one.activity)

    def take(self, party: Party, one: Transaction) -> int | None:
        """Take a negative amount from a receipt, and say which."""
        amount = -(decimal_of(one) or Decimal(0))
        known = self._receipts.get((party, one.currency), [])
        earlier = range(bisect_right(known, one.day, key=itemgetter(0)), 0, -1)
        enough = [
            place
            for index in islice(earlier, LOOK_BACK)
            if self._left[place := known[index - 1][1]] >= amount
        ]
        same = [place for place in enough if self._activity[place] == id(one.activity)]
        found = next(iter(same or enough), None)
        if found is not None:
            self._left[found] -= amount
        return found
