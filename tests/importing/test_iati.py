"""IATI in: types 1, 11 and 13 become receipts, signed pledges and pledges; all else is counted."""

import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.importing.desk import fresh, on_record
from tests.importing.iati_files import (
    activities,
    activity,
    brought,
    codes,
    lines_of,
    plan_of,
    read,
    real,
    transaction,
    with_real_rates,
)
from tracker.domain.money import amount_text
from tracker.domain.problems import Refused
from tracker.domain.register import Register
from tracker.importing.flows import Foreign
from tracker.importing.iati import read_iati
from tracker.wording import problem_text
from tracker.wording.left_out import left_out_words

COMMITTED = """
    AUD 143000000 | CAD 127162854.68 | CHF 83079128.87 | CRC 10290000 | DKK 2151351036.83 | EUR 1031476459.53
    GBP 94264892.90 | ISK 560000000 | JOD 7688 | JPY 4263743000 | KWD 5000 | NOK 969278487.53 | NZD 16000000
    SEK 3103000000.00 | USD 2888747778.12
"""
"""The control totals of ../shared/data/README.md."""


def one(*found: str, **how: str) -> str:
    return activities(activity(*found, **how))


def amounts(register: Register, table: str) -> dict[str, Decimal]:
    """Sums on record, by currency."""
    sums: Counter[str] = Counter()
    for entry in getattr(register, table).values():
        money = entry.pledge if table == "pledges" else entry.receipt
        sums[money.currency] += money.amount_minor
    return {currency: Decimal(amount_text(minor, currency)) for currency, minor in sums.items()}


def left_out(foreign: Foreign) -> Counter[str]:
    return Counter(left_out_words(row) for row in foreign.left_out)


# The three types


def test_funds_are_receipts_commitments_signed_pledges_and_pledges_pledges(tmp_path: Path) -> None:
    found = read(tmp_path, one(transaction("1"), transaction("11"), transaction("13", "5.50")))
    assert lines_of(found) == [
        (1, "receipts", "France", {"received_on": "2026-03-01", "amount": "100", "currency": "USD"}),
        (
            2,
            "pledges",
            "France",
            {"pledged_on": "2026-03-01", "signed_on": "2026-03-01", "amount": "100", "currency": "USD"},
        ),
        (3, "pledges", "France", {"pledged_on": "2026-03-01", "amount": "5.50", "currency": "USD"}),
    ]
    register = fresh()
    assert plan_of(found, register).problems == []
    assert (len(register.receipts), len(register.pledges), len(register.donors)) == (1, 2, 2)


def test_other_types_are_counted_by_their_name(tmp_path: Path) -> None:
    found = read(tmp_path, one(*(transaction(kind) for kind in ("1", "2", "3", "3", "4", "77", ""))))
    assert [flow.row for flow in found.flows] == [1]
    assert left_out(found) == {
        "Outgoing Commitment: not incoming money": 1,
        "Disbursement: not incoming money": 2,
        "Expenditure: not incoming money": 1,
        "type “77”: not incoming money": 1,
        "type “”: not incoming money": 1,
    }


def test_a_commitment_like_a_pledge_of_the_file_is_its_signature(tmp_path: Path) -> None:
    pledge = transaction("13", "100", ref="P", day="2026-01-05")
    same = transaction("11", "100.00", ref="P", day="2026-02-05")
    found = read(tmp_path, one(same, pledge, transaction("11", "100", ref="P", day="2026-02-06")))
    assert [(row, cells["pledged_on"], cells["signed_on"]) for row, _, _, cells in lines_of(found)] == [
        (2, "2026-01-05", "2026-02-05"),
        (3, "2026-02-06", "2026-02-06"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        transaction("11", "100", ref="Q"),
        transaction("11", "101", ref="P"),
        transaction("11", "100", ref="P", currency="EUR"),
        transaction("11", "100", ref="P", donor="Chile"),
    ],
)
def test_a_commitment_that_differs_is_a_pledge_of_its_own(tmp_path: Path, other: str) -> None:
    assert len(read(tmp_path, one(transaction("13", ref="P"), other)).flows) == 2


def test_a_commitment_like_a_pledge_that_is_left_out_is_left_out_too(tmp_path: Path) -> None:
    found = read(tmp_path, one(transaction("13", "-1", ref="P"), transaction("11", "-1", ref="P")))
    assert [(row.row, row.why) for row in found.left_out] == [(1, "iati_negative"), (2, "iati_negative")]


def test_pledges_and_commitments_without_a_reference_are_never_taken_for_one(tmp_path: Path) -> None:
    assert len(read(tmp_path, one(transaction("13"), transaction("11"))).flows) == 2


# Values, currencies and days


@pytest.mark.parametrize(
    ("written", "plain"), [(" 100.50\n", "100.50"), ("+7", "7"), (".5", "0.5"), ("12<!-- no -->34", "1234"),
                           ("<![CDATA[99]]>", "99"), ("1<?php 2 ?>3", "13"), ("007", "7")]
)  # fmt: skip
def test_a_value_is_read_as_xml_means_it(tmp_path: Path, written: str, plain: str) -> None:
    assert read(tmp_path, one(transaction("1", written))).flows[0].cells["amount"] == plain


@pytest.mark.parametrize(
    "written",
    ["1e3", "1,234.56", "1 000", "NaN", "INF", "-INF", "0x10", "١٢", "1.2.3", "--5", "ten", "1<b>2</b>3",
     "9" * 400, "1_000", "−5", "5-"],
)  # fmt: skip
def test_a_value_that_is_no_plain_decimal_is_a_problem_with_its_row(tmp_path: Path, written: str) -> None:
    found = read(tmp_path, one(transaction("3"), transaction("1", written)))
    plan = plan_of(found, fresh())
    assert {(row, column) for row, column, _ in codes(plan.problems)} == {(2, "amount")}
    assert plan.writes <= 1  # the donor


@pytest.mark.parametrize("code", ["not_above_zero", "too_many_decimals", "too_large", "missing"])
def test_amounts_follow_the_rules_of_every_import(tmp_path: Path, code: str) -> None:
    written = {
        "not_above_zero": "-0",
        "too_many_decimals": "1.005",
        "too_large": "1" + "0" * 13,
        "missing": "",
    }
    found = read(tmp_path, one(transaction("1", written[code])))
    if code == "not_above_zero":
        assert left_out(found) == {"The value is zero": 1}
    else:
        assert (1, "amount", code) in codes(plan_of(found, fresh()).problems)


def test_the_currency_is_the_values_else_the_activitys(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        activities(
            activity(transaction(currency=None), transaction(currency="EUR "), more='default-currency="GBP"'),
            activity(transaction(currency=None)),
        ),
    )
    assert [flow.cells["currency"] for flow in found.flows] == ["GBP", "EUR", ""]
    register = fresh()
    assert (3, "currency", "missing") in codes(plan_of(found, register).problems)


def test_the_day_is_the_transactions_else_the_values(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        one(transaction(), transaction(day=None), transaction(day="2026-03-05Z"), transaction(day="1 March")),
    )
    days = ["2026-03-01", "2026-03-02", "2026-03-05", "1 March"]
    assert [flow.cells["received_on"] for flow in found.flows] == days
    assert codes(plan_of(found, fresh()).problems) == [(4, "received_on", "not_a_day")]


def test_a_day_before_2000_is_a_problem(tmp_path: Path) -> None:
    found = read(tmp_path, one(transaction(day="0001-01-01")))
    assert codes(plan_of(found, fresh()).problems) == [(1, "received_on", "before_2000")]


# Donors


def test_a_donor_is_the_english_narrative_else_the_first_else_the_reference(tmp_path: Path) -> None:
    said = (
        '<provider-org><narrative xml:lang="fr">Suisse</narrative>'
        '<narrative xml:lang="en">Switzerland</narrative></provider-org>',
        "<provider-org><narrative> </narrative><narrative>Chile\n  AGCID</narrative></provider-org>",
        "<provider-org>EC</provider-org>",
        '<provider-org ref=" XM-DAC-5 "/>',
    )
    found = read(tmp_path, one(*(transaction(donor=None, more=text) for text in said)))
    names = [flow.party.name for flow in found.flows]
    assert names == ["Switzerland", "Chile AGCID", "EC", "XM-DAC-5"]
    assert found.flows[3].party.iati_ref == "XM-DAC-5"


def test_a_reference_without_a_letter_or_digit_is_none(tmp_path: Path) -> None:
    found = read(
        tmp_path, one(transaction(donor="Chile", donor_ref="-"), transaction(donor=None, donor_ref=" - "))
    )
    assert [(flow.party.name, flow.party.iati_ref) for flow in found.flows] == [("Chile", ""), ("", "")]
    assert [q.problem.code for q in found.questions] == ["iati_no_donor"]


def test_a_donor_named_once_is_known_by_its_reference_and_kind_everywhere(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        one(
            transaction(donor="France", donor_ref="FR-3 "),
            transaction(donor=None, donor_ref="FR-3"),
            transaction(donor="France", donor_type="10"),
        ),
    )
    assert {(f.party.name, f.party.iati_ref, f.party.kind) for f in found.flows} == {
        ("France", "FR-3", "government")
    }


@pytest.mark.parametrize(
    ("code", "kind"),
    [("10", "government"), ("11", "government"), ("15", "government"), ("21", "cso"), ("24", "cso"),
     ("40", "un"), ("60", "foundation"), ("70", "private"), ("73", "private"), ("80", "academic"),
     ("90", "other"), ("30", "other"), ("XX", "other")],
)  # fmt: skip
def test_the_type_of_an_organisation_is_a_kind_of_donor(tmp_path: Path, code: str, kind: str) -> None:
    assert read(tmp_path, one(transaction(donor_type=code))).flows[0].party.kind == kind


def test_money_of_nobody_is_held_for_the_unidentified_donor_and_pointed_out(tmp_path: Path) -> None:
    found = read(tmp_path, one(transaction(donor=None), transaction("11", donor="  "), transaction()))
    assert [(q.problem.code, q.problem.facts["rows"]) for q in found.questions] == [("iati_no_donor", 2)]
    register = fresh()
    assert not plan_of(found, register).problems
    held = [e.receipt for e in register.receipts.values() if e.receipt.donor == "UNIDENTIFIED"]
    assert [str(receipt.earmark) for receipt in held] == ["hold"]


# References


def test_missing_blank_long_and_repeated_references_are_survived(tmp_path: Path) -> None:
    refs = [None, "", "  ", "A", " A", "x" * 200, "x" * 199 + "y", "two\nlines"]
    found = read(tmp_path, one(*(transaction("1", str(n + 1), ref=ref) for n, ref in enumerate(refs))))
    register = fresh()
    plan = plan_of(found, register)
    assert (plan.problems, len(register.receipts)) == ([], len(refs))
    assert {"A", "A-2", "two lines"} < set(register.receipts)
    assert sum(key.startswith("IATI-") for key in register.receipts) == 3
    assert plan_of(found, register).writes == 0


def test_a_file_again_with_its_rows_in_another_order_changes_nothing(tmp_path: Path) -> None:
    rows = [transaction("1", str(100 + n % 3), ref=("", "A", "B")[n % 3]) for n in range(9)]
    rows += [transaction("1", "-50", ref="B1")]
    register = fresh()
    assert not plan_of(read(tmp_path, one(*rows)), register).problems
    again = plan_of(read(tmp_path, one(*reversed(rows))), register)
    assert (again.problems, again.writes) == ([], 0)


def test_a_changed_row_is_a_problem_and_with_update_a_change(tmp_path: Path) -> None:
    register = fresh()
    plan_of(read(tmp_path, one(transaction("11", "100", ref="A"))), register)
    more = read(tmp_path, one(transaction("11", "120", ref="A")))
    assert codes(plan_of(more, register).problems) == [(1, "amount", "differs_from_record")]
    plan = plan_of(more, register, update=True)
    assert (plan.problems, len(plan.changed["pledges"])) == ([], 1)


def test_a_description_is_the_note_of_a_new_record_and_never_replaces_an_officers(tmp_path: Path) -> None:
    text = "<description><narrative>School\n meals " + "x" * 400 + "</narrative></description>"
    found = read(tmp_path, one(transaction("11", ref="A", more=text)))
    register = fresh()
    plan_of(found, register)
    assert register.pledges["A"].notes.startswith("School meals xxx")
    assert len(register.pledges["A"].notes) == 300
    header = "reference,donor,currency,amount,pledged_on,signed_on,notes\n"
    row = "A,FRA,USD,100,2026-03-01,2026-03-01,Call them in May\n"
    noted = on_record(tmp_path / "b", {"donors": "code,name\nFRA,France\n", "pledges": header + row})
    assert plan_of(found, noted).writes == 0


# Earmarks


def test_earmarked_money_is_core_and_asked_about_once_unless_an_earmark_is_named(tmp_path: Path) -> None:
    soft = '<aid-type code="2" vocabulary="2"/>'
    content = activities(
        activity(transaction(more=soft), transaction(more='<aid-type code="1" vocabulary="2"/>')),
        activity('<default-aid-type code="4" vocabulary="2"/>', transaction(), transaction(more=soft)),
    )
    found = read(tmp_path, content)
    assert [q.problem.facts["words"] for q in found.questions] == ["2 softly earmarked, 1 tightly earmarked"]
    assert not any("earmark" in flow.cells for flow in found.flows)
    named = read(tmp_path, content, earmark="O2")
    assert named.questions == []
    assert {flow.cells["earmark"] for flow in named.flows} == {"O2"}


# Money given back


def test_negative_funds_are_a_refund_of_the_nearest_earlier_receipt_with_enough_left(tmp_path: Path) -> None:
    content = activities(
        activity(
            transaction("1", "100", day="2026-01-10"),
            transaction("1", "100", day="2026-02-10"),
            transaction("1", "100", day="2026-04-10"),
            transaction("1", "-70", day="2026-03-10"),
            transaction("1", "-70", day="2026-03-11"),
            transaction("1", "-100", day="2026-03-12"),
            transaction("1", "-1", day="2026-03-12", donor="Chile"),
            transaction("1", "-1", day="2026-03-12", currency="EUR"),
        )
    )
    found = read(tmp_path, content)
    refunds = {flow.row: found.flows[flow.parent].row for flow in found.flows if flow.parent is not None}
    assert refunds == {4: 2, 5: 1}
    assert [row.row for row in found.left_out] == [6, 7, 8]
    assert {"no earlier receipt of this donor" in words for words in left_out(found)} == {True}
    asked = [(q.row, q.problem.code, q.problem.facts["other"]) for q in found.questions]
    assert asked == [(4, "iati_negative_refund", 2), (5, "iati_negative_refund", 1)]
    register = fresh()
    assert not plan_of(found, register).problems
    assert len(register.refunds) == 2
    assert plan_of(read(tmp_path, content), register).writes == 0


def test_money_given_back_is_taken_from_its_own_activity_first(tmp_path: Path) -> None:
    own = activity(transaction("1", "100", day="2026-01-10"), transaction("1", "-5", day="2026-03-10"))
    other = activity(transaction("1", "100", day="2026-02-10"))
    found = read(tmp_path, activities(other, own))
    assert [found.flows[flow.parent].row for flow in found.flows if flow.parent is not None] == [2]


def test_negative_pledges_and_zeros_are_left_out_with_the_reason(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        one(transaction("11", "-5"), transaction("13", "-5"), transaction("1", "0.00"), transaction()),
    )
    assert [(row.row, row.why) for row in found.left_out] == [
        (1, "iati_negative"),
        (2, "iati_negative"),
        (3, "iati_zero"),
    ]
    assert any(words.startswith("Incoming Pledge below zero") for words in left_out(found))
    assert [(total.label, total.rows, total.amount) for total in found.totals] == [
        ("Incoming Pledge", 1, "-5"),
        ("Incoming Commitment", 1, "-5"),
        ("Incoming Funds", 2, "100.00"),
    ]


# Versions and other namespaces


def test_letters_texts_and_activity_currencies_of_1_0x_are_read(tmp_path: Path) -> None:
    old = (
        '<transaction ref="7"><transaction-type code="IF">Incoming Funds</transaction-type>'
        '<provider-org>CGF</provider-org><value value-date="2009-10-01">48271</value>'
        "<transaction-date>2009-10-01</transaction-date></transaction>"
        '<transaction><transaction-type code="C"/><value>5</value></transaction>'
    )
    found = read(tmp_path, activities(activity(old, more='default-currency="GBP"'), more='version="1.00"'))
    cells = {"received_on": "2009-10-01", "amount": "48271", "currency": "GBP"}
    assert lines_of(found) == [(1, "receipts", "CGF", cells)]
    assert left_out(found) == {"Outgoing Commitment: not incoming money": 1}


@pytest.mark.parametrize("more", ["", 'version="9.99"', 'version=""'])
def test_a_file_of_no_version_or_any_is_read_all_the_same(tmp_path: Path, more: str) -> None:
    assert len(read(tmp_path, activities(activity(transaction()), more=more)).flows) == 1


def test_other_namespaces_are_not_seen(tmp_path: Path) -> None:
    foreign = 'xmlns:x="urn:x"'
    hidden = f"<x:transaction {foreign}>{transaction()}</x:transaction>"
    inside = f'<x:value {foreign} currency="EUR">999</x:value><x:receipt {foreign} reference="R"/>'
    found = read(tmp_path, one(hidden, transaction(more=inside)))
    assert [(row, cells["amount"]) for row, _, _, cells in lines_of(found)] == [(1, "100")]


# Real files


def test_unhcr_2023_is_imported_exactly_and_again_changes_nothing() -> None:
    path, register = real("unhcr-activities-2023.xml"), with_real_rates()
    started = time.monotonic()
    foreign = read_iati(path, file=path.name)
    plan = plan_of(foreign, register)
    assert time.monotonic() - started < 10
    assert plan.problems == []
    assert len(register.pledges) == len(foreign.flows) == 2678
    assert all(entry.pledge.signed_on for entry in register.pledges.values())
    wanted = dict(part.split() for part in COMMITTED.replace("\n", "|").split("|") if part.strip())
    assert amounts(register, "pledges") == {c: Decimal(amount) for c, amount in wanted.items()}
    assert {(t.currency, Decimal(t.amount)) for t in foreign.totals} == {
        (c, Decimal(amount)) for c, amount in wanted.items()
    }
    assert len(wanted) == 15
    assert len({flow.party.name for flow in foreign.flows}) == 122
    assert len({entry.pledge.donor for entry in register.pledges.values()}) == 122
    again = plan_of(read_iati(path, file=path.name), register)
    assert (again.problems, again.writes, again.unchanged["pledges"]) == ([], 0, 2678)


def test_dportal_is_imported_exactly() -> None:
    path, register = real("dportal-foodsecurity.xml"), with_real_rates()
    foreign = read_iati(path, file=path.name)
    assert plan_of(foreign, register).problems == []
    assert amounts(register, "receipts") == {"EUR": Decimal(22685653), "GBP": Decimal(50000)}
    assert amounts(register, "pledges") == {"EUR": Decimal(57623858)}
    assert sum(left_out(foreign).values()) == 22 + 18 + 16


def test_gdihub_has_one_donor_whose_reference_is_written_in_two_ways() -> None:
    path, register = real("gdihub-activity.xml"), with_real_rates()
    foreign = read_iati(path, file=path.name)
    assert plan_of(foreign, register).problems == []
    assert (len(register.receipts), amounts(register, "receipts")) == (12, {"GBP": Decimal("8957587.88")})
    assert [(d.name, d.iati_ref) for d in register.donors.values() if d.code != "UNIDENTIFIED"] == [
        ("UK Foreign, Commonwealth and Development Office (FCDO)", "GB-GOV-1")
    ]


def test_3fi_is_imported_exactly() -> None:
    path, register = real("3fi-activity.xml"), with_real_rates()
    assert plan_of(read_iati(path, file=path.name), register).problems == []
    assert (len(register.receipts), amounts(register, "receipts")) == (2, {"DKK": Decimal(25653580)})


def test_the_legacy_file_re_adds_with_its_refunds_and_what_is_left_out() -> None:
    path, register = real("legacy-1.00-oxfam.xml"), with_real_rates()
    foreign = read_iati(path, file=path.name)
    plan = plan_of(foreign, register)
    assert plan.problems == []
    incoming = [row for row in foreign.left_out if row.why != "iati_type"]
    assert len(register.receipts) + len(register.refunds) + len(incoming) == 150
    assert (len(register.receipts), len(register.refunds)) == (136, 12)
    assert {row.why for row in incoming} == {"iati_zero"}
    given_back = sum(Decimal(e.refund.amount_minor) / 100 for e in register.refunds.values())
    assert amounts(register, "receipts")["GBP"] - given_back == Decimal(4444448)
    assert [(t.currency, t.rows, t.amount) for t in foreign.totals] == [("GBP", 150, "4444448")]
    assert plan_of(read_iati(path, file=path.name), register).writes == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "ifad-activity-noversion.xml",
            "The file has no incoming money, only 58 × Disbursement, 6 × Outgoing Commitment. "
            "Give a file with transactions of type 1, 11 or 13.",
        ),
        (
            "broken.xml",
            "This is not XML, or it breaks off: line 4 cannot be read. Ask for the file again.",
        ),
    ],
)
def test_files_with_nothing_for_us_get_one_sentence(name: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_iati(real(name), file=name)
    assert [problem_text(problem) for problem in refusal.value.problems] == [sentence]


def test_every_conformance_file_is_read_or_refused_with_a_sentence() -> None:
    folder = real("3fi-activity.xml").parents[2] / "iati"
    read_ones, refused = [], Counter[str]()
    for path in sorted(folder.rglob("*.xml")):
        try:
            foreign = read_iati(path, file=path.name)
        except Refused as refusal:
            refused.update(problem.code for problem in refusal.problems)
        else:
            brought(foreign, fresh())
            read_ones.append(path.name)
    assert read_ones == ["activity-standard-example-annotated.xml"]
    allowed = {"iati_nothing_incoming", "iati_no_transactions", "iati_organisations", "iati_other_xml"}
    assert set(refused) <= allowed, refused
    assert sum(refused.values()) > 120
