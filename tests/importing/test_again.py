"""Importing again: the same rows change nothing, other content needs --update; all or nothing; no echo."""

from pathlib import Path

import pytest

from tests.importing.desk import CAST, bring, fresh, on_record, places
from tracker.domain.entries import PledgeEntry, ReceiptEntry
from tracker.domain.register import Register

SCHEDULE = "pledge,due_on,amount\nP1,2026-03-15,40000\nP1,2026-05-15,60000\n"
FULL = {**CAST, "instalments": SCHEDULE}


def counts(plan: object) -> dict[str, tuple[int, int, int]]:
    found = plan.counts()  # type: ignore[attr-defined]
    return {
        name: (one.new, one.changed, one.unchanged)
        for name, one in found.items()
        if one.new or one.changed or one.unchanged
    }


def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    register = on_record(tmp_path, dict(FULL))
    again = bring(tmp_path, register, {})
    assert not again.problems
    assert again.writes == 0
    assert counts(again) == {
        "donors": (0, 0, 2),
        "pledges": (0, 0, 1),
        "instalments": (0, 0, 2),
        "receipts": (0, 0, 1),
        "refunds": (0, 0, 1),
        "rates": (0, 0, 2),
    }


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("donors", "FRA,France"),
        ("rates", "EUR,2026-01-01,0.92"),
        ("rates", "EUR,2026-01-01,0.92000"),
        ("pledges", "P1,FRA,EUR,100000.00,2026-02-01"),
        ("receipts", "R1,FRA,P1,2026-03-20,EUR,40000.0"),
    ],
)
def test_the_same_content_written_otherwise_is_the_same(tmp_path: Path, name: str, row: str) -> None:
    register = on_record(tmp_path / "before", dict(CAST))
    plan = bring(tmp_path / "now", register, {name: f"{CAST[name].splitlines()[0]}\n{row}\n"})
    assert (plan.problems, plan.writes, sum(plan.unchanged.values())) == ([], 0, 1)


RECEIPT = "reference,donor,pledge,received_on,currency,amount,usd_amount\n"
USD_AT_THE_RATE = "43478.26"  # 40,000 EUR / 0.92


@pytest.mark.parametrize(
    ("recorded", "again", "same"),
    [
        ("", "", True),
        ("", USD_AT_THE_RATE, True),
        ("", "43478.25", False),
        (USD_AT_THE_RATE, "", True),
        ("43000.00", "", False),
        ("43000.00", "43000", True),
        ("43000.00", "43000.01", False),
    ],
)
def test_a_receipts_usd_is_the_same_where_it_says_the_same(
    tmp_path: Path, recorded: str, again: str, same: bool
) -> None:
    row = f"{RECEIPT}R1,FRA,P1,2026-03-20,EUR,40000,"
    register = on_record(tmp_path / "before", {**CAST, "receipts": f"{row}{recorded}\n"})
    plan = bring(tmp_path / "now", register, {"receipts": f"{row}{again}\n"})
    wanted = [] if same else [("receipts.csv", 2, "usd_amount", "differs_from_record")]
    assert places(plan.problems) == wanted
    assert plan.unchanged["receipts"] == int(same)


def test_a_recorded_usd_is_not_worked_out_again_from_a_later_rate(tmp_path: Path) -> None:
    register = on_record(
        tmp_path / "before",
        {**CAST, "receipts": CAST["receipts"], "refunds": "reference,receipt,refunded_on,amount\n"},
    )
    rate = "currency,effective_on,rate\nEUR,2026-03-01,0.9350\n"
    plan = bring(tmp_path / "rate", register, {"rates": rate})
    assert not plan.problems
    assert bring(tmp_path / "again", register, {"receipts": CAST["receipts"]}).unchanged["receipts"] == 1
    noted = "reference,donor,pledge,received_on,currency,amount,notes\nR1,FRA,P1,2026-03-20,EUR,40000,late\n"
    plan = bring(tmp_path / "noted", register, {"receipts": noted}, update=True)
    assert receipt(register).receipt.usd_minor == 43_478_26
    assert receipt(register).usd_stated is False
    more = "reference,donor,pledge,received_on,currency,amount\nR1,FRA,P1,2026-03-20,EUR,40001\n"
    bring(tmp_path / "more", register, {"receipts": more}, update=True)
    assert receipt(register).receipt.usd_minor == 42_781_82


def receipt(register: Register) -> ReceiptEntry:
    return register.receipts["R1"]


REFUND = "reference,receipt,refunded_on,amount,usd_amount\n"


@pytest.mark.parametrize(
    ("recorded", "again", "same"),
    [
        ("", "", True),
        ("", "108.70", True),
        ("", "108.69", False),
        ("108.70", "", True),
        ("100.00", "", False),
        ("100.00", "100", True),
    ],
)
def test_a_refunds_usd_is_the_same_where_it_says_the_same(
    tmp_path: Path, recorded: str, again: str, same: bool
) -> None:
    row = f"{REFUND}B1,R1,2026-04-01,100,"
    register = on_record(tmp_path / "before", {**CAST, "refunds": f"{row}{recorded}\n"})
    plan = bring(tmp_path / "now", register, {"refunds": f"{row}{again}\n"})
    wanted = [] if same else [("refunds.csv", 2, "usd_amount", "differs_from_record")]
    assert places(plan.problems) == wanted


def test_a_refund_on_record_is_not_held_against_what_is_left_again(tmp_path: Path) -> None:
    later = f"{REFUND}B2,R1,2026-05-01,20000,40000.00\n"
    earlier = f"{REFUND}B1,R1,2026-04-01,20000,\n"
    register = on_record(tmp_path / "1", {**CAST, "refunds": later})
    assert not bring(tmp_path / "2", register, {"refunds": earlier}).problems
    assert not bring(tmp_path / "3", register, {"refunds": later}).problems


def test_other_content_names_each_column_with_old_and_new(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(CAST))
    other = "code,name,country\nFRA,French Republic,FR\n"
    plan = bring(tmp_path / "now", register, {"donors": other})
    assert places(plan.problems) == [
        ("donors.csv", 2, "name", "differs_from_record"),
        ("donors.csv", 2, "country", "differs_from_record"),
    ]
    assert plan.problems[0].problem.facts == {"key": "FRA", "old": "France", "new": "French Republic"}
    assert register.donors["FRA"].name == "France"


def test_update_records_a_change_with_the_old_record_beside_the_new(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(CAST))
    plan = bring(tmp_path / "now", register, {"donors": "code,name\nFRA,French Republic\n"}, update=True)
    old, new = plan.changed["donors"][0]
    assert (old.name, new.name) == ("France", "French Republic")  # type: ignore[union-attr]
    assert plan.writes == 1


# Schedules


def test_a_pledge_may_get_its_first_schedule_without_update(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(CAST))
    plan = bring(tmp_path / "now", register, {"instalments": SCHEDULE})
    assert not plan.problems
    assert counts(plan) == {"pledges": (0, 1, 0), "instalments": (2, 0, 0)}


def test_another_schedule_needs_update_and_replaces_the_whole(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(FULL))
    other = {"instalments": "pledge,due_on,amount\nP1,2026-05-15,100000\n"}
    plan = bring(tmp_path / "now", register, other)
    assert places(plan.problems) == [("instalments.csv", 2, "amount", "schedule_differs_from_record")]
    plan = bring(tmp_path / "now", register, {}, update=True)
    assert not plan.problems
    _, new = plan.changed["pledges"][0]
    assert isinstance(new, PledgeEntry)
    assert [i.amount_minor for i in new.pledge.instalments] == [10_000_000]
    assert counts(plan) == {"pledges": (0, 1, 0), "instalments": (0, 1, 0)}


def test_a_pledge_without_instalment_rows_keeps_its_schedule(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(FULL))
    noted = "reference,donor,currency,amount,pledged_on,notes\nP1,FRA,EUR,100000,2026-02-01,noted\n"
    plan = bring(tmp_path / "now", register, {"pledges": noted}, update=True)
    assert not plan.problems
    assert len(register.pledges["P1"].pledge.instalments) == 2


def test_a_changed_amount_that_leaves_the_schedule_wrong_is_shown_at_the_pledge(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(FULL))
    more = "reference,donor,currency,amount,pledged_on\nP1,FRA,EUR,100001,2026-02-01\n"
    plan = bring(tmp_path / "now", register, {"pledges": more}, update=True)
    assert places(plan.problems) == [("pledges.csv", 2, "amount", "schedule_does_not_add_up")]


def test_a_date_twice_is_shown_at_its_second_row(tmp_path: Path) -> None:
    twice = "pledge,due_on,amount\nP1,2026-03-15,40000\nP1,2026-03-15,60000\n"
    plan = bring(tmp_path, fresh(), {**CAST, "instalments": twice})
    assert places(plan.problems) == [("instalments.csv", 3, "due_on", "due_twice")]


# A key twice


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("donors", "code"),
        ("rates", "effective_on"),
        ("pledges", "reference"),
        ("receipts", "reference"),
        ("refunds", "reference"),
    ],
)
def test_a_key_twice_in_the_files_is_refused_even_with_the_same_content(
    tmp_path: Path, name: str, column: str
) -> None:
    header, *rows = CAST[name].splitlines()
    files = {**CAST, name: "\n".join([header, *rows, rows[0]]) + "\n"}
    plan = bring(tmp_path, fresh(), files)
    assert places(plan.problems) == [(f"{name}.csv", len(rows) + 2, column, "twice_in_files")]
    assert plan.problems[0].problem.facts["row"] == 2


def test_two_spellings_of_a_name_in_unicode_are_one_key(tmp_path: Path) -> None:
    plan = bring(tmp_path, fresh(), {"donors": "code,name\nCÔTE,a\nCO\u0302TE,b\n"})
    assert [code for *_, code in places(plan.problems)] == ["twice_in_files"]


def test_a_voided_records_reference_stays_taken(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(CAST))
    register.voided = {("receipts", "R8"), ("rates", "EUR 2026-02-01")}
    files = {
        "receipts": "reference,donor,received_on,currency,amount\nR8,FRA,2026-03-20,USD,1\n",
        "rates": "currency,effective_on,rate\nEUR,2026-02-01,0.92\n",
    }
    plan = bring(tmp_path / "now", register, files)
    assert places(plan.problems) == [
        ("rates.csv", 2, "effective_on", "reference_voided"),
        ("receipts.csv", 2, "reference", "reference_voided"),
    ]


# Every problem, and no echo of one


def test_every_problem_of_every_file_is_listed_in_one_go(tmp_path: Path) -> None:
    files = {
        "donors": "code,name\nFRA,\n,Chile\n",
        "pledges": CAST["pledges"] + "P2,FRA,EUR,ten,2026-02-30\n",
        "receipts": CAST["receipts"] + "R2,FRA,P2,2026-03-20,XXX,0\n",
        "rates": CAST["rates"],
    }
    plan = bring(tmp_path, fresh(), files)
    assert places(plan.problems) == [
        ("donors.csv", 2, "name", "missing"),
        ("donors.csv", 3, "code", "missing"),
        ("pledges.csv", 3, "amount", "not_a_decimal"),
        ("pledges.csv", 3, "pledged_on", "no_such_day"),
        ("receipts.csv", 3, "currency", "unknown_currency"),
        ("receipts.csv", 3, "amount", "not_above_zero"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("donors", "code,name,colour\nFRA,France,blue\n"),
        ("donors", "code,name\nFRA,\nNLD,Netherlands\n"),
        ("donors", 'code,name\nNLD,Netherlands\nFRA,"France\n'),
        ("rates", "currency,effective_on,rate\nEUR,2026-01-01,0\nJPY,2026-01-01,150\n"),
        ("pledges", "reference,donor,currency,amount,pledged_on\nP1,FRA,EUR,0,2026-02-01\n"),
        ("receipts", "reference,donor,pledge,received_on,currency,amount\nR1,FRA,P1,2026-03-20,EUR,0\n"),
    ],
)
def test_what_follows_from_a_problem_is_not_told_as_another(tmp_path: Path, name: str, text: str) -> None:
    plan = bring(tmp_path, fresh(), {**FULL, name: text})
    assert [file for file, *_ in places(plan.problems)] == [f"{name}.csv"]


def test_the_order_of_files_and_paths_does_not_matter(tmp_path: Path) -> None:
    from tests.importing.desk import write
    from tracker.importing.plan import make_plan
    from tracker.importing.tables import read_paths

    write(tmp_path, dict(FULL))
    names = ["refunds", "receipts", "instalments", "pledges", "rates", "donors"]
    plan = make_plan(read_paths([tmp_path / f"{name}.csv" for name in names]), fresh())
    assert not plan.problems
    assert plan.writes == 7


# Questions are said, and the row is recorded


def test_what_a_form_would_question_is_recorded_and_said(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(CAST))
    files = {
        "rates": "currency,effective_on,rate\nEUR,2026-05-01,1.0870\nJPY,2026-05-01,200\nCHF,2026-05-01,1\n",
        "receipts": (
            "reference,donor,received_on,currency,amount\n"
            "R2,FRA,2026-03-20,EUR,40000\nR3,NLD,2026-06-16,USD,5\n"
        ),
    }
    plan = bring(tmp_path / "now", register, files)
    assert not plan.problems
    assert places(plan.questions) == [
        ("rates.csv", 2, "rate", "rate_inverted"),
        ("rates.csv", 3, "rate", "rate_far"),
        ("rates.csv", 4, "rate", "rate_is_one"),
        ("receipts.csv", 2, "amount", "likely_double"),
        ("receipts.csv", 3, "received_on", "in_future"),
    ]
    assert plan.writes == 5
    assert not bring(tmp_path / "now", register, {}).questions


# What a change would break


@pytest.mark.parametrize(
    ("name", "row", "column", "code"),
    [
        ("pledges", "P1,NLD,EUR,100000,2026-02-01", "donor", "receipts_of_another_donor"),
        ("receipts", "R1,FRA,P1,2026-04-02,EUR,40000", "received_on", "after_its_refund"),
        ("receipts", "R1,FRA,P1,2026-03-20,EUR,99", "amount", "below_its_refunds"),
    ],
)
def test_a_change_may_not_break_what_refers_to_it(
    tmp_path: Path, name: str, row: str, column: str, code: str
) -> None:
    register = on_record(tmp_path / "before", dict(CAST))
    text = f"{CAST[name].splitlines()[0]}\n{row}\n"
    plan = bring(tmp_path / "now", register, {name: text}, update=True)
    assert places(plan.problems) == [(f"{name}.csv", 2, column, code)]


def test_a_pledge_and_its_receipts_may_move_together(tmp_path: Path) -> None:
    register = on_record(tmp_path / "before", dict(CAST))
    files = {
        "pledges": "reference,donor,currency,amount,pledged_on\nP1,NLD,EUR,100000,2026-02-01\n",
        "receipts": "reference,donor,pledge,received_on,currency,amount\nR1,NLD,P1,2026-03-20,EUR,40000\n",
    }
    plan = bring(tmp_path / "now", register, files, update=True)
    assert not plan.problems


def test_a_refund_that_moved_to_another_receipt_is_no_longer_held_against_the_first(tmp_path: Path) -> None:
    register = on_record(
        tmp_path / "before", {**CAST, "receipts": CAST["receipts"] + "R2,FRA,,2026-03-20,EUR,500\n"}
    )
    moved = "reference,receipt,refunded_on,amount\nB1,R2,2026-04-01,100\nB2,R1,2026-04-01,40000\n"
    assert not bring(tmp_path / "now", register, {"refunds": moved}, update=True).problems
