"""The GCG's edition: what tells an anonymous donor is replaced, and no figure moves."""

from dataclasses import replace

from tests.reporting import reports
from tracker.queries.report import DonorRow
from tracker.reporting.masking import gcg_edition


def test_no_name_of_an_anonymous_donor_is_left_anywhere() -> None:
    masked = gcg_edition(reports.hard())
    assert not [
        secret for secret in reports.SECRET if f"{secret}'" in repr(masked) or f"{secret}@" in repr(masked)
    ]
    donor = masked.donors["ANON-1"]
    assert (donor.name, donor.country, donor.kind) == ("Anonymous donor 1", "", "foundation")


def test_references_are_numbered_by_date() -> None:
    position = gcg_edition(reports.hard()).position
    assert {row.reference for row in position.trace if row.donor == "ANON-1"} == {
        "ANON-1-R1", "ANON-1-P1@2026-04-01", "ANON-1-P1@2027-01-01",
    }  # fmt: skip
    assert position.receipts["ANON-1-R1"].receipt.pledge == "ANON-1-P1"
    assert str(position.pledges["ANON-1-P1"].pledge.earmark) == "targeted:undisclosed"
    assert [
        refund.reference for refund in gcg_edition(reports.hard()).refunds if refund.receipt == "ANON-1-R1"
    ] == ["ANON-1-F1"]


def test_no_figure_changes() -> None:
    report = reports.hard()
    before, after = report.position, gcg_edition(report).position
    assert after.cells == before.cells
    assert after.total == before.total
    assert [(r.lens, r.outcome, r.month, r.amount) for r in after.trace] == [
        (r.lens, r.outcome, r.month, r.amount) for r in before.trace
    ]
    assert [i.usd_minor for i in after.items] == [i.usd_minor for i in before.items]


def test_masking_twice_is_masking_once() -> None:
    once = gcg_edition(reports.hard())
    assert gcg_edition(once) == once


def test_a_donor_in_the_open_may_be_called_like_a_mask() -> None:
    report = reports.hard()
    real = DonorRow("ANON-1", "Anonima S.p.A.", "private", "IT", False)
    masked = gcg_edition(replace(report, donors={**report.donors, "ANON-1": real}))
    assert masked.donors["ANON-1"] == real
    assert masked.donors["ANON-2"].name == "Anonymous donor 2"


def test_later_donors_do_not_renumber_earlier_ones() -> None:
    """Numbers follow the earliest record: D05 pledged in January, QUIET in March, the third has nothing."""
    report = reports.hard()
    donors = {**report.donors, "D05": replace(report.donors["D05"], anonymous=True)}
    donors["AAA"] = DonorRow("AAA", "Aardvark", "other", "", True)
    names = gcg_edition(replace(report, donors=donors)).donors
    assert [(names[code].kind) for code in ("ANON-1", "ANON-2", "ANON-3")] == [
        report.donors["D05"].kind, "foundation", "other",
    ]  # fmt: skip


def test_without_anonymous_donors_the_report_stays_as_it_is() -> None:
    report = reports.example_b()
    assert gcg_edition(report) is report
