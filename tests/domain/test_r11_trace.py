"""R11 Trace: which money covers which month.

Every expected figure was worked out by hand from DOMAIN.md.
"""

from tests.domain.book import (
    assert_beside,
    assert_trace,
    report,
    shown,
)


def test_new_money_leaves_the_trace_of_earlier_months_as_it_was() -> None:
    # R2 came in March and its window ends sooner, so it is spent before R1 there; January and February stay.
    first = """
        reference | donor  | received   | amount    | earmark | until
        R1        | Norway | 2026-01-05 | 15,265.77 | PS      |
    """
    second = first + "\n R2 | Chile | 2026-03-05 | 5,088.59 | PS | 2026-03"
    before = """
        reference | month   | amount
        R1        | 2026-01 | 5,088.59
        R1        | 2026-02 | 5,088.59
        R1        | 2026-03 | 5,088.59
    """
    after = """
        reference | month   | amount
        R1        | 2026-01 | 5,088.59
        R1        | 2026-02 | 5,088.59
        R2        | 2026-03 | 5,088.59
        R1        | 2026-04 | 5,088.59
    """
    assert_trace(report("2026-03-31", receipts=first), before)
    assert_trace(report("2026-03-31", receipts=second), after)


def test_traced_and_unused_money_of_a_receipt_add_up_to_its_dollars_less_refunds() -> None:
    seen = report(
        "2026-02-28",
        receipts="""
            reference | donor  | received   | amount     | until
            R1        | Norway | 2026-01-05 | 100,000.00 | 2026-02
        """,
        refunds="reference | receipt | refunded | amount \n X1 | R1 | 2026-02-10 | 0.01",
    )
    assert shown(sum(row.amount for row in seen.trace if row.reference == "R1")) == "99,999.99"
    assert_beside(seen, "lens | unused \n received | 21,713.99")
