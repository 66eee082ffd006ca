"""From text to records, checked (docs/formats.md). The one path for files and forms alike.

Every `read_…` takes a row of texts by FORMATS' column names ('' means "not given") and a `Register`, and
answers with a `Reading`: the entry, or every problem found; and questions, which a form asks and an
import only says. Nothing here knows whether the key is new: that is the caller's to decide.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

from tracker.domain.contributions import Instalment, Pledge, Receipt, Refund, refunds_usd
from tracker.domain.earmark import Earmark, parse_earmark, parse_exact_split
from tracker.domain.entries import DonorEntry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import NoRate, Rate
from tracker.domain.items import receipt_earmark, receipt_window
from tracker.domain.money import (
    CURRENCIES,
    MAX_UNITS,
    PROGRAMME_CURRENCY,
    amount_text,
    currency_digits,
    parse_amount,
    parse_decimal,
)
from tracker.domain.months import Month, month_text, parse_day, parse_month
from tracker.domain.problems import Problem, Refused
from tracker.domain.register import Register
from tracker.domain.vocabulary import COUNTRIES, DONOR_KINDS

E = TypeVar("E", covariant=True)
T = TypeVar("T")

MAX_KEY = 80
MAX_RATE = 40
MAX_LINE = 300
MAX_TEXT = 10_000
RATE_FAR = Fraction(20, 100)
"""A rate is questioned when it moves by more than this from the last."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[E]):
    """What came of a row. `entry` is None exactly where there are problems."""

    entry: E | None
    problems: tuple[Problem, ...] = ()
    questions: tuple[Problem, ...] = ()


class Row:
    """One row of texts; collects what is wrong with it, column by column."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self.raw = raw
        self.problems: list[Problem] = []
        self.questions: list[Problem] = []

    def wrong(self, code: str, column: str, **facts: object) -> None:
        """Note a problem."""
        self.problems.append(Problem(code, column, facts))

    def question(self, code: str, column: str, **facts: object) -> None:
        """Note something that may be right all the same."""
        self.questions.append(Problem(code, column, facts))

    def text(self, column: str, *, most: int = MAX_LINE, required: bool = False, lines: bool = False) -> str:
        """A text in Unicode's composed form; no control characters, line breaks only where allowed."""
        value = unicodedata.normalize("NFC", self.raw.get(column, ""))
        if required and not value.strip():
            self.wrong("missing", column)
        elif len(value) > most:
            self.wrong("too_long", column, most=most)
        elif any(unicodedata.category(c) in ("Cc", "Cs") and not (lines and c in "\r\n\t") for c in value):
            self.wrong("control_character", column)
        return value

    def key(self, column: str, *, most: int = MAX_KEY) -> str:
        """A reference or code: required, without blanks around it."""
        value = self.text(column, most=most, required=True)
        if value.strip() != value:
            self.wrong("blanks_around", column, text=value)
        return value

    def parsed(self, column: str, parse: Callable[[str], T], *, required: bool = False) -> T | None:
        """What `parse` makes of the text; None where not given or wrong."""
        value = self.raw.get(column, "")
        if not value:
            if required:
                self.wrong("missing", column)
            return None
        try:
            return parse(value)
        except Refused as refusal:
            self.problems.extend(Problem(p.code, column, p.facts) for p in refusal.problems)
            return None

    def day(self, column: str, *, required: bool = False) -> date | None:
        """A date, `YYYY-MM-DD`."""
        return self.parsed(column, parse_day, required=required)

    def month(self, column: str, register: Register) -> Month | None:
        """A month inside the programme."""
        value = self.parsed(column, parse_month)
        programme = register.programme
        if value is not None and value not in programme.months:
            first, last = month_text(programme.first_month), month_text(programme.last_month)
            self.wrong("outside_programme", column, text=month_text(value), first=first, last=last)
            return None
        return value

    def earmark(self, register: Register) -> Earmark | None:
        """An earmark; the name in `targeted:<name>` is a text like any other."""
        before = len(self.problems)
        self.text("earmark")
        if len(self.problems) > before:
            return None
        return self.parsed("earmark", lambda t: parse_earmark(t, register.programme.codes))

    def choice(self, column: str, words: Iterable[str], default: str) -> str:
        """One of a few words."""
        value = self.raw.get(column, "") or default
        if value not in words:
            self.wrong("not_one_of", column, text=value, words=", ".join(words))
        return value

    def yes(self, column: str, *, default: bool) -> bool:
        """`yes` or `no`."""
        return self.choice(column, ("yes", "no"), "yes" if default else "no") == "yes"

    def currency(self) -> str | None:
        """A currency code on the list."""
        value = self.raw.get("currency", "")
        if not value:
            self.wrong("missing", "currency")
        elif value not in CURRENCIES:
            self.wrong("unknown_currency", "currency", text=value)
        return value if value in CURRENCIES else None

    def window(self, register: Register) -> tuple[Month | None, Month | None]:
        """Both months of a row; the second may not be before the first."""
        first, until = self.month("covers_from", register), self.month("covers_until", register)
        if first is not None and until is not None and until < first:
            self.wrong(
                "window_ends_before_start", "covers_until", text=month_text(until), start=month_text(first)
            )
        return first, until

    def rate_on(self, currency: str, day: date, column: str, register: Register) -> None:
        """Note where no rate is in force on a day that needs one."""
        if register.rate_table.find(currency, day) is None:
            self.wrong("no_rate", column, currency=currency, day=day.isoformat())

    def not_voided(self, kind: str, key: str, column: str, register: Register) -> None:
        """A voided record's reference stays taken."""
        if (kind, key) in register.voided:
            self.wrong("reference_voided", column, text=key)

    def future(self, day: date | None, column: str, register: Register) -> None:
        """A day after today is questioned: it counts from that day."""
        if day is not None and day > register.today:
            self.question("in_future", column, day=day.isoformat(), today=register.today.isoformat())

    def done(self, entry: Callable[[], E]) -> Reading[E]:
        """The reading: built only where nothing is wrong."""
        made = None if self.problems else entry()
        return Reading(made, tuple(self.problems), tuple(self.questions))


def read_donor(raw: Mapping[str, str], register: Register) -> Reading[DonorEntry]:
    """A row of `donors.csv`."""
    row = Row(raw)
    code, name = row.key("code", most=40), row.text("name", required=True)
    row.not_voided("donors", code, "code", register)
    kind = row.choice("kind", DONOR_KINDS, "other")
    country = raw.get("country", "")
    if country and country not in COUNTRIES:
        row.wrong("unknown_country", "country", text=country)
    email = row.text("email", most=254)
    if email and not _looks_like_email(email):
        row.wrong("not_an_email", "email", text=email)
    aliases = tuple(a.strip() for a in row.text("aliases", most=MAX_TEXT).split(";") if a.strip())
    iati_ref, anonymous = row.text("iati_ref", most=100), row.yes("anonymous", default=False)
    return row.done(lambda: DonorEntry(code, name, kind, country, iati_ref, email, aliases, anonymous))


def _looks_like_email(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(at and name and "." in host.strip(".") and not any(c.isspace() for c in text))


def read_rate(raw: Mapping[str, str], register: Register) -> Reading[RateEntry]:
    """A row of `rates.csv`. Questioned when far from the last, nearer to its inverse, or exactly 1."""
    row = Row(raw)
    currency, effective = row.currency(), row.day("effective_on", required=True)
    row.text("rate", most=MAX_RATE)
    value = row.parsed("rate", parse_decimal, required=True)
    if value is not None and value <= 0:
        row.wrong("rate_not_above_zero", "rate", text=raw["rate"])
    if currency == PROGRAMME_CURRENCY and value != 1:
        row.wrong("rate_of_usd", "rate")
    if currency and effective and value and not row.problems:
        row.not_voided("rates", f"{currency} {effective.isoformat()}", "effective_on", register)
        _question_rate(row, currency, effective, value, register)

    def entry() -> RateEntry:
        assert currency and effective and value
        return RateEntry(Rate(currency, effective, value))

    return row.done(entry)


def _question_rate(row: Row, currency: str, effective: date, value: Decimal, register: Register) -> None:
    if currency == PROGRAMME_CURRENCY:
        return
    last = register.rate_table.find(currency, effective)
    if value == 1:
        row.question("rate_is_one", "rate", currency=currency)
    if last is None or last.effective_on == effective:
        return
    if abs(1 / value - last.value) < abs(value - last.value):
        row.question("rate_inverted", "rate", text=f"{value:f}", last=f"{last.value:f}")
    elif abs(Fraction(value) - Fraction(last.value)) > RATE_FAR * Fraction(last.value):
        row.question("rate_far", "rate", text=f"{value:f}", last=f"{last.value:f}")


def read_pledge(
    raw: Mapping[str, str], register: Register, instalments: tuple[Instalment, ...] = ()
) -> Reading[PledgeEntry]:
    """A row of `pledges.csv`, with its schedule (see `read_instalment`, `check_schedule`)."""
    row = Row(raw)
    reference, donor = row.key("reference"), _donor(row, register)
    row.not_voided("pledges", reference, "reference", register)
    currency = row.currency()
    amount = row.parsed("amount", lambda t: parse_amount(t, currency or "USD"), required=True)
    pledged = row.day("pledged_on", required=True)
    signed, closed = row.day("signed_on"), row.day("closed_on")
    for day, column in ((signed, "signed_on"), (closed, "closed_on")):
        if pledged and day and day < pledged:
            row.wrong("before_pledged", column, text=day.isoformat(), pledged=pledged.isoformat())
        row.future(day, column, register)
    row.future(pledged, "pledged_on", register)
    earmark = row.earmark(register)
    support_cost = row.yes("psc", default=True)
    first, until = row.window(register)
    if currency and pledged:
        row.rate_on(currency, pledged, "pledged_on", register)
    agreement_ref = row.text("agreement_ref")
    notes = row.text("notes", most=MAX_TEXT, lines=True)

    def entry() -> PledgeEntry:
        assert currency and amount and pledged
        terms = (earmark or Earmark("core"), support_cost, first, until, instalments)
        pledge = Pledge(reference, donor, currency, amount, pledged, signed, closed, *terms)
        return PledgeEntry(pledge, agreement_ref, notes)

    return row.done(entry)


def _donor(row: Row, register: Register) -> str:
    code = row.key("donor", most=40)
    if code and code not in register.donors and not any(p.column == "donor" for p in row.problems):
        row.wrong("unknown_donor", "donor", text=code)
    return code


def read_instalment(raw: Mapping[str, str], currency: str) -> Reading[Instalment]:
    """A row of `instalments.csv`, in its pledge's currency."""
    row = Row(raw)
    due = row.day("due_on", required=True)
    amount = row.parsed("amount", lambda t: parse_amount(t, currency), required=True)

    def entry() -> Instalment:
        assert due and amount
        return Instalment(due, amount)

    return row.done(entry)


def check_schedule(pledge: Pledge) -> tuple[Problem, ...]:
    """A schedule re-adds to its pledge and has one instalment a day; none at all is fine."""
    if not pledge.instalments:
        return ()
    problems = []
    days = [instalment.due_on for instalment in pledge.instalments]
    for day in sorted({day for day in days if days.count(day) > 1}):
        problems.append(Problem("due_twice", "due_on", {"day": day.isoformat(), "pledge": pledge.reference}))
    total = sum(instalment.amount_minor for instalment in pledge.instalments)
    if total != pledge.amount_minor:
        facts = {
            "pledge": pledge.reference,
            "total": amount_text(total, pledge.currency),
            "amount": amount_text(pledge.amount_minor, pledge.currency),
            "difference": amount_text(pledge.amount_minor - total, pledge.currency),
        }
        problems.append(Problem("schedule_does_not_add_up", "amount", facts))
    return tuple(problems)


def read_receipt(raw: Mapping[str, str], register: Register) -> Reading[ReceiptEntry]:
    """A row of `receipts.csv`. Its USD is what was credited where stated, else amount / rate of the day."""
    row = Row(raw)
    reference, donor = row.key("reference"), _donor(row, register)
    row.not_voided("receipts", reference, "reference", register)
    pledge = _pledge_of(row, donor, register)
    received, currency = row.day("received_on", required=True), row.currency()
    amount = row.parsed("amount", lambda t: parse_amount(t, currency or "USD"), required=True)
    usd = _usd_of(row, currency, amount, received, pledge, register)
    earmark = row.earmark(register)
    first, until = row.window(register)
    split = _split_of(row, usd, earmark, pledge, register)
    ledger_ref, notes = row.text("ledger_ref"), row.text("notes", most=MAX_TEXT, lines=True)
    row.future(received, "received_on", register)
    stated = bool(raw.get("usd_amount", ""))

    def entry() -> ReceiptEntry:
        assert received and currency and amount and usd is not None
        terms = (pledge.reference if pledge else None, earmark, split, first, until)
        receipt = Receipt(reference, donor, received, currency, amount, usd, *terms)
        _question_receipt(row, receipt, pledge, register)
        return ReceiptEntry(receipt, stated, ledger_ref, notes)

    return row.done(entry)


def _pledge_of(row: Row, donor: str, register: Register) -> Pledge | None:
    reference = row.raw.get("pledge", "")
    if not reference:
        return None
    entry = register.pledges.get(reference)
    if entry is None:
        row.wrong("unknown_pledge", "pledge", text=reference)
        return None
    if donor in register.donors and entry.pledge.donor != donor:
        row.wrong("another_donors_pledge", "pledge", text=reference, donor=donor, owner=entry.pledge.donor)
    return entry.pledge


def _usd_of(
    row: Row,
    currency: str | None,
    amount: int | None,
    received: date | None,
    pledge: Pledge | None,
    register: Register,
) -> int | None:
    """The receipt's USD cents (R5), and a rate for every amount that has to be converted."""
    stated = row.parsed("usd_amount", lambda t: parse_amount(t, PROGRAMME_CURRENCY))
    if not (currency and amount and received):
        return None
    if pledge and pledge.currency != currency:
        row.rate_on(pledge.currency, received, "received_on", register)
    if stated is not None:
        if currency == PROGRAMME_CURRENCY and stated > amount:
            row.wrong(
                "credited_above_sent", "usd_amount", text=amount_text(stated), amount=amount_text(amount)
            )
        return stated
    if row.raw.get("usd_amount", ""):
        return None
    try:
        usd = register.rate_table.to_usd(amount, currency, received)
    except NoRate as refusal:
        row.problems.extend(Problem(p.code, "received_on", p.facts) for p in refusal.problems)
        return None
    if usd > MAX_UNITS * 10 ** currency_digits(PROGRAMME_CURRENCY):
        row.wrong("too_large_in_usd", "amount", text=amount_text(usd))
    return usd


def _split_of(
    row: Row, usd: int | None, earmark: Earmark | None, pledge: Pledge | None, register: Register
) -> tuple[int, ...] | None:
    codes = register.programme.codes
    parts = row.parsed("split", lambda t: parse_exact_split(t, codes, PROGRAMME_CURRENCY))
    if parts is None or usd is None:
        return None
    if sum(parts.values()) != usd:
        row.wrong(
            "split_does_not_add_up", "split", total=amount_text(sum(parts.values())), usd=amount_text(usd)
        )
    effective = earmark or (pledge.earmark if pledge else None)
    if effective and effective.kind in ("targeted", "hold"):
        row.wrong("split_of_money_set_aside", "split", earmark=str(effective))
    return tuple(parts.get(code, 0) for code in codes)


def _question_receipt(row: Row, receipt: Receipt, pledge: Pledge | None, register: Register) -> None:
    double = register.likely_double(
        receipt.donor, receipt.received_on, receipt.currency, receipt.amount_minor
    )
    if double is not None and double != receipt.reference:
        row.question("likely_double", "amount", reference=double)
    start, until = receipt_window(receipt, pledge, register.programme)
    covering = receipt_earmark(receipt, pledge).kind not in ("targeted", "hold")
    if covering and until < start:
        row.question("window_over", "covers_until", start=month_text(start), until=month_text(until))


def read_refund(raw: Mapping[str, str], register: Register) -> Reading[RefundEntry]:
    """A row of `refunds.csv`: not before its receipt, not above what is left of it, in either currency."""
    row = Row(raw)
    reference, of = row.key("reference"), row.key("receipt")
    row.not_voided("refunds", reference, "reference", register)
    found = register.receipts.get(of)
    if found is None and of:
        row.wrong("unknown_receipt", "receipt", text=of)
    receipt = found.receipt if found else None
    refunded = row.day("refunded_on", required=True)
    currency = receipt.currency if receipt else PROGRAMME_CURRENCY
    amount = row.parsed("amount", lambda t: parse_amount(t, currency), required=True)
    usd = row.parsed("usd_amount", lambda t: parse_amount(t, PROGRAMME_CURRENCY))
    if receipt and refunded and refunded < receipt.received_on:
        row.wrong(
            "before_receipt", "refunded_on", text=refunded.isoformat(), day=receipt.received_on.isoformat()
        )
    row.future(refunded, "refunded_on", register)
    if receipt and amount:
        _check_left(row, receipt, reference, amount, usd, register)
    ledger_ref, notes = row.text("ledger_ref"), row.text("notes", most=MAX_TEXT, lines=True)

    def entry() -> RefundEntry:
        assert refunded and amount
        return RefundEntry(Refund(reference, of, refunded, amount, usd), ledger_ref, notes)

    return row.done(entry)


def _check_left(
    row: Row, receipt: Receipt, reference: str, amount: int, usd: int | None, register: Register
) -> None:
    others = [r for r in register.refunds_of(receipt.reference) if r.reference != reference]
    valued = refunds_usd(receipt, others)
    left = receipt.amount_minor - sum(r.amount_minor for r in others)
    left_usd = receipt.usd_minor - sum(value for _, value in valued)
    if amount > left:
        facts = {"text": amount_text(amount, receipt.currency), "left": amount_text(left, receipt.currency)}
        row.wrong("above_what_is_left", "amount", currency=receipt.currency, **facts)
    if usd is not None and usd > left_usd:
        facts = {"text": amount_text(usd), "left": amount_text(left_usd)}
        row.wrong("above_what_is_left", "usd_amount", currency=PROGRAMME_CURRENCY, **facts)


def check_changed_pledge(entry: PledgeEntry, register: Register) -> tuple[Problem, ...]:
    """What a changed pledge would break: receipts of another donor, a missing rate for them."""
    pledge, problems = entry.pledge, list(check_schedule(entry.pledge))
    for paid in register.receipts_of(pledge.reference):
        receipt = paid.receipt
        if receipt.donor != pledge.donor:
            facts = {"receipt": receipt.reference, "donor": receipt.donor}
            problems.append(Problem("receipts_of_another_donor", "donor", facts))
        if receipt.currency != pledge.currency and not register.rate_table.find(
            pledge.currency, receipt.received_on
        ):
            facts = {"currency": pledge.currency, "day": receipt.received_on.isoformat()}
            problems.append(Problem("no_rate", "currency", facts))
    return tuple(problems)


def check_changed_receipt(entry: ReceiptEntry, register: Register) -> tuple[Problem, ...]:
    """What a changed receipt would break: refunds before it, or above it."""
    receipt, problems = entry.receipt, []
    refunds = list(register.refunds_of(receipt.reference))
    for refund in refunds:
        if refund.refunded_on < receipt.received_on:
            facts: dict[str, object] = {"refund": refund.reference, "day": refund.refunded_on.isoformat()}
            problems.append(Problem("after_its_refund", "received_on", facts))
    refunded = sum(refund.amount_minor for refund in refunds)
    stated = sum(refund.usd_minor or 0 for refund in refunds)
    if refunded > receipt.amount_minor:
        facts = {"refunded": amount_text(refunded, receipt.currency), "currency": receipt.currency}
        problems.append(Problem("below_its_refunds", "amount", facts))
    if stated > receipt.usd_minor:
        facts = {"refunded": amount_text(stated), "currency": PROGRAMME_CURRENCY}
        problems.append(Problem("below_its_refunds", "usd_amount", facts))
    return tuple(problems)
