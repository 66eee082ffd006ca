"""What asks for an officer's hand: no application, no database. Small tables in, lines out."""

from tests.domain.book import book, shown
from tests.domain.test_worked_examples import EXAMPLE_B
from tracker.domain.months import parse_day
from tracker.domain.position import position
from tracker.presentation import Writer
from tracker.reporting.worklist import Task, worklist

WRITE = Writer("en")


def told(as_of: str, **tables: str) -> list[str]:
    """`key | count | USD | words | note`, a line each."""
    return [line(task) for task in tasks(as_of, **tables)]


def tasks(as_of: str, **tables: str) -> tuple[Task, ...]:
    facts = book(**tables)
    return worklist(position(facts, parse_day(as_of)), facts.rates)


def line(task: Task) -> str:
    note = WRITE.plain(task.note) if task.note else ""
    text = f"{task.key} | {task.count} | {shown(task.usd_minor)} | {WRITE.plain(task.words)} | {note}"
    return text.replace("\u00a0", " ")


def test_nothing_on_record_asks_for_nothing() -> None:
    assert told("2026-06-15") == []


def test_example_b_has_two_overdue_instalments_and_no_rate_missing() -> None:
    assert told("2026-06-15", **EXAMPLE_B) == [
        "overdue | 2 | 125,934.07 | two instalments are overdue | the oldest by 66 days"
    ]


def test_overdue_money_is_parted_by_lateness() -> None:
    (overdue,) = tasks("2026-06-15", **EXAMPLE_B)
    assert [(one.key, one.count, shown(one.open_usd)) for one in overdue.ageing] == [
        ("to90", 2, "125,934.07")
    ]
    assert overdue.asked == {"state": "overdue"}


def test_an_instalment_of_today_is_due_and_one_of_yesterday_overdue() -> None:
    pledges = """
        reference | donor   | amount | pledged    | signed
        P0        | Norway  | 100    | 2026-06-14 | 2026-06-14
        P1        | Norway  | 200    | 2026-06-15 |
    """
    schedule = """
        pledge | due        | amount
        P0     | 2026-06-14 | 100
        P1     | 2026-06-15 | 80
        P1     | 2026-06-30 | 70
        P1     | 2026-07-01 | 50
    """
    assert told("2026-06-15", pledges=pledges, instalments=schedule) == [
        "overdue | 1 | 100.00 | one instalment is overdue | the oldest by 1 day",
        "due | 2 | 150.00 | two instalments fall due this month | two of pledges not yet signed",
    ]
    due = tasks("2026-06-15", pledges=pledges, instalments=schedule)[1]
    assert due.asked == {"state": "due", "from": "2026-06-15", "until": "2026-06-30"}


def test_money_on_hold_and_money_of_an_unknown_payer_stand_in_one_line() -> None:
    receipts = """
        reference | donor        | received   | amount | earmark
        R1        | Norway       | 2026-06-01 | 100    | hold
        R2        | UNIDENTIFIED | 2026-06-02 | 50     | hold
        R3        | UNIDENTIFIED | 2026-06-03 | 5      |
        R4        | Norway       | 2026-06-03 | 7      |
    """
    assert told("2026-06-15", receipts=receipts) == [
        "held | 3 | 155.00 | three receipts are on hold | of two the payer is unknown"
    ]


def test_unused_money_is_named_with_what_is_left_of_it() -> None:
    receipts = """
        reference | donor  | received   | amount    | from    | until
        R1        | Norway | 2026-01-10 | 40,000.00 | 2026-01 | 2026-01
    """
    assert told("2026-06-15", receipts=receipts) == [
        "unused | 1 | 857.00 | one receipt is unused in part or whole "
        "| no month that it may pay for needs it: at risk of return"
    ]


def test_windows_that_end_within_three_months_are_named_and_the_programmes_end_is_not() -> None:
    pledges = """
        reference | donor  | amount | pledged    | signed     | closed     | until
        P1        | Norway | 100    | 2026-01-01 | 2026-01-02 |            | 2026-09
        P2        | Norway | 100    | 2026-01-01 | 2026-01-02 |            | 2026-10
        P3        | Norway | 100    | 2026-01-01 | 2026-01-02 | 2026-02-02 | 2026-09
        P4        | Norway | 100    | 2026-01-01 | 2026-01-02 |            | 2026-05
    """
    schedule = """
        pledge | due        | amount
        P1     | 2026-08-01 | 100
        P2     | 2026-08-01 | 100
        P4     | 2026-08-01 | 100
    """
    receipts = """
        reference | donor  | received   | amount | until
        R1        | Norway | 2026-01-10 | 10     | 2026-07
        R2        | Norway | 2026-01-10 | 10     |
    """
    lines = told("2026-06-15", pledges=pledges, instalments=schedule, receipts=receipts)
    assert lines == [
        "agreements | 1 | 100.00 | the months of one pledge or agreement end within three months "
        "| USD 100.00 of it is open",
        "windows | 1 | 10.00 | the months of one receipt end within three months | ",
    ]
    assert (
        told("2031-06-15", receipts="reference | donor | received | amount \n R | Norway | 2026-01-10 | 10")
        == []
    )


def test_a_currency_with_open_money_needs_a_rate_of_the_month() -> None:
    tables = {
        "pledges": """
            reference | donor  | amount     | pledged    | signed
            P1        | France | 920 EUR    | 2026-01-05 | 2026-01-05
            P2        | Japan  | 15,000 JPY | 2026-01-05 | 2026-01-05
        """,
        "instalments": """
            pledge | due        | amount
            P1     | 2026-09-01 | 920
            P2     | 2026-09-01 | 15,000
        """,
        "rates": """
            currency | from       | rate
            EUR      | 2026-01-01 | 0.92
            JPY      | 2026-01-01 | 150
            JPY      | 2026-06-01 | 150
            CHF      | 2026-01-01 | 0.9
        """,
    }
    assert told("2026-06-15", **tables) == [
        "rates | 1 | 1,000.00 | one rate is missing for this month | EUR; open amounts stand at older rates"
    ]
    assert [task.key for task in tasks("2026-01-15", **tables)] == []
