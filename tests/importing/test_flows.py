"""Flows become tables: references stay, donors are found, and nothing is said that the source does not."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importing.desk import CAST, fresh, on_record
from tracker.domain.entries import DonorEntry, PledgeEntry, ReceiptEntry
from tracker.domain.register import Register
from tracker.importing.flows import Flow, Foreign, Party, all_questions, bring, free_code
from tracker.importing.plan import Plan, make_plan
from tracker.importing.rows import TextRow

FRANCE = Party("France")


def pledge(row: int, reference: str = "", *, party: Party = FRANCE, amount: str = "100", **said: str) -> Flow:
    cells = {"currency": "USD", "amount": amount, "pledged_on": "2026-02-01"} | said
    return Flow(row, "pledges", party, cells, reference, (party.name, amount, cells["pledged_on"]))


def receipt(row: int, reference: str = "", *, amount: str = "100", parent: int | None = None) -> Flow:
    cells = {"currency": "USD", "amount": amount, "received_on": "2026-03-01"}
    return Flow(row, "receipts", FRANCE, cells, reference, ("France", amount), parent)


def plan_of(flows: list[Flow], register: Register, **how: object) -> Plan:
    brought = bring(Foreign(flows), register, file="them.csv", prefix="GF", **how)  # type: ignore[arg-type]
    return make_plan(brought.tables, register, update=True)


def test_the_same_flows_again_change_nothing() -> None:
    register, flows = fresh(), [pledge(2, "A"), pledge(3), receipt(4, "A"), receipt(5)]
    first = plan_of(flows, register)
    assert not first.problems
    assert first.writes == 5  # the donor too
    again = plan_of(flows, register)
    assert (again.writes, again.problems) == (0, [])


@given(
    st.lists(st.tuples(st.sampled_from(["", "A", "B", "A-2"]), st.integers(1, 3)), max_size=12), st.randoms()
)
def test_references_stay_in_whatever_order_the_rows_come(
    rows: list[tuple[str, int]], chance: random.Random
) -> None:
    register = fresh()
    flows = [pledge(n, reference, amount=str(a)) for n, (reference, a) in enumerate(rows, start=2)]
    first = plan_of(flows, register)
    assert not first.problems
    assert len(register.pledges) == len(rows)
    chance.shuffle(flows)
    assert plan_of(flows, register).writes == 0


def test_a_changed_row_of_a_repeated_reference_is_one_change() -> None:
    register = fresh()
    flows = [pledge(2, "G1", amount="10"), pledge(3, "G1", amount="20"), pledge(4, "G1", amount="30")]
    plan_of(flows, register)
    assert sorted(register.pledges) == ["G1", "G1-2", "G1-3"]
    again = plan_of([flows[2], pledge(3, "G1", amount="25"), flows[0]], register)
    [(old, new)] = again.changed["pledges"]
    assert isinstance(old, PledgeEntry)
    assert isinstance(new, PledgeEntry)
    assert (old.pledge.amount_minor, new.pledge.amount_minor) == (2000, 2500)


def test_twins_are_both_kept_and_pointed_out() -> None:
    register = fresh()
    brought = bring(Foreign([pledge(2), pledge(3)]), register, file="them.csv", prefix="GF")
    assert [(q.row, q.problem.code, q.problem.facts["other"]) for q in brought.questions] == [
        (3, "twin_in_file", 2)
    ]
    make_plan(brought.tables, register)
    assert len(register.pledges) == 2


def test_a_row_of_two_flows_is_one_row_of_its_name() -> None:
    flows = [pledge(2, "W"), receipt(2, "W", parent=0), receipt(3, "V")]
    [name] = bring(Foreign(flows), fresh(), file="them.csv", prefix="GF").names
    assert name.rows == 2


def test_twins_of_one_file_are_asked_about_once() -> None:
    register = fresh()
    flows = [pledge(2, "A"), receipt(2, "A", parent=0), pledge(3, "B"), receipt(3, "B", parent=2)]
    for _ in range(2):
        brought = bring(Foreign(flows), register, file="them.csv", prefix="GF")
        plan = make_plan(brought.tables, register, update=True)
        found = all_questions(brought, plan.questions)
        assert [(q.row, q.problem.code) for q in found] == [(3, "twin_in_file")]


def test_a_twin_is_asked_about_again_where_its_double_is_not_of_the_file() -> None:
    register = fresh()
    plan_of([receipt(9, "OTHER")], register)
    brought = bring(Foreign([receipt(2, "A"), receipt(3, "B")]), register, file="them.csv", prefix="GF")
    found = all_questions(brought, make_plan(brought.tables, register, update=True).questions)
    assert [(q.row, q.problem.code) for q in found] == [
        (3, "twin_in_file"),
        (2, "likely_double"),
        (3, "likely_double"),
    ]


def test_what_the_source_does_not_say_stays_as_an_officer_put_it() -> None:
    register = fresh()
    plan_of([pledge(2, "A")], register)
    old = register.pledges["A"]
    from tracker.domain.earmark import parse_earmark

    put_right = replace(
        old, pledge=replace(old.pledge, earmark=parse_earmark("O2", register.programme.codes)), notes="asked"
    )
    register.put("pledges", put_right)
    assert plan_of([pledge(2, "A")], register).writes == 0
    changed = plan_of([pledge(2, "A", amount="120")], register)
    [(_, new)] = changed.changed["pledges"]
    assert isinstance(new, PledgeEntry)
    assert (str(new.pledge.earmark), new.notes, new.pledge.amount_minor) == ("O2", "asked", 12000)


def test_a_pledge_that_comes_back_signed_and_then_paid_is_one_contribution() -> None:
    register = fresh()
    plan_of([pledge(2, "F7")], register)
    signed = pledge(2, "F7", pledged_on="2026-04-01", signed_on="2026-04-01")
    plan_of([signed], register)
    kept = register.pledges["F7"].pledge
    assert (kept.pledged_on.isoformat(), str(kept.signed_on)) == ("2026-02-01", "2026-04-01")
    plan_of([receipt(2, "F7")], register)
    assert register.receipts["F7"].receipt.pledge == "F7"


def test_a_receipt_pays_the_pledge_of_its_own_row() -> None:
    register = fresh()
    plan_of([pledge(2, "W"), receipt(2, "W", parent=0), pledge(3, "W"), receipt(3, "W", parent=2)], register)
    paid = {key: entry.receipt.pledge for key, entry in register.receipts.items()}
    assert paid == {"W": "W", "W-2": "W-2"}


def test_a_refund_is_taken_from_the_receipt_before_it() -> None:
    register = fresh()
    cells = {"amount": "40", "refunded_on": "2026-04-01"}
    plan = plan_of([receipt(2, "R"), Flow(3, "refunds", FRANCE, cells, "R-back", parent=0)], register)
    assert not plan.problems
    assert register.refunds["R-back"].refund.receipt == "R"


def test_a_blank_name_is_the_unidentified_payer_on_hold() -> None:
    register = fresh()
    flow = replace(receipt(2, "R"), party=Party("  "))
    assert not plan_of([flow], register).problems
    entry = register.receipts["R"]
    assert isinstance(entry, ReceiptEntry)
    assert (entry.receipt.donor, str(entry.receipt.earmark)) == ("UNIDENTIFIED", "hold")


def test_names_find_their_donors_and_new_ones_are_suggested(tmp_path: Path) -> None:
    register = on_record(tmp_path, dict(CAST))
    names = [Party("FRANCE"), Party("Government of the Netherlands"), Party("Peru", "PE-1"), Party("Peru")]
    flows = [pledge(n, party=party) for n, party in enumerate(names, start=2)]
    named = bring(Foreign(flows), register, file="them.csv", prefix="X").names
    assert [(one.code, one.new) for one in named] == [
        ("FRA", False),
        ("GOVERNMENT-OF-THE-NETHERLANDS", True),
        ("PERU", True),
        ("PERU", True),
    ]
    assert [one.code for one in named[1].alike] == ["NLD"]


@pytest.mark.parametrize("keep", [True, False])
def test_a_chosen_name_becomes_an_alias_where_that_is_wanted(tmp_path: Path, keep: bool) -> None:
    register = on_record(tmp_path, dict(CAST))
    flow = pledge(2, party=Party("Holland"))
    plan = plan_of([flow], register, chosen={"Holland": "NLD"}, keep_aliases=keep)
    assert not plan.problems
    donor = register.donors["NLD"]
    assert isinstance(donor, DonorEntry)
    assert donor.aliases == (("Holland",) if keep else ())


def test_a_voided_reference_is_not_taken_again(tmp_path: Path) -> None:
    register = fresh()
    register.voided.add(("pledges", "A"))
    plan = plan_of([pledge(2, "A")], register)
    assert [finding.problem.code for finding in plan.problems] == ["reference_voided"]


def test_rows_of_our_own_tables_travel_along() -> None:
    register = fresh()
    foreign = Foreign([pledge(2, "A", party=Party("Peru", code="PER"))])
    foreign.extra["donors"] = [
        TextRow(1, {"code": "PER", "name": "Peru", "country": "PE"}),
        TextRow(1, {"code": "NOBODY", "name": "Nobody’s money"}),
    ]
    foreign.extra["instalments"] = [
        TextRow(2, {"pledge": "A", "due_on": f"2026-0{m}-01", "amount": "50"}) for m in (5, 6)
    ]
    plan = make_plan(bring(foreign, register, file="x.xml", prefix="IATI").tables, register)
    assert not plan.problems
    assert register.donors["PER"].country == "PE"
    assert "NOBODY" not in register.donors
    assert len(register.pledges["A"].pledge.instalments) == 2


@pytest.mark.parametrize(
    ("name", "code"),
    [("Côte d’Ivoire", "COTE-D-IVOIRE"), ("???", "DONOR"), ("x" * 60, "X" * 40), ("日本", "DONOR")],
)
def test_a_new_donors_code_is_made_of_its_name(name: str, code: str) -> None:
    assert free_code(name, ()) == code
    again = free_code(name, {code.casefold()})
    assert again.endswith("-2")
    assert len(again) <= 40


@pytest.mark.parametrize("make", [pledge, receipt])
def test_long_references_keep_room_for_their_number(make: Callable[..., Flow]) -> None:
    register = fresh()
    flows = [make(2, "R" * 80), make(3, "R" * 80, amount="7")]
    assert not plan_of(flows, register).problems
    assert sorted(map(len, [*register.pledges, *register.receipts])) == [80, 80]
