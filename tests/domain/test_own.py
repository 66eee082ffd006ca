"""What a donor may see of the others: no figure from which the money of one or two could be worked out.

Example books are small tables; the properties hold for random books, against a count of their own.
"""

from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.book import CODES, month, report, usd
from tests.domain.random_books import Book, books
from tests.domain.test_properties import examples
from tracker.domain.contributions import Receipt
from tracker.domain.own import Beside, BesideCell, BesideTotal, beside_of, part_of
from tracker.domain.position import Position, position

THREE = """
    reference | donor  | received   | amount
    R1        | France | 2026-01-05 | 10,000.00
    R2        | Norway | 2026-01-06 | 50,000.00
    R3        | Chile  | 2026-01-07 | 60,000.00
"""
FOUR = THREE + "\n R4 | Japan | 2026-01-08 | 20,000.00"


def beside(as_of: str = "2026-01-31", **tables: str) -> Beside:
    return beside_of(report(as_of, **tables), "France", latest=True)


def assert_nothing_of_others(seen: Beside) -> None:
    assert {(c.others, c.gap) for c in seen.cells} == {(None, None)}
    sums = [seen.total, *seen.by_month().values(), *seen.by_outcome().values()]
    assert {(s.others, s.gap, s.lapsed, s.ahead) for s in sums} == {(None, None, None, None)}


def test_three_others_are_shown_together() -> None:
    seen = beside(receipts=FOUR)
    assert (seen.published, seen.why) == ("cells", "")
    assert seen.total.others == usd("130,000.00")
    assert sum(seen.total.own) == usd("10,000.00")
    assert seen.received == usd("140,000.00")
    assert seen.total.gap == usd("2,583,438.00") - usd("140,000.00")


def test_two_others_are_not_shown_in_any_figure() -> None:
    seen = beside(receipts=THREE)
    assert (seen.published, seen.why, seen.received) == ("nothing", "few", None)
    assert_nothing_of_others(seen)


def test_own_money_and_the_requirement_are_shown_beside_the_others_or_not() -> None:
    hidden, shown = beside(receipts=THREE), beside(receipts=FOUR)
    for seen in (hidden, shown):
        assert sum(seen.total.own) == usd("10,000.00")
        assert seen.total.required == usd("2,583,438.00")
        assert seen.by_month()[month("2026-01")].required == usd("39,143.00")


def test_on_an_earlier_day_the_others_are_not_shown_however_many_they_are() -> None:
    seen = beside_of(report("2026-01-31", receipts=FOUR), "France", latest=False)
    assert (seen.published, seen.why, seen.received) == ("nothing", "past", None)
    assert_nothing_of_others(seen)


def test_someone_who_stands_alone_in_an_outcome_leaves_only_the_programmes_total() -> None:
    # Japan's months are its own: from 2030-01 to 2030-02, where nobody else's money may go that far.
    alone = """
        reference | donor  | received   | amount    | from    | until
        R1        | France | 2026-01-05 | 10,000.00 |         | 2026-12
        R2        | Norway | 2026-01-06 | 50,000.00 |         | 2026-12
        R3        | Chile  | 2026-01-07 | 60,000.00 |         | 2026-12
        R4        | Peru   | 2026-01-07 | 60,000.00 |         | 2026-12
        R5        | Japan  | 2026-01-08 | 20,000.00 | 2030-01 | 2030-02
    """
    seen = beside(receipts=alone)
    assert (seen.published, seen.why) == ("total", "alone")
    assert seen.total.others == usd("190,000.00")
    assert seen.total.gap == usd("2,583,438.00") - usd("200,000.00")
    assert (seen.total.lapsed, seen.total.ahead) == (None, None), "they are parted by month"
    assert {(c.others, c.gap) for c in seen.cells} == {(None, None)}
    assert {s.others for s in (*seen.by_month().values(), *seen.by_outcome().values())} == {None}


def test_someone_alone_in_one_outcome_of_months_that_many_cover_is_noticed() -> None:
    # Norway, Chile and Peru share O1 and PS in January; Japan alone pays for O2.
    one_outcome = """
        reference | donor  | received   | amount   | earmark
        R2        | Norway | 2026-01-06 | 1,000.00 | O1
        R3        | Chile  | 2026-01-07 | 1,000.00 | O1
        R4        | Peru   | 2026-01-07 | 1,000.00 | O1
        R5        | Japan  | 2026-01-08 | 1,000.00 | O2
    """
    assert beside(receipts=one_outcome).published == "total"


def test_what_was_received_is_not_told_where_two_have_something_open() -> None:
    pledges = """
        reference | donor  | amount   | pledged
        P1        | Norway | 7,000.00 | 2026-01-02
        P2        | Chile  | 8,000.00 | 2026-01-03
    """
    seen = beside(receipts=FOUR, pledges=pledges)
    assert seen.published == "cells"
    assert seen.total.others == usd("145,000.00")
    assert seen.received is None, "the difference would be what Norway and Chile have open"
    three = pledges + "\n P3 | Peru | 9,000.00 | 2026-01-03"
    assert beside(receipts=FOUR, pledges=three).received == usd("140,000.00")


def test_what_was_received_is_not_told_where_one_receipt_covers_no_month() -> None:
    held = FOUR.replace("amount\n", "amount | earmark\n") + "| \n R5 | Chile | 2026-01-09 | 1,234.00 | hold"
    seen = beside(receipts=held)
    assert seen.published == "cells"
    assert seen.received is None, "the difference would be what Chile has on hold"


def test_a_payer_who_is_not_known_and_one_without_a_name_count_as_contributors() -> None:
    unknown = THREE + "\n R4 | UNIDENTIFIED | 2026-01-08 | 20,000.00"
    assert beside(receipts=unknown).published == "cells"


def test_the_donor_itself_never_counts_as_another() -> None:
    own = FOUR.replace("Japan", "France")
    assert beside(receipts=own).published == "nothing"


# Properties


def other_cells(book: Position, donor: str) -> dict[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = {}
    for row in book.trace:
        if row.month is not None and row.donor != donor:
            found.setdefault((row.outcome, row.month), set()).add(row.donor)
    return found


def crowded(book: Book, extra: list[int]) -> Book:
    """The same book with a core receipt of each of some more donors, so that there are often enough."""
    day = book.as_of
    names = ("Peru", "Chile", "Kenya", "Nepal")
    more = tuple(
        Receipt(f"X{n}", names[n], day, "USD", amount, amount) for n, amount in enumerate(extra) if amount
    )
    return Book(replace(book.facts, receipts=(*book.facts.receipts, *more)), day)


worlds = st.builds(crowded, books(), st.lists(st.integers(0, 100_000), max_size=4))


@examples(150)
@given(worlds)
def test_no_two_others_ever_fill_published_cells_of_an_outcome_by_themselves(world: Book) -> None:
    book = position(world.facts, world.as_of)
    for donor in {row.donor for row in book.trace}:
        seen = beside_of(book, donor, latest=True)
        cells = other_cells(book, donor)
        everybody = set().union(*cells.values()) if cells else set()
        if seen.published == "nothing":
            assert_nothing_of_others(seen)
            assert len(everybody) < 3
            continue
        assert len(everybody) >= 3
        if seen.published == "total":
            assert {(c.others, c.gap) for c in seen.cells} == {(None, None)}
            continue
        for code in CODES:
            own_cells = [donors for (outcome, _), donors in cells.items() if outcome == code]
            for size in (1, 2):
                for few in combinations(sorted(everybody), size):
                    theirs = [donors for donors in own_cells if donors & set(few)]
                    assert not theirs or any(donors - set(few) for donors in theirs), (donor, code, few)


@examples(150)
@given(worlds)
def test_what_was_received_never_differs_from_the_published_total_by_the_money_of_one_or_two(
    world: Book,
) -> None:
    book = position(world.facts, world.as_of)
    for donor in {row.donor for row in book.trace}:
        seen = beside_of(book, donor, latest=True)
        if seen.received is None:
            continue
        payers = {n.receipt.donor for n in book.receipts.values() if n.net_usd_minor} - {donor}
        assert len(payers) >= 3
        if seen.total.others is None:
            continue
        paid, covers = dict[str, int](), dict[str, int]()
        for net in book.receipts.values():
            paid[net.receipt.donor] = paid.get(net.receipt.donor, 0) + net.net_usd_minor
        for row in book.trace:
            if row.month is not None:
                covers[row.donor] = covers.get(row.donor, 0) + row.amount
        apart = {d for d in {*paid, *covers} - {donor} if paid.get(d, 0) != covers.get(d, 0)}
        assert len(apart) == 0 or len(between(book, donor)) >= 3


def between(book: Position, donor: str) -> set[str]:
    """Others with received money that covers nothing, or open money that covers something."""
    return {
        row.donor
        for row in book.trace
        if row.donor != donor and (row.month is None) == (row.lens == "received")
    }


@examples(150)
@given(worlds)
def test_what_is_shown_adds_up_and_is_the_positions(world: Book) -> None:
    book = position(world.facts, world.as_of)
    for donor in {row.donor for row in book.trace}:
        seen = beside_of(book, donor, latest=True)
        part = part_of(book, donor)
        covered = sum(row.amount for row in part.trace if row.month is not None)
        assert sum(seen.total.own) == covered
        assert seen.total.required == book.total.required
        for cell, real in zip(seen.cells, book.cells, strict=True):
            assert (cell.outcome, cell.month, cell.required) == (real.outcome, real.month, real.required)
            if seen.published == "cells":
                assert adds_up(cell) and cell.gap == real.gap
        if seen.total.others is not None:
            assert adds_up(seen.total) and seen.total.gap == book.total.gap


def adds_up(one: BesideCell | BesideTotal) -> bool:
    assert one.others is not None and one.gap is not None
    return one.required == sum(one.own) + one.others + one.gap
