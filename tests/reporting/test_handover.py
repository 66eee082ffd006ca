"""The state of things: a small book in, what stands open with each donor out."""

import csv
import io
from datetime import date

from tests.domain.book import report
from tests.domain.test_worked_examples import EXAMPLE_B
from tracker.domain.entries import DonorEntry
from tracker.domain.position import Position
from tracker.queries.people import CaretakerRow, ContactRow, Kept, NoteRow
from tracker.reporting.handover import NOBODY, Handover, handover, handover_csv

KEPT = Kept(
    contacts=(ContactRow(1, 1, "France", "É. Lefèvre", "Desk officer", "e@f.example", "", "fr"),),
    notes=(
        NoteRow(2, 1, "France", None, date(2026, 6, 2), "A. Moreau", "=1+1 waits"),
        NoteRow(1, 1, "France", None, date(2026, 5, 2), "A. Moreau", "older"),
    ),
    caretakers=(
        CaretakerRow(2, 1, "France", None, "moreau@x.example", "A. Moreau", True),
        CaretakerRow(3, 1, "Kenya", "P9", "okafor@x.example", "L. Okafor", False),
    ),
)


def state(book: Position, caretaker: str = "") -> Handover:
    names = {r.receipt.donor for r in book.receipts.values()} | {
        p.pledge.donor for p in book.pledges.values()
    }
    donors = {name: DonorEntry(name, name, "government", "", "") for name in {*names, "Kenya", "Quiet"}}
    return handover(book, donors, KEPT, caretaker)


def test_example_b_is_told_donor_by_donor() -> None:
    told = {one.donor.code: one for one in state(report("2026-06-15", **EXAMPLE_B)).donors}
    france, netherlands = told["France"], told["Netherlands"]
    assert (france.open_usd_minor, france.overdue_usd_minor, france.promised_usd_minor) == (
        *(6_593_407, 6_593_407),
        0,
    )
    assert (netherlands.open_usd_minor, netherlands.promised_usd_minor) == (6_000_000, 6_000_000)
    assert france.last_note is not None and france.last_note.text == "=1+1 waits"
    assert [one.name for one in france.contacts] == ["É. Lefèvre"]
    assert france.last_receipt_on == date(2026, 3, 20)


def test_totals_are_the_positions() -> None:
    book = report("2026-06-15", **EXAMPLE_B)
    told = state(book)
    assert told.open_usd_minor == sum(one.open_usd_minor for one in book.pledges.values())
    assert told.held_usd_minor == book.held.received
    assert sum(one.unused_usd_minor for one in told.donors) == book.unused.received


def test_held_unused_and_ending_money_is_named() -> None:
    book = report(
        "2026-06-15",
        pledges="""
            reference | donor   | amount | pledged    | signed     | until
            P1        | Finland | 10,000 | 2026-01-10 | 2026-01-20 | 2026-08
            P2        | Finland | 10,000 | 2026-01-10 |            | 2026-09
        """,
        receipts="""
            reference | donor   | received   | amount  | earmark | until
            R1        | Finland | 2026-06-05 | 500     | hold    |
            R2        | Finland | 2026-06-05 | 100,000 | core    | 2026-06
        """,
    )
    finland = next(one for one in state(book).donors if one.donor.code == "Finland")
    assert finland.held == (("R1", 50_000),)
    assert finland.unused_usd_minor == book.unused.received > 0
    assert [one.pledge.reference for one in finland.ending] == ["P1"], "P2 ends one month too late"


def test_a_caretakers_part_and_nobodys_part_make_the_whole() -> None:
    book = report("2026-06-15", **EXAMPLE_B)

    def codes(who: str) -> set[str]:
        told = state(book, who)
        return {one.donor.code for one in (*told.donors, *told.quiet)}

    assert codes("moreau@x.example") == {"France"}
    assert codes("okafor@x.example") == {"Kenya"}, "who looks after one pledge sees its donor"
    assert codes(NOBODY) == codes("") - {"France", "Kenya"}


def test_the_csv_has_a_line_a_donor_and_no_formula() -> None:
    told = state(report("2026-06-15", **EXAMPLE_B))
    rows = list(csv.DictReader(io.StringIO("".join(handover_csv(told)))))
    assert {row["donor"] for row in rows} == {"France", "Netherlands", "Kenya", "Quiet"}
    france = next(row for row in rows if row["donor"] == "France")
    assert (france["open_usd"], france["overdue_since"]) == ("65934.07", "2026-05-15")
    assert france["last_note"] == "'=1+1 waits"
    assert france["looked_after_by"] == "A. Moreau"
