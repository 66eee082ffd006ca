"""What must hold for every book: equal to the oracle, and the identities of DOMAIN.md section 5.

The examples are the same at every run. `EXPLORE=20 pytest tests/domain/test_properties.py` tries twenty times
as many, other ones each time.
"""

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, replace
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain import oracle
from tests.domain.book import CODES
from tests.domain.random_books import FIRST, Book, books, day_in, known_by
from tracker.domain.contributions import Receipt
from tracker.domain.earmark import Earmark
from tracker.domain.money import round_half_away, split
from tracker.domain.months import Month
from tracker.domain.position import Position, position
from tracker.domain.reasons import reasons
from tracker.domain.vocabulary import LENSES

EXPLORE = int(os.environ.get("EXPLORE", "0"))


def examples(count: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=count * max(1, EXPLORE),
        derandomize=not EXPLORE,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(any)


# R2


@examples(200)
@given(st.integers(-(10**14), 10**14), weights)
def test_the_parts_of_a_split_add_up_and_differ_from_the_exact_share_by_less_than_a_cent(
    amount: int, weights: list[int]
) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@examples(100)
@given(st.integers(0, 10**6), weights)
def test_a_split_is_what_the_oracle_shares_out_and_its_mirror_below_zero(
    amount: int, weights: list[int]
) -> None:
    expected = oracle.shared_out(amount, {str(n): Fraction(weight) for n, weight in enumerate(weights)})
    assert split(amount, weights) == tuple(expected.values())
    assert split(-amount, weights) == tuple(-part for part in expected.values())


@examples(100)
@given(st.fractions(max_denominator=1000))
def test_rounding_is_what_the_oracle_rounds(exact: Fraction) -> None:
    assert round_half_away(exact) == oracle.half_away(exact)


# R2 to R9, R11: the oracle


@examples(500)
@given(books())
def test_every_figure_is_the_oracles(book: Book) -> None:
    found, expected = position(book.facts, book.as_of), oracle.answer(book.facts, book.as_of)
    assert [tuple(cell) for cell in found.cells] == expected.cells
    assert [tuple(row) for row in found.trace] == expected.trace
    headlines = {lens: (line.funded_through, line.cliff_month) for lens, line in found.headlines.items()}
    assert headlines == expected.headlines
    assert found.stable_funding_base == expected.stable
    assert (found.total.gap, found.total.lapsed, found.total.ahead) == (
        expected.gap,
        expected.lapsed,
        expected.gap - expected.lapsed,
    )
    assert _items(found) == expected.items
    assert _pledges(found) == expected.pledges
    assert _instalments(found) == expected.instalments


def _items(found: Position) -> dict[tuple[str, str], tuple[Any, ...]]:
    beside = {"core": "", "targeted": "targeted", "held": "held"}
    return {
        (i.lens, i.reference): (
            i.usd_minor,
            i.parts_minor or (0,) * len(CODES),
            i.covers_from,
            i.covers_until,
            beside[i.use],
            i.retroactive,
        )
        for i in found.items
    }


def _pledges(found: Position) -> dict[str, dict[str, int]]:
    return {
        reference: {
            "settled": state.settled_minor,
            "received_usd": state.received_usd_minor,
            "deductions": state.deductions_usd_minor,
            "open": state.open_minor,
            "open_usd": state.open_usd_minor,
            "unpaid": state.unpaid_minor,
            "realised": state.realised_usd_minor,
            "unrealised": state.unrealised_usd_minor,
        }
        for reference, state in found.pledges.items()
    }


def _instalments(found: Position) -> dict[str, tuple[int, int, int]]:
    return {
        i.reference: (i.settled_minor, i.open_minor, i.open_usd_minor)
        for state in found.pledges.values()
        for i in state.instalments
    }


# Section 5: the identities


@examples(100)
@given(books())
def test_identity_1_every_split_adds_up_to_its_amount(book: Book) -> None:
    for item in position(book.facts, book.as_of).items:
        if item.use == "core":
            assert sum(item.parts_minor) == item.usd_minor
            assert min(item.parts_minor) >= 0


@examples(100)
@given(books())
def test_identity_2_in_every_cell_the_four_parts_add_up_to_the_requirement(book: Book) -> None:
    found = position(book.facts, book.as_of)
    assert len(found.cells) == len(CODES) * len(found.programme.months)
    for cell in found.cells:
        assert cell.required == cell.received + cell.signed + cell.pledged + cell.gap
        assert min(cell.received, cell.signed, cell.pledged, cell.gap) >= 0


@examples(100)
@given(books())
def test_identity_3_all_money_is_in_a_cell_or_unused_or_targeted_or_held(book: Book) -> None:
    found = position(book.facts, book.as_of)
    known = known_by(book.facts, book.as_of)
    back = {r.reference: oracle.refunded(known, r, book.as_of)[1] for r in known.receipts}
    whole = {
        "received": sum(r.usd_minor - back[r.reference] for r in known.receipts),
        "signed": sum(s.open_usd_minor for s in found.pledges.values() if s.pledge.lens == "signed"),
        "pledged": sum(s.open_usd_minor for s in found.pledges.values() if s.pledge.lens == "pledged"),
    }
    for lens in LENSES:
        beside = sum(getattr(kind, lens) for kind in (found.unused, found.targeted, found.held))
        assert sum(getattr(cell, lens) for cell in found.cells) + beside == whole[lens]


@examples(100)
@given(books())
def test_identity_4_totals_by_month_by_outcome_and_by_donor_are_the_sum_of_the_cells(book: Book) -> None:
    found = position(book.facts, book.as_of)
    for at in range(len(found.total)):
        assert found.total[at] == sum(total[at] for total in found.by_month().values())
        assert found.total[at] == sum(total[at] for total in found.by_outcome().values())
    for lens in LENSES:
        traced = sum(row.amount for row in found.trace if row.lens == lens and row.month is not None)
        assert traced == getattr(found.total, lens)


@examples(100)
@given(books())
def test_the_trace_adds_up_to_each_cell_and_to_each_item(book: Book) -> None:
    found = position(book.facts, book.as_of)
    by_cell: dict[Any, int] = defaultdict(int)
    by_item: dict[Any, int] = defaultdict(int)
    for row in found.trace:
        assert row.amount > 0
        by_item[row.lens, row.reference] += row.amount
        by_cell[row.lens, row.outcome, row.month] += row.amount
    assert by_item == {(item.lens, item.reference): item.usd_minor for item in found.items}
    for cell in found.cells:
        for lens in LENSES:
            assert by_cell.get((lens, cell.outcome, cell.month), 0) == getattr(cell, lens)


@examples(100)
@given(books())
def test_nothing_is_covered_outside_its_window(book: Book) -> None:
    found = position(book.facts, book.as_of)
    items = {(item.lens, item.reference): item for item in found.items}
    for row in found.trace:
        if row.month is not None:
            item = items[row.lens, row.reference]
            assert item.covers_from <= row.month <= item.covers_until


@examples(60)
@given(books())
def test_the_reasons_of_a_cell_add_up_to_what_covers_it(book: Book) -> None:
    found = position(book.facts, book.as_of)
    for cell in found.cells:
        why = reasons(found, cell.outcome, cell.month)
        for lens in LENSES:
            assert sum(use.used_here for use in why.uses if use.item.lens == lens) == getattr(cell, lens)
        for use in why.uses:
            assert use.share == use.used_before + use.used_here + use.left_after
            assert min(use.used_before, use.used_here - 1, use.left_after) >= 0
        assert cell.required == why.version.requirements_minor[CODES.index(cell.outcome)]


# R11


@examples(250)
@given(
    books(),
    st.integers(0, 17),
    st.integers(-1, 17),
    st.integers(1, 10**6),
    st.sampled_from([Earmark("core"), Earmark("support"), Earmark("outcomes", ("O2",))]),
)
def test_a_new_receipt_never_changes_the_received_trace_of_months_before_its_window(
    book: Book, start: int, length: int, amount: int, earmark: Earmark
) -> None:
    first = Month(FIRST + min(start, book.facts.programme.last_month - FIRST))
    new = Receipt(
        reference="NEW",
        donor="Norway",
        received_on=day_in(FIRST - 2, 1),
        currency="USD",
        amount_minor=amount,
        usd_minor=amount,
        earmark=earmark,
        covers_from=first,
        covers_until=Month(first + length) if length >= 0 else None,
    )
    before = position(book.facts, book.as_of)
    after = position(replace(book.facts, receipts=(*book.facts.receipts, new)), book.as_of)
    assert "NEW" in after.receipts
    assert _received_before(before, first) == _received_before(after, first)


def _received_before(found: Position, month: int) -> list[Any]:
    return [
        row for row in found.trace if row.lens == "received" and row.month is not None and row.month < month
    ]


# Facts, Facts' order, and R10


@examples(120)
@given(books(), st.integers(0, 10**6))
def test_the_order_in_which_facts_stand_changes_nothing(book: Book, seed: int) -> None:
    shuffled = Random(seed)
    facts = book.facts
    assert isinstance(facts.rates, oracle.ListedRates)
    mixed = replace(
        facts,
        versions=_mixed(facts.versions, shuffled),
        rates=oracle.ListedRates(_mixed(facts.rates.listed, shuffled)),
        pledges=tuple(
            replace(p, instalments=_mixed(p.instalments, shuffled)) for p in _mixed(facts.pledges, shuffled)
        ),
        receipts=_mixed(facts.receipts, shuffled),
        refunds=_mixed(facts.refunds, shuffled),
    )
    assert _figures(position(facts, book.as_of)) == _figures(position(mixed, book.as_of))


@examples(200)
@given(books())
def test_what_is_dated_after_the_day_changes_nothing_as_of_the_day(book: Book) -> None:
    kept = known_by(book.facts, book.as_of)
    assert _figures(position(book.facts, book.as_of)) == _figures(position(kept, book.as_of))


def _mixed(things: tuple[Any, ...], shuffled: Random) -> tuple[Any, ...]:
    return tuple(shuffled.sample(things, len(things)))


def _figures(found: Position) -> dict[str, Any]:
    return {
        "cells": found.cells,
        "trace": found.trace,
        "items": sorted(found.items, key=lambda i: (i.lens, i.reference)),
        "receipts": {reference: net[1:] for reference, net in found.receipts.items()},
        "pledges": _pledges(found),
        "instalments": _instalments(found),
        "total": found.total,
        "beside": (found.unused, found.targeted, found.held),
        "headlines": {lens: asdict(line) for lens, line in found.headlines.items()},
        "stable": found.stable_funding_base,
    }
