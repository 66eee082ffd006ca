"""What the overview says, in words and lists: no application, no database."""

import pytest

from tests.domain.book import month, report
from tests.domain.test_worked_examples import EXAMPLE_B
from tracker.domain.position import Position
from tracker.domain.reasons import reasons
from tracker.presentation import Writer
from tracker.reporting import boards, explanations, narrative, pictures

WRITE = Writer("en")
ALL_OF_IT = "reference | donor | received | amount \n R1 | Norway | 2026-01-05 | 2,583,438.00"


def told(book: Position) -> str:
    """The story as plain text, with ordinary blanks."""
    return " ".join(WRITE.plain(sentence) for sentence in narrative.story(book)).replace("\u00a0", " ")


def stable(book: Position) -> str | None:
    sentence = narrative.stable_base(book)
    return WRITE.plain(sentence) if sentence else None


@pytest.fixture(scope="module")
def example_b() -> Position:
    return report("2026-06-15", **EXAMPLE_B)


# The story


def test_the_story_of_example_b(example_b: Position) -> None:
    assert told(example_b) == (
        "Money received and signed does not cover every outcome in June 2026. "
        "With pledges, every outcome is covered through June 2026. "
        "July 2026 is the first month that is not covered: USD 6,535.42 short. "
        "All 59 months after it have gaps as well."
    )
    assert stable(example_b) == "No stable funding base yet: June 2026 is not fully received or signed."


def test_the_story_names_how_far_each_lens_reaches() -> None:
    book = report(
        "2026-01-31",
        receipts="reference | donor | received | amount \n R1 | Norway | 2026-01-05 | 117,429",
        pledges="""
            reference | donor   | amount | pledged    | signed
            P1        | Finland | 78,286 | 2026-01-10 | 2026-01-20
            P2        | Kenya   | 39,143 | 2026-01-10 |
        """,
    )
    assert told(book) == (
        "Money received covers every outcome through March 2026. "
        "Signed agreements carry it to May 2026, pledges to June 2026. "
        "July 2026 is the first month that is not covered: USD 39,143.00 short, "
        "and nothing is promised for the months after it."
    )
    assert stable(book) == "No stable funding base yet: received and signed cover 5 of the next 12 months."


def test_the_story_when_everything_has_been_received() -> None:
    book = report("2026-06-15", receipts=ALL_OF_IT)
    assert told(book) == "Money received covers every outcome through June 2031, the end of the programme."
    assert stable(book) == "Stable funding base: the next 12 months are received or signed."


def test_the_story_without_any_contribution() -> None:
    book = report("2026-03-20")
    assert told(book) == (
        "No pledge or receipt counts by this day. Every month from March 2026 to June 2031 is still to raise."
    )


def test_the_story_after_the_end_has_nothing_left_to_raise() -> None:
    book = report("2031-07-01", **EXAMPLE_B)
    assert told(book) == (
        "Nothing is left to raise. USD 2,490,657.25 of the requirement was never covered and has lapsed."
    )
    assert stable(book) is None
    assert WRITE.plain(narrative.headline(book).context) == "The programme ended in June 2031."


def test_the_story_before_the_start_speaks_of_the_whole_programme() -> None:
    book = report("2025-06-30")
    assert WRITE.plain(narrative.headline(book).context) == (
        "100.0\u00a0% of the whole programme, for January 2026 to June 2031"
    )


# Lists


def test_the_five_legs_add_up_to_the_requirement(example_b: Position) -> None:
    legs = narrative.legs(example_b)
    assert sum(leg.amount for leg in legs) == example_b.total.required
    assert [WRITE.plain(leg.note) if leg.note else "" for leg in legs] == [
        "",
        "",
        "adds 1 month, to Jun 2026",
        "60 months, from Jul 2026",
        "past, Feb to May 2026",
    ]


def test_money_beside_the_core_is_said_and_not_hidden() -> None:
    book = report(
        "2026-06-15",
        receipts="""
            reference | donor  | received   | amount | earmark         | until
            R1        | Norway | 2026-01-05 | 500    | targeted:Uganda |
            R2        | Norway | 2026-01-05 | 700    | hold            |
            R3        | Norway | 2026-03-05 | 900    |                 | 2026-02
        """,
    )
    assert [WRITE.plain(s).replace("\u00a0", " ") for s in narrative.beside_the_core(book)] == [
        "USD 500.00 is for targeted support, beside the core.",
        "USD 700.00 is on hold until it is assigned.",
        "USD 900.00 finds no month inside its window and is at risk of return.",
    ]


def test_months_alike_are_one_line_and_the_lines_add_up(example_b: Position) -> None:
    gaps = narrative.gaps(example_b)
    shown = [(WRITE.months(r.first, r.last), " ".join(r.outcomes), r.each, r.gap) for r in gaps.ahead]
    assert shown[-1] == ("November 2026 to June 2031", "O1 O2 O3 PS", 3914300, 3914300 * 56)
    assert shown[0] == ("July 2026", "O1 O3", 653542, 653542)
    assert sum(run.gap for run in gaps.ahead) + gaps.cents_ahead == example_b.total.ahead
    assert sum(run.gap for run in gaps.lapsed) + gaps.cents_lapsed == example_b.total.lapsed


def test_cents_below_the_tolerance_raise_no_flag_but_stay_in_the_sum() -> None:
    book = report("2026-06-15", receipts=ALL_OF_IT)
    gaps = narrative.gaps(book)
    assert gaps.ahead == gaps.lapsed == ()
    assert gaps.cents_ahead == book.total.ahead > 0


def test_a_long_patchy_list_is_grouped_by_outcomes_only() -> None:
    lines = "\n".join(
        f"R{n} | Norway | 2026-01-05 | {100 + n} | 2026-{n:02d} | 2026-{n:02d}" for n in range(1, 13)
    )
    head = "reference | donor | received | amount | from | until\n"
    book = report("2026-01-31", receipts=head + lines)
    (run,) = narrative.gaps(book).ahead
    assert (run.months, run.each, run.gap) == (66, None, book.total.ahead)


@pytest.mark.parametrize(
    ("as_of", "late"),
    [
        ("2026-03-31", "later"),
        ("2026-04-10", "today"),
        ("2026-04-11", "to30"),
        ("2026-05-10", "to30"),
        ("2026-05-11", "to90"),
        ("2026-07-09", "to90"),
        ("2026-07-10", "over90"),
    ],
)
def test_lateness_is_counted_from_the_due_day(as_of: str, late: str) -> None:
    book = report(
        as_of,
        pledges="reference | donor | amount | pledged \n P1 | Kenya | 1,000 | 2026-01-10",
        instalments="pledge | due | amount \n P1 | 2026-04-10 | 1,000",
    )
    (open_one,) = narrative.open_instalments(book)
    (group,) = narrative.ageing([open_one])
    assert (open_one.late, group.key, group.count, group.open_usd) == (late, late, 1, 100000)


def test_open_instalments_stand_the_largest_first(example_b: Position) -> None:
    assert [o.state.reference for o in narrative.open_instalments(example_b)] == [
        "FR-1@2026-05-15",
        "NL-1@2026-04-10",
    ]


# Board and picture


def test_the_board_opens_the_year_of_the_cliff_month_or_the_one_asked_for(example_b: Position) -> None:
    assert boards.board(example_b).open_year == 2026
    asked = boards.board(example_b, year=2029)
    assert asked.open_year == 2029
    assert [c.year for c in asked.columns if c.month is None] == [2026, 2027, 2028, 2029, 2030, 2031]
    assert sum(c.month is not None for c in asked.columns) == 12
    assert boards.board(example_b, year=1999).open_year == 2026
    assert boards.board(report("2027-05-05", receipts=ALL_OF_IT)).open_year == 2027


def test_the_lens_changes_the_figure_and_not_the_status(example_b: Position) -> None:
    gap, received = (boards.board(example_b, figure).rows[1][1][1] for figure in ("gap", "received"))
    assert (gap.shown, gap.words, gap.amount) == ("lapsed", ("lapsed",), 1449940)
    assert (received.shown, received.words, received.amount) == ("lapsed", ("lapsed",), 556530)


def test_a_year_says_what_happened_in_it(example_b: Position) -> None:
    board = boards.board(example_b)
    years = {c.year: at for at, c in enumerate(board.columns) if c.month is None}
    _outcome, entries = board.rows[0]
    assert entries[years[2026]].words == ("6 gaps", "4 lapsed")
    assert entries[years[2031]].words == ("6 gaps",)


def test_lenses_that_end_in_one_month_are_one_line() -> None:
    book = report("2026-06-15", receipts=ALL_OF_IT)
    (reach,) = pictures.reaches(book)
    assert reach == pictures.Reach(("received", "signed", "pledged"), month("2031-06"))


def test_the_picture_links_every_month_and_holds_no_inline_style(example_b: Position) -> None:
    shown = pictures.picture(example_b, "<words>")
    for svg in (
        pictures.draw_wide(shown, WRITE, "/months/{}".format),
        pictures.draw_folded(shown, WRITE, "/months/{}".format),
    ):
        assert svg.count('<a href="/months/') == 66
        assert "style=" not in svg
        assert "<words>" not in svg
        assert "July 2026: required 39,143.00, received 0.00, signed 23,547.54" in svg


def test_the_picture_outside_the_programme_has_no_line_of_today() -> None:
    for as_of in ("2025-06-30", "2031-07-01"):
        shown = pictures.picture(report(as_of), "")
        assert shown.today is None
        assert 'class="today"' not in pictures.draw_wide(shown, WRITE, str)


# Why


def test_a_cell_tells_what_it_needs_what_came_and_what_is_late(example_b: Position) -> None:
    why = reasons(example_b, "O2", month("2026-08"))
    words = " ".join(WRITE.plain(s) for s in explanations.cell_words(example_b, why)).replace("\u00a0", " ")
    assert words == (
        "The month needs USD 20,064.70. USD 17,233.24 of it is signed and USD 2,831.46 is pledged. "
        "Nothing is missing. Both open instalments behind it are overdue."
    )
    steps = explanations.rule_steps(example_b, why, {})
    assert [step.title for step in steps] == [
        "Required.",
        "Share of each item.",
        "Window.",
        "Order.",
        "Status.",
    ]


def test_the_rows_of_a_month_add_up_to_what_is_covered(example_b: Position) -> None:
    view = explanations.month_view(example_b, month("2026-04"))
    assert sum(row.total for row in view.rows) == view.total.required - view.total.gap
    assert [shown for _outcome, _cell, shown in view.cells] == ["lapsed", "lapsed", "lapsed", "lapsed"]
    assert (view.before, view.after) == (month("2026-03"), month("2026-05"))
