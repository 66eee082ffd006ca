"""A bank's credits held against what is on record: which receipt, or which open instalment, each may be.

Pure and deterministic: the same lines and records give the same suggestions, whatever order they come in.
One receipt, and one instalment, is suggested for one line only. Nothing here decides anything: an officer
confirms. Days are inclusive; amounts are minor units of the line's currency.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from tracker.domain.contributions import InstalmentState, Receipt
from tracker.domain.entries import DonorEntry, ReceiptEntry
from tracker.domain.money import PROGRAMME_CURRENCY
from tracker.domain.vocabulary import UNIDENTIFIED_DONOR

NEAR_DAYS: Final = 5
"""A receipt's date and the bank's may differ by as many days."""
NEAR_PART: Final = 100
"""An instalment's amount and the bank's may differ by one part in so many: charges, roundings."""

Kind = Literal["matched", "differs", "suggested", "repeated", "unknown"]
Identity = tuple[date, str, int, str, str, str]

_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True, slots=True)
class Line:
    """One credit. `number` tells lines of one list apart."""

    number: int
    value_on: date
    currency: str
    amount_minor: int
    payer: str = ""
    details: str = ""
    ledger_ref: str = ""

    @property
    def identity(self) -> Identity:
        """What makes a line of another list the same credit."""
        return (self.value_on, self.currency, self.amount_minor, self.payer, self.details, self.ledger_ref)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a line may be.

    `matched`: it stands as `receipt`; `differs`: a receipt has its ledger reference, and another date or
    amount; `suggested`: it may pay `instalment`; `repeated`: an earlier list has it; else `unknown`.
    `sure` is false where more than one donor would fit: it is then confirmed by itself only.
    """

    kind: Kind
    donor: str = ""
    receipt: str = ""
    instalment: InstalmentState | None = None
    sure: bool = True


UNKNOWN: Final = Suggestion("unknown")
_Taken = dict[int, Suggestion]


def suggest(
    lines: Iterable[Line],
    receipts: Iterable[ReceiptEntry],
    instalments: Iterable[InstalmentState],
    donors: Mapping[str, DonorEntry],
    earlier: Mapping[Identity, int] | None = None,
) -> dict[int, Suggestion]:
    """What each line may be, by its number.

    `receipts` are those that no other line stands for yet; `earlier` counts the lines of earlier lists.
    """
    ordered = sorted(lines, key=lambda line: line.number)
    free, found = {entry.key: entry for entry in receipts}, _Taken()
    _by_ledger_ref(ordered, free, found)
    _repeated(ordered, earlier or {}, found)
    names = _Names(donors)
    who = {line.number: names.of(line) for line in ordered if line.number not in found}
    _by_amount(ordered, free, who, found)
    _by_instalment(ordered, instalments, who, found)
    return {line.number: found.get(line.number, UNKNOWN) for line in ordered}


def same_amount(line: Line, receipt: Receipt) -> bool:
    """Whether a bank's credit is a receipt's money: what was sent, or what was credited of it in USD."""
    if line.currency == receipt.currency and line.amount_minor == receipt.amount_minor:
        return True
    return line.currency == PROGRAMME_CURRENCY and line.amount_minor == receipt.usd_minor


def near(line: Line, receipt: Receipt) -> bool:
    """Whether their days are at most `NEAR_DAYS` apart."""
    return abs((line.value_on - receipt.received_on).days) <= NEAR_DAYS


def ref_key(text: str) -> str:
    """A ledger reference without blanks and case, as two systems may write it.

    >>> ref_key(" DC 031@b")
    'dc031@b'
    """
    return "".join(text.split()).casefold()


def _by_ledger_ref(lines: Sequence[Line], free: dict[str, ReceiptEntry], found: _Taken) -> None:
    """The same ledger reference; where several receipts share it, the one that fits best."""
    pairs = []
    by_ref: dict[str, list[ReceiptEntry]] = {}
    for entry in free.values():
        by_ref.setdefault(ref_key(entry.ledger_ref), []).append(entry)
    for line in lines:
        for entry in by_ref.get(ref_key(line.ledger_ref), []) if ref_key(line.ledger_ref) else []:
            fits = same_amount(line, entry.receipt) and near(line, entry.receipt)
            apart = abs((line.value_on - entry.receipt.received_on).days)
            pairs.append((not fits, apart, line.number, entry.key))
    for differs, _apart, number, reference in sorted(pairs):
        if number not in found and reference in free:
            donor = free.pop(reference).receipt.donor
            found[number] = Suggestion("differs" if differs else "matched", donor, reference)


def _repeated(lines: Sequence[Line], earlier: Mapping[Identity, int], found: _Taken) -> None:
    """A line that an earlier list holds too. Twins inside one list are two credits."""
    left = Counter(dict(earlier))
    for line in lines:
        if left[line.identity] > 0:
            left[line.identity] -= 1
            if line.number not in found:
                found[line.number] = Suggestion("repeated")


def _by_amount(
    lines: Sequence[Line], free: dict[str, ReceiptEntry], who: Mapping[int, Sequence[str]], found: _Taken
) -> None:
    """The same amount within a few days, and the donor's name in the payer or details."""
    pairs = []
    for line in lines:
        for entry in free.values() if line.number not in found else ():
            receipt = entry.receipt
            # A line and a receipt with different ledger references are different money.
            told_apart = ref_key(line.ledger_ref) and ref_key(entry.ledger_ref)
            fits = same_amount(line, receipt) and near(line, receipt) and receipt.donor in who[line.number]
            if fits and not told_apart:
                pairs.append((abs((line.value_on - receipt.received_on).days), line.number, entry.key))
    for _apart, number, reference in sorted(pairs):
        if number not in found and reference in free:
            sure = len(who[number]) == 1
            found[number] = Suggestion("matched", free.pop(reference).receipt.donor, reference, sure=sure)


def _by_instalment(
    lines: Sequence[Line],
    instalments: Iterable[InstalmentState],
    who: Mapping[int, Sequence[str]],
    found: _Taken,
) -> None:
    """An open instalment of a donor that the line names. The oldest first: so receipts settle them (R7)."""
    free = {one.reference: one for one in instalments if one.open_minor}
    pairs = []
    for line in lines:
        for one in free.values() if line.number not in found else ():
            if one.pledge.donor in who[line.number] and _near_amount(line, one):
                named = name_words(one.pledge.reference) in name_words(f"{line.payer} {line.details}")
                exact = line.amount_minor in (one.open_minor, one.amount_minor)
                pairs.append((not named, not exact, one.due_on, one.reference, line.value_on, line.number))
    for *_rank, reference, _day, number in sorted(pairs):
        if number not in found and reference in free:
            one, sure = free.pop(reference), len(who[number]) == 1
            found[number] = Suggestion("suggested", one.pledge.donor, instalment=one, sure=sure)


def _near_amount(line: Line, one: InstalmentState) -> bool:
    if line.currency != one.pledge.currency:
        return False
    wanted = (one.open_minor, one.amount_minor)
    return any(abs(line.amount_minor - minor) * NEAR_PART <= minor for minor in wanted)


class _Names:
    """Which donors a line names: by name or alias, the longest first; by code where no name fits."""

    def __init__(self, donors: Mapping[str, DonorEntry]) -> None:
        known = [donor for donor in donors.values() if donor.code != UNIDENTIFIED_DONOR]
        said = {
            (words, donor.code)
            for donor in known
            for name in (donor.name, *donor.aliases)
            for words in _spellings(name)
        }
        self._names = sorted(said, key=lambda one: (-len(one[0]), one))
        self._codes = sorted((f" {donor.code} ", donor.code) for donor in known)

    def of(self, line: Line) -> tuple[str, ...]:
        """Codes of the donors named: `France` is not named by `France Télévisions`."""
        text, found = name_words(f"{line.payer} | {line.details}"), list[str]()
        taken: set[str] = set()
        for words, code in self._names:
            if words in text or words in taken:
                taken.add(words)
                found.append(code)
                text = text.replace(words, " | ")
        if not found:
            text = f" {' '.join(f'{line.payer} {line.details}'.split())} "
            found = [code for words, code in self._codes if words in text]
        return tuple(sorted(set(found)))


def _spellings(name: str) -> set[str]:
    """A name's words, plainly and as German writes umlauts without them."""
    both = name_words(name), name_words(name.casefold().translate(_GERMAN))
    return {words for words in both if words.strip()}


def name_words(text: str) -> str:
    """Words without accents, case or punctuation, a blank around each.

    >>> name_words("Côte d'Ivoire, S.A."), name_words("Łódź")
    (' cote d ivoire s a ', ' lodz ')
    """
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    kept = "".join(c for c in apart if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() or c == "|" else " " for c in kept).split()
    return f" {' '.join(words)} "


# A ledger held against receipts and refunds


@dataclass(frozen=True, slots=True)
class Booking:
    """One entry of a ledger, or one of ours. Money given back is negative."""

    reference: str
    ledger_ref: str
    booked_on: date
    currency: str
    amount_minor: int
    row: int = 0
    credited_usd_minor: int | None = None

    def equals(self, other: "Booking") -> bool:
        """Whether a ledger's entry has this record's amount: as sent, or as credited in USD."""
        if (other.currency, other.amount_minor) == (self.currency, self.amount_minor):
            return True
        return (other.currency, other.amount_minor) == (PROGRAMME_CURRENCY, self.credited_usd_minor)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Pairs are (ledger's, ours). `differing` pairs have one reference, and another date or amount."""

    matched: tuple[tuple[Booking, Booking], ...]
    differing: tuple[tuple[Booking, Booking], ...]
    missing_here: tuple[Booking, ...]
    missing_there: tuple[Booking, ...]

    @property
    def explained(self) -> bool:
        """Whether nothing is left to look into."""
        return not (self.differing or self.missing_here or self.missing_there)

    def unexplained_minor(self) -> dict[str, int]:
        """What is left to look into, by currency. Never netted: a surplus does not hide what is missing."""
        totals: Counter[str] = Counter()
        for one in (*self.missing_here, *self.missing_there):
            totals[one.currency] += abs(one.amount_minor)
        for there, here in self.differing:
            if here.equals(there):
                totals[there.currency] += 0
            elif there.currency == here.currency:
                totals[there.currency] += abs(there.amount_minor - here.amount_minor)
            else:
                totals[there.currency] += abs(there.amount_minor)
                totals[here.currency] += abs(here.amount_minor)
        return dict(sorted(totals.items()))


def reconcile(
    ledger: Iterable[Booking],
    records: Iterable[Booking],
    first: date | None = None,
    last: date | None = None,
) -> Reconciled:
    """A ledger against our records, by reference; by day and amount where a side has no reference.

    With days, only what is dated within them, on either side (both inclusive). Every row has its number.
    """
    rows = sorted(ledger, key=lambda b: (b.booked_on, b.row))
    ours = {one.reference: one for one in sorted(records, key=lambda b: (b.booked_on, b.reference))}
    pairs = [*_paired(rows, ours, _references), *_paired(rows, ours, _day_and_amount)]
    seen = {there.row for there, _here in pairs}

    def within(*sides: Booking) -> bool:
        return any((not first or b.booked_on >= first) and (not last or b.booked_on <= last) for b in sides)

    kept = sorted((pair for pair in pairs if within(*pair)), key=lambda p: (p[0].booked_on, p[0].row))
    same = [here.equals(there) and there.booked_on == here.booked_on for there, here in kept]
    return Reconciled(
        tuple(pair for pair, is_same in zip(kept, same, strict=True) if is_same),
        tuple(pair for pair, is_same in zip(kept, same, strict=True) if not is_same),
        tuple(b for b in rows if b.row not in seen and within(b)),
        tuple(b for b in ours.values() if within(b)),
    )


Keys = Callable[[Booking], set[tuple[object, ...]]]


def _paired(rows: list[Booking], ours: dict[str, Booking], keys: Keys) -> list[tuple[Booking, Booking]]:
    """Pairs that share a key, the nearest in amount and day first; both sides are taken out of the rest."""
    by_key: dict[tuple[object, ...], list[Booking]] = {}
    for one in ours.values():
        for key in keys(one):
            by_key.setdefault(key, []).append(one)
    ranked = {
        (not one.equals(b), abs((b.booked_on - one.booked_on).days), b.row, one.reference)
        for b in rows
        for key in keys(b)
        for one in by_key.get(key, [])
    }
    by_row, pairs = {b.row: b for b in rows}, list[tuple[Booking, Booking]]()
    for _differs, _days, row, reference in sorted(ranked):
        if row in by_row and reference in ours:
            pairs.append((by_row.pop(row), ours.pop(reference)))
    rows[:] = by_row.values()
    return pairs


def _references(one: Booking) -> set[tuple[object, ...]]:
    """A receipt's money and a refund's are never one; a ledger may call ours by either reference."""
    back = one.amount_minor < 0
    return {(back, ref_key(text)) for text in (one.reference, one.ledger_ref) if ref_key(text)}


def _day_and_amount(one: Booking) -> set[tuple[object, ...]]:
    """For records whose ledger reference nobody wrote down; those that have one are told apart by it."""
    if one.row == 0 and one.ledger_ref:
        return set()
    found: set[tuple[object, ...]] = {(one.booked_on, one.currency, one.amount_minor)}
    if one.credited_usd_minor is not None:
        found.add((one.booked_on, PROGRAMME_CURRENCY, one.credited_usd_minor))
    return found
