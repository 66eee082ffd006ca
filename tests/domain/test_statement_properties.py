"""What must hold for every statement of every book: it adds up, joins the next one, and explains itself."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.random_books import FIRST, Book, books, day_in
from tests.domain.test_properties import examples
from tracker.domain.contributions import Facts
from tracker.domain.months import month_of
from tracker.domain.position import position
from tracker.domain.received import columns, first_open_month, minus, plus, received_by
from tracker.domain.statement import Period, movement, restatement

days = st.builds(day_in, st.integers(FIRST - 1, FIRST + 14), st.sampled_from((1, 15, 28)))


def three_periods(cuts: list[date]) -> list[Period]:
    first, second, third = sorted(cuts)
    start = date(FIRST // 12 - 2, 1, 1)
    return [
        Period(start, first),
        Period(first + timedelta(days=1), second),
        Period(second + timedelta(days=1), third),
    ]


three_days = st.lists(days, min_size=3, max_size=3, unique=True)


@examples(150)
@given(books(), three_days)
def test_each_closing_is_the_next_opening_and_every_cent_of_it_has_its_place(
    book: Book, cuts: list[date]
) -> None:
    closing = None
    for period in three_periods(cuts):
        received = received_by(book.facts, period.last)
        stated = {donor: None if closing is None else closing.get(donor) for donor in received.donors}
        lines = {d: movement(received, d, period, stated[d]) for d in received.donors}
        for line in lines.values():
            assert line.closing == plus(line.later, line.unused, line.beside)
            assert line.closing == minus(
                plus(line.opening, line.receipts, line.adjustments), line.refunds, line.allocated
            )
        closing = {donor: line.closing for donor, line in lines.items()}


@examples(150)
@given(books(), days)
def test_what_all_donors_have_on_hand_is_the_programmes(book: Book, day: date) -> None:
    received = received_by(book.facts, day)
    period = Period(date(FIRST // 12 - 2, 1, 1), day)
    lines = [movement(received, donor, period) for donor in received.donors]
    whole = movement(received, None, period)
    for name in ("opening", "receipts", "refunds", "allocated", "adjustments", "closing", "later", "unused"):
        assert plus(received.nil, *(getattr(line, name) for line in lines)) == getattr(whole, name)
    programme = position(book.facts, day)
    ended = first_open_month(day)
    for at, code in enumerate(programme.programme.codes):
        cells = [cell for cell in programme.cells if cell.outcome == code]
        assert whole.allocated[at] == sum(cell.received for cell in cells if cell.month < ended)
        assert whole.later[at] == sum(cell.received for cell in cells if cell.month >= ended)
    assert sum(whole.unused) == programme.unused.received
    assert whole.beside[-2:] == (programme.targeted.received, programme.held.received)
    assert sum(whole.closing) + sum(whole.allocated) == sum(
        net.net_usd_minor for net in programme.receipts.values()
    )


@st.composite
def two_states(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """What was known, and what is: money missing or of another amount, window or donor; other terms."""
    now = draw(books()).facts
    receipts = []
    for receipt in now.receipts:
        match draw(st.sampled_from(("same", "same", "missing", "amount", "window", "donor"))):
            case "same":
                receipts.append(receipt)
            case "amount":
                usd = receipt.usd_minor // 2 + 1
                amount = max(receipt.amount_minor, usd)
                receipts.append(replace(receipt, usd_minor=usd, amount_minor=amount, split=None))
            case "window":
                receipts.append(replace(receipt, covers_from=None, covers_until=None))
            case "donor":
                receipts.append(replace(receipt, donor="Chile", pledge=None))
    there = {receipt.reference for receipt in receipts}
    refunds = [r for r in now.refunds if r.receipt in there and draw(st.booleans())]
    pledges = [replace(p, covers_until=None) if draw(st.booleans()) else p for p in now.pledges]
    versions = now.versions if draw(st.booleans()) else now.versions[:1]
    was = replace(
        now, receipts=tuple(receipts), refunds=tuple(refunds), pledges=tuple(pledges), versions=versions
    )
    return was, now


@examples(200)
@given(two_states(), days, st.integers(0, 200))
def test_adjustments_are_put_down_to_records_to_the_cent(
    states: tuple[Facts, Facts], opened_on: date, length: int
) -> None:
    was, now = states
    period = Period(opened_on + timedelta(days=1), opened_on + timedelta(days=1 + length))
    before, after = received_by(was, opened_on), received_by(now, period.last)
    walked = restatement(was, opened_on, now, period)
    for donor in {*before.donors, *after.donors}:
        opening = before.on_hand_before(donor, period.first)
        line = movement(after, donor, period, opening)
        causes = walked.causes(donor, line.adjustments)
        assert plus(after.nil, *(cause.amounts for cause in causes)) == line.adjustments
        assert not [cause for cause in causes if cause.kind == "rules"]
        assert not [c for c in causes if c.donors and donor not in c.donors]
        assert line.closing == plus(line.later, line.unused, line.beside)


@examples(150)
@given(books(), days)
def test_new_money_for_new_months_adjusts_nothing(book: Book, opened_on: date) -> None:
    first = month_of(opened_on + timedelta(days=1))
    old = [r for r in book.facts.receipts if r.received_on <= opened_on]
    new = [
        replace(r, covers_from=None, pledge=None)
        for r in book.facts.receipts
        if r.received_on > opened_on and month_of(r.received_on) >= first
    ]
    there = {r.reference for r in old}
    refunds = tuple(r for r in book.facts.refunds if r.receipt in there and r.refunded_on <= opened_on)
    facts = replace(book.facts, receipts=(*old, *new), refunds=refunds, versions=book.facts.versions[:1])
    period = Period(opened_on + timedelta(days=1), opened_on + timedelta(days=300))
    before, after = received_by(facts, opened_on), received_by(facts, period.last)
    for donor in before.donors:
        opening = before.on_hand_before(donor, period.first)
        assert not any(movement(after, donor, period, opening).adjustments)
    assert columns(facts.programme)[-2:] == ("targeted", "held")
