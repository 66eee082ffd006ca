"""R10 As of: nothing dated later counts.

Every expected figure was worked out by hand from DOMAIN.md.
"""

from tests.domain.book import (
    assert_pledges,
    report,
    shown,
)


def test_a_report_uses_receipts_and_refunds_up_to_and_including_its_day() -> None:
    tables = {
        "receipts": "reference | donor | received | amount \n R1 | Norway | 2026-02-10 | 100.00",
        "refunds": "reference | receipt | refunded | amount \n X1 | R1 | 2026-03-10 | 40.00",
    }
    by_day = {
        as_of: shown(report(as_of, **tables).total.received)
        for as_of in ("2026-02-09", "2026-02-10", "2026-03-09", "2026-03-10")
    }
    assert by_day == {"2026-02-09": "", "2026-02-10": "100.00", "2026-03-09": "100.00", "2026-03-10": "60.00"}


def test_a_refund_dated_later_does_not_open_a_pledge_earlier() -> None:
    tables = {
        "pledges": "reference | donor | amount | pledged \n P1 | Norway | 100.00 | 2026-01-10",
        "receipts": """
            reference | donor  | received   | amount | pledge
            R1        | Norway | 2026-02-10 | 100.00 | P1
        """,
        "refunds": "reference | receipt | refunded | amount \n X1 | R1 | 2026-03-10 | 40.00",
    }
    assert_pledges(report("2026-02-09", **tables), "pledge | open \n P1 | 100.00")
    assert_pledges(report("2026-03-09", **tables), "pledge | open \n P1 |")
    assert_pledges(report("2026-03-10", **tables), "pledge | open \n P1 | 40.00")
