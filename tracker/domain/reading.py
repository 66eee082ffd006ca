"""From text to records, checked (docs/formats.md). The one path for files and forms alike.

Every `read_…` takes a row of texts by FORMATS' column names ('' means "not given") and a `Register`, and
answers with a `Reading`: the entry, or every problem found; and questions, which a form asks and an
import only says. Nothing here knows whether the key is new: that is the caller's to decide.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from tracker.domain.closing import check_closed
from tracker.domain.contributions import Instalment, Pledge, Receipt, Refund, refunds_usd
from tracker.domain.earmark import Earmark, parse_exact_split
from tracker.domain.entries import DonorEntry, Entry, PledgeEntry, RateEntry, ReceiptEntry, RefundEntry
from tracker.domain.exchange import NoRate, Rate
from tracker.domain.items import receipt_earmark, receipt_window
from tracker.domain.money import (
    MAX_UNITS,
    PROGRAMME_CURRENCY,
    amount_text,
    currency_digits,
    parse_amount,
    parse_decimal,
)
from tracker.domain.months import month_text
from tracker.domain.problems import Problem
from tracker.domain.register import Register
from tracker.domain.rows import MAX_KEY, MAX_TEXT, Reading, Row
from tracker.domain.vocabulary import COUNTRIES, DONOR_KINDS

E = TypeVar("E", covariant=True)
N = TypeVar("N", bound=Entry)
T = TypeVar("T")

MAX_RATE = 40
MANY_TIMES = 10
"""A pledge is questioned from this many times the donor's largest, or its own signed amount, on."""
RATE_FAR = Fraction(20, 100)
"""A rate is questioned when it moves by more than this from the last."""


def in_open_month(reading: Reading[N], old: Entry | None, register: Register) -> Reading[N]:
    """A reading, refused where a closed month forbids what it would do (R13). `old` None: it is added."""
    found = check_closed(old, reading.entry, register.closed) if reading.entry is not None else ()
    return Reading(None, found, reading.questions) if found else reading


def read_donor(raw: Mapping[str, str], register: Register) -> Reading[DonorEntry]:
    """A row of `donors.csv`."""
    row = Row(raw)
    code, name = row.key("code", most=40), row.text("name", required=True)
    if code in register.merged:
        row.wrong("donor_merged", "code", text=code, into=register.merged[code])
    else:
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
        _question_pledge(row, pledge, register)
        return PledgeEntry(pledge, agreement_ref, notes)

    return row.done(entry)


def _donor(row: Row, register: Register) -> str:
    code = row.key("donor", most=40)
    if code in register.merged:
        row.wrong("donor_merged", "donor", text=code, into=register.merged[code])
    elif code and code not in register.donors and not any(p.column == "donor" for p in row.problems):
        row.wrong("unknown_donor", "donor", text=code)
    return code


def _question_pledge(row: Row, pledge: Pledge, register: Register) -> None:
    """A zero too many: ten times what was signed, or ten times the donor's largest so far, in USD."""
    known = register.pledges.get(pledge.reference)
    old = known.pledge if known else None
    if old and (old.amount_minor, old.currency) == (pledge.amount_minor, pledge.currency):
        return
    usd = register.rate_table.to_usd(pledge.amount_minor, pledge.currency, pledge.pledged_on)
    signed = old and old.signed_on and register.rate_table.find(old.currency, old.pledged_on)
    if old and signed:
        was = register.rate_table.to_usd(old.amount_minor, old.currency, old.pledged_on)
        if usd >= MANY_TIMES * was:
            amount = amount_text(old.amount_minor, old.currency)
            row.question("ten_times_signed", "amount", amount=amount, currency=old.currency)
            return
    largest, reference = register.largest_pledge(pledge.donor) or (0, "")
    if largest and usd >= MANY_TIMES * largest:
        row.question("ten_times_largest", "amount", reference=reference, usd=amount_text(largest))


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
    reference = row.text("pledge", most=MAX_KEY)
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
